import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Backoff } from '../../src/stream/backoff.ts';

const test = suite('retries with back-off');

/** Attempts whenever one is due; returns when each was made, and when it gave up. */
function retry(backoff: Backoff, startNs: number): { madeNs: number[]; exhaustedNs: number } {
  const madeNs: number[] = [];
  backoff.start(startNs);
  for (let nowNs = startNs; ; nowNs = backoff.nextNs) {
    if (backoff.exhausted(nowNs)) return { madeNs, exhaustedNs: nowNs };
    assert.ok(backoff.due(nowNs));
    backoff.attempted(nowNs);
    madeNs.push(nowNs);
  }
}

test('nothing is due before the start', () => {
  const backoff = new Backoff(100, 1000, 3);
  assert.is(backoff.nextNs, Number.POSITIVE_INFINITY);
  assert.not(backoff.due(1e18));
  assert.not(backoff.exhausted(1e18));
});

test('the first attempt is due at once, and each wait is twice the one before', () => {
  assert.equal(retry(new Backoff(100, 100_000, 5), 7), {
    madeNs: [7, 107, 307, 707, 1507],
    exhaustedNs: 3107,
  });
});

test('no wait is longer than the longest', () => {
  assert.equal(retry(new Backoff(100, 250, 5), 0), { madeNs: [0, 100, 300, 550, 800], exhaustedNs: 1050 });
});

test('the last attempt has its wait before it is exhausted', () => {
  const backoff = new Backoff(100, 1000, 1);
  backoff.start(0);
  backoff.attempted(0);
  assert.not(backoff.exhausted(99));
  assert.ok(backoff.exhausted(100));
});

test('an attempt made late puts off the next one', () => {
  const backoff = new Backoff(100, 1000, 3);
  backoff.start(0);
  backoff.attempted(40);
  assert.is(backoff.nextNs, 140);
});

test('stopped, nothing is due; started again, it begins anew', () => {
  const backoff = new Backoff(100, 1000, 3);
  backoff.start(0);
  backoff.attempted(0);
  backoff.attempted(100);
  backoff.stop();
  assert.not(backoff.due(1e18));
  backoff.start(5000);
  assert.is(backoff.attempts, 0);
  assert.ok(backoff.due(5000));
  backoff.attempted(5000);
  assert.is(backoff.nextNs, 5100);
});

test('with endless attempts it is never exhausted, and the waits stay finite', () => {
  const backoff = new Backoff(100, 1000, Number.POSITIVE_INFINITY);
  backoff.start(0);
  for (let k = 0; k < 2000; k += 1) backoff.attempted(backoff.nextNs);
  assert.not(backoff.exhausted(backoff.nextNs));
  assert.is(backoff.nextNs, 100 + 200 + 400 + 800 + 1996 * 1000);
});

test.run();
