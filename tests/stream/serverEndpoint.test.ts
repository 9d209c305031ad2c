import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeAlive, encodeRegister, encodeUnregister } from '../../src/protocol/control.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import type { Peer } from '../../src/net/batch.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import type { ServerOptions } from '../../src/stream/serverEndpoint.ts';
import { Catcher, batchOf } from './batches.ts';
import { MS, SECOND, SECRET, Stage, matchSource } from './stage.ts';

const NEAR: Peer = { address: '127.0.0.1', port: 4000 };
const FAR: Peer = { address: '192.0.2.1', port: 4000 };

function alone(more: Partial<ServerOptions> = {}) {
  const machine = new ServerEndpoint({ source: matchSource(), secret: SECRET, ...more });
  return {
    machine,
    say: (nowNs: number, from: Peer, ...payloads: (string | Uint8Array)[]) => {
      machine.handleDatagrams(nowNs, 0, batchOf(payloads, from, nowNs), 0, payloads.length);
      const sink = new Catcher();
      machine.drain(sink);
      return sink;
    },
    at: (nowNs: number, sink = new Catcher()) => {
      machine.handleTimeout(nowNs);
      machine.drain(sink);
      return sink;
    },
  };
}

/** Registers and returns the token. */
function register(server: ReturnType<typeof alone>, peer: Peer, nonce = 'n'): string {
  const challenge = server.say(0, peer, encodeRegister({ nonce, token: null, client: null }))
    .texts[0] as string;
  const { token } = JSON.parse(challenge).challenge;
  server.say(0, peer, encodeRegister({ nonce, token, client: null }));
  return token;
}

const originals = suite('original clients');

originals('are served from loopback, in the messages their program reads', () => {
  const server = alone({ source: matchSource({ messages: 3 }) });
  assert.equal(server.say(0, NEAR, 'register').texts, [], 'an acknowledgement would crash it');
  const first = JSON.parse(server.at(0).texts[0] as string);
  assert.is(first.message.count, 1);
  assert.is(typeof first.message.type, 'string');
  assert.is(typeof first.message.time_passed, 'number');
  assert.is(first.timeA.length, 10);
});

originals('are told the end three times, and then forgotten', () => {
  const server = alone({ source: matchSource({ messages: 1 }) });
  server.say(0, NEAR, 'register');
  const said: string[] = [];
  for (let nowNs = 0; !server.machine.finished; nowNs = server.machine.nextTimeoutNs()) {
    said.push(...server.at(nowNs).texts);
    assert.ok(nowNs < 2 * SECOND, 'in bounded time');
  }
  assert.equal(said.slice(1), ['End of transmission', 'End of transmission', 'End of transmission']);
  assert.is(server.machine.members()[0]?.leftBecause, 'ended');
});

originals('get every message even when a batch of them is due at once', () => {
  // 1000 messages of 3 kB are 3 MB: more than a batch of ours holds.
  const server = alone({ source: matchSource({ messages: 1000 }), speed: 0, batchDatagrams: 1000 });
  server.say(0, NEAR, 'register');
  const sink = new Catcher();
  for (let k = 0; k < 20; k += 1) server.at(0, sink);
  const counts = sink.texts
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text).message.count);
  assert.equal(
    counts,
    Array.from({ length: 1000 }, (_, k) => k + 1),
  );
  assert.is(server.machine.members()[0]?.sent, 1000);
});

originals('register twice and are one; unregister and are none', () => {
  const server = alone();
  server.say(0, NEAR, 'register', 'register');
  assert.is(server.machine.members().length, 1);
  server.say(0, NEAR, 'unregister');
  assert.is(server.machine.members()[0]?.leftBecause, 'unregistered');
  assert.equal(server.at(50 * MS).texts, []);
});

originals('from other machines are refused, and told nothing', () => {
  const refused: string[] = [];
  const server = alone({ observe: (event) => event.kind === 'refused' && refused.push(event.reason) });
  assert.equal(server.say(0, FAR, 'register').texts, []);
  assert.is(server.machine.members().length, 0);
  assert.is(refused.length, 1);
  assert.match(refused[0] as string, '--allow-unverified');
  for (const address of ['126.0.0.1', '::2', '::1:2', '10.127.0.1', '::ffff:10.0.0.1']) {
    server.say(0, { address, port: 1 }, 'register');
  }
  assert.is(server.machine.members().length, 0);
});

originals('from other machines are served when that is allowed', () => {
  const server = alone({ allowUnverified: true });
  server.say(0, FAR, 'register');
  assert.is(server.machine.members().length, 1);
});

originals('on any loopback address are served', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    const server = alone({ waitFor: 2 });
    server.say(0, { address, port: 9 }, 'register');
    assert.is(server.machine.members().length, 1, address);
  }
});

originals.run();

const sending = suite('what a server counts as sent');

sending('is what the transport took; the rest is refused', () => {
  const server = alone({ speed: 0, source: matchSource({ messages: 10 }), batchDatagrams: 10 });
  register(server, FAR);
  server.at(0, new Catcher(7));
  const [member] = server.machine.members();
  assert.equal([member?.sent, member?.refused, member?.endCount], [7, 3, 10]);
});

sending('is corrected by failures reported later, for whom they concern', () => {
  const server = alone({ speed: 0, source: matchSource({ messages: 10 }) });
  register(server, FAR);
  server.at(0);
  server.machine.handleSendFailure(0, NEAR, 5);
  server.machine.handleSendFailure(0, FAR, 4);
  const [member] = server.machine.members();
  assert.equal([member?.sent, member?.refused], [6, 4]);
  server.machine.handleSendFailure(0, FAR, 100);
  assert.equal([member?.sent, member?.refused], [0, 10], 'never below nothing');
});

sending('is the stream only: answers and ends go a way of which no failure is reported', () => {
  const server = alone({ speed: 0, source: matchSource({ messages: 10 }) });
  const control = new Catcher();
  const stream = new Catcher();
  const sink = {
    send: stream.send.bind(stream),
    sendControl: control.send.bind(control),
  };
  server.machine.handleDatagrams(0, 0, batchOf(['register'], NEAR, 0), 0, 1);
  server.machine.drain(sink);
  register(server, FAR);
  server.machine.handleTimeout(0);
  server.machine.drain(sink);
  server.machine.handleTimeout(SECOND);
  server.machine.drain(sink);
  assert.is(stream.texts.length, 20);
  assert.ok(stream.texts.every((text) => text.startsWith('{"message":')));
  assert.ok(control.texts.length >= 2);
  assert.not(control.texts.some((text) => text.startsWith('{"message":')));
});

sending('is told as ranges of counts, one a batch and client', () => {
  const told: unknown[] = [];
  const server = alone({
    speed: 0,
    source: matchSource({ messages: 10 }),
    batchDatagrams: 4,
    observeSent: (member, from, to) => told.push([member.id, from, to]),
  });
  register(server, FAR);
  for (let k = 0; k < 5; k += 1) server.at(0);
  assert.equal(told, [
    [1, 1, 4],
    [1, 5, 8],
    [1, 9, 10],
  ]);
});

sending('late datagrams are all sent, and their lateness is told', () => {
  const lateNs: number[] = [];
  const server = alone({ observeLateness: (latenessNs) => lateNs.push(latenessNs) });
  register(server, FAR);
  server.at(35 * MS);
  assert.equal(lateNs, [35 * MS, 25 * MS, 15 * MS, 5 * MS]);
  assert.is(server.machine.nextTimeoutNs(), 40 * MS, 'a late wake-up does not shift the next deadline');
});

sending.run();

const leaving = suite('when the last client has left');

leaving('the server answers repeats for a quarter of a second, and is finished then', () => {
  const server = alone({ source: matchSource({ messages: 1 }) });
  const token = register(server, FAR);
  server.at(0);
  const end = '{"end":{"nonce":"n","count":1}}';
  assert.equal(server.say(500 * MS, FAR, encodeUnregister(token)).texts, [end]);
  assert.is(server.machine.nextTimeoutNs(), 750 * MS);
  server.at(749 * MS);
  assert.not(server.machine.finished);
  assert.equal(server.say(749 * MS, FAR, encodeUnregister(token)).texts, [end]);
  server.at(750 * MS);
  assert.ok(server.machine.finished);
});

leaving.run();

const waiting = suite('waiting for more clients than come');

waiting('for ever unless told', () => {
  const server = alone({ waitFor: 2 });
  register(server, FAR);
  assert.is(server.machine.nextTimeoutNs(), SECOND, 'only to sweep');
});

waiting(
  'for so long after the last registration, and then the stream starts for those that are there',
  () => {
    const server = alone({ waitFor: 3, waitMostNs: 3 * SECOND });
    register(server, NEAR);
    server.at(2 * SECOND);
    const challenge = server.say(2 * SECOND, FAR, encodeRegister({ nonce: 'm', token: null, client: null }));
    const { token } = JSON.parse(challenge.texts[0] as string).challenge;
    server.say(2 * SECOND, FAR, encodeRegister({ nonce: 'm', token, client: null }));
    for (const second of [3, 4]) assert.equal(server.at(second * SECOND).texts, []);
    assert.is(server.at(5 * SECOND).texts.length, 2, 'the first datagram, to both');
    assert.is(server.machine.startNs, 5 * SECOND);
  },
);

waiting('with nobody left when the time is up, it goes on waiting, without a busy loop', () => {
  const server = alone({ waitFor: 2, waitMostNs: 3 * SECOND });
  const token = register(server, FAR);
  server.say(SECOND, FAR, encodeUnregister(token));
  for (const second of [1, 2, 3, 4]) server.at(second * SECOND);
  assert.ok(Number.isNaN(server.machine.startNs));
  assert.is(server.machine.nextTimeoutNs(), 5 * SECOND);
});

waiting('stopped meanwhile, it waits no more', () => {
  const server = alone({ waitFor: 2, waitMostNs: 3 * SECOND });
  register(server, FAR);
  server.machine.stop(SECOND);
  for (let nowNs = SECOND; !server.machine.finished; nowNs = server.machine.nextTimeoutNs()) {
    server.at(nowNs);
    assert.ok(nowNs < server.machine.nextTimeoutNs(), 'without a busy loop');
    assert.ok(nowNs < 20 * SECOND, 'in bounded time');
  }
});

waiting.run();

const sweeping = suite('who is silent');

sweeping('for more than five periods is expired', () => {
  const server = alone({ source: matchSource({ matches: 0, intervalNs: 3600 * SECOND }) });
  register(server, FAR);
  for (let second = 1; second <= 5; second += 1) server.at(second * SECOND);
  assert.is(server.machine.members()[0]?.leftBecause, null);
  server.at(6 * SECOND);
  assert.is(server.machine.members()[0]?.leftBecause, 'expired');
});

sweeping('only because the server was held up is not', () => {
  const server = alone({ source: matchSource({ matches: 0, intervalNs: 3600 * SECOND }) });
  const token = register(server, FAR);
  server.at(60 * SECOND);
  assert.is(server.machine.members()[0]?.leftBecause, null);
  assert.is(server.say(60 * SECOND, FAR, encodeAlive(token)).texts.length, 1);
  for (let second = 61; second <= 65; second += 1) server.at(second * SECOND);
  assert.is(server.machine.members()[0]?.leftBecause, null);
});

sweeping('an original client never is: it has no way to speak', () => {
  const server = alone({ source: matchSource({ matches: 0, intervalNs: 3600 * SECOND }) });
  server.say(0, NEAR, 'register');
  for (let second = 1; second <= 30; second += 1) server.at(second * SECOND);
  assert.is(server.machine.members()[0]?.leftBecause, null);
});

sweeping.run();

const mixed = suite('original clients beside ours');

mixed('both kinds get the whole stream, each in its own words', () => {
  const stage = new Stage({ server: { waitFor: 2, allowUnverified: true } });
  const ours = stage.watch();
  let metrics: StreamMetrics | null = null;
  const theirs = stage.watch({
    original: true,
    record: (firstCount) => (metrics = new StreamMetrics({ firstCount })),
  });
  assert.ok(stage.network.run(10 * SECOND));
  const { total } = matchSource();
  assert.is(ours.counts.length, total);
  assert.equal(theirs.counts, ours.counts);
  assert.is(theirs.machine.reason, 'end of stream');
  assert.is((metrics as unknown as StreamMetrics).statistics().lost, 0);
  assert.equal(
    stage.server.members().map(({ sent, leftBecause }) => ({ sent, leftBecause })),
    // The original client was the first to be registered: it proves nothing.
    [
      { sent: total, leftBecause: 'ended' },
      { sent: total, leftBecause: 'unregistered' },
    ],
  );
});

mixed.run();
