/**
 * The interface of an impairment stage: its settings with their flags; how these are read, checked, formatted and
 * applied. Each file of this folder is one stage; `allStages.ts` lists them.
 */
import { UsageError } from '../../../src/base/errors.ts';
import type { Draw } from '../../../src/base/random.ts';
import type { ImpairmentConfig } from '../config.ts';

export interface Knob {
  /** Its name as an object key: the flag in camel case. */
  readonly name: string;
  /** As commander takes it. */
  readonly flags: string;
  /** One line of help, stating the default. Reading applies the default: commander gets none. */
  readonly description: string;
}

/** Knobs from commander or a scenario file: text as on the command line, `true` for a flag without a value. */
export type Knobs = Readonly<Record<string, string | boolean | undefined>>;

/** The name of a knob in a message: its flag, or a key of a scenario file. */
export type KnobNaming = (name: string) => string;

/** The given knobs, for a stage to read. */
export interface GivenKnobs {
  readonly nameOf: KnobNaming;
  /** The names of the given knobs. */
  readonly names: readonly string[];
  isGiven(name: string): boolean;
  /** @throws UsageError if it is given and cannot be read */
  read<T>(name: string, reader: (text: string, option: string) => T, otherwise: T): T;
  /** @throws UsageError if it is given and neither true nor false */
  isOn(name: string): boolean;
  /** @throws UsageError if it is given without any of the others */
  needs(name: string, others: readonly string[]): void;
}

/** A block of consecutive indices being decided: its columns, and its position in them. */
export interface Block {
  readonly firstIndex: number;
  /** The first index with the stage's settings: 1, unless they changed on the way. */
  readonly startIndex: number;
  readonly rows: number;
  /** Row of the columns for `firstIndex`. */
  readonly base: number;
  readonly dropCause: Uint8Array;
  readonly copies: Uint8Array;
  readonly hold: Uint16Array;
  readonly corrupt: Float64Array;
  readonly delayNs: Float64Array;
  /** One draw per row, for a decision that the stage declared. */
  draws(decision: Decision): Float64Array;
}

/** The random streams: what a stage draws for each index. */
export const DECISIONS = [
  'drop',
  'drop-loss',
  'corrupt',
  'corrupt-bit',
  'duplicate',
  'hold',
  'hold-distance',
  'jump',
  'jump-distance',
  'delay',
] as const;
export type Decision = (typeof DECISIONS)[number];

/** The column of the schedule that a stage writes. */
export type Column = 'dropCause' | 'copies' | 'hold' | 'corrupt' | 'delayNs';

/** The type check of a field, whatever its values. */
export type FieldKind = readonly [expected: string, is: (value: unknown) => boolean];

export const RATIO_KIND: FieldKind = ['a ratio', (value) => typeof value === 'number'];
export const RANGES_KIND: FieldKind = ['a list of ranges', Array.isArray];
export const orNull = (expected: string, is: (value: unknown) => boolean): FieldKind => [
  `${expected} or null`,
  (value) => value === null || is(value),
];

export interface Stage {
  readonly knobs: readonly Knob[];
  /** Knobs of which at most one may be given. */
  readonly exclusive?: readonly string[];
  /** The type of each of its fields. */
  readonly kinds: { readonly [Field in keyof ImpairmentConfig]?: FieldKind };
  /** Its settings when it is off. */
  readonly off: Partial<ImpairmentConfig>;
  /** Whether it also applies to control datagrams, if these are impaired. */
  readonly actsOnControl: boolean;
  read(given: GivenKnobs): Partial<ImpairmentConfig>;
  /** @throws UsageError for invalid settings */
  check(config: ImpairmentConfig, nameOf: KnobNaming): void;
  /** The flags for its settings; empty if it is off. */
  format(config: ImpairmentConfig): string[];
  /** Columns that it writes, given these settings. */
  columns?(config: ImpairmentConfig): readonly Column[];
  /** Decisions that it needs draws for, given these settings. */
  decisions?(config: ImpairmentConfig): readonly Decision[];
  /** Its state before the first index of its settings. @param draw a draw of the random stream of that name */
  start?(config: ImpairmentConfig, draw: (name: string) => ReturnType<Draw>): number;
  /**
   * Decides a block, after the stages before it.
   * @param state the result for the block before, or of `start`
   * @returns the state after the block
   */
  decide?(config: ImpairmentConfig, block: Block, state: number): number;
}

/** @throws UsageError, always */
export function refuse(setting: string, expected: string, got: unknown): never {
  throw new UsageError(
    'value-range',
    setting,
    `expected ${expected}, got "${Object.is(got, -0) ? '-0' : String(got)}"`,
  );
}

// -0 is refused: divided by, it gives minus infinity.
export const isCount = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max && !Object.is(value, -0);

export function checkRatios(setting: string, ratios: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(ratios)) {
    if (!(typeof value === 'number' && value >= 0 && value <= 1) || Object.is(value, -0))
      refuse(setting, `${name} from 0% to 100%`, value);
  }
}
