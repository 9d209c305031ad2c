/** The lists of what entered and what left. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT } from '../../../../harness/impairment/config.ts';
import { directionCounters } from '../../../../harness/proxy/path/counters.ts';
import { MAX_NOTED_INDEX, NOT_NOTED, Traffic } from '../../../../harness/proxy/told/traffic.ts';
import type { StreamTraffic } from '../../../../harness/proxy/told/traffic.ts';

const test = suite('the lists of a report');

const BEGINNING = { number: 1, firstIndex: 1, config: NO_IMPAIRMENT };

const open = (traffic: Traffic, flow = 1): StreamTraffic =>
  traffic.open({ seed: '7', flow, direction: 'up' }, BEGINNING, directionCounters()) as StreamTraffic;

test('streams share the lists, across chunks, and each exit leads to its entry', () => {
  const traffic = new Traffic();
  const [one, other] = [open(traffic, 1), open(traffic, 2)];
  const COUNT = 40_000;
  for (let k = 1; k <= COUNT; k += 1) {
    const stream = k % 3 === 0 ? other : one;
    const entry = stream.enter(k, 1, k % 1400, k * 10);
    stream.queue(entry, k % 7 === 0);
    if (k % 7 === 0) stream.queue(entry, false);
    stream.sent(k * 10 + 5);
  }
  assert.is(traffic.entries, COUNT);
  assert.is(traffic.exits, COUNT + Math.floor(COUNT / 7));
  for (const entry of [0, 16_383, 16_384, COUNT - 1]) {
    const { stream, index, repeat, sizeBytes, timeNs } = traffic.entry(entry);
    const number = entry + 1;
    assert.is(stream, number % 3 === 0 ? other : one);
    assert.equal([index, repeat, sizeBytes, timeNs], [number, 1, number % 1400, number * 10]);
  }
  let altered = 0;
  for (let exit = 0; exit < traffic.exits; exit += 1) {
    const { entry, isAltered, timeNs } = traffic.exit(exit);
    if (isAltered) altered += 1;
    assert.is(timeNs, traffic.entry(entry).timeNs + 5);
  }
  assert.is(altered, Math.floor(COUNT / 7));
});

test('what is queued leaves when it is sent, in order; what is thrown away does not', () => {
  const traffic = new Traffic();
  const stream = open(traffic);
  const entries = [1, 2, 3].map((index) => stream.enter(index, 1, 10, index));
  for (const entry of entries.toReversed()) stream.queue(entry, false);
  assert.is(traffic.exits, 0);
  stream.sent(9);
  assert.equal(
    [0, 1, 2].map((exit) => traffic.exit(exit).entry),
    [2, 1, 0],
  );
  stream.queue(0, false);
  stream.clear();
  stream.sent(10);
  assert.is(traffic.exits, 3);
});

test('a full list takes no more of any stream, and a stream with a gap no more of that one', () => {
  const traffic = new Traffic(2);
  const [one, other] = [open(traffic, 1), open(traffic, 2)];
  assert.is(one.enter(1, 1, 10, 1), 0);
  assert.is(other.enter(MAX_NOTED_INDEX + 1, 1, 10, 2), NOT_NOTED);
  // It has room, but what is behind a gap says nothing.
  assert.is(other.enter(1, 1, 10, 3), NOT_NOTED);
  assert.is(one.enter(2, 1, 10, 4), 1);
  assert.is(one.enter(3, 1, 10, 5), NOT_NOTED);
  one.queue(NOT_NOTED, false);
  one.sent(6);
  one.mark('end', 7);
  assert.equal([one.entered, one.leftOut, other.entered, other.leftOut], [2, 1, 0, 2]);
  assert.equal([traffic.exits, one.marks.length], [0, 0]);
});

test('times of outages are kept where there are any', () => {
  const traffic = new Traffic();
  const stream = open(traffic);
  stream.enter(5, 1, 10, 1);
  assert.equal(traffic.entry(0).mediaTimeNs, Number.NaN);
  stream.noteMediaTime(5, 1, 77, null);
  stream.noteMediaTime(4, 1, 66, null);
  stream.enter(6, 1, 10, 1);
  assert.equal([traffic.entry(0).mediaTimeNs, traffic.entry(1).mediaTimeNs], [77, Number.NaN]);
  assert.is(stream.missingHasTime, true);
  stream.noteMediaTime(4, 1, Number.NaN, null);
  assert.is(stream.missingHasTime, false);
});

test.run();
