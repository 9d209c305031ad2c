import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ReleaseQueue } from '../../../harness/impairment/releaseQueue.ts';

const test = suite('the timeline');

test('datagrams leave by scheduled release, and at a tie by position', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const timeline = new ReleaseQueue();
      for (const [position, timeNs] of times.entries()) timeline.push(timeNs, position);
      const left = times.map(() => timeline.take(Infinity));
      const expected = [...times.keys()].toSorted(
        (a, b) => (times[a] as number) - (times[b] as number) || a - b,
      );
      assert.equal(left, expected);
      assert.is(timeline.take(Infinity), -1);
    }),
    { seed: 31, numRuns: 200 },
  );
});

test('pushes and takes may alternate', () => {
  const timeline = new ReleaseQueue();
  timeline.push(30, 1);
  timeline.push(10, 2);
  assert.is(timeline.take(Infinity), 2);
  timeline.push(20, 3);
  timeline.push(40, 4);
  assert.equal(
    [1, 2, 3].map(() => timeline.take(Infinity)),
    [3, 1, 4],
  );
});

test('nothing beyond the frontier leaves', () => {
  const timeline = new ReleaseQueue();
  assert.is(timeline.nextReleaseNs(), Infinity);
  timeline.push(100, 1);
  assert.is(timeline.nextReleaseNs(), 100);
  assert.is(timeline.take(99), -1);
  assert.is(timeline.take(100), 1);
});

test('a full timeline refuses', () => {
  const timeline = new ReleaseQueue(2);
  assert.ok(timeline.push(1, 1));
  assert.ok(timeline.push(2, 2));
  assert.not(timeline.push(3, 3));
  assert.is(timeline.count, 2);
  timeline.take(Infinity);
  assert.ok(timeline.push(3, 3));
});

test.run();
