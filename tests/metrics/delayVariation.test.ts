import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DelayVariation } from '../../src/metrics/delayVariation.ts';

const test = suite('delay variation of neighbours');

/** Unique arrivals in this order, then all counts final, in rising order. */
function variation(arrivals: readonly (readonly [count: number, delayNs: number])[], windowCounts = 64) {
  const measured = new DelayVariation(windowCounts);
  for (const [count, delayNs] of arrivals) measured.handleUnique(count, delayNs);
  for (const count of arrivals.map(([one]) => one).toSorted((a, b) => a - b)) measured.handleReceived(count);
  return measured;
}

test('it is the delay less that of the count before, whatever the order of arrival', () => {
  // By count: 10, 15, 12, 12: +5, −3, 0.
  const measured = variation([
    [2, 15],
    [4, 12],
    [1, 10],
    [3, 12],
  ]);
  assert.is(measured.pairs, 3);
  assert.equal(measured.summary(), { minNs: -3, p50Ns: 0, p95Ns: 5, p99Ns: 5, p999Ns: 5, maxNs: 5 });
});

test('a lost count takes two pairs with it', () => {
  const measured = variation([
    [1, 10],
    [2, 11],
    [4, 20],
    [5, 24],
  ]);
  assert.is(measured.pairs, 2);
  assert.equal([measured.summary()?.minNs, measured.summary()?.maxNs], [1, 4]);
});

test('a pair without a sending time is a pair, and has no variation', () => {
  const measured = variation([
    [1, 10],
    [2, Number.NaN],
    [3, 11],
  ]);
  assert.is(measured.pairs, 2);
  assert.is(measured.summary(), null);
});

test('counts from before the first sending time have none, wherever they lie in the ring', () => {
  const measured = new DelayVariation(64);
  for (let count = 1; count <= 40; count += 1) measured.handleUnique(count, count < 40 ? Number.NaN : 7);
  for (let count = 1; count <= 40; count += 1) measured.handleReceived(count);
  assert.is(measured.pairs, 39);
  assert.is(measured.summary(), null);
});

test('a restart has no neighbour before it', () => {
  const measured = new DelayVariation(64);
  for (const [count, delayNs] of [
    [1, 5],
    [2, 6],
  ] as const)
    measured.handleUnique(count, delayNs);
  measured.handleReceived(1);
  measured.handleReceived(2);
  measured.handleRestart();
  measured.handleUnique(3, 1000);
  measured.handleReceived(3);
  assert.is(measured.pairs, 1);
  assert.is(measured.summary()?.maxNs, 1);
});

test('a thousandth of a millisecond is told from nothing beside a pause of a second', () => {
  const delaysNs = Array.from({ length: 4000 }, (_, k) => (k === 500 ? 1e9 : (k % 2) * 1000));
  const summary = variation(
    delaysNs.map((delayNs, k) => [k + 1, delayNs] as const),
    4096,
  ).summary();
  // +1000 and −1000 by turns, and the pause up and down.
  assert.ok(Math.abs(Number(summary?.p95Ns) - 1000) <= 1, `${summary?.p95Ns}`);
  assert.is(summary?.maxNs, 1e9 - 1000);
  assert.is(summary?.minNs, 1000 - 1e9);
});

test.run();
