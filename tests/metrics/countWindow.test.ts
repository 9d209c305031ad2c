import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ARRIVAL, CountWindow } from '../../src/metrics/countWindow.ts';

/** A window that writes down what becomes final. */
function windowWithLog(firstCount: number | null, windowCounts: number) {
  const log: string[] = [];
  const window = new CountWindow(firstCount, windowCounts, {
    handleLost: (first, length) => log.push(`lost ${first}+${length}`),
    handleReceived: (count) => log.push(`received ${count}`),
  });
  return { log, window };
}

const test = suite('the count window');

test('a fate is final once the window has slid past it, and not before', () => {
  const { log, window } = windowWithLog(1, 4);
  for (const count of [1, 3, 4]) window.handleArrival(count);
  assert.equal(log, []);
  window.handleArrival(5);
  assert.equal(log, ['received 1']);
  window.handleArrival(6);
  assert.equal(log, ['received 1', 'lost 2+1']);
  window.finish(6);
  assert.equal(log, ['received 1', 'lost 2+1', 'received 3', 'received 4', 'received 5', 'received 6']);
});

test('the lowest count of the window is still recognised, the one below it is not', () => {
  const { window } = windowWithLog(1, 4);
  window.handleArrival(10);
  assert.is(window.handleArrival(7), ARRIVAL.late);
  assert.is(window.handleArrival(6), ARRIVAL.outsideWindow);
  assert.is(window.handleArrival(7), ARRIVAL.duplicate);
  assert.is(window.handleArrival(0), ARRIVAL.beforeFirst);
  assert.is(window.handleArrival(11), ARRIVAL.advance);
});

test('a jump beyond the window is one range', () => {
  const { log, window } = windowWithLog(1, 4);
  window.handleArrival(1);
  window.handleArrival(1_000_000);
  assert.equal(log, ['received 1', 'lost 2+999995']);
  assert.is(window.handleArrival(999_997), ARRIVAL.late);
});

test('a slot does not remember its former owner', () => {
  const { window } = windowWithLog(1, 4);
  for (const count of [1, 2, 3, 4, 8]) window.handleArrival(count);
  assert.is(window.handleArrival(5), ARRIVAL.late);
  assert.is(window.handleArrival(6), ARRIVAL.late);
  assert.is(window.handleArrival(7), ARRIVAL.late);
});

test('three copies are two duplicates of one replicated count', () => {
  const { window } = windowWithLog(1, 4);
  for (const count of [1, 1, 1]) window.handleArrival(count);
  assert.is(window.duplicates, 2);
  assert.is(window.replicated, 1);
});

test('counts far beyond 32 bits keep their slots apart', () => {
  const { window } = windowWithLog(null, 1024);
  const base = 2 ** 52;
  for (let k = 0; k < 1024; k += 1) assert.is(window.handleArrival(base + k), ARRIVAL.advance);
  for (let k = 0; k < 1024; k += 1) assert.is(window.handleArrival(base + k), ARRIVAL.duplicate);
  assert.is(window.unique, 1024);
});

test.run();
