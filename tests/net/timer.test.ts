/** The system's timer is stood in for by one that is set off by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startTimer } from '../../src/net/timer.ts';

const test = suite('a timer for any time');

/** Calls `work` with the delays that are waited for, oldest first, and a way to let the first one pass. */
function withFakeTimers(work: (delaysMs: number[], pass: () => void) => void): void {
  const { setTimeout, clearTimeout } = globalThis;
  const delaysMs: number[] = [];
  const acts: (() => void)[] = [];
  globalThis.setTimeout = ((act: () => void, delayMs: number) => {
    delaysMs.push(delayMs);
    acts.push(act);
    return act;
  }) as never;
  globalThis.clearTimeout = ((act: () => void) => {
    const place = acts.indexOf(act);
    if (place < 0) return;
    acts.splice(place, 1);
    delaysMs.splice(place, 1);
  }) as never;
  try {
    work(delaysMs, () => {
      delaysMs.shift();
      acts.shift()?.();
    });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

test('a short time is waited for at once', () =>
  withFakeTimers((delaysMs, pass) => {
    let acted = 0;
    startTimer(() => (acted += 1), 1500);
    assert.equal(delaysMs, [1500]);
    pass();
    assert.is(acted, 1);
    assert.equal(delaysMs, []);
  }));

test('60 days are waited for in three parts, and none is longer than the system knows', () =>
  withFakeTimers((delaysMs, pass) => {
    let acted = 0;
    startTimer(() => (acted += 1), 60 * 86_400e3);
    for (const partMs of [2_147_483_647, 2_147_483_647, 889_032_706]) {
      assert.equal(delaysMs, [partMs]);
      assert.is(acted, 0);
      pass();
    }
    assert.is(acted, 1);
    assert.equal(delaysMs, []);
  }));

test('Infinity never comes', () =>
  withFakeTimers((delaysMs, pass) => {
    startTimer(() => assert.unreachable(), Number.POSITIVE_INFINITY);
    for (let k = 0; k < 10; k += 1) pass();
    assert.equal(delaysMs, [2_147_483_647]);
  }));

test('called off in any part, it never acts', () =>
  withFakeTimers((delaysMs, pass) => {
    const callOff = startTimer(() => assert.unreachable(), 60 * 86_400e3);
    pass();
    callOff();
    assert.equal(delaysMs, []);
    callOff();
  }));

test.run();
