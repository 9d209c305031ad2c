import { suite } from 'uvu';
import { NO_PLAN } from '../../src/net/source.ts';
import * as assert from 'uvu/assert';
import { EarlyArrivals, MAX_EARLY } from '../../src/stream/earlyArrivals.ts';

const test = suite('arrivals before the first count is known');

function recorder() {
  const heard: unknown[][] = [];
  return {
    heard,
    handleArrival: (...about: unknown[]) => heard.push(['arrival', ...about]),
    handleCorrupted: (sizeBytes: number) => heard.push(['corrupted', sizeBytes]),
    handleMalformed: () => heard.push(['malformed']),
    finish: () => heard.push(['finish']),
  };
}

test('are replayed once, in order, with their planned sending times', () => {
  const early = new EarlyArrivals();
  assert.ok(early.empty);
  early.keepArrival(2, 50, 100);
  early.keepMalformed();
  early.keepCorrupted(77);
  early.keepArrival(1, 60, 101);
  assert.not(early.empty);
  const first = recorder();
  early.replay(first, { intervalNs: 10, speed: 1 });
  assert.equal(first.heard, [
    ['arrival', 2, 50, 10, 100],
    ['arrival', 1, 60, 0, 101],
    ['corrupted', 77],
    ['malformed'],
  ]);
  assert.ok(early.empty);
  const second = recorder();
  early.replay(second, { intervalNs: 10, speed: 1 });
  assert.equal(second.heard, []);
});

test('have no planned time where there is no plan', () => {
  const early = new EarlyArrivals();
  early.keepArrival(2, 50, 100);
  const one = recorder();
  early.replay(one, NO_PLAN);
  assert.equal(one.heard, [['arrival', 2, 50, Number.NaN, 100]]);
});

test('of any kind make it other than empty', () => {
  for (const keep of [
    (early: EarlyArrivals) => early.keepArrival(1, 1, 1),
    (early: EarlyArrivals) => early.keepCorrupted(1),
    (early: EarlyArrivals) => early.keepMalformed(),
  ]) {
    const early = new EarlyArrivals();
    keep(early);
    assert.not(early.empty);
  }
});

test('are kept up to a bound, and counted beyond it', () => {
  const early = new EarlyArrivals();
  for (let k = 1; k <= MAX_EARLY; k += 1) assert.ok(early.keepArrival(k, k, 1));
  assert.not(early.keepArrival(1, 1, 1));
  for (let k = 0; k < MAX_EARLY; k += 1) early.keepCorrupted(1);
  early.keepCorrupted(1);
  assert.is(early.overflow, 2);
  const one = recorder();
  early.replay(one, { intervalNs: 1, speed: 1 });
  assert.is(one.heard.length, 2 * MAX_EARLY);
});

test.run();
