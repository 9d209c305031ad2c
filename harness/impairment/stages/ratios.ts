/**
 * Ratios, written as flags take them.
 */
import { formatRatio, readRatio } from '../../../src/base/quantities.ts';

/** Text of a ratio that reads back as the same number: a percentage if possible, else the fraction. */
export function exactRatio(ratio: number): string {
  const percent = formatRatio(ratio);
  return readRatio(percent, '') === ratio ? percent : String(ratio);
}
