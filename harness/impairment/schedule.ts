/**
 * The schedule: the fate of datagram i of a flow, for every i, in any order of asking.
 *
 * It depends only on (settings, seed, flow, direction, i). Each decision has its own random stream, with the key
 * `seed/flow/direction/decision`, and takes exactly one draw per index, so changing one knob never changes another's
 * draws. It does not depend on payloads, on a clock, or on what happened to other datagrams.
 */
import * as check from '../../src/base/arguments.ts';
import type { Checks } from '../../src/base/arguments.ts';
import { randomStream, resumeStream } from '../../src/base/random.ts';
import type { Draw, RandomStream, StreamState } from '../../src/base/random.ts';
import { checkConfig } from './config.ts';
import type { ImpairmentConfig } from './config.ts';
import { OUTAGE } from './dropModels.ts';
import { repeatFate } from './repeatFate.ts';
import type { Fate } from './repeatFate.ts';
import { STAGES } from './stages/allStages.ts';
import { isOutage } from './stages/outage.ts';
import { isSpared } from './stages/spare.ts';
import { DECISIONS } from './stages/stage.ts';
import type { Block, Decision, Stage } from './stages/stage.ts';

export type Direction = 'down' | 'up';

/** What a schedule is for: the stream of a direction, or its control datagrams, which have separate draws. */
export type ScheduleDirection = Direction | 'down-control' | 'up-control';

/** Identifies a schedule. */
export interface ScheduleKey {
  readonly seed: string;
  /** Number of the flow, 1 or more. */
  readonly flow: number;
  readonly direction: ScheduleDirection;
  /** Which stream of that flow and direction, if its sequence has restarted; default 1, the first. */
  readonly stream?: number;
}

const KEY_CHECKS: Checks<ScheduleKey> = {
  seed: check.text,
  flow: check.whole(1),
  direction: check.oneOf('down', 'up', 'down-control', 'up-control'),
  stream: check.optional(check.whole(1)),
};

/** The common beginning of the keys of a schedule's random streams; the decision follows. */
const keyPrefix = ({ seed, flow, direction, stream = 1 }: ScheduleKey): string =>
  `${seed}/${flow}/${direction}${stream === 1 ? '' : `/stream-${stream}`}`;

/**
 * An index's media time, nanoseconds; NaN if it has none.
 * @param repeat 1 for the first datagram with that index, 2 or more for a repeat
 */
export type MediaTimes = (index: number, repeat: number) => number;

/** Indices decided at a time: few enough that filling a block delays a paced sender by microseconds only. */
const BLOCK_ROWS = 256;
/** Blocks between two saved generator states: asking for an old index recomputes at most this many blocks. */
const CHECKPOINT_BLOCKS = 32;
/** Two blocks at the front, so that alternating across a block's edge is cheap, and one for old indices. */
const SLOTS = 3;
const LOOK_BACK_SLOT = 2;

// Columns of stages that are off: shared by all schedules, so they never get another value than these.
const NO_CAUSES = new Uint8Array(SLOTS * BLOCK_ROWS);
const NO_COPIES = new Uint8Array(SLOTS * BLOCK_ROWS);
const NO_HOLDS = new Uint16Array(SLOTS * BLOCK_ROWS);
const NO_CORRUPTIONS = new Float64Array(SLOTS * BLOCK_ROWS).fill(-1);
const NO_DELAYS = new Float64Array(SLOTS * BLOCK_ROWS);

// Draws of the block being filled, one buffer per decision; shared, because filling never yields.
const DRAWS = new Map(DECISIONS.map((decision) => [decision, new Float64Array(BLOCK_ROWS)]));
const drawsOf = (decision: Decision): Float64Array => DRAWS.get(decision) as Float64Array;

/** The stages that decide anything with these settings. */
const decidingStages = (config: ImpairmentConfig): Stage[] =>
  STAGES.filter(
    ({ decide, columns }) => decide !== undefined && (columns === undefined || columns(config).length > 0),
  );

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

/** A position from which the schedule can be continued. */
interface Cursor {
  /** The block to fill next; block b holds indices b × BLOCK_ROWS + 1 and on. */
  block: number;
  readonly streams: readonly RandomStream[];
  /** State of each stage before that block. */
  readonly states: number[];
}

interface Checkpoint {
  readonly streams: readonly StreamState[];
  readonly states: readonly number[];
}

/**
 * Fates by index. Ask `at(index)` for a row, then read the columns at that row, before the next call to `at`.
 *
 * Columns show the effective fate: drop wins, so a dropped index has no copies, no hold, no corruption, no delay.
 * Asking in rising order is fastest. Asking for an old index again gives the same fate and recomputes at most 8,192
 * indices. Skipping ahead costs as much as asking for every index between, so a caller that takes indices from the
 * network must limit the jump first.
 */
export class Schedule {
  readonly config: ImpairmentConfig;
  readonly key: ScheduleKey;
  /** Cause code in DROP_CAUSES, 0 if it is not dropped. */
  readonly dropCause: Uint8Array;
  /** Extra copies, 0 or 1. */
  readonly copies: Uint8Array;
  /** Number of later plain passes that it waits for; 0 if it is not held. */
  readonly hold: Uint16Array;
  /** −1 if intact, else a number u, 0 ≤ u < 1: of the datagram's n bits, bit ⌊u × n⌋ is flipped. */
  readonly corrupt: Float64Array;
  /** How long the delay stage delays it, nanoseconds, 0 or more. */
  readonly delayNs: Float64Array;

  readonly #stages: readonly Stage[];
  readonly #buffers: readonly Float64Array[];
  readonly #mediaTimeNs: MediaTimes | null;
  readonly #checkpoints: Checkpoint[] = [];
  readonly #front: Cursor;
  #back: Cursor | null = null;
  /** Slot → block it holds, −1 for none. */
  readonly #slots = [-1, -1, -1];
  /** First index and first row of the last used slot: the fast path of `at`. */
  #firstIndex = 1;
  #firstRow = 0;

  /**
   * @param mediaTimeNs an index's media time, nanoseconds; needed for outages only, and called for an index only when
   *   that index is asked for. It must always give an index the same time.
   * @throws UsageError for invalid settings or an invalid key, and for outages without media time
   */
  constructor(config: ImpairmentConfig, key: ScheduleKey, mediaTimeNs?: MediaTimes) {
    checkConfig(config);
    check.having(KEY_CHECKS)(key, 'Schedule: key');
    if (config.outages.length > 0 && typeof mediaTimeNs !== 'function')
      check.refuseValue('Schedule: mediaTimeNs', 'the media time of each index, for outages', mediaTimeNs);
    this.config = config;
    this.key = key;
    this.#mediaTimeNs = config.outages.length > 0 && mediaTimeNs !== undefined ? mediaTimeNs : null;
    const rows = SLOTS * BLOCK_ROWS;
    const columns = new Set(STAGES.flatMap((stage) => stage.columns?.(config) ?? []));
    this.dropCause = columns.has('dropCause') ? new Uint8Array(rows) : NO_CAUSES;
    this.copies = columns.has('copies') ? new Uint8Array(rows) : NO_COPIES;
    this.hold = columns.has('hold') ? new Uint16Array(rows) : NO_HOLDS;
    this.corrupt = columns.has('corrupt') ? new Float64Array(rows) : NO_CORRUPTIONS;
    this.delayNs = columns.has('delayNs') ? new Float64Array(rows) : NO_DELAYS;

    const prefix = keyPrefix(key);
    const streamOf = (decision: string): RandomStream => randomStream(`${prefix}/${decision}`);
    const needed = new Set(STAGES.flatMap((stage) => stage.decisions?.(config) ?? []));
    const decisions = DECISIONS.filter((decision) => needed.has(decision));
    this.#stages = decidingStages(config);
    this.#buffers = decisions.map(drawsOf);
    this.#front = {
      block: 0,
      streams: decisions.map(streamOf),
      states: this.#stages.map((stage) => stage.start?.(config, (name) => streamOf(name).draw()) ?? 0),
    };
    this.#fill(this.#front, 0);
  }

  /** The row of an index, 1 or more. */
  at(index: number): number {
    const offset = index - this.#firstIndex;
    const row = offset >= 0 && offset < BLOCK_ROWS ? this.#firstRow + offset : this.#seek(index);
    if (this.#mediaTimeNs !== null) this.#applyOutage(row, index, this.#mediaTimeNs(index, 1));
    return row;
  }

  /** The fate of a repeat: the `repeat`-th datagram, 2 or more, with that index. */
  repeat(index: number, repeat: number): Fate {
    const timeNs = this.#mediaTimeNs?.(index, repeat) ?? Number.NaN;
    return repeatFate(this.config, keyPrefix(this.key), index, repeat, timeNs);
  }

  #seek(index: number): number {
    if (!(Number.isSafeInteger(index) && index >= 1))
      check.refuseValue('at', 'an index, a whole number from 1', index);
    const block = Math.floor((index - 1) / BLOCK_ROWS);
    let slot = this.#slots.indexOf(block);
    if (slot === -1) {
      const front = this.#front;
      if (block >= front.block) {
        while (front.block <= block) this.#fill(front, front.block % 2);
        slot = block % 2;
      } else {
        this.#lookBack(block);
        slot = LOOK_BACK_SLOT;
      }
    }
    this.#firstIndex = block * BLOCK_ROWS + 1;
    this.#firstRow = slot * BLOCK_ROWS;
    return this.#firstRow + (index - this.#firstIndex);
  }

  /** Fills the slot for old indices with a block before the front. */
  #lookBack(block: number): void {
    let cursor = this.#back;
    if (cursor === null || cursor.block > block || block - cursor.block >= CHECKPOINT_BLOCKS) {
      const number = Math.floor(block / CHECKPOINT_BLOCKS);
      const checkpoint = this.#checkpoints[number] as Checkpoint;
      cursor = {
        block: number * CHECKPOINT_BLOCKS,
        streams: checkpoint.streams.map((state) => resumeStream(state)),
        states: [...checkpoint.states],
      };
      this.#back = cursor;
    }
    while (cursor.block <= block) this.#fill(cursor, LOOK_BACK_SLOT);
  }

  /** Decides the cursor's block into a slot and advances the cursor. */
  #fill(cursor: Cursor, slot: number): void {
    const { config, hold, copies, corrupt, delayNs, dropCause } = this;
    if (cursor === this.#front && cursor.block % CHECKPOINT_BLOCKS === 0) {
      this.#checkpoints.push({
        streams: cursor.streams.map((stream) => stream.save()),
        states: [...cursor.states],
      });
    }
    fillDraws(cursor.streams, this.#buffers);
    const base = slot * BLOCK_ROWS;
    if (dropCause !== NO_CAUSES && config.drop === null) dropCause.fill(0, base, base + BLOCK_ROWS);
    const block: Block = {
      firstIndex: cursor.block * BLOCK_ROWS + 1,
      rows: BLOCK_ROWS,
      base,
      dropCause,
      copies,
      hold,
      corrupt,
      delayNs,
      draws: drawsOf,
    };
    for (const [k, stage] of this.#stages.entries())
      cursor.states[k] = stage.decide?.(config, block, cursor.states[k] as number) ?? 0;
    this.#slots[slot] = cursor.block;
    cursor.block += 1;
  }

  /** Outages come first: they replace the cause given by any other stage, but for what is spared. */
  #applyOutage(row: number, index: number, timeNs: number): void {
    if (!isOutage(this.config.outages, timeNs) || isSpared(this.config, index)) return;
    this.dropCause[row] = OUTAGE;
    if (this.copies !== NO_COPIES) this.copies[row] = 0;
    if (this.hold !== NO_HOLDS) this.hold[row] = 0;
    if (this.corrupt !== NO_CORRUPTIONS) this.corrupt[row] = -1;
    if (this.delayNs !== NO_DELAYS) this.delayNs[row] = 0;
  }
}
