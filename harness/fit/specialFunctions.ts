/**
 * The three functions behind the p-values and intervals: ln Γ, and the regularised incomplete gamma and beta functions.
 *
 * Accurate to about 1e-12 relative for arguments below 1e4, and to 1e-5 at 1e9, where ln Γ itself runs out of digits.
 */

const HALF_LN_TWO_PI = 0.918_938_533_204_672_7;
/** Stirling's series: 1 / (12 x) − 1 / (360 x³) + …, in powers of 1 / x². */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360] as const;

/** ln Γ(x), x above 0. */
export function lnGamma(x: number): number {
  // Γ(x + 1) = x Γ(x) raises small arguments to the range where the series is accurate.
  let product = 1;
  let at = x;
  for (; at < 12; at += 1) product *= at;
  let series = 0;
  for (const term of STIRLING.toReversed()) series = series / (at * at) + term;
  return (at - 0.5) * Math.log(at) - at + HALF_LN_TWO_PI + series / at - Math.log(product);
}

const ENOUGH = 1e-15;
const TINY = 1e-300;
/** The continued fraction of the beta function takes about √a steps, so this suffices for any possible count. */
const MAX_STEPS = 1e7;

/**
 * A continued fraction 1 / (1 + c₁ / (1 + c₂ / (1 + …))) from the front, by Lentz's method as modified by Thompson and
 * Barnett: ratios of numerators and denominators that never reach 0.
 * @param coefficient cₖ for k = 1, 2, …
 */
function continuedFraction(coefficient: (k: number) => number): number {
  let numerator = 1;
  let denominator = 0;
  let value = 1;
  for (let k = 1; k < MAX_STEPS; k += 1) {
    const c = coefficient(k);
    denominator = 1 + c * denominator;
    if (Math.abs(denominator) < TINY) denominator = TINY;
    denominator = 1 / denominator;
    numerator = 1 + c / numerator;
    if (Math.abs(numerator) < TINY) numerator = TINY;
    const factor = numerator * denominator;
    value *= factor;
    if (Math.abs(factor - 1) < ENOUGH) return 1 / value;
  }
  throw new Error('a continued fraction did not settle');
}

/**
 * Q(a, x) = Γ(a, x) / Γ(a), the upper regularised incomplete gamma function; a above 0, x 0 or more.
 * By the power series of 1 − Q below a + 1, else by the continued fraction of Γ(a, x) (Abramowitz and Stegun, 6.5.29
 * and 6.5.31).
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let total = term;
    for (let k = 1; term > total * ENOUGH; k += 1) {
      term *= x / (a + k);
      total += term;
    }
    return Math.max(0, 1 - front * total);
  }
  // 1 / (x + (1 − a) / (1 + 1 / (x + (2 − a) / (1 + 2 / (x + …))))), divided through by x at every other level.
  const fraction = continuedFraction((k) => (k % 2 === 1 ? (k + 1) / 2 - a : k / 2) / x);
  return (front / x) * fraction;
}

/**
 * I(x; a, b), the regularised incomplete beta function; a and b above 0, x 0 to 1.
 * By its continued fraction (Abramowitz and Stegun, 26.5.8), from the side that converges fast.
 */
export function regularisedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + lnGamma(a + b) - lnGamma(a) - lnGamma(b));
  const fraction = continuedFraction((k) => {
    const m = Math.floor(k / 2);
    return k % 2 === 0
      ? (m * (b - m) * x) / ((a + k - 1) * (a + k))
      : (-(a + m) * (a + b + m) * x) / ((a + k - 1) * (a + k));
  });
  return (front / a) * fraction;
}

/** The probability that a chi-square variable is at least this large. */
export const chiSquareTail = (statistic: number, degreesOfFreedom: number): number =>
  upperGamma(degreesOfFreedom / 2, statistic / 2);
