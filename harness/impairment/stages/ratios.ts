/**
 * Ratios written as flags take them.
 */
import { formatRatio, readRatio } from '../../../src/base/quantities.ts';

/** A ratio that reads back as the very same number: a percentage where that does, else the fraction. */
export function exactRatio(ratio: number): string {
  const percent = formatRatio(ratio);
  return readRatio(percent, '') === ratio ? percent : String(ratio);
}
