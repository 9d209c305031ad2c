/**
 * What an impairment is: its settings with their flags, how these are read, checked and written back, and what is
 * decided by them. One file of this folder is one impairment; `allStages.ts` lists them.
 */
import { UsageError } from '../../../src/base/errors.ts';
import type { Draw } from '../../../src/base/random.ts';
import type { ImpairmentConfig } from '../config.ts';

export interface Knob {
  /** Its name as an object key: the flag in camel case. */
  readonly name: string;
  /** As commander takes it. */
  readonly flags: string;
  /** One line of help. It states the default, which reading applies: give commander none. */
  readonly description: string;
}

/** Knobs as commander or a scenario file gives them: text as on the command line, `true` for one without a value. */
export type Knobs = Readonly<Record<string, string | boolean | undefined>>;

/** What a knob is called in a message: its flag, or a key of a scenario file. */
export type KnobNaming = (name: string) => string;

/** The knobs that were given, for a stage to read. */
export interface GivenKnobs {
  readonly nameOf: KnobNaming;
  isGiven(name: string): boolean;
  /** @throws UsageError when it is there and cannot be read */
  read<T>(name: string, reader: (text: string, option: string) => T, otherwise: T): T;
  /** @throws UsageError for what is neither there nor true or false */
  isOn(name: string): boolean;
  /** @throws UsageError where it was given without any of the others */
  needs(name: string, others: readonly string[]): void;
}

/** A block of consecutive indices being decided: columns, and where in them the block stands. */
export interface Block {
  readonly firstIndex: number;
  readonly rows: number;
  /** Row of the columns that `firstIndex` has. */
  readonly base: number;
  readonly dropCause: Uint8Array;
  readonly copies: Uint8Array;
  readonly hold: Uint16Array;
  readonly corrupt: Float64Array;
  readonly delayNs: Float64Array;
  /** One draw a row, for a decision that the stage asked draws for. */
  draws(decision: Decision): Float64Array;
}

/** The random streams there are: what a stage draws, an index at a time. */
export const DECISIONS = [
  'drop',
  'drop-loss',
  'corrupt',
  'corrupt-bit',
  'duplicate',
  'hold',
  'hold-distance',
  'delay',
] as const;
export type Decision = (typeof DECISIONS)[number];

/** The column of the schedule that a stage writes. */
export type Column = 'dropCause' | 'copies' | 'hold' | 'corrupt' | 'delayNs';

/** What a field is made of, whatever its figures. */
export type FieldKind = readonly [expected: string, is: (value: unknown) => boolean];

export const RATIO_KIND: FieldKind = ['a ratio', (value) => typeof value === 'number'];
export const RANGES_KIND: FieldKind = ['a list of ranges', Array.isArray];
export const orNull = (expected: string, is: (value: unknown) => boolean): FieldKind => [
  `${expected} or null`,
  (value) => value === null || is(value),
];

export interface Stage {
  readonly knobs: readonly Knob[];
  /** Knobs of which one alone may be given. */
  readonly exclusive?: readonly string[];
  /** What each of its fields is made of. */
  readonly kinds: { readonly [Field in keyof ImpairmentConfig]?: FieldKind };
  /** Its settings where it does nothing. */
  readonly off: Partial<ImpairmentConfig>;
  /** Whether control datagrams go through it as well, where these are impaired. */
  readonly actsOnControl: boolean;
  read(given: GivenKnobs): Partial<ImpairmentConfig>;
  /** @throws UsageError for settings that make no sense */
  check(config: ImpairmentConfig, nameOf: KnobNaming): void;
  /** The flags that give its settings; none where it does nothing. */
  format(config: ImpairmentConfig): string[];
  /** Columns that it writes, given these settings. */
  columns?(config: ImpairmentConfig): readonly Column[];
  /** Decisions that it needs draws for, given these settings. */
  decisions?(config: ImpairmentConfig): readonly Decision[];
  /** Its state before index 1. @param draw the first draw of the random stream of that name */
  start?(config: ImpairmentConfig, draw: (name: string) => ReturnType<Draw>): number;
  /**
   * Decides a block, behind the stages before it.
   * @param state what deciding the block before this one gave, or `start`
   * @returns the state behind the block
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

// A zero with a sign is none: it would be minus infinity under a fraction line.
export const isCount = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most && !Object.is(value, -0);

export function checkRatios(setting: string, ratios: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(ratios)) {
    if (!(typeof value === 'number' && value >= 0 && value <= 1) || Object.is(value, -0))
      refuse(setting, `${name} from 0% to 100%`, value);
  }
}
