/**
 * A time of 64 bits, in ticks of any length, as seconds and nanoseconds, exactly and without a BigInt for usual clocks.
 */

const DIGIT = 2 ** 16;
/** Up to this many ticks a second, a remainder times DIGIT is a safe integer. */
const MAX_PLAIN = 2 ** 36;

/** One result, reused. */
const time: [number, number] = [0, 0];

/**
 * @param high upper 32 bits @param low lower 32 bits @param ticksPerSecond 1 or more
 * @returns whole seconds, and whole nanoseconds within the second, rounded down; valid until the next call
 */
export function splitTime(high: number, low: number, ticksPerSecond: number): readonly [number, number] {
  if (ticksPerSecond > MAX_PLAIN) {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    const perSecond = BigInt(ticksPerSecond);
    time[0] = Number(ticks / perSecond);
    time[1] = Number(((ticks % perSecond) * 1_000_000_000n) / perSecond);
    return time;
  }
  // Long division, with digits of 16 bits.
  let quotient = 0;
  let rest = 0;
  for (let digit = 0; digit < 4; digit += 1) {
    const word = digit < 2 ? high : low;
    const value = rest * DIGIT + (digit % 2 === 0 ? word >>> 16 : word & 0xffff);
    const part = Math.floor(value / ticksPerSecond);
    rest = value - part * ticksPerSecond;
    quotient = quotient * DIGIT + part;
  }
  time[0] = quotient;
  time[1] = toNanoseconds(rest, ticksPerSecond);
  return time;
}

/** rest / ticksPerSecond of a second, rounded down. */
function toNanoseconds(rest: number, ticksPerSecond: number): number {
  if (1e9 % ticksPerSecond === 0) return rest * (1e9 / ticksPerSecond);
  if (rest <= Number.MAX_SAFE_INTEGER / 1e9) return Math.floor((rest * 1e9) / ticksPerSecond);
  return Number((BigInt(rest) * 1_000_000_000n) / BigInt(ticksPerSecond));
}
