/** A server and a proxy that listen on all addresses, and clients that asked one of them: whole streams. */
import { createSocket } from 'node:dgram';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { ProxyRun } from '../../harness/proxy/startProxy.ts';
import type { Peer } from '../../src/net/batch.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { KeptLog, MS, PATIENCE_MS, Plain, serve, until, watch, within } from './loopback.ts';

const test = suite('a server and a proxy that listen on all addresses');

const proxyRun = (server: Peer, more: Partial<ProxyRun> = {}): ProxyRun => ({
  server,
  host: '0.0.0.0',
  ports: [0],
  protocol: anyProgram,
  impairment: { ...UNIMPAIRED, seed: '1' },
  fatesDir: null,
  maxFlows: 8,
  idleNs: 60_000 * MS,
  transport: 'linux',
  clock: new MonotonicClock(),
  log: new KeptLog(),
  ...more,
});

test('on node a client that knows the server by its first address gets the whole stream, and who picks addresses is said', async () => {
  const { server } = await serve({ host: '0.0.0.0', transport: 'node' });
  const { client } = await watch({ address: '127.0.0.1', port: server.local.port });
  const report = await within(PATIENCE_MS, 'the stream', client.done);
  server.stop();
  const { network } = await server.done;
  assert.is(report.statistics.received, 100);
  assert.match(network.notes.join('; '), 'answers leave from the address that the kernel chooses');
});

const loaded = await loadNativeSockets();
if (loaded.ok) {
  test('a client that knows the server by its second address gets the whole stream', async () => {
    const { server } = await serve({ host: '0.0.0.0', transport: 'linux' });
    const { client } = await watch({ address: '127.0.0.2', port: server.local.port });
    const report = await within(PATIENCE_MS, 'the stream', client.done);
    server.stop();
    await server.done;
    assert.is(report.statistics.received, 100);
  });

  test('through a proxy sockets that hear one address only get their answers, and two addresses are two flows', async () => {
    const server = await Plain.open();
    server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
    const proxy = await startProxy(proxyRun(server.local));
    const { port } = proxy.listening[0] as Peer;
    const client = createSocket('udp4');
    const heard: string[] = [];
    client.on('message', (bytes, { address }) => heard.push(`${bytes} from ${address}`));
    try {
      await new Promise<void>((resolve) => {
        client.connect(port, '127.0.0.2', resolve);
      });
      for (let k = 0; k < 10; k += 1) client.send(`${k}`);
      await until(PATIENCE_MS, 'the answers', () => heard.length === 10);
      assert.is(heard[9], '9 from 127.0.0.2');
      const both = await Plain.open('127.0.0.1');
      for (const last of [1, 3]) await both.send({ address: `127.0.0.${last}`, port }, `to ${last}`);
      await until(PATIENCE_MS, 'both answers', () => both.heard.length === 2);
      assert.equal(both.from.map(({ address }, k) => `${both.heard[k]} from ${address}`).toSorted(), [
        'to 1 from 127.0.0.1',
        'to 3 from 127.0.0.3',
      ]);
      proxy.stop();
      const report = await within(PATIENCE_MS, 'the end', proxy.done);
      assert.equal(
        report.flows.map(({ up, down }) => [up.arrived, down.forwarded]),
        [
          [10, 10],
          [1, 1],
          [1, 1],
        ],
      );
      await both.close();
    } finally {
      proxy.stop();
      client.close();
      await server.close();
    }
  });
} else test.skip(loaded.reason);
test.run();
