/**
 * Seeded random numbers: one named stream for each kind of decision.
 *
 * The generator is seedrandom's Alea. Its output is public API: recordings and fate files depend on it, so their
 * headers name the generator. It uses no entropy; a seed is always given.
 */
import seedrandom from 'seedrandom';

/** The generator's name, as written into headers. */
export const GENERATOR = 'seedrandom/alea@3';

/** Draws the next number of a stream: 0 ≤ u < 1, in steps of 2⁻³². */
export type Draw = () => number;

/** The saved state of a stream: Alea's. Written out, so that declarations need no package's types. */
export type StreamState = Record<'c' | 's0' | 's1' | 's2', number>;

export interface RandomStream {
  readonly draw: Draw;
  /** A copy of the state before the next draw. */
  save(): StreamState;
}

/** The stream for a key such as `42/1/down/drop`. The same key always gives the same numbers. */
export function randomStream(key: string): RandomStream {
  const generator = seedrandom.alea(key, { state: true });
  return { draw: generator, save: () => generator.state() };
}

/** A stream that continues from a saved state. */
export function resumeStream(state: StreamState): RandomStream {
  const generator = seedrandom.alea('', { state });
  return { draw: generator, save: () => generator.state() };
}
