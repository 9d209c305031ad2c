import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../src/base/random.ts';
import { skipDraws, stateAfter } from '../../src/base/skipDraws.ts';

const test = suite('skipping draws');

test('so many draws at once leave the state that drawing one by one leaves', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 20_000 }), (key, count) => {
      const drawn = randomStream(key);
      const before = drawn.save();
      for (let k = 0; k < count; k += 1) drawn.draw();
      assert.equal(stateAfter(before, count), drawn.save());
    }),
    { seed: 3, numRuns: 60 },
  );
});

test('the draws behind a jump are those of the stream, short or long', () => {
  for (const count of [0, 1, 2047, 2048, 2049, 65_536, 1_000_003]) {
    const drawn = randomStream('42/1/down/drop');
    for (let k = 0; k < count; k += 1) drawn.draw();
    const skipped = skipDraws(randomStream('42/1/down/drop'), count);
    for (let k = 0; k < 10; k += 1) assert.is(skipped.draw(), drawn.draw(), `${k} behind ${count}`);
  }
});

test('jumps add up, however far', () => {
  const state = randomStream('far').save();
  const far = 2 ** 45 + 12_345;
  const near = 2 ** 20 + 7;
  assert.equal(stateAfter(stateAfter(state, far), near), stateAfter(state, far + near));
  assert.not.equal(stateAfter(state, far), state);
});

test.run();
