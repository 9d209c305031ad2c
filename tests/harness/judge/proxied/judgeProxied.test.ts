/** The comparison of a proxy by itself: what came in, what the schedule does to it, what left. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Pace } from '../../../../src/base/progress.ts';
import type { ComparisonRow } from '../../../../harness/judge/compare.ts';
import { countFaults } from '../faults.ts';
import type { Judgement } from '../../../../harness/judge/judge.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import { matchstream } from '../../../../harness/protocols/matchstream.ts';
import { Traffic } from '../../../../harness/proxy/told/traffic.ts';
import { rtpPacket } from '../../proxy/sequences.ts';
import { BankStream, MS, SECOND, Stage } from '../../proxy/stage.ts';
import { Passage, counting, judgedEndpoint } from './passage.ts';
import type { Upward } from './passage.ts';

const test = suite('the comparison of a proxy');

const rowOf = ({ comparison }: Judgement, metric: string, stream = 1): ComparisonRow => {
  const found = comparison.find((row) => row.metric === metric && row.stream === stream);
  if (found === undefined) throw new Error(`no row ${metric} of stream ${stream}`);
  return found;
};

/** Entered, expected, measured. */
const triple = (judgement: Judgement, metric: string) => {
  const { entered, expected, measured } = rowOf(judgement, metric);
  return [entered, expected, measured];
};

/** What a receiver counts that is told 1 to `sent`: by definition, over the whole list. */
function countedBy(left: readonly number[], sent: number) {
  const first = left.filter((number, place) => left.indexOf(number) === place);
  return {
    lost: sent - first.length,
    duplicates: left.length - first.length,
    reordered: first.filter((number, place) => first.slice(0, place).some((before) => before > number))
      .length,
  };
}

const judged = ({ comparison }: Judgement): string[] =>
  comparison.flatMap(({ metric, verdict, expected, measured }) =>
    verdict === 'match' || verdict === 'within' ? [] : [`${metric}: ${verdict}, ${expected}/${measured}`],
  );

const JUST = { drop: '5%', duplicate: '1%', reorder: '3%' };

test('how far it is is told of each datagram, several times, and changes nothing', () => {
  const COUNT = 3000;
  const knobs = { ...JUST, delay: '5ms', jitter: '2ms' };
  const end = (pace?: Pace): Judgement =>
    new Passage('field:u32be@0=1', knobs).feed(counting(COUNT)).end(pace);
  const told: number[] = [];
  let ticks = 0;
  const pace = { begin: (...numbers: number[]) => void told.push(...numbers), tick: () => void (ticks += 1) };
  assert.equal(end(pace), end());
  const [datagrams = 0, touches = 0] = told;
  assert.is(datagrams, COUNT);
  assert.ok(ticks > 0.7 * touches * COUNT && ticks < 1.3 * touches * COUNT, `${ticks / COUNT} a datagram`);
});

test('a list, a copy and a hold, by hand', () => {
  const passage = new Passage('field:u32be@0=1', {
    dropList: '3,9-10',
    duplicateList: '4',
    reorderList: '6:2',
  }).feed(counting(10));
  const judgement = passage.end();
  assert.equal(passage.left, [1, 2, 4, 4, 5, 7, 8, 6]);
  assert.equal(triple(judgement, 'sent'), [10, 10, 10]);
  assert.equal(triple(judgement, 'received'), [10, 8, 8]);
  assert.equal(triple(judgement, 'lost'), [0, 3, 3]);
  assert.equal(triple(judgement, 'lost_before_highest'), [0, 1, 1]);
  assert.equal(triple(judgement, 'duplicates'), [0, 1, 1]);
  assert.equal(triple(judgement, 'reordered'), [0, 1, 1]);
  assert.equal(triple(judgement, 'loss_period_max'), [0, 2, 2]);
  assert.equal(judged(judgement), []);
  const [row] = judgement.ledger;
  const { sent, duplicated, dropped, delivered, held_at_end, unexplained, client } =
    row as (typeof judgement.ledger)[0];
  assert.equal(
    [sent, duplicated, dropped, delivered, held_at_end, unexplained, client],
    [10, 1, 3, 8, 0, 0, null],
  );
  assert.equal(
    judgement.causes.map(({ cause, count }) => [cause, count]),
    [['list', 3]],
  );
  assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
});

test('what came in with gaps, repeats and out of order is expected as it came', () => {
  const numbers = [1, 2, 4, 3, 4, 7, 8, 8, 8, 9];
  const passage = new Passage('field:u32be@0=1', {}).feed(numbers.map((number) => ({ number })));
  const judgement = passage.end();
  assert.equal(passage.left, numbers);
  assert.equal(triple(judgement, 'sent'), [9, 9, 9]);
  // 5 and 6 were lost before; 4 and twice 8 came again; 3 came behind 4.
  assert.equal(triple(judgement, 'lost'), [2, 2, 2]);
  assert.equal(triple(judgement, 'duplicates'), [3, 3, 3]);
  assert.equal(triple(judgement, 'replicated'), [2, 2, 2]);
  assert.equal(triple(judgement, 'reordered'), [1, 1, 1]);
  assert.equal(judged(judgement), []);
  assert.is(rowOf(judgement, 'lost').configured, null, 'no knob says what was lost before');
});

/** A stream on a bad way to the proxy: gaps, repeats, some late, of several sizes, with pauses. */
function roughly(seed: string, count: number): Upward[] {
  const draw = seedrandom(seed);
  const numbers: number[] = [];
  for (let number = 1; number <= count; number += 1) {
    if (draw() < 0.05) continue;
    const place = draw() < 0.05 ? Math.max(0, numbers.length - Math.floor(draw() * 6)) : numbers.length;
    numbers.splice(place, 0, number);
    if (draw() < 0.05) numbers.splice(Math.max(0, numbers.length - Math.floor(draw() * 9)), 0, number);
  }
  return numbers.map((number) => ({
    number,
    sizeBytes: 8 + Math.floor(draw() * 100),
    afterNs: draw() < 0.01 ? 3e9 : Math.ceil(draw() * 2e6),
  }));
}

const KNOBS: readonly (readonly [name: string, knobs: Knobs])[] = [
  ['what a sensor meets', JUST],
  ['bursts', { dropBurst: '3%,30%', reorder: '10%', reorderDistance: '1..20' }],
  ['jumps', { jump: '4%', jumpDistance: '1..12', drop: '3%', duplicate: '5%' }],
  ['jumps and holds', { jump: '4%', reorder: '10%', dropList: '20-25', spare: '12' }],
  ['exact drops', { dropExact: '10%/20', duplicate: '10%' }],
  ['no long runs', { drop: '30%', dropMaxRun: '1' }],
  ['damage', { corrupt: '5%', drop: '5%', reorder: '10%' }],
  ['mtu and spare', { mtu: '60', spare: '20', reorder: '20%', duplicate: '5%' }],
  ['outages', { outage: '100ms..300ms', reorder: '20%' }],
  ['jitter', { delay: '10ms', jitter: '8ms', drop: '3%', reorder: '5%', spare: '5' }],
  ['jitter in order', { delay: '10ms', jitter: '8ms', keepOrder: true, duplicate: '5%', reorder: '5%' }],
  ['a slow link', { rate: '400kbit', queue: '5', duplicate: '10%', reorder: '5%', spare: '3' }],
  [
    'a limit of bytes',
    { dropAfter: '20kB', drop: '5%', mtu: '90', spare: '20', duplicate: '5%', reorder: '5%' },
  ],
  ['a queue of bytes', { rate: '400kbit', queue: '300B', duplicate: '10%', jump: '3%', spare: '3' }],
  ['a queue of time', { rate: '400kbit', queue: '6ms', delay: '5ms', jitter: '5ms' }],
  ['a trace', { rateTrace: 'a trace\n2\n9\n9\n40', queue: '8', reorder: '5%', duplicate: '5%', spare: '2' }],
  [
    'a trace and a queue of time',
    { rateTrace: 'a trace\n20\n90', queue: '25ms', delay: '5ms', jitter: '9ms' },
  ],
  ['a slow link behind jitter', { rate: '400kbit', queue: '8', delay: '5ms', jitter: '5ms', drop: '2%' }],
];

for (const [name, knobs] of KNOBS) {
  for (const seed of ['1', '2', '3']) {
    test(`${name}, over a rough way, seed ${seed}: expected from the list, measured at the exit`, () => {
      const datagrams = roughly(seed, 600);
      const run = () => {
        const passage = new Passage('field:u32be@0=1', knobs, { seed }).feed(datagrams);
        return { passage, judgement: passage.end() };
      };
      const { passage, judgement } = run();
      assert.equal(judged(judgement), []);
      const last = Math.max(...datagrams.map(({ number }) => number));
      const intact = passage.left.filter((number) => number >= 0);
      if (knobs['corrupt'] === undefined) {
        const counted = countedBy(intact, last);
        for (const metric of ['lost', 'duplicates', 'reordered'] as const)
          assert.is(rowOf(judgement, metric).measured, counted[metric], metric);
      }
      assert.equal(
        judgement.ledger.map(({ unexplained, delivered }) => [unexplained, delivered]),
        [[0, passage.left.length]],
      );
      assert.equal(run().judgement, judgement, 'the same twice');
    });
  }
}

for (const [name, knobs] of [
  ['a link', { rate: '600kbit', queue: '6', shared: true }],
  [
    'a link behind jitter and holds',
    { ...JUST, rate: '600kbit', queue: '6', shared: true, delay: '9ms', jitter: '9ms', spare: '3' },
  ],
  ['outages', { outage: '100ms..300ms', shared: true }],
] as const) {
  test(`what flows share is worked out from all of them: ${name}`, () => {
    const draw = seedrandom(name);
    const numbers = [0, 0, 0];
    const datagrams = Array.from({ length: 900 }, (): Upward => {
      const client = Math.floor(draw() * 3);
      numbers[client] = (numbers[client] as number) + 1;
      return {
        client,
        number: numbers[client] as number,
        sizeBytes: 8 + Math.floor(draw() * 90),
        afterNs: Math.ceil(draw() * 1.4e6),
      };
    });
    const judgement = new Passage('field:u32be@0=1', knobs).feed(datagrams).end();
    assert.equal(judged(judgement), []);
    assert.is(new Set(judgement.comparison.map(({ flow }) => flow)).size, 3);
    const lost = judgement.comparison.filter(({ metric }) => metric === 'lost');
    for (const { measured } of lost) assert.ok((measured as number) > 5, `${measured}`);
  });
}

test('RTP: each source is a stream, and outages go by its timestamps', () => {
  const draw = seedrandom('rtp');
  const datagrams = Array.from({ length: 600 }, (_, k): Upward => {
    const ssrc = 1 + (k % 2);
    const sequence = (65_400 + (k >> 1)) & 0xffff;
    return {
      number: 0,
      payload: rtpPacket(ssrc, sequence, (k >> 1) * 160),
      afterNs: Math.ceil(draw() * 3e6),
    };
  }).filter(() => draw() > 0.05);
  const knobs = { ...JUST, reorder: '20%', outage: '1s..2s,3500ms..4s' };
  const judgement = new Passage('rtp/8000', knobs).feed(datagrams).end();
  assert.equal(judged(judgement), []);
  const [one, other] = [rowOf(judgement, 'lost'), rowOf(judgement, 'lost', 2)];
  // 300 packets of 20 ms each: one and a half of six seconds.
  for (const { measured } of [one, other]) assert.ok((measured as number) > 75, `${measured}`);
  assert.ok(judgement.causes.some(({ cause, count }) => cause === 'outage' && count > 120));
});

for (const knobs of [
  { ...JUST, delay: '20ms', jitter: '10ms' },
  { reorder: '10%', outage: '100ms..200ms', corrupt: '5%' },
  { rate: '1mbit', queue: '3', delay: '5ms', reorder: '5%' },
]) {
  test(`our own stream goes by its plan, and its end is announced: ${Object.keys(knobs).join()}`, () => {
    const traffic = new Traffic();
    const stage = new Stage({
      source: new BankStream(300, MS),
      impairment: { seed: '5' },
      down: readKnobs(knobs),
      proxy: { traffic },
    });
    const watcher = stage.watch();
    assert.ok(stage.network.run(3600 * SECOND), 'the run ends');
    const judgement = judgedEndpoint(stage.proxy, traffic, matchstream);
    assert.equal(judged(judgement), []);
    const seen = watcher.metrics().statistics();
    for (const metric of ['sent', 'received', 'lost', 'duplicates', 'reordered', 'corrupted'] as const)
      assert.is(rowOf(judgement, metric).measured, seen[metric], metric);
  });
}

test('a proxy that loses one that it was to pass is found out', () => {
  const passage = new Passage('field:u32be@0=1', JUST).feed(counting(300));
  // As if the transport had swallowed the last exit.
  passage.traffic.exits -= 1;
  const judgement = passage.end();
  assert.is(rowOf(judgement, 'lost').verdict, 'mismatch');
  assert.ok(countFaults(judgement.comparison, judgement.ledger) > 0);
});

test('a stream that starts anew is a stream of its own', () => {
  const numbers = [1, 2, 3, 900_001, 900_002, 900_003, 900_004];
  const passage = new Passage('field:u32be@0=1', {}).feed(numbers.map((number) => ({ number })));
  const judgement = passage.end();
  // The first far value has no index, and the second is index 1 of the next stream.
  assert.equal([rowOf(judgement, 'sent').measured, rowOf(judgement, 'sent', 2).measured], [3, 3]);
  assert.equal(judged(judgement), []);
  assert.ok(
    judgement.remarks.includes('flow 1 up: besides, 1 datagram without an index came, which is in no table'),
  );
});

test('without numbers nothing is measured of what happened before the entry', () => {
  const passage = new Passage('any', JUST).feed(counting(200));
  const judgement = passage.end();
  assert.equal(judged(judgement), []);
  const { entered, expected, measured } = rowOf(judgement, 'lost');
  assert.equal([entered, expected], [null, measured]);
  assert.is(rowOf(judgement, 'received').entered, 200);
  assert.ok(judgement.remarks.some((remark) => remark.startsWith('up: without numbers in the datagrams')));
});

test('lists that are full say so, and compare what they have', () => {
  const passage = new Passage('field:u32be@0=1', JUST, { maxEntries: 100 }).feed(counting(300));
  const judgement = passage.end();
  const lost = rowOf(judgement, 'lost');
  assert.equal([lost.entered, lost.verdict, lost.expected], [0, 'match', lost.measured]);
  assert.is(rowOf(judgement, 'sent').measured, 100);
  assert.is(rowOf(judgement, 'reordered').verdict, 'not measured');
  assert.ok(
    judgement.remarks.some((remark) => remark.includes('end after 100 datagrams of this stream, of 300')),
  );
  assert.is(judgement.ledger[0]?.sent, 300);
  assert.is(judgement.ledger[0]?.unexplained, 0);
});

test('what is held when nothing more comes leaves, and is expected then', () => {
  const passage = new Passage('field:u32be@0=1', { reorderList: '5:9' }, { holdMaxNs: 1e8 })
    .feed(counting(6))
    .feed([{ number: 7, afterNs: 5e8 }, { number: 8 }]);
  const judgement = passage.end();
  assert.equal(passage.left, [1, 2, 3, 4, 6, 5, 7, 8]);
  assert.equal(judged(judgement), []);
  assert.equal(triple(judgement, 'reordered'), [0, 1, 1]);
});

test.run();
