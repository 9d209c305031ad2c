/** Upstreams that refuse, answer from elsewhere or are named by a wildcard, on real sockets and both transports. */
import { createSocket } from 'node:dgram';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { ProxyReport, ProxyRun, RunningProxy } from '../../harness/proxy/startProxy.ts';
import type { Peer } from '../../src/net/batch.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { KeptLog, MS, PATIENCE_MS, Plain, until, within } from './loopback.ts';

interface Running {
  readonly proxy: RunningProxy;
  readonly listening: Peer;
  readonly log: KeptLog;
  readonly printed: string[];
}

async function startOn(
  transport: 'node' | 'linux',
  run: Partial<ProxyRun> & Pick<ProxyRun, 'server'>,
): Promise<Running> {
  const log = new KeptLog();
  const printed: string[] = [];
  const proxy = await startProxy({
    host: '127.0.0.1',
    ports: [0],
    protocol: anyProgram,
    impairment: { ...UNIMPAIRED, seed: '1', holdMaxNs: 100 * MS },
    fatesDir: null,
    maxFlows: 8,
    idleNs: 60_000 * MS,
    transport,
    clock: new MonotonicClock(),
    log,
    notice: (line) => printed.push(line),
    ...run,
  });
  return { proxy, listening: proxy.listening[0] as Peer, log, printed };
}

async function end({ proxy }: Running): Promise<ProxyReport> {
  proxy.stop();
  return within(PATIENCE_MS, 'the end', proxy.done);
}

async function deadPeer(): Promise<Peer> {
  const gone = await Plain.open();
  const { local } = gone;
  await gone.close();
  return local;
}

const texts = ({ heard }: Plain): string[] => heard.map((bytes) => bytes.toString());

/** A socket that is told of refusals. */
async function connected(to: Peer) {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  let refused = 0;
  socket.on('message', (bytes) => heard.push(bytes.toString()));
  socket.on('error', ({ message }) => {
    if (message.includes('ECONNREFUSED')) refused += 1;
  });
  await new Promise<void>((resolve) => {
    socket.connect(to.port, to.address, resolve);
  });
  return {
    heard,
    refused: () => refused,
    send: (text: string): void =>
      socket.send(text, (error) => {
        if (error?.message.includes('ECONNREFUSED') === true) refused += 1;
      }),
    close: () => socket.close(),
  };
}

function declare(transport: 'node' | 'linux'): void {
  const test = suite(`an upstream behind a proxy on ${transport}`);

  test('that is dead is counted as such and said, and heard again when it is back', async () => {
    const server = await deadPeer();
    const running = await startOn(transport, { server });
    const client = await Plain.open();
    await until(PATIENCE_MS, 'the line', () => {
      void client.send(running.listening, 'anybody?');
      return running.printed.length > 0;
    });
    assert.equal(running.printed, [
      `flow 1 of 127.0.0.1:${client.local.port}: 127.0.0.1:${server.port} refuses datagrams (ICMP): no program has that port now; they are counted`,
    ]);
    const back = createSocket('udp4');
    back.on('message', (_bytes, { address, port }) => back.send('here', port, address));
    await new Promise<void>((resolve) => {
      back.bind(server.port, server.address, resolve);
    });
    await until(PATIENCE_MS, 'an answer', () => {
      void client.send(running.listening, 'anybody now?');
      return client.heard.length > 0;
    });
    const { flows, network } = await end(running);
    assert.ok((flows[0]?.upstreamRefusals ?? 0) >= 1);
    const notes = network.notes.join('\n');
    const cannot = `answers in place of 127.0.0.1:${server.port} from elsewhere are not seen`;
    assert.is(notes.includes(cannot), transport === 'node');
    assert.not.match(notes, 'whether a peer refuses');
    await client.close();
    await new Promise<void>((resolve) => {
      back.close(resolve);
    });
  });

  test('that is dead makes the kernel refuse the clients, with close', async () => {
    const server = await deadPeer();
    const running = await startOn(transport, { server, onRefused: 'close' });
    const client = await connected(running.listening);
    await until(PATIENCE_MS, 'a refusal', () => {
      client.send('anybody?');
      return client.refused() > 0;
    });
    const back = createSocket('udp4');
    back.on('message', (_bytes, { address, port }) => back.send('here', port, address));
    await new Promise<void>((resolve) => {
      back.bind(server.port, server.address, resolve);
    });
    await until(PATIENCE_MS, 'an answer', () => {
      client.send('anybody now?');
      return client.heard.length > 0;
    });
    const said = running.log.lines.filter((line) => line.includes(`127.0.0.1:${running.listening.port}`));
    assert.match(
      said.join('\n'),
      /closed \S+ for 1 s, so that its clients are refused, too\nlistening on \S+ again/,
    );
    const { flows } = await end(running);
    assert.is(flows.length, 1, 'the flow goes on');
    client.close();
    await new Promise<void>((resolve) => {
      back.close(resolve);
    });
  });

  test('that answers from a port of its own, as TFTP does, is followed there', async () => {
    const door = await Plain.open();
    const session = await Plain.open();
    door.socket.once('message', (_bytes, { address, port }) => session.socket.send('block', port, address));
    const running = await startOn(transport, { server: door.local, answers: 'any-port' });
    const client = await Plain.open();
    await client.send(running.listening, 'get');
    await until(PATIENCE_MS, 'the block', () => client.heard.length === 1);
    await client.send(running.listening, 'ack');
    await until(PATIENCE_MS, 'the ack', () => session.heard.length === 1);
    assert.equal([texts(door), texts(session)], [['get'], ['ack']]);
    assert.match(
      running.printed.join(),
      `127.0.0.1:${session.local.port} answered in place of 127.0.0.1:${door.local.port}`,
    );
    // The session is over; the next request is for the door again.
    await session.close();
    if (transport === 'linux') {
      await client.send(running.listening, 'lost');
      await until(PATIENCE_MS, 'the way back', () => running.log.lines.join().includes('refuses'));
      await client.send(running.listening, 'get more');
      await until(PATIENCE_MS, 'the request', () => door.heard.length === 2);
    }
    const { network, ignored } = await end(running);
    assert.is(ignored.notUpstream, 0);
    assert.is(
      network.notes.join().includes('whether a peer refuses datagrams is not told'),
      transport === 'node',
    );
    await Promise.all([door.close(), client.close()]);
  });

  for (const [bound, upstream] of [
    ['0.0.0.0', '127.0.1.1'],
    ['127.0.1.1', '127.0.1.1'],
    ['0.0.0.0', '0.0.0.0'],
  ] as const)
    test(`that listens on ${bound} answers to one who asks ${upstream}`, async () => {
      const server = await Plain.open(bound);
      server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
      const running = await startOn(transport, { server: { address: upstream, port: server.local.port } });
      const client = await Plain.open();
      for (let k = 1; k <= 3; k += 1) {
        await client.send(running.listening, `${k}`);
        await until(PATIENCE_MS, 'the answer', () => client.heard.length === k);
      }
      const { ignored } = await end(running);
      assert.is(ignored.notUpstream, 0);
      await Promise.all([server.close(), client.close()]);
    });
  test('that is another proxy in front of this one is found out', async () => {
    const [a, b] = [await deadPeer(), await deadPeer()];
    const circle = [
      await startOn(transport, { server: b, ports: [a.port], maxFlows: 1024 }),
      await startOn(transport, { server: a, ports: [b.port], maxFlows: 1024 }),
    ];
    const client = await Plain.open();
    await client.send(a, 'round');
    const printed = (): string => circle.map((running) => running.printed.join()).join();
    await until(PATIENCE_MS, 'the line', () => printed().includes('in a circle'));
    const reports = [await end(circle[0] as Running), await end(circle[1] as Running)];
    for (const { flows } of reports) assert.ok(flows.length < 100, `${flows.length} flows`);
    await client.close();
  });
  test.run();
}

const loaded = await loadNativeSockets();
declare('node');
if (loaded.ok) declare('linux');
