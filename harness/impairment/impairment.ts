/**
 * What impairs a run: one value, made at the edge from options or by a program, and handed unopened to the proxy.
 *
 * Its defaults and its check stand here, and nowhere else.
 */
import * as check from '../../src/base/arguments.ts';
import type { Check, Checks } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import { NO_IMPAIRMENT, checkConfig } from './config.ts';
import type { ImpairmentConfig } from './config.ts';
import { readKnobs } from './knobs.ts';
import type { Knobs } from './knobs.ts';

export interface Impairment {
  /** Of the schedule: the same seed, the same fates. */
  readonly seed: string;
  /** What the datagrams from the server go through. */
  readonly down: ImpairmentConfig;
  /** What the datagrams to the server go through. */
  readonly up: ImpairmentConfig;
  /** Longest wait for a datagram that should have come to the proxy, nanoseconds, above 0; Infinity waits for ever. */
  readonly holdMaxNs: number;
  /** Whether control datagrams are impaired too, by schedules of their own. */
  readonly impairControl: boolean;
}

/** Nothing befalls a datagram: what an impairment is where nothing else is said. */
export const UNIMPAIRED: Impairment = {
  seed: 'unimpaired',
  down: NO_IMPAIRMENT,
  up: NO_IMPAIRMENT,
  holdMaxNs: 1e9,
  impairControl: false,
};

/**
 * An impairment from knobs, as text. What is left out is as in `UNIMPAIRED`; the seed has no default.
 * @throws UsageError for a key that is no knob, a value that cannot be read and knobs that contradict each other
 */
export function readImpairment(
  given: Partial<Omit<Impairment, 'down' | 'up'>> & {
    readonly seed: string;
    readonly down?: Knobs;
    readonly up?: Knobs;
  },
): Impairment {
  const { down = {}, up = {}, ...others } = given;
  const whole = { ...UNIMPAIRED, ...others, down: readKnobs(down), up: readKnobs(up) };
  check.shape(CHECKS)(whole, 'readImpairment');
  return whole;
}

const settings: Check = (value, name) =>
  checkConfig(value as ImpairmentConfig, (knob) => `${name}: ${knob}`, name);

const CHECKS: Checks<Impairment> = {
  seed: check.text,
  down: settings,
  up: settings,
  holdMaxNs: check.waitNs,
  impairControl: check.flag,
};

/** A whole impairment, no direction left out. */
export const wholeImpairment: Check = check.shape(CHECKS);

/** Keys that a call of before this type had beside each other. */
const FORMER = ['impairments', 'seed', 'holdMaxNs', 'impairControl'];

/** Refuses a call that has an impairment's parts beside each other, and says where they stand now. */
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
