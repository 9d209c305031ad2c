import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ReleaseQueue } from '../../../harness/impairment/releaseQueue.ts';

const test = suite('the release queue');

test('datagrams leave by scheduled release, and at a tie by position', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const releaseQueue = new ReleaseQueue();
      for (const [position, timeNs] of times.entries()) releaseQueue.push(timeNs, position);
      const left = times.map(() => releaseQueue.take(Infinity));
      const expected = [...times.keys()].toSorted(
        (a, b) => (times[a] as number) - (times[b] as number) || a - b,
      );
      assert.equal(left, expected);
      assert.is(releaseQueue.take(Infinity), -1);
    }),
    { seed: 31, numRuns: 200 },
  );
});

test('pushes and takes may alternate', () => {
  const releaseQueue = new ReleaseQueue();
  releaseQueue.push(30, 1);
  releaseQueue.push(10, 2);
  assert.is(releaseQueue.take(Infinity), 2);
  releaseQueue.push(20, 3);
  releaseQueue.push(40, 4);
  assert.equal(
    [1, 2, 3].map(() => releaseQueue.take(Infinity)),
    [3, 1, 4],
  );
});

test('nothing beyond the frontier leaves', () => {
  const releaseQueue = new ReleaseQueue();
  assert.is(releaseQueue.nextReleaseNs(), Infinity);
  releaseQueue.push(100, 1);
  assert.is(releaseQueue.nextReleaseNs(), 100);
  assert.is(releaseQueue.take(99), -1);
  assert.is(releaseQueue.take(100), 1);
});

test('a hundred thousand wait at a time, and leave in order', () => {
  const releaseQueue = new ReleaseQueue();
  // Every residue of a prime modulus once, in an order that is not theirs.
  for (let k = 1; k < 100_003; k += 1) releaseQueue.push((k * 4_567) % 100_003, k);
  assert.is(releaseQueue.count, 100_002);
  for (let timeNs = 1; timeNs < 100_003; timeNs += 1)
    assert.is((releaseQueue.take(timeNs) * 4_567) % 100_003, timeNs);
  assert.is(releaseQueue.count, 0);
});

test.run();
