/**
 * The impairment of a run: one value, made from options or by a program, and passed to the proxy unchanged.
 *
 * Its defaults and its check are here only.
 */
import * as check from '../../src/base/arguments.ts';
import type { Check, Checks } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import { NO_IMPAIRMENT, checkConfig } from './config.ts';
import type { ImpairmentConfig } from './config.ts';
import { readKnobs } from './knobs.ts';
import type { Knobs } from './knobs.ts';
import { checkPhases } from './phases.ts';
import type { Phase } from './phases.ts';

export interface Impairment {
  /** Seed of the schedules: the same seed gives the same fates. */
  readonly seed: string;
  /** Settings for datagrams from the server. */
  readonly down: ImpairmentConfig;
  /** Settings for datagrams to the server. */
  readonly up: ImpairmentConfig;
  /** What changes later, by rising times of each stream; default none. */
  readonly phases: readonly Phase[];
  /** Longest wait for a datagram missing at the proxy, nanoseconds, above 0; Infinity: no limit. */
  readonly holdMaxNs: number;
  /** Whether control datagrams are impaired too, by separate schedules. */
  readonly impairControl: boolean;
  /** Memory for datagrams that are held back, delayed or queued, of all flows together, bytes; Infinity: no limit. */
  readonly delayMemoryBytes: number;
}

/** The least memory for what is held: a few of the largest datagrams. */
export const MIN_DELAY_MEMORY_BYTES = 2 ** 20;

/** No impairment; the defaults. */
export const UNIMPAIRED: Impairment = {
  seed: 'unimpaired',
  down: NO_IMPAIRMENT,
  up: NO_IMPAIRMENT,
  phases: [],
  holdMaxNs: 1e9,
  impairControl: false,
  delayMemoryBytes: 256 * 2 ** 20,
};

/** A phase as knobs: a direction that it leaves out stays as it was. */
export interface PhaseKnobs {
  /** Media time, nanoseconds, above 0. */
  readonly atNs: number;
  readonly down?: Knobs;
  readonly up?: Knobs;
}

/**
 * An impairment from knobs, as text. Defaults are those of `UNIMPAIRED`; the seed has none.
 * @throws UsageError for an unknown key, a value that cannot be read and knobs that contradict each other
 */
export function readImpairment(
  given: Partial<Omit<Impairment, 'down' | 'up' | 'phases'>> & {
    readonly seed: string;
    readonly down?: Knobs;
    readonly up?: Knobs;
    readonly phases?: readonly PhaseKnobs[];
  },
): Impairment {
  const { down = {}, up = {}, phases = [], ...others } = given;
  check.list('phases', check.having({}))(phases, 'readImpairment: phases');
  let before = { down: readKnobs(down), up: readKnobs(up) };
  const whole = {
    ...UNIMPAIRED,
    ...others,
    ...before,
    phases: phases.map((phase) => {
      before = {
        down: phase.down === undefined ? before.down : readKnobs(phase.down),
        up: phase.up === undefined ? before.up : readKnobs(phase.up),
      };
      return { atNs: phase.atNs, ...before };
    }),
  };
  wholeImpairment(whole, 'readImpairment');
  return whole;
}

const settings: Check = (value, name) =>
  checkConfig(value as ImpairmentConfig, (knob) => `${name}: ${knob}`, name);

/** Room for the largest datagram, or Infinity. */
const memoryBytes: Check = (value, name) => {
  if (value !== Number.POSITIVE_INFINITY) check.whole(MIN_DELAY_MEMORY_BYTES)(value, name);
};

const CHECKS: Checks<Impairment> = {
  seed: check.text,
  down: settings,
  up: settings,
  phases: check.list('phases', check.shape({ atNs: check.positiveTimeNs, down: settings, up: settings })),
  holdMaxNs: check.waitNs,
  impairControl: check.flag,
  delayMemoryBytes: memoryBytes,
};

/** A complete impairment, with both directions. */
export const wholeImpairment: Check = (value, name) => {
  check.shape(CHECKS)(value, name);
  checkPhases(value as Impairment, (number) => `${name}: phase ${number}`);
};

/** Former keys of a call, before it took an impairment. */
const FORMER = ['impairments', 'seed', 'holdMaxNs', 'impairControl'];

/** Refuses a call with the former keys, and says what replaces them. */
export const withImpairment =
  (shape: Check): Check =>
  (value, name) => {
    const former = FORMER.filter((key) => check.isObject(value) && value[key] !== undefined);
    if (former.length > 0) {
      throw new UsageError(
        'unknown-key',
        name,
        `expected ${former.join(', ')} within impairment, got ${former.length === 1 ? 'it' : 'them'} beside it; ` +
          "say impairment: { ...UNIMPAIRED, seed: '7', down: readKnobs({ drop: '5%' }) }",
      );
    }
    shape(value, name);
  };
