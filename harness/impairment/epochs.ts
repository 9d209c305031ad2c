/**
 * Epochs: the conditions of a direction over its indices, each from a first index on.
 *
 * A list of them is compact, so that thousands of changes can be kept a flow: settings are shared, not copied, and a
 * change takes some thirty bytes. It knows indices, not times: who makes a change says which index it begins at.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';
import { checkConfig } from './config.ts';
import type { ImpairmentConfig } from './config.ts';
import { decisionMask } from './draws.ts';
import { STAGES } from './stages/allStages.ts';
import type { Column, Decision, Stage } from './stages/stage.ts';

export interface Epoch {
  /** Number of the change in the journal, or of the phase in the file; 1 is what the run began with. Rises, with gaps. */
  readonly number: number;
  readonly firstIndex: number;
  readonly config: ImpairmentConfig;
}

export const FIRST_EPOCH = 1;

/** What follows from settings alone: which stages decide, what they draw, what they write. */
export interface Plan {
  /** The stages that decide anything, with their places among all. */
  readonly deciding: readonly { readonly stage: Stage; readonly place: number }[];
  /** The decisions that they draw for, a bit each. */
  readonly decisions: number;
  readonly columns: ReadonlySet<Column>;
}

const PLANS = new WeakMap<ImpairmentConfig, Plan>();

/** @throws UsageError for invalid settings */
export function planOf(config: ImpairmentConfig): Plan {
  const known = PLANS.get(config);
  if (known !== undefined) return known;
  checkConfig(config);
  const plan = {
    deciding: STAGES.map((stage, place) => ({ stage, place })).filter(
      ({ stage: { decide, columns } }) =>
        decide !== undefined && (columns === undefined || columns(config).length > 0),
    ),
    decisions: decisionMask(new Set<Decision>(STAGES.flatMap((stage) => stage.decisions?.(config) ?? []))),
    columns: new Set<Column>(STAGES.flatMap((stage) => stage.columns?.(config) ?? [])),
  };
  PLANS.set(config, plan);
  return plan;
}

/** Whether two values of settings are the same, part by part. */
export function isSameSetting(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const parts = Object.entries(one);
  const others = other as Readonly<Record<string, unknown>>;
  return (
    parts.length === Object.keys(other).length &&
    parts.every(([key, part]) => isSameSetting(part, others[key]))
  );
}

/** Whether a stage has the same settings in both. */
export const isSameStage = ({ off }: Stage, one: ImpairmentConfig, other: ImpairmentConfig): boolean =>
  one === other ||
  (Object.keys(off) as (keyof ImpairmentConfig)[]).every((field) => isSameSetting(one[field], other[field]));

/** Every stage: all are new in the first epoch. */
const ALL_STAGES = 2 ** STAGES.length - 1;

/** The stages whose settings differ, a bit each, by their places. */
const changedStages = (before: ImpairmentConfig, after: ImpairmentConfig): number =>
  STAGES.reduce((mask, stage, k) => mask | (isSameStage(stage, before, after) ? 0 : 1 << k), 0);

/** The state that a stage of an epoch starts with. */
export type StartState = (stage: Stage, config: ImpairmentConfig, epochNumber: number) => number;

const STARTING = STAGES.filter(({ start }) => start !== undefined);

export class EpochList {
  /** The settings of the last epoch, and where it begins. */
  lastConfig: ImpairmentConfig;
  lastFirstIndex = 1;
  readonly #startState: StartState;
  #length = 0;
  #configs: ImpairmentConfig[] = [];
  readonly #firstIndices = new GrowingColumn(new Float64Array(1));
  readonly #numbers = new GrowingColumn(new Uint32Array(1));
  /** Stages that start anew, a bit each. */
  readonly #changed = new GrowingColumn(new Uint32Array(1));
  /** Place × stages with a start + its place there → its state at the epoch's first index. */
  readonly #starts = new GrowingColumn(new Float64Array(STARTING.length));

  /** @param number of the epoch that it begins with */
  constructor(config: ImpairmentConfig, number: number, startState: StartState) {
    this.#startState = startState;
    this.lastConfig = config;
    this.#write({ number, firstIndex: 1, config }, ALL_STAGES);
  }

  get length(): number {
    return this.#length;
  }

  all(): Epoch[] {
    return this.#configs.map((config, place) => ({
      number: this.numberOf(place),
      firstIndex: this.firstIndexOf(place),
      config,
    }));
  }

  /** Adds an epoch behind the last one, or in its place if it begins at the same index: then that one has none. */
  add(epoch: Epoch): void {
    const { number, firstIndex, config } = epoch;
    const last = this.#length - 1;
    if (!(Number.isSafeInteger(firstIndex) && firstIndex >= this.lastFirstIndex))
      throw new Error(`an epoch from ${firstIndex} on, behind one from ${this.lastFirstIndex}`);
    if (!(number > this.numberOf(last) && number <= 0xffff_ffff))
      throw new Error(`epoch ${number} behind epoch ${this.numberOf(last)}`);
    if (firstIndex > this.lastFirstIndex) {
      this.#write(epoch, changedStages(this.lastConfig, config));
      return;
    }
    this.#length -= 1;
    this.#write(epoch, last === 0 ? ALL_STAGES : changedStages(this.configOf(last - 1), config));
  }

  /** The place in the list of the epoch that an index belongs to; 0 for one before all that are kept. */
  placeAt(index: number): number {
    if (index >= this.lastFirstIndex) return this.#length - 1;
    const firstIndices = this.#firstIndices.values;
    let low = 0;
    let high = this.#length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((firstIndices[middle] as number) <= index) low = middle;
      else high = middle;
    }
    return low;
  }

  configOf(place: number): ImpairmentConfig {
    return this.#configs[place] as ImpairmentConfig;
  }

  numberOf(place: number): number {
    return this.#numbers.values[place] as number;
  }

  /** Infinity behind the last one. */
  firstIndexOf(place: number): number {
    return place >= this.#length ? Number.POSITIVE_INFINITY : (this.#firstIndices.values[place] as number);
  }

  /** The decisions drawn for in the epochs of these places, a bit each. */
  decisionsOf(fromPlace: number, toPlace: number): number {
    let mask = 0;
    for (let place = fromPlace; place <= toPlace; place += 1) mask |= planOf(this.configOf(place)).decisions;
    return mask;
  }

  /** Calls back with the place among all stages of each that starts anew in an epoch, and the state that it starts with. */
  eachStart(place: number, visit: (stagePlace: number, state: number) => void): void {
    const changed = this.#changed.values[place] as number;
    for (let k = 0; k < STAGES.length; k += 1) {
      if ((changed & (1 << k)) === 0) continue;
      const own = STARTING.indexOf(STAGES[k] as Stage);
      visit(k, own < 0 ? 0 : (this.#starts.values[place * STARTING.length + own] as number));
    }
  }

  /** Forgets the epochs that end before an index, but for the one before the last. Returns how many. */
  forgetBefore(index: number): number {
    // The last one may be replaced, and then it is compared with the one before it.
    const count = Math.min(this.placeAt(index), this.#length - 2);
    if (count <= 0) return 0;
    this.#length -= count;
    this.#configs = this.#configs.slice(count);
    for (const column of [this.#firstIndices, this.#numbers, this.#changed])
      column.values.copyWithin(0, count, count + this.#length);
    const width = STARTING.length;
    this.#starts.values.copyWithin(0, count * width, (count + this.#length) * width);
    return count;
  }

  #write({ number, firstIndex, config }: Epoch, changed: number): void {
    const place = this.#length;
    this.#length += 1;
    for (const column of [this.#firstIndices, this.#numbers, this.#changed]) column.fit(this.#length);
    this.#starts.fit(this.#length * STARTING.length);
    this.#configs[place] = config;
    this.#firstIndices.values[place] = firstIndex;
    this.#numbers.values[place] = number;
    this.#changed.values[place] = changed;
    for (const [own, stage] of STARTING.entries()) {
      const isNew = (changed & (1 << STAGES.indexOf(stage))) !== 0;
      this.#starts.values[place * STARTING.length + own] = isNew
        ? this.#startState(stage, config, number)
        : 0;
    }
    this.lastConfig = config;
    this.lastFirstIndex = firstIndex;
  }
}
