/**
 * The delay distributions: from a uniform draw to a delay.
 *
 * The shapes are Linux netem's. Each is a committed table of its inverse distribution function, because the last bits
 * of `Math.log` and `Math.pow` differ between engines.
 */
import type { DelaySettings, Distribution } from './config.ts';
import { NORMAL_UPPER_HALF, PARETO, TABLE_SCALE } from './distributionTables.ts';

/** Entries of a table; entry k stands for the probabilities from k / 4096 to (k + 1) / 4096. */
export const TABLE_SIZE = 4096;

const NORMAL = new Float64Array(TABLE_SIZE);
const PARETO_CURVE = new Float64Array(TABLE_SIZE);
const PARETONORMAL = new Float64Array(TABLE_SIZE);
for (let k = 0; k < TABLE_SIZE; k += 1) {
  const half = TABLE_SIZE / 2;
  const fromMiddle = k < half ? half - 1 - k : k - half;
  const normal = (NORMAL_UPPER_HALF[fromMiddle] as number) * (k < half ? -1 : 1);
  // The committed curve ends where netem's 16-bit tables do; above it is constant.
  const pareto = PARETO[Math.min(k, PARETO.length - 1)] as number;
  NORMAL[k] = normal / TABLE_SCALE;
  PARETO_CURVE[k] = pareto / TABLE_SCALE;
  PARETONORMAL[k] = (normal / 4 + (pareto * 3) / 4) / TABLE_SCALE;
}

/** Committed curves, rising, in units of the jitter. `uniform` has none. */
export const CURVES: Readonly<Record<Exclude<Distribution, 'uniform'>, Float64Array>> = {
  normal: NORMAL,
  pareto: PARETO_CURVE,
  paretonormal: PARETONORMAL,
};

/**
 * The delay for a draw: delay + jitter × value, never below 0. It rises with the draw, so draw q gives the q-quantile of
 * the delay.
 * @param draw 0 ≤ draw < 1
 * @returns whole nanoseconds
 */
export function delayForDrawNs(settings: DelaySettings, draw: number): number {
  const { delayNs, jitterNs, distribution } = settings;
  if (jitterNs === 0) return delayNs;
  const value =
    distribution === 'uniform'
      ? 2 * draw - 1
      : (CURVES[distribution][Math.floor(draw * TABLE_SIZE)] as number);
  const totalNs = delayNs + jitterNs * value;
  return totalNs > 0 ? Math.round(totalNs) : 0;
}
