/** Where a value lies on the line of indices. That it is the rule of `--protocol field` is tested there, with an oracle. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_INDEX, STARTS_ANEW, Unwrap, maxGapOf } from '../../src/metrics/unwrap.ts';
import type { SequenceBits } from '../../src/metrics/unwrap.ts';

const test = suite('unwrapping');

const unwrapping = (bits: SequenceBits, first: number | null = null): Unwrap =>
  new Unwrap({ bits, step: 1, firstValue: first === null ? null : { high: 0, low: first } });

const indices = (unwrap: Unwrap, values: readonly number[]): number[] =>
  values.map((value) => unwrap.take(0, value));

test('indices go on where values wrap, and below 1 where they are older than the first', () => {
  assert.equal(indices(unwrapping(16), [65_534, 65_535, 0, 65_533, 65_530, 2]), [1, 2, 3, 0, -3, 5]);
  assert.equal(indices(unwrapping(24), [0xffffff, 0, 0xfffffe]), [1, 2, 0]);
  assert.equal(indices(unwrapping(32), [0xffffffff, 0, 0xfffffffe]), [1, 2, 0]);
});

test('a named first value is index 1, whatever comes first', () => {
  assert.equal(indices(unwrapping(16, 65_535), [1, 65_535, 65_534]), [3, 1, 0]);
});

test('what is more than a quarter of the field away has no index, unless the next one continues it', () => {
  assert.is(maxGapOf({ bits: 16, step: 1 }), 16_384);
  assert.equal(indices(unwrapping(16), [10, 16_394, 10 + 2 * 16_384]), [1, 16_385, 32_769]);
  assert.equal(indices(unwrapping(16), [10, 16_395, 11, 16_396]), [1, NO_INDEX, 2, NO_INDEX]);
  assert.equal(indices(unwrapping(16), [10, 16_395, 16_396]), [1, NO_INDEX, STARTS_ANEW]);
});

test('a sequence that begins elsewhere has index 1 again, once it is told to', () => {
  const unwrap = unwrapping(16);
  assert.equal(indices(unwrap, [10, 40_000, 40_001]), [1, NO_INDEX, STARTS_ANEW]);
  unwrap.begin(0, 40_001);
  assert.equal(indices(unwrap, [40_002, 40_000, 10]), [2, 0, NO_INDEX]);
  assert.is(unwrap.highest, 2);
});

test.run();
