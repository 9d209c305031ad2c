import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  encodeAliveAnswer,
  encodeChallenge,
  encodeEnd,
  encodeRefused,
  encodeRegistered,
} from '../../src/protocol/control.ts';
import { encodeStreamMessage } from '../../src/protocol/stream.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { ClientEndpoint } from '../../src/stream/clientEndpoint.ts';
import type { ClientEvent, ClientOptions } from '../../src/stream/clientEndpoint.ts';
import { KICK_OFF } from '../protocol/messages.ts';
import { Catcher, batchOf } from './batches.ts';
import { MS, SECOND, SERVER, bytesOf } from './stage.ts';

const NONCE = 'the-nonce';
const REGISTERED = {
  nonce: NONCE,
  client: 4,
  nextCount: 3,
  timing: { intervalUs: 10_000, speed: 1 },
  epochUs: 0,
  keepAliveMs: 1000,
};
const datagram = (count: number, check = false): Uint8Array =>
  encodeStreamMessage({ ...KICK_OFF, count }, { check });

/** A client by itself: what it is handed, and what it says. */
function alone(more: Partial<ClientOptions> = {}) {
  const events: ClientEvent[] = [];
  const counts: number[] = [];
  let metrics: StreamMetrics | null = null;
  const machine = new ClientEndpoint({
    server: SERVER,
    nonce: NONCE,
    record: (firstCount) => (metrics = new StreamMetrics({ firstCount, verifiesCheck: more.check ?? false })),
    observe: (event) => events.push(event),
    observeDatagram: (count) => counts.push(count),
    ...more,
  });
  const said = (): string[] => {
    const sink = new Catcher();
    machine.drain(sink);
    for (const { peer } of sink.sent) assert.equal(peer, SERVER);
    return sink.texts.map((text) => text.trimEnd());
  };
  return {
    machine,
    events,
    counts,
    said,
    /** Time passes; what it says then. */
    at: (nowNs: number): string[] => {
      machine.handleTimeout(nowNs);
      return said();
    },
    /** The server says something; what it says then. */
    hear: (nowNs: number, ...payloads: (string | Uint8Array)[]): string[] => {
      machine.handleDatagrams(nowNs, 0, batchOf(payloads, SERVER, nowNs), 0, payloads.length);
      return said();
    },
    statistics: () => (metrics as unknown as StreamMetrics).statistics(),
  };
}

const registering = suite('a client that registers');

registering('asks, proves its address, and is registered', () => {
  const client = alone({ wishedId: 4 });
  assert.equal(client.at(0), ['{"register":{"version":1,"nonce":"the-nonce","client":4}}']);
  assert.equal(client.hear(MS, encodeChallenge('tok')), [
    '{"register":{"version":1,"nonce":"the-nonce","token":"tok","client":4}}',
  ]);
  assert.equal(client.hear(2 * MS, encodeRegistered(REGISTERED)), []);
  assert.is(client.machine.clientId, 4);
  assert.is(client.machine.nextCount, 3);
  assert.equal(client.events, [{ kind: 'registered', client: 4, nextCount: 3 }]);
});

registering('repeats itself with back-off, and gives up when its time is over', () => {
  const client = alone({ registerTimeoutNs: 2 * SECOND });
  const askedNs: number[] = [];
  for (let nowNs = 0; !client.machine.finished; nowNs = client.machine.nextTimeoutNs()) {
    if (client.at(nowNs).length > 0) askedNs.push(nowNs);
  }
  assert.equal(askedNs, [0, 100 * MS, 300 * MS, 700 * MS, 1500 * MS]);
  assert.is(client.machine.reason, 'no answer');
  assert.equal(client.events, [{ kind: 'finished', reason: 'no answer' }]);
});

registering('does nothing before its time, and nothing before it was started', () => {
  const client = alone();
  assert.is(client.machine.nextTimeoutNs(), 0);
  assert.equal(client.hear(0, encodeChallenge('tok')), []);
  client.at(0);
  assert.equal(client.at(99 * MS), []);
  assert.is(client.at(100 * MS).length, 1);
});

registering('asks for another token when the one it has gets no answer', () => {
  const client = alone();
  client.at(0);
  client.hear(0, encodeChallenge('stale'));
  const said: string[] = [];
  for (let nowNs = 0; nowNs < 1.6 * SECOND; nowNs = client.machine.nextTimeoutNs())
    said.push(...client.at(nowNs));
  assert.equal(
    said.map((text) => text.includes('"stale"')),
    [true, true, true, false],
  );
  assert.match(client.hear(1.6 * SECOND, encodeChallenge('fresh'))[0] as string, '"token":"fresh"');
});

registering('a registration that comes after all, while it asks for another token, is good', () => {
  const client = alone();
  client.at(0);
  client.hear(0, encodeChallenge('first'));
  for (let nowNs = 0; nowNs < 1.6 * SECOND; nowNs = client.machine.nextTimeoutNs()) client.at(nowNs);
  client.hear(1.6 * SECOND, encodeRegistered(REGISTERED));
  assert.equal(client.at(2.6 * SECOND), ['{"alive":{"token":"first"}}']);
});

registering('keeps what overtakes its registration, and drops what was before its first count', () => {
  const client = alone();
  client.at(0);
  client.hear(0, datagram(2), datagram(4), encodeChallenge('tok'), datagram(3));
  client.hear(MS, encodeRegistered(REGISTERED), datagram(6));
  client.hear(2 * MS, encodeEnd(NONCE, 6));
  client.machine.interrupt(3 * MS);
  client.said();
  client.hear(4 * MS, encodeEnd(NONCE, 6));
  const { sent, received, unique, lost, reordered, before_first } = client.statistics();
  assert.equal(
    { sent, received, unique, lost, reordered, before_first },
    { sent: 4, received: 4, unique: 3, lost: 1, reordered: 1, before_first: 1 },
  );
  assert.equal(client.counts, [2, 4, 3, 6]);
});

registering('that is refused says why, once, goes on asking, and ends for want of a place', () => {
  const client = alone({ registerTimeoutNs: 3 * SECOND });
  client.at(0);
  client.hear(0, encodeChallenge('tok'));
  client.hear(MS, encodeRefused(NONCE, 'full'), encodeRefused('another', 'address'));
  assert.is(client.machine.refusal, 'full');
  let asked = 0;
  for (let nowNs = MS; !client.machine.finished; nowNs = client.machine.nextTimeoutNs()) {
    asked += client.at(nowNs).length;
    client.hear(nowNs, encodeRefused(NONCE, 'full'));
  }
  assert.ok(asked >= 4, `${asked}`);
  assert.equal(client.events, [
    { kind: 'refused', reason: 'full' },
    { kind: 'finished', reason: 'no place' },
  ]);
});

registering('that was refused takes the place that comes free', () => {
  const client = alone();
  client.at(0);
  client.hear(0, encodeChallenge('tok'));
  client.hear(MS, encodeRefused(NONCE, 'address'));
  client.hear(SECOND, encodeRegistered(REGISTERED));
  assert.is(client.machine.refusal, null);
  assert.equal(client.events, [
    { kind: 'refused', reason: 'address' },
    { kind: 'registered', client: 4, nextCount: 3 },
  ]);
  client.hear(SECOND, encodeRefused(NONCE, 'full'));
  assert.is(client.machine.reason, null, 'and a refusal that comes late means nothing');
});

registering('that never gets an answer still reports the stream it got', () => {
  const client = alone({ registerTimeoutNs: SECOND });
  client.at(0);
  client.hear(0, datagram(5), datagram(7));
  client.at(SECOND);
  assert.is(client.machine.reason, 'no answer');
  const { sent, unique, lost } = client.statistics();
  assert.equal({ sent, unique, lost }, { sent: null, unique: 2, lost: 1 });
});

registering.run();

const living = suite('a registered client');

function registered(more: Partial<ClientOptions> = {}) {
  const client = alone(more);
  client.at(0);
  client.hear(0, encodeChallenge('tok'));
  client.hear(0, encodeRegistered(REGISTERED));
  return client;
}

living('an interrupt before the end cuts the stream short; after the end it only stops listening', () => {
  const early = registered();
  early.machine.interrupt(MS);
  early.hear(2 * MS, encodeEnd(NONCE, 6));
  assert.is(early.machine.reason, 'interrupted');
  const late = registered();
  late.hear(MS, encodeEnd(NONCE, 6));
  late.machine.interrupt(2 * MS);
  assert.equal(late.said(), ['{"unregister":{"token":"tok"}}']);
  late.hear(3 * MS, encodeEnd(NONCE, 6));
  assert.ok(late.machine.finished);
  assert.is(late.machine.reason, 'end of stream');
});

living('shows that it lives once a period', () => {
  const client = registered();
  for (const nowNs of [1, 2, 3, 4, 5, 6, 7].map((second) => second * SECOND)) {
    assert.equal(client.at(nowNs - 1), []);
    assert.equal(client.at(nowNs), ['{"alive":{"token":"tok"}}']);
    client.hear(nowNs, encodeAliveAnswer(NONCE));
  }
});

living('takes four alives without an answer for silence, and unregisters all the same', () => {
  const client = registered();
  for (let second = 1; second <= 4; second += 1) assert.is(client.at(second * SECOND).length, 1);
  assert.not(client.machine.finished);
  assert.equal(client.at(5 * SECOND), ['{"unregister":{"token":"tok"}}']);
  assert.is(client.machine.reason, 'server silent');
});

living('takes a stream datagram for an answer, too', () => {
  const client = registered();
  for (let second = 1; second <= 4; second += 1) client.at(second * SECOND);
  client.hear(4.5 * SECOND, datagram(3));
  for (let second = 5; second <= 8; second += 1) assert.is(client.at(second * SECOND).length, 1);
  client.at(9 * SECOND);
  assert.is(client.machine.reason, 'server silent');
});

living('held up for an hour, it asks before it calls the server silent', () => {
  const client = registered();
  assert.equal(client.at(3600 * SECOND), ['{"alive":{"token":"tok"}}']);
  client.hear(3600 * SECOND, encodeAliveAnswer(NONCE));
  assert.not(client.machine.finished);
});

living('after the end listens for Tmax, then unregisters until that is answered', () => {
  const client = registered({ tmaxNs: 300 * MS });
  client.hear(SECOND / 2, datagram(3), encodeEnd(NONCE, 5));
  assert.equal(client.hear(0.6 * SECOND, datagram(4), encodeEnd(NONCE, 5)), []);
  assert.is(client.machine.nextTimeoutNs(), 0.8 * SECOND);
  assert.equal(client.at(0.8 * SECOND), ['{"unregister":{"token":"tok"}}']);
  assert.equal(client.at(0.9 * SECOND), ['{"unregister":{"token":"tok"}}']);
  assert.equal(client.hear(0.95 * SECOND, datagram(5), encodeEnd(NONCE, 5), datagram(4)), []);
  assert.ok(client.machine.finished);
  const { sent, lost, received } = client.statistics();
  assert.equal(
    { sent, lost, received },
    { sent: 3, lost: 0, received: 3 },
    'nothing counts once it has finished',
  );
});

living(
  'says once more that it leaves when only one unregister was sent: the end it heard may be a repeat',
  () => {
    const client = registered({ tmaxNs: 0 });
    client.hear(SECOND / 2, encodeEnd(NONCE, 2));
    client.at(SECOND / 2);
    assert.equal(client.hear(SECOND / 2, encodeEnd(NONCE, 2)), ['{"unregister":{"token":"tok"}}']);
    assert.ok(client.machine.finished);
  },
);

living('holds its statistics to the first end it was told', () => {
  const client = registered();
  client.hear(SECOND / 2, encodeEnd(NONCE, 5));
  client.hear(SECOND / 2, encodeEnd(NONCE, 9));
  assert.is(client.machine.lastCount, 5);
  assert.is(client.events.filter(({ kind }) => kind === 'end announced').length, 1);
});

living('with a check, counts what fails it, and what cannot even be read, as corrupted', () => {
  const shown: string[] = [];
  const client = alone({
    check: true,
    observeCorrupted: (batch, row) => shown.push(Buffer.from(batch.payload(row)).toString('latin1')),
  });
  client.at(0);
  const damaged = datagram(4, true);
  damaged[damaged.length - 3] = (damaged[damaged.length - 3] as number) ^ 1;
  const beheaded = datagram(5, true);
  beheaded[4] = (beheaded[4] as number) ^ 1;
  const early = Uint8Array.from(damaged);
  client.hear(0, early, encodeChallenge('tok'));
  client.hear(0, encodeRegistered(REGISTERED), datagram(3, true), damaged, beheaded, datagram(6, false));
  client.hear(0, encodeEnd('another-nonce', 3));
  client.hear(0, encodeEnd(NONCE, 6));
  client.machine.interrupt(MS);
  client.said();
  client.hear(MS, encodeEnd(NONCE, 6));
  const { received, corrupted, malformed, lost } = client.statistics();
  // One early and three later; the forged end can be read well, and is only malformed.
  assert.equal(
    { received, corrupted, malformed, lost },
    { received: 1, corrupted: 4, malformed: 1, lost: 3 },
  );
  assert.equal(client.counts, [3]);
  assert.equal(
    shown,
    [early, damaged, beheaded, datagram(6, false)].map((bytes) => Buffer.from(bytes).toString('latin1')),
    'and shows each of them',
  );
});

living('validating in full, takes only whole messages; by the head, whatever has a count', () => {
  for (const [validate, expected] of [
    ['head', { received: 4, malformed: 1, lost: 0 }],
    ['full', { received: 1, malformed: 4, lost: 3 }],
  ] as const) {
    const client = alone({ validate });
    client.at(0);
    client.hear(0, encodeChallenge('tok'));
    const cut = datagram(4).subarray(0, 100);
    // One comes before the answer that names the first count.
    client.hear(0, cut, encodeRegistered(REGISTERED), datagram(3));
    client.hear(
      0,
      '{"message":{"count":5,"score":7}}',
      '{"message":{"count":6,',
      'rubbish',
      encodeEnd(NONCE, 6),
    );
    client.machine.interrupt(MS);
    client.hear(MS, encodeEnd(NONCE, 6));
    const { received, malformed, lost } = client.statistics();
    assert.equal({ received, malformed, lost }, expected, validate);
  }
});

living('without one, what cannot be read is malformed', () => {
  const client = registered();
  client.hear(
    0,
    'rubbish',
    '',
    '{"message":{"count":0,"score":""}}',
    '{"message":{"count":"3"}}',
    datagram(3),
  );
  assert.is(client.statistics().malformed, 4);
  assert.is(client.statistics().corrupted, null);
  assert.is(client.statistics().received, 1);
});

living('what only corrupted datagrams reached has statistics all the same', () => {
  const client = alone({ check: true, registerTimeoutNs: SECOND });
  client.at(0);
  client.hear(0, datagram(3, false));
  client.at(SECOND);
  assert.is(client.machine.reason, 'no answer');
  assert.is(client.statistics().corrupted, 1);
});

living.run();

const original = suite("a client that speaks the original programs' protocol");

const python = (count: number, separator = ': '): string => {
  const message = { count, score: 'Placar: A 0 - 0 B', content: 'x', type: 'Falta!', time_passed: 3 };
  const one = {
    nome: 'p',
    time: 'A',
    posicao: 'Meia',
    cartao_vermelho: false,
    gols: 0,
    tempo_gols: [],
    tempo_cv: 0,
  };
  const line = Array.from({ length: 10 }, () => one);
  const keeper = { nome: 'k', time: 'A' };
  const text = JSON.stringify({ message, timeA: line, timeB: line, goleiroA: keeper, goleiroB: keeper });
  return text.replaceAll('":', `"${separator}`);
};

for (const [name, separator] of [
  ['as Python writes it', ': '],
  ['written without spaces', ':'],
] as const) {
  original(`is registered by the first message, ${name}, and then asks no more`, () => {
    const client = alone({ original: true });
    assert.equal(client.at(0), ['register']);
    assert.equal(client.hear(SECOND, python(0, separator)), []);
    assert.equal(client.events, [{ kind: 'registered', client: 0, nextCount: 0 }]);
    for (let second = 2; second <= 12; second += 1) {
      assert.equal(client.at(second * SECOND), []);
      client.hear(second * SECOND, python(second - 1, separator));
    }
    assert.is(client.statistics().received, 12);
  });
}

original('registers again every five seconds, and gives up after the quiet it was given', () => {
  const client = alone({ original: true, quietTimeoutNs: 12 * SECOND });
  const askedNs: number[] = [];
  for (let nowNs = 0; !client.machine.finished; nowNs = client.machine.nextTimeoutNs()) {
    if (client.at(nowNs).length > 0) askedNs.push(nowNs);
  }
  assert.equal(askedNs, [0, 5 * SECOND, 10 * SECOND]);
  assert.is(client.machine.reason, 'no answer');
});

original('ends by the end text, after Tmax, with a plain unregister', () => {
  const client = alone({ original: true, tmaxNs: 500 * MS });
  client.at(0);
  client.hear(MS, python(0), python(2));
  client.hear(2 * MS, 'End of transmission');
  client.hear(3 * MS, python(1));
  assert.equal(client.at(502 * MS), ['unregister']);
  assert.is(client.machine.reason, 'end of stream');
  const { sent, unique, lost, reordered } = client.statistics();
  // The end text has no count, so what was sent after the highest is not known.
  assert.equal({ sent, unique, lost, reordered }, { sent: null, unique: 3, lost: 0, reordered: 1 });
});

original('that goes quiet is silent', () => {
  const client = alone({ original: true, quietTimeoutNs: 2 * SECOND });
  client.at(0);
  client.hear(SECOND, python(0));
  assert.is(client.machine.nextTimeoutNs(), 3 * SECOND);
  client.at(3 * SECOND);
  assert.is(client.machine.reason, 'server silent');
});

original('counts what it cannot read, and is not stopped by it', () => {
  const client = alone({ original: true });
  client.at(0);
  client.hear(
    MS,
    'rubbish',
    '{}',
    python(0).slice(0, -1),
    encodeAliveAnswer(NONCE),
    bytesOf('"register"'),
    python(0),
  );
  assert.is(client.statistics().malformed, 5);
  assert.is(client.statistics().received, 1);
});

original('interrupted, unregisters and finishes at once', () => {
  const client = alone({ original: true });
  client.at(0);
  client.hear(MS, python(0));
  client.machine.interrupt(2 * MS);
  assert.equal(client.said(), ['unregister']);
  assert.is(client.machine.reason, 'interrupted');
});

original.run();
