/** How long datagrams took, of those that left since the last look. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Delays } from '../../../harness/control/views/delays.ts';
import { noneLate, noteLate } from '../../../harness/proxy/path/lateness.ts';

const test = suite('delays of the last second');

const US = 1e3;

test('nothing has left: nothing is known', () => {
  const delays = new Delays();
  delays.begin();
  assert.equal(delays.of('x', noneLate(), noneLate()), { delayP50Us: null, delayP99Us: null });
});

test('what was neither held nor delayed took as long as the proxy was late', () => {
  const delays = new Delays();
  const late = noneLate();
  noteLate(late, 30 * US, 98);
  noteLate(late, 31 * US, 2);
  delays.begin();
  assert.equal(delays.of('x', noneLate(), late), { delayP50Us: 30, delayP99Us: 31 });
});

test('a wait is added, only of what left since the last look, and only for those that waited', () => {
  const delays = new Delays();
  const [waits, late] = [noneLate(), noneLate()];
  noteLate(waits, 5 * US, 10);
  noteLate(late, 0, 10);
  delays.begin();
  assert.equal(delays.of('x', waits, late), { delayP50Us: 5, delayP99Us: 5 });
  // Sixty are delayed by 20 ms, forty pass.
  noteLate(waits, 20_000 * US, 60);
  noteLate(late, 10 * US, 100);
  delays.begin();
  const { delayP50Us, delayP99Us } = delays.of('x', waits, late);
  for (const delayUs of [delayP50Us, delayP99Us])
    assert.ok(Math.abs((delayUs ?? 0) - 20_010) <= 20_010 / 32 + 1, `${delayUs}`);
  noteLate(late, 10 * US, 100);
  delays.begin();
  assert.equal(delays.of('x', waits, late), { delayP50Us: 10, delayP99Us: 10 });
});

test('a proxy of that name that is another one begins anew, as does one that was not looked at', () => {
  const delays = new Delays();
  const late = noneLate();
  noteLate(late, 7 * US, 100);
  delays.begin();
  delays.of('x', noneLate(), late);
  const other = noneLate();
  noteLate(other, 9 * US, 5);
  delays.begin();
  assert.is(delays.of('x', noneLate(), other).delayP50Us, 9);
  delays.begin();
  delays.begin();
  assert.is(delays.of('x', noneLate(), late).delayP50Us, 7);
});

test.run();
