/**
 * Skipping draws of a random stream, at a cost that does not grow with their number.
 *
 * Alea is a multiply-with-carry generator with lag 3: with the base b = 2³² and the multiplier a, the last three outputs
 * s and the carry c are one number v = a·(s₀ + s₁·b + s₂·b²) + c, and a draw makes it v / b modulo a·b³ − 1. So n draws are
 * one modular power. The tests compare it with drawing one by one.
 */
import { resumeStream } from './random.ts';
import type { RandomStream, StreamState } from './random.ts';

const BITS = 32n;
const MASK = (1n << BITS) - 1n;
const MULTIPLIER = 2_091_639n;
const MODULUS = (MULTIPLIER << (3n * BITS)) - 1n;
/** Division by b: a·b³ is 1, so 1 / b is a·b². */
const ONE_DRAW = MULTIPLIER << (2n * BITS);
const SCALE = 2 ** 32;

/** Below this many, drawing is quicker. */
const DRAWN_ONE_BY_ONE = 2048;

/** Entry k: what 2ᵏ draws multiply by. */
const POWERS: bigint[] = [ONE_DRAW];

function powerOfTwo(exponent: number): bigint {
  while (POWERS.length <= exponent) {
    const last = POWERS.at(-1) as bigint;
    POWERS.push((last * last) % MODULUS);
  }
  return POWERS[exponent] as bigint;
}

/** The state after so many draws. */
export function stateAfter({ c, s0, s1, s2 }: StreamState, draws: number): StreamState {
  const [first, second, third] = [s0, s1, s2].map((part) => BigInt(part * SCALE)) as [bigint, bigint, bigint];
  let value = MULTIPLIER * (first | (second << BITS) | (third << (2n * BITS))) + BigInt(c);
  for (let left = draws, bit = 0; left > 0; left = Math.floor(left / 2), bit += 1)
    if (left % 2 === 1) value = (value * powerOfTwo(bit)) % MODULUS;
  const outputs = value / MULTIPLIER;
  return {
    c: Number(value % MULTIPLIER),
    s0: Number(outputs & MASK) / SCALE,
    s1: Number((outputs >> BITS) & MASK) / SCALE,
    s2: Number(outputs >> (2n * BITS)) / SCALE,
  };
}

/** The stream after so many draws, 0 or more; the given one is not to be used any more. */
export function skipDraws(stream: RandomStream, draws: number): RandomStream {
  if (draws >= DRAWN_ONE_BY_ONE) return resumeStream(stateAfter(stream.save(), draws));
  for (let k = 0; k < draws; k += 1) stream.draw();
  return stream;
}
