/** The distributions of the jitter, from their definitions and not from tables. */

/** Entries of a table: each stands for so many-th of all draws, and has the value in the middle of them. */
const ENTRIES = 4096;
/** A value is a whole number of so many-ths. */
const UNITS = 8192;
/** 4, less one unit. */
const LARGEST_UNITS = 32_767;

/** The value for a draw. */
export function delayValue(distribution: string, draw: number): number {
  if (distribution === 'uniform') return 2 * draw - 1;
  const share = (Math.floor(draw * ENTRIES) + 0.5) / ENTRIES;
  if (distribution === 'normal') return inUnits(normal(share));
  if (distribution === 'pareto') return inUnits(pareto(share));
  if (distribution === 'paretonormal') return inUnits(normal(share)) / 4 + (inUnits(pareto(share)) * 3) / 4;
  throw new Error(`not recounted: ${distribution}`);
}

const inUnits = (value: number): number => Math.min(LARGEST_UNITS, Math.round(value * UNITS)) / UNITS;

/** Of shape 3 and least value 1, moved and stretched. */
const pareto = (share: number): number => (4 / 3) * ((1 - share) ** (-1 / 3) - 3 / 2);

/** Where the standard normal distribution has that share below, by Newton's method. */
function normal(share: number): number {
  if (share > 0.5) return -normal(1 - share);
  let x = 0;
  for (let k = 0; k < 100; k += 1) x -= (below(x) - share) / density(x);
  return x;
}

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The share below `x`, by its series. */
function below(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + sum * density(x);
}
