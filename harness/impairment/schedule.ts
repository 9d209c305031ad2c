/**
 * The schedule: the fate of datagram i of a flow, for every i, in any order of asking.
 *
 * It depends only on (settings, seed, flow, direction, i). Each decision has its own random stream, with the key
 * `seed/flow/direction/decision`, and takes exactly one draw per index, so changing one knob never changes another's
 * draws. It does not depend on payloads, on a clock, or on what happened to other datagrams.
 */
import * as check from '../../src/base/arguments.ts';
import type { Checks } from '../../src/base/arguments.ts';
import { randomStream } from '../../src/base/random.ts';
import type { RandomStream } from '../../src/base/random.ts';
import { skipDraws } from '../../src/base/skipDraws.ts';
import type { ImpairmentConfig } from './config.ts';
import { BLOCK_ROWS, drawsOf } from './draws.ts';
import { OUTAGE } from './dropModels.ts';
import { EpochList, FIRST_EPOCH, planOf } from './epochs.ts';
import type { Epoch } from './epochs.ts';
import { BEFORE_ALL, firstIndexOf, resume, save } from './cursor.ts';
import type { Checkpoint, Cursor } from './cursor.ts';
import { repeatFate } from './repeatFate.ts';
import type { Fate } from './repeatFate.ts';
import { isOutage } from './stages/outage.ts';
import { isSpared } from './stages/spare.ts';
import type { Column, Decision, Stage } from './stages/stage.ts';

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

/**
 * Fates by index. Ask `at(index)` for a row, then read the columns at that row, before the next call to `at`.
 *
 * Columns show the effective fate: drop wins, so a dropped index has no copies, no hold, no corruption, no delay.
 * Asking in rising order is fastest. Asking for an old index again gives the same fate and recomputes at most 8,192
 * indices. Skipping ahead costs as much as asking for every index between, so a caller that takes indices from the
 * network must limit the jump first.
 *
 * Settings may change from an index on, `change`: an epoch begins there. The draw for index i stays the i-th of its
 * stream. A stage whose own settings are as before goes on; one whose settings change starts anew at the epoch's first
 * index: its blocks and runs begin there, and a chain starts from draw e of its stream `drop-start`, e the epoch's number.
 */
export class Schedule {
  readonly key: ScheduleKey;
  /** The settings that it began with. */
  readonly config: ImpairmentConfig;
  // The columns. A change may replace one: read them anew after `change`.
  /** Cause code in DROP_CAUSES, 0 if it is not dropped. */
  dropCause: Uint8Array = NO_CAUSES;
  /** Extra copies, 0 or 1. */
  copies: Uint8Array = NO_COPIES;
  /** Number of later plain passes that it waits for; 0 if it is not held. */
  hold: Uint16Array = NO_HOLDS;
  /** −1 if intact, else a number u, 0 ≤ u < 1: of the datagram's n bits, bit ⌊u × n⌋ is flipped. */
  corrupt: Float64Array = NO_CORRUPTIONS;
  /** How long the delay stage delays it, nanoseconds, 0 or more. */
  delayNs: Float64Array = NO_DELAYS;

  /** Old indices asked for whose epochs are forgotten: they got the settings of the oldest epoch kept. */
  forgottenAsked = 0;

  readonly #epochs: EpochList;
  readonly #mediaTimes: MediaTimes | undefined;
  /** Null as long as there are no outages. */
  #mediaTimeNs: MediaTimes | null = null;
  readonly #checkpoints: Checkpoint[] = [];
  #front: Cursor;
  #back: Cursor | null = null;
  /** Before the block filled last, once settings have changed: the next change decides that block again. */
  #beforeLast: Checkpoint | null = null;
  #hasChanged = false;
  /** Lower indices may have belonged to an epoch that is forgotten. */
  #knownFrom = 1;
  /** Slot → block it holds, −1 for none. */
  readonly #slots = [-1, -1, -1];
  /** First index and first row of the last used slot: the fast path of `at`. */
  #firstIndex = 1;
  #firstRow = 0;

  /**
   * @param mediaTimeNs an index's media time, nanoseconds; needed for outages only, and called for an index only when
   *   that index is asked for. It must always give an index the same time.
   * @param begin the number of the epoch that it begins with: a flow that opens after a change has that change's
   * @throws UsageError for invalid settings or an invalid key, and for outages without media time
   */
  constructor(
    config: ImpairmentConfig,
    key: ScheduleKey,
    mediaTimeNs?: MediaTimes,
    { epoch = FIRST_EPOCH }: { readonly epoch?: number } = {},
  ) {
    planOf(config);
    check.having(KEY_CHECKS)(key, 'Schedule: key');
    this.config = config;
    this.key = key;
    this.#mediaTimes = mediaTimeNs;
    this.#prepare(config);
    this.#epochs = new EpochList(config, epoch, (stage, settings, number) =>
      this.#start(stage, settings, number),
    );
    this.#front = this.#resume(BEFORE_ALL);
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
    return repeatFate(this.configAt(index), keyPrefix(this.key), index, repeat, timeNs);
  }

  /** The settings of an index. */
  configAt(index: number): ImpairmentConfig {
    const epochs = this.#epochs;
    return index >= epochs.lastFirstIndex ? epochs.lastConfig : epochs.configOf(epochs.placeAt(index));
  }

  /** The number of the epoch that an index belongs to. */
  epochAt(index: number): number {
    return this.#epochs.numberOf(this.#epochs.placeAt(index));
  }

  /** How many epochs are kept. */
  get epochCount(): number {
    return this.#epochs.length;
  }

  /** The epochs that are kept, each with its first index; a new list. */
  get epochs(): readonly Epoch[] {
    return this.#epochs.all();
  }

  /**
   * From the epoch's first index on its settings apply. That index lies above all that `at` was asked for, or is the first
   * of the last epoch, which is replaced. What was filled ahead is decided again. Several may be added in advance.
   * @throws UsageError for invalid settings, and for outages without media time
   */
  change(epoch: Epoch): void {
    const last = this.#front.block - 1;
    if (epoch.firstIndex < firstIndexOf(last))
      throw new Error(`an epoch from ${epoch.firstIndex} on, where ${firstIndexOf(last)} was asked for`);
    planOf(epoch.config);
    const isFilled = epoch.firstIndex < firstIndexOf(last + 1);
    const before = isFilled ? (this.#beforeLast ?? this.#walkTo(last)) : null;
    this.#prepare(epoch.config);
    this.#epochs.add(epoch);
    this.#hasChanged = true;
    if (before === null) return;
    this.#front = this.#resume(before);
    this.#fill(this.#front, last % 2);
  }

  /**
   * Forgets epochs that end before an index. Lower ones asked for again have the oldest settings that are kept, and are
   * counted.
   */
  forgetBefore(index: number): void {
    const checkpoint = Math.floor(
      (Math.min(index, firstIndexOf(this.#front.block)) - 1) / (CHECKPOINT_BLOCKS * BLOCK_ROWS),
    );
    const firstIndex = firstIndexOf(checkpoint * CHECKPOINT_BLOCKS);
    if (checkpoint === 0 || this.#epochs.forgetBefore(firstIndex) === 0) return;
    this.#knownFrom = firstIndex;
    this.#firstIndex = Number.POSITIVE_INFINITY;
  }

  #seek(index: number): number {
    if (!(Number.isSafeInteger(index) && index >= 1))
      check.refuseValue('at', 'an index, a whole number from 1', index);
    if (index < this.#knownFrom) this.forgottenAsked += 1;
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
    // What is forgotten is never found the fast way, so that each is counted.
    this.#firstIndex = index < this.#knownFrom ? Number.POSITIVE_INFINITY : firstIndexOf(block);
    this.#firstRow = slot * BLOCK_ROWS;
    return this.#firstRow + (index - firstIndexOf(block));
  }

  /** Fills the slot for old indices with a block before the front. */
  #lookBack(block: number): void {
    let cursor = this.#back;
    if (cursor === null || cursor.block > block || block - cursor.block >= CHECKPOINT_BLOCKS) {
      cursor = this.#resume(this.#checkpoints[Math.floor(block / CHECKPOINT_BLOCKS)] as Checkpoint);
      this.#back = cursor;
    }
    while (cursor.block <= block) this.#fill(cursor, LOOK_BACK_SLOT);
  }

  /** The state before a block that the front has filled. */
  #walkTo(block: number): Checkpoint {
    const cursor = this.#resume(this.#checkpoints[Math.floor(block / CHECKPOINT_BLOCKS)] as Checkpoint);
    while (cursor.block < block) this.#fill(cursor, LOOK_BACK_SLOT);
    // The slot holds another block than the fast path may believe.
    this.#firstIndex = Number.POSITIVE_INFINITY;
    return save(cursor);
  }

  #resume(checkpoint: Checkpoint): Cursor {
    return resume(checkpoint, (decision) => this.#stream(decision));
  }

  #stream(name: string): RandomStream {
    return randomStream(`${keyPrefix(this.key)}/${name}`);
  }

  #start(stage: Stage, config: ImpairmentConfig, number: number): number {
    return stage.start?.(config, (name) => skipDraws(this.#stream(name), number - FIRST_EPOCH).draw()) ?? 0;
  }

  /** Makes the columns that these settings need. */
  #prepare(config: ImpairmentConfig): void {
    if (config.outages.length > 0) {
      if (typeof this.#mediaTimes !== 'function')
        check.refuseValue(
          'Schedule: mediaTimeNs',
          'the media time of each index, for outages',
          this.#mediaTimes,
        );
      this.#mediaTimeNs = this.#mediaTimes;
    }
    const { columns } = planOf(config);
    const rows = SLOTS * BLOCK_ROWS;
    const needs = (column: Column, none: unknown): boolean => columns.has(column) && this[column] === none;
    if (needs('dropCause', NO_CAUSES)) this.dropCause = new Uint8Array(rows);
    if (needs('copies', NO_COPIES)) this.copies = new Uint8Array(rows);
    if (needs('hold', NO_HOLDS)) this.hold = new Uint16Array(rows);
    if (needs('corrupt', NO_CORRUPTIONS)) this.corrupt = new Float64Array(rows).fill(-1);
    if (needs('delayNs', NO_DELAYS)) this.delayNs = new Float64Array(rows);
  }

  /** Decides the cursor's block into a slot and advances the cursor. */
  #fill(cursor: Cursor, slot: number): void {
    if (cursor === this.#front) this.#keep(cursor);
    const epochs = this.#epochs;
    const firstIndex = firstIndexOf(cursor.block);
    const endIndex = firstIndex + BLOCK_ROWS;
    const decisions = epochs.decisionsOf(epochs.placeAt(firstIndex), epochs.placeAt(endIndex - 1));
    cursor.draws.fill(decisions, firstIndex - 1);
    let from = firstIndex;
    while (from < endIndex) {
      const place = epochs.placeAt(from);
      const begins = epochs.firstIndexOf(place);
      if (begins === from) this.#begin(cursor, place, from);
      const end = Math.min(endIndex, begins > from ? begins : epochs.firstIndexOf(place + 1));
      this.#decide(cursor, epochs.configOf(place), from, end, slot * BLOCK_ROWS + (from - firstIndex));
      from = end;
    }
    this.#slots[slot] = cursor.block;
    cursor.block += 1;
  }

  /** Saves where the front stands, where that will be needed. */
  #keep(front: Cursor): void {
    const isNext = front.block === this.#checkpoints.length * CHECKPOINT_BLOCKS;
    if (!isNext && !this.#hasChanged) return;
    const saved = save(front);
    if (isNext) this.#checkpoints.push(saved);
    if (this.#hasChanged) this.#beforeLast = saved;
  }

  /** An epoch begins: its changed stages start anew. */
  #begin({ states, startIndices }: Cursor, place: number, firstIndex: number): void {
    this.#epochs.eachStart(place, (stagePlace, state) => {
      states[stagePlace] = state;
      startIndices[stagePlace] = firstIndex;
    });
  }

  /** Decides consecutive indices of one epoch, within the cursor's block. @param base the row of the first */
  #decide(
    cursor: Cursor,
    config: ImpairmentConfig,
    firstIndex: number,
    endIndex: number,
    base: number,
  ): void {
    const { hold, copies, corrupt, delayNs, dropCause } = this;
    const { deciding, columns } = planOf(config);
    const rows = endIndex - firstIndex;
    const end = base + rows;
    if (dropCause !== NO_CAUSES && config.drop === null) dropCause.fill(0, base, end);
    if (copies !== NO_COPIES && !columns.has('copies')) copies.fill(0, base, end);
    if (hold !== NO_HOLDS && !columns.has('hold')) hold.fill(0, base, end);
    if (corrupt !== NO_CORRUPTIONS && !columns.has('corrupt')) corrupt.fill(-1, base, end);
    if (delayNs !== NO_DELAYS && !columns.has('delayNs')) delayNs.fill(0, base, end);
    const offset = (firstIndex - 1) % BLOCK_ROWS;
    const block = {
      firstIndex,
      startIndex: 1,
      rows,
      base,
      dropCause,
      copies,
      hold,
      corrupt,
      delayNs,
      draws: offset === 0 ? drawsOf : (decision: Decision) => drawsOf(decision).subarray(offset),
    };
    for (const { stage, place } of deciding) {
      block.startIndex = cursor.startIndices[place] as number;
      cursor.states[place] = stage.decide?.(config, block, cursor.states[place] as number) ?? 0;
    }
  }

  /** Outages come first: they replace the cause given by any other stage, but for what is spared. */
  #applyOutage(row: number, index: number, timeNs: number): void {
    const config = this.configAt(index);
    if (!isOutage(config.outages, timeNs) || isSpared(config, index)) return;
    this.dropCause[row] = OUTAGE;
    if (this.copies !== NO_COPIES) this.copies[row] = 0;
    if (this.hold !== NO_HOLDS) this.hold[row] = 0;
    if (this.corrupt !== NO_CORRUPTIONS) this.corrupt[row] = -1;
    if (this.delayNs !== NO_DELAYS) this.delayNs[row] = 0;
  }
}
