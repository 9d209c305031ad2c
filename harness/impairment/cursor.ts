/**
 * A position in a schedule: what is needed to decide the next block, and the block after that.
 */
import type { RandomStream } from '../../src/base/random.ts';
import { BLOCK_ROWS, DrawStreams } from './draws.ts';
import type { SavedDraws } from './draws.ts';
import { STAGES } from './stages/allStages.ts';
import type { Decision } from './stages/stage.ts';

/** A position from which the schedule can be continued. */
export interface Cursor {
  /** The block to fill next; block b holds indices b × BLOCK_ROWS + 1 and on. */
  block: number;
  readonly draws: DrawStreams;
  /** Stage, by its place among all → its state before that block. */
  readonly states: number[];
  /** Stage → the first index of its settings. */
  readonly startIndices: number[];
}

export interface Checkpoint {
  readonly block: number;
  readonly draws: SavedDraws | undefined;
  readonly states: readonly number[];
  readonly startIndices: readonly number[];
}

/** Before the first index. */
export const BEFORE_ALL: Checkpoint = {
  block: 0,
  draws: undefined,
  states: STAGES.map(() => 0),
  startIndices: STAGES.map(() => 1),
};

export const firstIndexOf = (block: number): number => block * BLOCK_ROWS + 1;

export const save = ({ block, draws, states, startIndices }: Cursor): Checkpoint => ({
  block,
  draws: draws.save(firstIndexOf(block) - 1),
  states: [...states],
  startIndices: [...startIndices],
});

/** @param open the random stream of a decision, from its first draw on */
export const resume = (
  { block, draws, states, startIndices }: Checkpoint,
  open: (decision: Decision) => RandomStream,
): Cursor => ({
  block,
  draws: new DrawStreams(open, draws),
  states: [...states],
  startIndices: [...startIndices],
});
