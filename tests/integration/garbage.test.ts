/** Whatever anybody sends to a socket of ours is counted and ignored: nothing crashes, hangs or is measured. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeEnd, encodeRegister } from '../../src/protocol/control.ts';
import { randomStream } from '../../src/base/random.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { Driver } from '../../src/net/driver.ts';
import { NodeTransport } from '../../src/net/nodeTransport.ts';
import { MS, PATIENCE_MS, Plain, matchSource, serve, until, watch, within } from './loopback.ts';

const LIMIT_MS = PATIENCE_MS;

const message = (count: string): string =>
  `{"message":{"count":${count},"score":"a 0 - 0 b","content":"","type":1,"minute":1,"atUs":0},"timeA":[],"timeB":[],"goleiroA":{"nome":""},"goleiroB":{"nome":""}}`;

function randomBytes(draw: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(draw() * 256)));
}

/** None of these is a request, an answer, or a stream datagram of ours. */
function garbage(): Buffer[] {
  const { draw } = randomStream('garbage');
  const random = Array.from({ length: 60 }, () => randomBytes(draw, Math.floor(draw() * 3000)));
  const texts = [
    '',
    '\0',
    '{',
    '{}',
    '[]',
    'null',
    'true',
    '1e400',
    '"register"',
    'Register',
    'register\n',
    'End of transmission\n',
    '\ufeff{"alive":{"token":"x"}}',
    '['.repeat(30_000),
    '{"a":'.repeat(10_000),
    `{"message":${'['.repeat(20_000)}`,
    `{"alive":{"token":${'{"x":'.repeat(300)}1${'}'.repeat(300)}}}`,
    JSON.stringify({ register: { version: 1, nonce: 'x', padding: 'y'.repeat(60_000) } }),
    `{"x":"${'z'.repeat(65_000)}"}`,
    '{"__proto__":{"register":{}}}',
    '{"constructor":{"prototype":{}}}',
    '{"register":{"version":2,"nonce":"x"}}'.padEnd(512),
    '{"register":{"version":1,"nonce":""}}'.padEnd(512),
    '{"register":{"version":1,"nonce":7}}'.padEnd(512),
    '{"register":{"version":1,"nonce":"x","client":0}}'.padEnd(512),
    '{"register":{"version":1,"nonce":"x","client":1e400}}'.padEnd(512),
    '{"register":{"version":1,"nonce":"x","token":{}}}'.padEnd(512),
    '{"register":null}'.padEnd(512),
    '{"register":{},"alive":{}}'.padEnd(512),
    '{"alive":[]}',
    '{"alive":{"token":null}}',
    '{"alive":{"token":"'.padEnd(300, 'x') + '"}}',
    '{"unregister":"token"}',
    '{"end":{"nonce":"x","count":-1}}',
    '{"end":{"nonce":"x","count":1e400}}',
    '{"end":{"nonce":"x","count":9007199254740992}}',
    '{"end":{"count":1}}',
    '{"registered":{"nonce":"x"}}',
    '{"challenge":{"token":7}}',
    '{"challenge":{"token":""}}',
    ...[
      '0',
      '-1',
      '-0',
      '00',
      '01',
      '+1',
      '1.5',
      '1e2',
      '1e400',
      '9007199254740992',
      '18446744073709551617',
      '"1"',
      'null',
      '[1]',
      '{}',
      'true',
      '',
    ].map(message),
    message('1').replace('"count":1', '"count" :1'),
    ` ${message('1')}`,
    message('1').slice(0, 21),
    '{"message":{"count":',
    '{"message":{"count":123456',
  ];
  return [...random, ...texts.map((text) => Buffer.from(text))];
}

/** Sends them all, a few at a time so that no buffer on the way overflows. */
async function throwAll(plain: Plain, to: Peer): Promise<number> {
  const all = garbage();
  for (const [k, bytes] of all.entries()) {
    await plain.send(to, bytes);
    if (k % 8 === 7) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return all.length;
}

const atServer = suite('garbage at a server');

atServer('is counted and answered with nothing, and the stream goes on', async () => {
  const { server } = await serve({ source: matchSource({ matches: 0 }), waitFor: 1 });
  const { client } = await watch(server.local);
  const plain = await Plain.open();
  const thrown = await throwAll(plain, server.local);
  // A request after all of it shows that it has all been read.
  await plain.send(server.local, encodeRegister({ nonce: 'n', token: null, client: null }));
  await until(LIMIT_MS, 'a challenge', () => plain.heard.length > 0);
  assert.is(plain.heard.length, 1, 'the challenge is the only answer');
  assert.match(plain.heard[0]?.toString() as string, /^\{"challenge"/);
  server.stop();
  const report = await within(LIMIT_MS, 'client', client.done);
  const served = await within(LIMIT_MS, 'server', server.done);
  assert.is(served.counters.malformed, thrown);
  assert.is(served.counters.refusedRequests, 0);
  assert.is(served.clients.length, 1);
  assert.equal([report.statistics.lost, report.statistics.malformed, report.foreign], [0, 0, 0]);
  await plain.close();
});

atServer('a datagram from port 0, to which nothing can be sent, does no harm', async () => {
  const clock = new MonotonicClock();
  const transport = new NodeTransport(clock);
  await transport.open({ host: '127.0.0.1', port: 0 });
  const machine = new ServerEndpoint({ source: matchSource(), secret: new Uint8Array(32) });
  const driver = new Driver(machine, transport, clock);
  driver.start();
  const batch = new DatagramBatch(1, 600);
  const bytes = encodeRegister({ nonce: 'n', token: null, client: null });
  batch.append(bytes, 0, bytes.length, clock.nowNs(), { address: '127.0.0.1', port: 0 });
  transport.onBatch(0, batch);
  const outcome = await Promise.race([
    driver.done.then(
      () => 'ended',
      (cause: Error) => cause.message,
    ),
    new Promise((resolve) => setTimeout(() => resolve('running'), 30)),
  ]);
  assert.is(outcome, 'running');
  driver.stop();
  await transport.close();
});

atServer.run();

const atClient = suite('garbage at a client');

atClient('from a stranger is foreign, and nothing else', async () => {
  const { server } = await serve({ source: matchSource({ matches: 0 }) });
  const seen: number[] = [];
  const { client } = await watch(server.local, { observeDatagram: (count) => seen.push(count) });
  await until(LIMIT_MS, 'the stream', () => seen.length > 0);
  const plain = await Plain.open();
  const thrown = await throwAll(plain, client.local);
  const before = seen.length;
  await until(LIMIT_MS, 'more of the stream', () => seen.length > before + 20);
  server.stop();
  const report = await within(LIMIT_MS, 'client', client.done);
  await within(LIMIT_MS, 'server', server.done);
  assert.is(report.foreign, thrown);
  const { lost, malformed, reordered, duplicates, unique, received } = report.statistics;
  assert.equal(
    { lost, malformed, reordered, duplicates },
    { lost: 0, malformed: 0, reordered: 0, duplicates: 0 },
  );
  assert.is(unique, received);
  assert.equal(
    seen,
    Array.from({ length: seen.length }, (_, k) => k + 1),
  );
  await plain.close();
});

for (const original of [false, true]) {
  atClient(
    `from its server is malformed, and the stream beside it is measured${original ? ' (original)' : ''}`,
    async () => {
      // A server that answers as it should, and then sends garbage between three datagrams of a stream.
      const plain = await Plain.open();
      let nonce = '';
      let thrown = 0;
      const stream = async (to: Peer): Promise<void> => {
        await plain.send(to, datagramOf(1));
        thrown = await throwAll(plain, to);
        await plain.send(to, datagramOf(2));
        await plain.send(to, datagramOf(4));
        await plain.send(to, original ? 'End of transmission' : encodeEnd(nonce, 5));
      };
      const datagramOf = (count: number): string =>
        original
          ? JSON.stringify({
              message: { count, score: 'Placar: a 0 - 0 b', content: '', type: 'Gol!', time_passed: 1 },
              timeA: [],
              timeB: [],
              goleiroA: { nome: '', time: 'a' },
              goleiroB: { nome: '', time: 'b' },
            })
          : message(String(count));
      plain.socket.on('message', (bytes, { address, port }) => {
        const to = { address, port };
        const text = bytes.toString();
        if (original) {
          if (text === 'register' && thrown === 0) void stream(to);
          return;
        }
        const { register, unregister } = JSON.parse(text);
        if (unregister !== undefined) void plain.send(to, encodeEnd(nonce, 5));
        if (register === undefined) return;
        if (register.token === undefined) {
          void plain.send(to, '{"challenge":{"token":"t"}}');
          return;
        }
        // A repeated request must not start another stream.
        if (nonce !== '') return;
        nonce = register.nonce;
        const timing = { intervalUs: 1000, speed: 1 };
        void plain
          .send(
            to,
            JSON.stringify({
              registered: { nonce, client: 1, nextCount: 1, timing, epochUs: 0, keepAliveMs: 1000 },
            }),
          )
          .then(() => stream(to));
      });
      const { client } = await watch(plain.local, { original, tmaxNs: 50 * MS });
      const report = await within(LIMIT_MS, 'client', client.done);
      assert.is(report.reason, 'end of stream');
      assert.is(report.statistics.malformed, thrown);
      const { received, unique, lost, reordered } = report.statistics;
      // Without a count in the end text nobody can know of the fifth.
      assert.equal(
        { received, unique, lost, reordered },
        { received: 3, unique: 3, lost: original ? 1 : 2, reordered: 0 },
      );
      await plain.close();
    },
  );
}

atClient.run();
