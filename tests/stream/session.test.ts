import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import { MS, SECOND, SECRET, Stage, countOf, dropUnless, isControl, matchSource, textOf } from './stage.ts';
import { refusal } from '../refusals.ts';

const TOTAL = matchSource().total;
/** For crowds: the real instrument takes megabytes a client. */
const NO_RECORDER = {
  handleArrival: () => undefined,
  handleMalformed: () => undefined,
  handleCorrupted: () => undefined,
  finish: () => undefined,
};
const oneTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, k) => first + k);

const together = suite('three clients and a server that waits for three');

together('each gets every datagram, once and in order', () => {
  const stage = new Stage({ server: { waitFor: 3 } });
  for (let k = 0; k < 3; k += 1) stage.watch();
  // A second of stream, one of listening, a quarter of lingering: five are plenty.
  assert.ok(stage.network.run(5 * SECOND));
  for (const { machine, counts, statistics } of stage.watchers) {
    assert.equal(counts, oneTo(TOTAL));
    assert.is(machine.reason, 'end of stream');
    assert.is(machine.lastCount, TOTAL);
    const { sent, received, unique, lost, duplicates, reordered, malformed } = statistics();
    assert.equal(
      { sent, received, unique, lost, duplicates, reordered, malformed },
      { sent: TOTAL, received: TOTAL, unique: TOTAL, lost: 0, duplicates: 0, reordered: 0, malformed: 0 },
    );
  }
});

together('the server knows what each was sent, and that each unregistered', () => {
  const stage = new Stage({ server: { waitFor: 3 } });
  for (let k = 0; k < 3; k += 1) stage.watch();
  assert.ok(stage.network.run(5 * SECOND));
  assert.equal(
    stage.members(),
    stage.watchers.map(({ peer }, k) => ({
      id: k + 1,
      peer,
      nextCount: 1,
      sent: TOTAL,
      refused: 0,
      endCount: TOTAL,
      leftBecause: 'unregistered',
    })),
  );
  assert.equal(stage.server.counters, { malformed: 0, refusedRequests: 0 });
});

together('the stream starts when the third is there, and not before', () => {
  const stage = new Stage({ server: { waitFor: 3 } });
  stage.watch();
  stage.watch();
  assert.not(stage.network.run(2 * SECOND), 'nothing ends while it waits');
  assert.is(stage.server.lastCount, 0);
  stage.network.at(3 * SECOND, () => stage.watch());
  assert.ok(stage.network.run(8 * SECOND));
  assert.is(stage.server.startNs, 3 * SECOND);
  for (const { counts } of stage.watchers) assert.is(counts.length, TOTAL);
});

together('waiting for nobody starts at once, and an empty house hears the end anyway', () => {
  const stage = new Stage({ server: { waitFor: 0 } });
  assert.ok(stage.network.run(2 * SECOND));
  assert.is(stage.server.startNs, 0);
  assert.is(stage.server.lastCount, TOTAL);
});

together('each is sent a datagram when it is due, at the given speed', () => {
  for (const [speed, stepNs] of [
    [1, 10 * MS],
    [2, 5 * MS],
    [0, 0],
  ] as const) {
    const timesNs: number[] = [];
    const stage: Stage = new Stage({
      server: { speed },
      rule: (_from, _to, payload) => {
        if (!isControl(payload)) timesNs.push(stage.network.nowNs());
        return 'deliver';
      },
    });
    stage.watch();
    assert.ok(stage.network.run(5 * SECOND));
    assert.equal(
      timesNs,
      oneTo(TOTAL).map((count) => (count - 1) * stepNs),
    );
  }
});

together.run();

const late = suite('a client that comes late');

late('starts at the count it was promised, and misses nothing from there', () => {
  const stage = new Stage();
  stage.watch();
  stage.network.at(105 * MS, () => stage.watch());
  assert.ok(stage.network.run(5 * SECOND));
  const second = stage.watchers[1] as (typeof stage.watchers)[0];
  // Counts 1 to 11 were due from 0 to 100 ms.
  assert.is(second.machine.nextCount, 12);
  assert.equal(second.counts, oneTo(TOTAL, 12));
  const { sent, lost, before_first } = second.statistics();
  assert.equal({ sent, lost, before_first }, { sent: TOTAL - 11, lost: 0, before_first: 0 });
  assert.is(stage.server.members()[1]?.sent, TOTAL - 11);
});

late('after the end is promised what never comes, and told so', () => {
  const stage = new Stage();
  stage.watch();
  const endNs = (TOTAL - 1) * 10 * MS;
  stage.network.at(endNs + 500 * MS, () => stage.watch());
  assert.ok(stage.network.run(10 * SECOND));
  const second = stage.watchers[1] as (typeof stage.watchers)[0];
  assert.is(second.machine.nextCount, TOTAL + 1);
  assert.is(second.machine.lastCount, TOTAL);
  assert.is(second.machine.reason, 'end of stream');
  const { sent, received, lost } = second.statistics();
  assert.equal({ sent, received, lost }, { sent: 0, received: 0, lost: 0 });
});

late.run();

const leaving = suite('leaving before the end');

leaving('is answered with the last count it was sent', () => {
  const stage = new Stage({ server: { waitFor: 2 } });
  const first = stage.watch();
  stage.watch();
  stage.network.at(205 * MS, () => {
    first.machine.interrupt(205 * MS);
    stage.network.settle(first.host);
  });
  assert.ok(stage.network.run(5 * SECOND));
  assert.is(first.machine.reason, 'interrupted');
  assert.is(first.machine.lastCount, 21);
  assert.equal(first.counts, oneTo(21));
  const { sent, lost } = first.statistics();
  assert.equal({ sent, lost }, { sent: 21, lost: 0 });
  assert.is(stage.server.members()[0]?.sent, 21);
  assert.is(stage.server.members()[0]?.leftBecause, 'unregistered');
  assert.equal(stage.watchers[1]?.counts, oneTo(TOTAL));
});

leaving('shows tail loss: what was sent and never came is lost', () => {
  const stage: Stage = new Stage({
    rule: dropUnless((_from, _to, payload) => isControl(payload) || stage.network.nowNs() < 150 * MS),
  });
  const only = stage.watch();
  stage.network.at(205 * MS, () => {
    only.machine.interrupt(205 * MS);
    stage.network.settle(only.host);
  });
  assert.ok(stage.network.run(10 * SECOND));
  const { sent, received, lost, loss_periods } = only.statistics();
  assert.equal({ sent, received, lost, loss_periods }, { sent: 21, received: 15, lost: 6, loss_periods: 1 });
});

leaving('before anything was answered ends at once, without statistics', () => {
  const stage = new Stage({ rule: () => 'drop' });
  const only = stage.watch();
  stage.network.at(50 * MS, () => {
    only.machine.interrupt(50 * MS);
    stage.network.settle(only.host);
  });
  stage.network.run(60 * MS);
  assert.ok(only.machine.finished);
  assert.is(only.machine.reason, 'interrupted');
  assert.is(only.machine.recorder, null);
});

leaving('is bounded when nobody answers', () => {
  const stage = new Stage();
  const only = stage.watch();
  stage.network.at(205 * MS, () => {
    stage.network.vanish(stage.serverHost);
    only.machine.interrupt(205 * MS);
    stage.network.settle(only.host);
  });
  // Five attempts: 0.1 + 0.2 + 0.4 + 0.8 + 1 s.
  assert.ok(stage.network.run(205 * MS + 2.5 * SECOND));
  assert.is(only.machine.reason, 'interrupted');
  assert.is(only.statistics().unique, 21);
  assert.is(only.statistics().sent, null);
});

leaving.run();

const vanishing = suite('vanishing without a word');

vanishing('a killed client disturbs nobody, and is expired', () => {
  // Long enough that silence shows: 600 messages are six seconds.
  const stage = new Stage({ server: { waitFor: 3, source: matchSource({ messages: 1200 }) } });
  for (let k = 0; k < 3; k += 1) stage.watch();
  const [killed, ...others] = stage.watchers;
  stage.network.at(305 * MS, () => stage.network.vanish((killed as (typeof others)[0]).host));
  assert.ok(stage.network.run(20 * SECOND));
  for (const { counts, statistics } of others) {
    assert.equal(counts, oneTo(1200));
    assert.is(statistics().lost, 0);
  }
  assert.is(killed?.counts.length, 31);
  const member = stage.server.members().find(({ id }) => id === 1);
  assert.is(member?.leftBecause, 'expired');
  // Heard of last at 0 s; the sixth sweep without a word is at 6 s, and count 601 is due then.
  assert.ok(member !== undefined && member.sent >= 600 && member.sent <= 601, `${member?.sent} were sent`);
});

vanishing('a client killed after the end is given up on in bounded time', () => {
  const stage = new Stage();
  const only = stage.watch();
  const endNs = (TOTAL - 1) * 10 * MS;
  stage.network.at(endNs + MS, () => stage.network.vanish(only.host));
  // Eight ends: 0.1 + 0.2 + 0.4 + 0.8 + 1 + 1 + 1 + 1 s, and a quarter to linger.
  assert.ok(stage.network.run(endNs + 6 * SECOND));
  assert.is(stage.server.members()[0]?.leftBecause, 'did not answer the end');
});

vanishing(
  'a client killed after the end is given up on a while after its last alive, however rare those are',
  () => {
    const stage = new Stage({ server: { keepAliveNs: 5 * SECOND } });
    const only = stage.watch();
    stage.network.at(600 * MS, () => stage.network.vanish(only.host));
    assert.not(stage.network.run(29 * SECOND), 'its sixth period without an alive is over at 30 s');
    assert.ok(stage.network.run(32 * SECOND));
    assert.is(stage.server.members()[0]?.leftBecause, 'did not answer the end');
  },
);

vanishing('a client killed while the server waits is expired, and does not count', () => {
  const stage = new Stage({ server: { waitFor: 2 } });
  const killed = stage.watch();
  stage.network.at(MS, () => stage.network.vanish(killed.host));
  stage.network.at(10 * SECOND, () => stage.watch());
  assert.not(stage.network.run(14 * SECOND), 'one client is not two');
  assert.is(stage.server.lastCount, 0);
  stage.network.at(15 * SECOND, () => stage.watch());
  assert.ok(stage.network.run(20 * SECOND));
});

vanishing('a killed server ends its clients by itself, with statistics', () => {
  const stage = new Stage({ server: { waitFor: 3 } });
  for (let k = 0; k < 3; k += 1) stage.watch();
  stage.network.at(255 * MS, () => stage.network.vanish(stage.serverHost));
  // Four alives go unanswered, one a second; the fifth is not sent.
  assert.ok(stage.network.run(6 * SECOND));
  for (const { machine, statistics } of stage.watchers) {
    assert.is(machine.reason, 'server silent');
    const { sent, unique, lost } = statistics();
    assert.equal({ sent, unique, lost }, { sent: null, unique: 26, lost: 0 });
  }
});

vanishing('a killed server with an answer under way ends a registering client with "no answer"', () => {
  const stage = new Stage();
  stage.network.vanish(stage.serverHost);
  const only = stage.watch({ registerTimeoutNs: 3 * SECOND });
  assert.ok(stage.network.run(3 * SECOND));
  assert.is(only.machine.reason, 'no answer');
  assert.is(only.machine.recorder, null);
});

vanishing('a server killed after the end leaves a client with the whole truth', () => {
  const stage = new Stage();
  const only = stage.watch();
  const endNs = (TOTAL - 1) * 10 * MS;
  stage.network.at(endNs + MS, () => stage.network.vanish(stage.serverHost));
  assert.ok(stage.network.run(endNs + 4 * SECOND));
  assert.is(only.machine.reason, 'end of stream');
  assert.is(only.statistics().sent, TOTAL);
});

vanishing.run();

const delayed = suite('an end that is held back on the way');

/** Loses every end before a time; what a delaying network does, seen from the server. */
const withoutEndsUntil = (network: () => number, untilNs: number) =>
  dropUnless((_from, _to, payload) => !textOf(payload).startsWith('{"end"') || network() >= untilNs);

delayed('for a minute: the client that shows life is told it for as long, and leaves in good order', () => {
  const stage: Stage = new Stage({ rule: withoutEndsUntil(() => stage.network.nowNs(), 60 * SECOND) });
  const only = stage.watch();
  assert.ok(stage.network.run(64 * SECOND));
  assert.is(only.machine.reason, 'end of stream');
  assert.is(only.machine.lastCount, TOTAL);
  assert.is(stage.server.members()[0]?.leftBecause, 'unregistered');
});

delayed('for ever: it is given up on after an hour, and its alives are no longer answered', () => {
  const stage: Stage = new Stage({
    rule: withoutEndsUntil(() => stage.network.nowNs(), Number.POSITIVE_INFINITY),
  });
  const only = stage.watch();
  assert.not(stage.network.run(3595 * SECOND));
  assert.ok(stage.network.run(3610 * SECOND), 'every wait has a bound');
  assert.is(stage.server.members()[0]?.leftBecause, 'did not answer the end');
  assert.is(only.machine.reason, 'server silent');
});

delayed.run();

const quiet = suite('a stream that is quiet for minutes');

quiet('ends nobody, because alives are answered', () => {
  const stage = new Stage({ server: { source: matchSource({ intervalNs: 120 * SECOND, messages: 4 }) } });
  const only = stage.watch();
  assert.ok(stage.network.run(400 * SECOND));
  assert.is(only.machine.reason, 'end of stream');
  assert.equal(only.counts, [1, 2, 3, 4]);
});

quiet.run();

const endless = suite('a stream without an end');

endless('goes on until it is stopped, and then everybody is told', () => {
  const stage = new Stage({ server: { source: matchSource({ matches: 0 }), waitFor: 2 } });
  stage.watch();
  stage.watch();
  assert.not(stage.network.run(5 * SECOND));
  stage.network.at(6.005 * SECOND, () => {
    stage.server.stop(6.005 * SECOND);
    stage.network.settle(stage.serverHost);
  });
  assert.ok(stage.network.run(8 * SECOND));
  for (const { machine, counts, statistics } of stage.watchers) {
    assert.is(machine.reason, 'end of stream');
    assert.equal(counts, oneTo(601));
    assert.is(statistics().sent, 601);
  }
});

endless('stopped twice, it ends once', () => {
  const stage = new Stage({ server: { source: matchSource({ matches: 0 }) } });
  stage.watch();
  stage.network.at(100 * MS, () => {
    stage.server.stop(100 * MS);
    stage.server.stop(100 * MS);
    stage.network.settle(stage.serverHost);
  });
  assert.ok(stage.network.run(3 * SECOND));
  assert.is(stage.serverEvents.filter(({ kind }) => kind === 'stream ended').length, 1);
});

endless('stopped before it began, it ends with nothing sent', () => {
  const stage = new Stage({ server: { waitFor: 2 } });
  const only = stage.watch();
  stage.network.at(100 * MS, () => {
    stage.server.stop(100 * MS);
    stage.network.settle(stage.serverHost);
  });
  assert.ok(stage.network.run(3 * SECOND));
  assert.is(only.machine.lastCount, 0);
  const { sent, received, lost } = only.statistics();
  assert.equal({ sent, received, lost }, { sent: 0, received: 0, lost: 0 });
});

endless.run();

const registry = suite('who gets in');

registry('a full registry refuses, and those in it notice nothing', () => {
  const stage = new Stage({ server: { waitFor: 2, maxClients: 2 } });
  for (let k = 0; k < 3; k += 1) stage.watch({ registerTimeoutNs: 500 * MS });
  assert.ok(stage.network.run(5 * SECOND));
  assert.equal(
    stage.watchers.map(({ machine }) => machine.reason),
    ['end of stream', 'end of stream', 'no place'],
  );
  assert.is(stage.server.members().length, 2);
  assert.ok(stage.server.counters.refusedRequests > 0);
  const [reason] = stage.serverEvents.flatMap((event) => (event.kind === 'refused' ? [event.reason] : []));
  assert.is(reason, 'the server is full (--max-clients)');
});

registry('who has left takes no place: the next client gets it at once', () => {
  const stage = new Stage({ server: { maxClients: 1, source: matchSource({ matches: 0 }) } });
  const first = stage.watch();
  stage.network.at(SECOND, () => {
    first.machine.interrupt(SECOND);
    stage.network.settle(first.host);
    stage.watch();
  });
  stage.network.run(2 * SECOND);
  const [left, next] = stage.watchers;
  assert.is(left?.machine.reason, 'interrupted');
  assert.is(next?.machine.clientId, 2);
  assert.is(stage.server.counters.refusedRequests, 0);
});

registry('a client that was refused gets the place of one that leaves, without being started again', () => {
  const stage = new Stage({ server: { maxClients: 1, source: matchSource({ matches: 0 }) } });
  const first = stage.watch();
  const second = stage.watch();
  stage.network.at(3 * SECOND, () => {
    first.machine.interrupt(3 * SECOND);
    stage.network.settle(first.host);
  });
  stage.network.run(6 * SECOND);
  assert.equal(
    second.events.map(({ kind }) => kind),
    ['refused', 'registered'],
  );
  assert.is(second.machine.clientId, 2);
});

registry('clients of one address have a quarter of the places, and those of others the rest', () => {
  const stage = new Stage({ server: { waitFor: 9, maxClients: 8 } });
  for (let k = 0; k < 4; k += 1) stage.watch({ registerTimeoutNs: SECOND }, 0, '10.0.0.77');
  const other = stage.watch();
  stage.network.run(2 * SECOND);
  assert.equal(
    stage.watchers.map(({ machine }) => machine.reason),
    [null, null, 'no place', 'no place', null],
  );
  assert.is(stage.watchers[2]?.machine.refusal, 'address');
  assert.is(other.machine.clientId, 3);
});

registry('clients get the ids they wish for while they are free', () => {
  const stage = new Stage({ server: { waitFor: 4 } });
  for (const wishedId of [7, null, 7, 1]) stage.watch({ wishedId });
  assert.ok(stage.network.run(5 * SECOND));
  assert.equal(
    stage.watchers.map(({ machine }) => machine.clientId),
    [7, 1, 2, 3],
  );
});

registry('the largest id there is harms nobody who comes after', () => {
  const stage = new Stage({ server: { waitFor: 3 } });
  stage.watch({ wishedId: 1_000_000 });
  stage.watch();
  stage.watch({ wishedId: 1_000_000 });
  assert.ok(stage.network.run(5 * SECOND));
  assert.equal(
    stage.watchers.map(({ machine }) => machine.clientId),
    [1_000_000, 1, 2],
  );
});

registry('more than a thousand clients are all told the end at once', () => {
  // More than the outbox holds: the first end must reach everybody before it is repeated to anybody.
  const many = 1100;
  const stage = new Stage({
    server: { waitFor: many, source: matchSource({ messages: 2 }), speed: 0 },
    quantumNs: 0,
  });
  for (let k = 0; k < many; k += 1)
    stage.watch({ record: () => NO_RECORDER }, 0, `10.1.${k >> 8}.${k & 255}`);
  assert.ok(stage.network.run(10 * SECOND));
  assert.ok(stage.watchers.every(({ machine }) => machine.lastCount === 2));
  assert.ok(stage.server.members().every(({ leftBecause }) => leftBecause === 'unregistered'));
  assert.ok(stage.network.nowNs() - stage.server.startNs < 1.5 * SECOND, `${stage.network.nowNs()}`);
});

registry('a client restarted on the same port is a new client; the old one is replaced', () => {
  const stage = new Stage();
  const before = stage.watch({}, 50_000, '10.0.0.9');
  stage.network.at(205 * MS, () => {
    stage.network.vanish(before.host);
    stage.watch({}, 50_000, '10.0.0.9');
  });
  assert.ok(stage.network.run(5 * SECOND));
  const after = stage.watchers[1] as typeof before;
  assert.is(after.machine.reason, 'end of stream');
  assert.is(after.machine.nextCount, 22);
  assert.equal(after.counts, oneTo(TOTAL, 22));
  assert.is(after.statistics().lost, 0);
  assert.equal(
    stage.server.members().map(({ id, sent, leftBecause }) => ({ id, sent, leftBecause })),
    [
      { id: 1, sent: 21, leftBecause: 'replaced' },
      { id: 2, sent: TOTAL - 21, leftBecause: 'unregistered' },
    ],
  );
});

registry('a keep-alive period that the wire cannot carry is refused at the start', () => {
  for (const keepAliveNs of [0, 500_000, 1.5 * MS, 2 ** 31 * MS, Number.NaN]) {
    assert.throws(
      () => new ServerEndpoint({ source: matchSource(), secret: SECRET, keepAliveNs }),
      refusal('value-range', '--keep-alive'),
    );
  }
});

registry.run();

const heldUp = suite('a process that was held up');

heldUp('a client stopped for a while and expired is told so, and does not wait for ever', () => {
  const stage: Stage = new Stage({
    server: { source: matchSource({ matches: 0 }) },
    // Stopped from 0.5 s to 7.5 s: nothing of it goes out.
    rule: dropUnless((from) => {
      const nowNs = stage.network.nowNs();
      return from.port === 12_345 || nowNs < 0.5 * SECOND || nowNs > 7.5 * SECOND;
    }),
  });
  const stopped = stage.watch();
  const other = stage.watch();
  stage.network.at(14 * SECOND, () => {
    assert.ok(stopped.machine.finished, 'it learned that it was expired');
    assert.ok(stage.server.members().some(({ leftBecause }) => leftBecause === 'expired'));
    stage.server.stop(14 * SECOND);
    stage.network.settle(stage.serverHost);
  });
  assert.ok(stage.network.run(30 * SECOND));
  const member = stage.server.members().find(({ id }) => id === 1);
  assert.is(stopped.machine.lastCount, member?.endCount);
  assert.is(stopped.statistics().lost, 0);
  assert.ok(other.machine.finished);
});

heldUp.run();

const tiny = suite('streams of next to nothing');

tiny('a stream of one datagram is a stream', () => {
  const stage = new Stage({ server: { source: matchSource({ messages: 1 }) } });
  const only = stage.watch();
  assert.ok(stage.network.run(3 * SECOND));
  assert.equal(only.counts, [1]);
  assert.is(only.statistics().sent, 1);
});

tiny('what was carried is what was counted', () => {
  const carried: number[] = [];
  const stage = new Stage({
    rule: (_from, _to, payload) => {
      if (!isControl(payload)) carried.push(countOf(payload));
      return 'deliver';
    },
  });
  const only = stage.watch();
  assert.ok(stage.network.run(5 * SECOND));
  assert.equal(carried, only.counts);
});

tiny.run();
