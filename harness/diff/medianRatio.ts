/**
 * By what ratio the median of one sample differs from that of another, with a bootstrap interval (Efron 1979, percentiles).
 */
import { randomStream } from '../../src/base/random.ts';
import { median } from '../../src/base/ranks.ts';

const RESAMPLES = 2000;
/** The interval has this share of the resamples. */
const CONFIDENCE = 0.95;

export interface MedianRatio {
  readonly before: number;
  readonly after: number;
  /** after / before; NaN where before is 0. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** @param key of the random stream: the same key and samples give the same interval */
export function medianRatio(before: readonly number[], after: readonly number[], key: string): MedianRatio {
  const { draw: next } = randomStream(key);
  const draw = (values: readonly number[]): number =>
    median(values.map(() => values[Math.floor(next() * values.length)] as number)) as number;
  const ratios = Array.from({ length: RESAMPLES }, () => draw(after) / draw(before)).toSorted(
    (a, b) => a - b,
  );
  const at = (share: number): number => ratios[Math.round(share * (RESAMPLES - 1))] as number;
  const [middleBefore, middleAfter] = [median(before) as number, median(after) as number];
  return {
    before: middleBefore,
    after: middleAfter,
    ratio: middleAfter / middleBefore,
    low: at((1 - CONFIDENCE) / 2),
    high: at((1 + CONFIDENCE) / 2),
  };
}
