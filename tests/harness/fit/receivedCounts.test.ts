import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LossRunCounter } from '../../../harness/fit/observedRuns.ts';
import type { LossRuns } from '../../../harness/fit/observedRuns.ts';
import { PAGE_COUNTS, ReceivedByClient } from '../../../harness/fit/receivedCounts.ts';
import { endedRuns, pairsOf, traceOf } from './oracle.ts';

const rising = (lengths: ReadonlyMap<number, number>): [number, number][] =>
  [...lengths].toSorted(([a], [b]) => a - b);

const shown = (runs: LossRuns) => ({
  datagrams: runs.datagrams,
  lost: runs.lost,
  goodToGood: runs.goodToGood,
  goodToBad: runs.goodToBad,
  badToGood: runs.badToGood,
  badToBad: runs.badToBad,
  lossLengths: rising(runs.lossLengths),
  gapLengths: rising(runs.gapLengths),
});

const judged = (trace: string) => ({
  datagrams: trace.length,
  lost: trace.replaceAll('.', '').length,
  ...pairsOf(trace),
  lossLengths: endedRuns(trace, 'x'),
  gapLengths: endedRuns(trace, '.'),
});

const receive = (counts: readonly number[], client = 1): ReceivedByClient => {
  const received = new ReceivedByClient();
  for (const count of counts) assert.ok(received.handle(client, count));
  return received;
};

const hand = suite('runs of arrivals and losses, by hand');

hand('1, 2, 5, 4, 5, 8 of 9 are .. x .. xx . x', () => {
  const [trace] = receive([1, 2, 5, 4, 5, 8]).traces(9);
  assert.equal(shown(trace?.runs as LossRuns), {
    datagrams: 9,
    lost: 4,
    goodToGood: 2,
    goodToBad: 3,
    badToGood: 2,
    badToBad: 1,
    lossLengths: [
      [1, 1],
      [2, 1],
    ],
    gapLengths: [
      [1, 1],
      [2, 2],
    ],
  });
});

hand('without a last count a trace ends at the highest, and it starts at the lowest', () => {
  const [trace] = receive([70, 72, 69]).traces(undefined);
  assert.equal([trace?.first, trace?.last], [69, 72]);
  assert.equal([trace?.runs.datagrams, trace?.runs.lost], [4, 1]);
});

hand('clients are told apart, and come in rising order', () => {
  const received = new ReceivedByClient();
  for (const [client, count] of [
    [3, 1],
    [1, 10],
    [3, 3],
    [1, 11],
  ] as const) {
    received.handle(client, count);
  }
  assert.is(received.highest, 11);
  assert.equal(
    received.traces(undefined).map(({ client, first, last, runs }) => [client, first, last, runs.lost]),
    [
      [1, 10, 11, 0],
      [3, 1, 3, 1],
    ],
  );
});

hand('the highest count that there is can be held, with nothing but losses before it', () => {
  const [trace] = receive([2 ** 31 - 5 * PAGE_COUNTS, 2 ** 31]).traces(undefined);
  assert.is(trace?.runs.datagrams, 5 * PAGE_COUNTS + 1);
  assert.is(trace?.runs.badToBad, 5 * PAGE_COUNTS - 2);
  assert.equal(rising(trace?.runs.lossLengths ?? new Map()), [[5 * PAGE_COUNTS - 1, 1]]);
});

hand('a lone loss is seen wherever it stands in a word of bits', () => {
  const counts = Array.from({ length: 200 }, (_, k) => k + 1);
  for (let lost = 2; lost < 200; lost += 1) {
    const [trace] = receive(counts.filter((count) => count !== lost)).traces(undefined);
    assert.equal([trace?.runs.lost, trace?.runs.goodToBad, trace?.runs.goodToGood], [1, 1, 197]);
    assert.equal(rising(trace?.runs.gapLengths ?? new Map()), [[lost - 1, 1]]);
  }
});

hand.run();

const property = suite('runs of arrivals and losses, by their definition');

/** Lengths of alternating runs, an arrival first; long enough to cover words and pages of the bits. */
const lengths = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 3, arbitrary: fc.integer({ min: 25, max: 100 }) },
    { weight: 1, arbitrary: fc.integer({ min: PAGE_COUNTS - 40, max: 2 * PAGE_COUNTS + 40 }) },
  ),
  { minLength: 1, maxLength: 12 },
);

property('in any order and however often, arrivals give the runs of their trace', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70_000 }), lengths, fc.nat(40), (first, runs, tail) => {
      const counts: number[] = [];
      let at = first;
      for (const [k, length] of runs.entries()) {
        if (k % 2 === 0) for (let j = 0; j < length; j += 1) counts.push(at + j);
        at += length;
      }
      const last = (counts.at(-1) as number) + tail;
      // Every second one late, and some of them twice.
      const shuffled = [
        ...counts.filter((_, k) => k % 2 === 1),
        ...counts.toReversed().filter((_, k) => k % 3 !== 1),
        ...counts,
      ];
      const [trace] = receive(shuffled).traces(last);
      assert.equal(shown(trace?.runs as LossRuns), judged(traceOf(counts, last)));
    }),
    { seed: 5, numRuns: 15 },
  );
});

property('a run may come in any number of pieces, and pooled traces add up', () => {
  const piece = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 6 }));
  const pieces = fc.array(piece, { maxLength: 30 });
  const write = (all: readonly (readonly [boolean, number])[]): string =>
    all.map(([isLost, length]) => (isLost ? 'x' : '.').repeat(length)).join('');
  const count = (all: readonly (readonly [boolean, number])[]): LossRunCounter => {
    const runs = new LossRunCounter();
    for (const [isLost, length] of all) runs.handle(isLost, length);
    return runs;
  };
  fc.assert(
    fc.property(pieces, pieces, (one, other) => {
      assert.equal(shown(count(one)), judged(write(one)));
      const pooled = count(one);
      pooled.pool(count(other));
      const [a, b] = [pairsOf(write(one)), pairsOf(write(other))];
      assert.is(pooled.goodToGood, a.goodToGood + b.goodToGood);
      assert.is(pooled.goodToBad, a.goodToBad + b.goodToBad);
      assert.is(pooled.badToGood, a.badToGood + b.badToGood);
      assert.is(pooled.badToBad, a.badToBad + b.badToBad);
      assert.is(pooled.datagrams, write(one).length + write(other).length);
      const runsOf = (lengthsOf: ReadonlyMap<number, number>): number =>
        [...lengthsOf].reduce((total, [length, times]) => total + length * times, 0);
      const ended = (fate: '.' | 'x'): number =>
        [write(one), write(other)]
          .flatMap((trace) => endedRuns(trace, fate))
          .reduce((total, [length, times]) => total + length * times, 0);
      assert.is(runsOf(pooled.lossLengths), ended('x'));
      assert.is(runsOf(pooled.gapLengths), ended('.'));
    }),
    { seed: 6, numRuns: 300 },
  );
});

property.run();
