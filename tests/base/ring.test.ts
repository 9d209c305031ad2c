import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { longerRing, ringLength } from '../../src/base/ring.ts';
import { disagreement, generateStream } from '../metrics/sequences.ts';

const test = suite('rings that grow');

test('a length is the next power of two from 32, up to the most that is needed', () => {
  assert.equal(
    [1, 256, 257, 1000, 1025, 70_000].map((needed) => ringLength(needed, 65_536)),
    [32, 256, 512, 1024, 2048, 65_536],
  );
  assert.is(ringLength(1, 8), 8);
  assert.is(ringLength(70_000), 131_072);
});

test('entries keep their numbers when they move, below zero and beyond 32 bits too, and the ring its kind', () => {
  for (const from of [-3, 254, 2 ** 40]) {
    const ring = new Float64Array(4);
    for (let c = from; c < from + 4; c += 1) ring[c & 3] = c;
    const larger = longerRing(ring, 16, from, from + 4);
    assert.ok(larger instanceof Float64Array);
    for (let c = from; c < from + 4; c += 1) assert.is(larger[c & 15], c);
    assert.is(larger.filter((entry) => entry !== 0).length, from === -3 ? 3 : 4);
  }
});

test('streams that outgrow their first rings, by steps and by jumps, agree with the oracle', () => {
  let grown = 0;
  for (let k = 0; k < 60; k += 1) {
    const stream = { ...generateStream(`rings/${k}`, 1000), windowCounts: 4096 };
    const counts = stream.arrivals.map(({ count }) => count);
    if (Math.max(...counts) - Math.min(...counts) > 256) grown += 1;
    assert.is(disagreement(stream), null, `generateStream('rings/${k}', 1000)`);
  }
  assert.ok(grown >= 10, `only ${grown} of 60 streams outgrew a first ring`);
});

test.run();
