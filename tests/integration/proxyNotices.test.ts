/** What the proxy says while it runs, on real sockets: by the library, and by the program at its terminal. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED, readImpairment } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { matchstream } from '../../harness/protocols/matchstream.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { ProxyRun } from '../../harness/proxy/startProxy.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { Peer } from '../../src/net/batch.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { KeptLog, MS, Plain, matchSource, serve, until, watch, within } from './loopback.ts';
import { assertRefused, ended, inFolder, printed, run, start } from './program.ts';

const test = suite('what the proxy says while it runs');

const PATIENCE_MS = 60_000;

interface Told {
  readonly run: ProxyRun;
  readonly log: KeptLog;
  readonly lines: string[];
}

function told(server: Peer, more: Partial<ProxyRun> = {}): Told {
  const log = new KeptLog();
  const lines: string[] = [];
  return {
    log,
    lines,
    run: {
      server,
      host: '127.0.0.1',
      ports: [0],
      protocol: anyProgram,
      impairment: { ...UNIMPAIRED, seed: '42', holdMaxNs: 200 * MS },
      fatesDir: null,
      maxFlows: 8,
      idleNs: 60_000 * MS,
      transport: 'node',
      clock: new MonotonicClock(),
      log,
      notice: (line) => lines.push(line),
      ...more,
    },
  };
}

test('another program behind the default protocol, in the log and at once', async () => {
  const server = await Plain.open();
  const client = await Plain.open();
  const { run: proxyRun, log, lines } = told(server.local, { protocol: matchstream });
  const proxy = await startProxy(proxyRun);
  for (let k = 0; k < 5; k += 1) await client.send(proxy.listening[0] as Peer, 'ping');
  await until(PATIENCE_MS, 'the line', () => lines.length > 0);
  assert.equal(lines, [
    `4 bytes from 127.0.0.1:${client.local.port} that are no matchstream registration, first bytes "ping": nothing is ` +
      'forwarded; put another program behind the proxy with --protocol any',
  ]);
  assert.ok(log.lines.includes(lines[0] as string));
  proxy.stop();
  const { ignored, flows } = await within(PATIENCE_MS, 'the end', proxy.done);
  assert.ok((ignored.notOurs ?? 0) >= 1 && (ignored.notOurs ?? 0) <= 5);
  assert.equal(flows, []);
  await Promise.all([server.close(), client.close()]);
});

test('nobody at the upstream', async () => {
  const gone = await Plain.open();
  const { local } = gone;
  await gone.close();
  const client = await Plain.open();
  const { run: proxyRun, lines } = told(local);
  const proxy = await startProxy(proxyRun);
  await client.send(proxy.listening[0] as Peer, 'ping');
  await until(PATIENCE_MS, 'the line', () => lines.length > 0);
  assert.equal(lines, [
    `flow 1 of 127.0.0.1:${client.local.port}: 127.0.0.1:${local.port} refuses datagrams (ICMP): no program has that port now; ` +
      'they are counted',
  ]);
  proxy.stop();
  await within(PATIENCE_MS, 'the end', proxy.done);
  await client.close();
});

test('a datagram from the upstream at the listening port goes in no circle', async () => {
  const server = await Plain.open();
  server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
  const { run: proxyRun, lines } = told(server.local);
  const proxy = await startProxy(proxyRun);
  await server.send(proxy.listening[0] as Peer, 'round and round');
  await until(PATIENCE_MS, 'the line', () => lines.length > 0);
  assert.match(lines[0] as string, /it would go in a circle$/);
  proxy.stop();
  const { ignored, flows } = await within(PATIENCE_MS, 'the end', proxy.done);
  assert.is(ignored.loop, 1);
  assert.equal(flows, []);
  assert.equal(server.heard, []);
  await server.close();
});

test('a proxy whose upstream is itself is wrong usage, by address or by name', async () => {
  const taken = await Plain.open();
  const { port } = taken.local;
  await taken.close();
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0']) {
    let caught: unknown;
    await startProxy(told({ address: '127.0.0.1', port }, { host, ports: [port] }).run).catch(
      (cause: unknown) => {
        caught = cause;
      },
    );
    assert.instance(caught, UsageError, host);
  }
});

test('original clients lose what the schedule drops', async () => {
  const { server } = await serve({ source: matchSource({ messages: 40 }), waitFor: 1 });
  const client = await Plain.open();
  const { run: proxyRun } = told(server.local, {
    protocol: matchstream,
    impairment: readImpairment({ seed: '42', down: { dropList: '3-22' } }),
  });
  const proxy = await startProxy(proxyRun);
  await client.send(proxy.listening[0] as Peer, 'register');
  const texts = (): string[] => client.heard.map((bytes) => bytes.toString());
  await until(PATIENCE_MS, 'the end text', () => texts().includes('End of transmission'));
  const counts = texts()
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text).message.count as number);
  assert.equal(counts, [1, 2, ...Array.from({ length: 18 }, (_, k) => 23 + k)]);
  proxy.stop();
  const { flows } = await within(PATIENCE_MS, 'the end', proxy.done);
  assert.is(flows[0]?.down.arrived, 40);
  server.stop();
  await within(PATIENCE_MS, 'the server', server.done);
  await client.close();
});

test('one forged register leaves the port to the client that answers', async () => {
  const { server } = await serve();
  const forger = await Plain.open();
  const { run: proxyRun, log } = told(server.local, { protocol: matchstream });
  const proxy = await startProxy(proxyRun);
  const listening = proxy.listening[0] as Peer;
  await forger.send(listening, '{"register":{"version":1,"nonce":"forged"}}'.padEnd(512));
  await until(PATIENCE_MS, 'its challenge', () => forger.heard.length === 1);
  const { client } = await watch(listening);
  const { reason, local } = await within(PATIENCE_MS, 'the client', client.done);
  assert.is(reason, 'end of stream');
  proxy.stop();
  const { ignored, flows } = await within(PATIENCE_MS, 'the end', proxy.done);
  assert.equal(
    flows.map(({ client: { port } }) => port),
    [local.port],
  );
  assert.is(ignored.uncompleted, 1);
  assert.is(log.lines.filter((line) => line.includes('opened')).length, 1);
  await forger.close();
});

test('the program says it on its terminal, counts it at the end, and refuses to be its own server', async () => {
  await inFolder(async (folder) => {
    const client = await Plain.open();
    const program = start(
      ['proxy', '--listen', '127.0.0.1:0', '--upstream', '127.0.0.1:9', '--log', 'none'],
      folder,
    );
    const end = ended(program);
    const [, port = ''] = await printed(program, /listening on 127\.0\.0\.1:(\d+)/);
    await client.send({ address: '127.0.0.1', port: Number(port) }, '\u001b[31mred');
    let heard = '';
    program.stderr.on('data', (text: string) => (heard += text));
    await until(PATIENCE_MS, 'the line', () => heard.includes('\n'));
    program.kill('SIGINT');
    const { stdout, stderr } = await end;
    assert.match(stderr, /first bytes 1b 5b 33 31 6d 72 65 64: nothing is forwarded; .*--protocol any/);
    assert.match(stdout, /^not passed on: 1 datagram of another protocol \(--protocol any forwards them\)$/m);
    await client.close();
    assertRefused(
      await run(
        ['proxy', '--listen', '127.0.0.1:9999', '--upstream', 'localhost:9999', '--log', 'none'],
        folder,
      ),
      2,
      '--upstream: ',
      '127.0.0.1:9999',
    );
  });
});

test.run();
