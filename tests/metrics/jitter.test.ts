import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Jitter } from '../../src/metrics/jitter.ts';

const test = suite('jitter');

test('one arrival has no jitter', () => {
  const jitter = new Jitter();
  assert.is(jitter.jitterNs, null);
  jitter.handleArrival(5, 3);
  assert.is(jitter.jitterNs, null);
});

test('a constant delay has none, whatever the clocks', () => {
  const jitter = new Jitter();
  for (let k = 0; k < 10; k += 1) jitter.handleArrival(k * 100, k * 100 + 1_000_000);
  assert.is(jitter.jitterNs, 0);
});

test('each change of delay moves it a sixteenth of the way', () => {
  const jitter = new Jitter();
  jitter.handleArrival(0, 0);
  jitter.handleArrival(116, 100);
  assert.is(jitter.jitterNs, 1);
  // Delay falls back from 16 to 0: |D| = 16 again, 1 + (16 − 1) / 16.
  jitter.handleArrival(200, 200);
  assert.is(jitter.jitterNs, 1.9375);
  assert.is(jitter.maxNs, 1.9375);
  assert.is(jitter.meanNs, (1 + 1.9375) / 2);
});

test('the largest one stays when it calms down, and the mean is over all of them', () => {
  const jitter = new Jitter();
  for (const [arrivalNs, sendNs] of [
    [0, 0],
    [116, 100],
    [216, 200],
  ] as const)
    jitter.handleArrival(arrivalNs, sendNs);
  // 16/16 = 1; then no change: 1 − 1/16.
  assert.equal([jitter.jitterNs, jitter.meanNs, jitter.maxNs], [0.9375, 1.9375 / 2, 1]);
});

test('an arrival without a sending time is passed over, and a restart begins a new comparison', () => {
  const jitter = new Jitter();
  jitter.handleArrival(0, 0);
  jitter.handleArrival(50, Number.NaN);
  jitter.handleArrival(116, 100);
  assert.is(jitter.jitterNs, 1);
  jitter.handleRestart();
  jitter.handleArrival(9000, 0);
  assert.is(jitter.jitterNs, 1);
  jitter.handleArrival(9017, 0);
  assert.is(jitter.jitterNs, 2);
});

test.run();
