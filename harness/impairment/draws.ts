/**
 * The random streams of a schedule: a block of draws at a time, one stream a decision.
 *
 * The i-th draw of a decision always belongs to index i. A decision that is not needed for a while does not draw; once it
 * is needed again, it skips what it has missed.
 */
import type { Draw, RandomStream, StreamState } from '../../src/base/random.ts';
import { resumeStream } from '../../src/base/random.ts';
import { skipDraws } from '../../src/base/skipDraws.ts';
import { DECISIONS } from './stages/stage.ts';
import type { Decision } from './stages/stage.ts';

/** Indices decided at a time: few enough that filling a block delays a paced sender by microseconds only. */
export const BLOCK_ROWS = 256;

// Draws of the block being filled, one buffer per decision; shared, because filling never yields.
const BUFFERS = DECISIONS.map(() => new Float64Array(BLOCK_ROWS));

/** The draws of the block filled last. */
export const drawsOf = (decision: Decision): Float64Array =>
  BUFFERS[DECISIONS.indexOf(decision)] as Float64Array;

/** A set of decisions, a bit each. */
export const decisionMask = (decisions: ReadonlySet<Decision>): number =>
  DECISIONS.reduce((mask, decision, place) => mask | (decisions.has(decision) ? 1 << place : 0), 0);

/** Where the streams of a set of decisions stand. */
export interface SavedDraws {
  readonly mask: number;
  /** Draws taken of each. */
  readonly taken: number;
  readonly states: readonly StreamState[];
}

const NOTHING_DRAWN: SavedDraws = { mask: 0, taken: 0, states: [] };

export class DrawStreams {
  readonly #open: (decision: Decision) => RandomStream;
  /** Decision → its stream, once it was needed; and the draws taken of it when it was last put aside. */
  readonly #all: (RandomStream | undefined)[] = [];
  readonly #taken: number[] = [];
  #mask: number;
  #active: readonly RandomStream[] = [];
  #buffers: readonly Float64Array[] = [];

  /** @param open the stream of a decision, from its first draw on */
  constructor(open: (decision: Decision) => RandomStream, saved = NOTHING_DRAWN) {
    this.#open = open;
    this.#mask = saved.mask;
    let next = 0;
    DECISIONS.forEach((_, place) => {
      if ((saved.mask & (1 << place)) === 0) return;
      this.#all[place] = resumeStream(saved.states[next] as StreamState);
      next += 1;
    });
    this.#activate();
  }

  /** Fills the buffers of these decisions. @param taken the draws that come before */
  fill(mask: number, taken: number): void {
    if (mask !== this.#mask) this.#need(mask, taken);
    fillDraws(this.#active, this.#buffers);
  }

  /** @param taken the draws taken so far */
  save(taken: number): SavedDraws {
    return { mask: this.#mask, taken, states: this.#active.map((stream) => stream.save()) };
  }

  #need(mask: number, taken: number): void {
    DECISIONS.forEach((decision, place) => {
      const bit = 1 << place;
      if ((mask & bit) === (this.#mask & bit)) return;
      if ((mask & bit) === 0) this.#taken[place] = taken;
      else {
        const stream = this.#all[place] ?? this.#open(decision);
        this.#all[place] = skipDraws(stream, taken - (this.#taken[place] ?? 0));
      }
    });
    this.#mask = mask;
    this.#activate();
  }

  #activate(): void {
    const needed = DECISIONS.map((_, place) => place).filter((place) => (this.#mask & (1 << place)) !== 0);
    this.#active = needed.map((place) => this.#all[place] as RandomStream);
    this.#buffers = needed.map((place) => BUFFERS[place] as Float64Array);
  }
}

/**
 * Takes one block of draws from each stream. A generator is one long dependency chain of operations, so several are run
 * interleaved: four cost little more than one.
 */
function fillDraws(streams: readonly RandomStream[], buffers: readonly Float64Array[]): void {
  let k = 0;
  for (; k + 3 < streams.length; k += 4) fillFour(streams, buffers, k);
  for (; k + 1 < streams.length; k += 2) fillTwo(streams, buffers, k);
  if (k < streams.length) fillOne(drawOf(streams, k), buffers[k] as Float64Array);
}

const drawOf = (streams: readonly RandomStream[], k: number): Draw => (streams[k] as RandomStream).draw;

function fillOne(draw: Draw, into: Float64Array): void {
  for (let row = 0; row < BLOCK_ROWS; row += 1) into[row] = draw();
}

function fillTwo(streams: readonly RandomStream[], buffers: readonly Float64Array[], k: number): void {
  const drawA = drawOf(streams, k);
  const drawB = drawOf(streams, k + 1);
  const intoA = buffers[k] as Float64Array;
  const intoB = buffers[k + 1] as Float64Array;
  for (let row = 0; row < BLOCK_ROWS; row += 1) {
    intoA[row] = drawA();
    intoB[row] = drawB();
  }
}

function fillFour(streams: readonly RandomStream[], buffers: readonly Float64Array[], k: number): void {
  const drawA = drawOf(streams, k);
  const drawB = drawOf(streams, k + 1);
  const drawC = drawOf(streams, k + 2);
  const drawD = drawOf(streams, k + 3);
  const intoA = buffers[k] as Float64Array;
  const intoB = buffers[k + 1] as Float64Array;
  const intoC = buffers[k + 2] as Float64Array;
  const intoD = buffers[k + 3] as Float64Array;
  for (let row = 0; row < BLOCK_ROWS; row += 1) {
    intoA[row] = drawA();
    intoB[row] = drawB();
    intoC[row] = drawC();
    intoD[row] = drawD();
  }
}
