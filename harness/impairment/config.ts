/**
 * What one direction of a flow is put through: plain data, and the check that it makes sense.
 *
 * Pure. It reads no text (knobs.ts does) and decides no fate (schedule.ts does).
 */
import { isObject, refuseUnknownKeys, refuseValue } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';

/** A span of media time, nanoseconds: from the first instant up to, not including, the last. */
export interface TimeSpan {
  readonly fromNs: number;
  readonly toNs: number;
}

/** Indices `from` to `to`, both included; the first datagram is 1. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** How datagrams are lost at random. Probabilities are ratios, 0 to 1. */
export type DropModel =
  /** Each datagram on its own, with this probability. */
  | { readonly kind: 'independent'; readonly ratio: number }
  /** Exactly `lost` of every `block` consecutive indices, any subset as likely as any other. */
  | { readonly kind: 'exact'; readonly lost: number; readonly block: number }
  /**
   * Gilbert-Elliott: a chain that goes from good to bad with probability `p` and back with `r`, and loses a datagram
   * with probability `lossBad` or `lossGood`, by where it is.
   */
  | {
      readonly kind: 'gilbertElliott';
      readonly p: number;
      readonly r: number;
      readonly lossBad: number;
      readonly lossGood: number;
    }
  /**
   * Four states, as in Linux netem: 1 arriving in a gap, 2 arriving inside a burst, 3 lost inside a burst, 4 lost
   * alone in a gap. `p13` is the probability of going from 1 to 3, and so on; 4 always goes back to 1.
   */
  | {
      readonly kind: 'markov4';
      readonly p13: number;
      readonly p31: number;
      readonly p32: number;
      readonly p23: number;
      readonly p14: number;
    };

export interface ReorderSettings {
  /** Share of the delivered datagrams that are held back, 0 to below 1. */
  readonly ratio: number;
  /** How many later datagrams pass a held one: fewest and most, 1 to MAX_REORDER_DISTANCE. */
  readonly distance: readonly [number, number];
}

/** One datagram that is held back, however the share is drawn. */
export interface ListedHold {
  /** The datagram, 1 or more. */
  readonly index: number;
  /** How many later datagrams pass it, 1 to MAX_REORDER_DISTANCE. */
  readonly distance: number;
}

export type Distribution = 'uniform' | 'normal' | 'pareto' | 'paretonormal';

export interface DelaySettings {
  readonly delayNs: number;
  /** What one unit of the distribution is worth, nanoseconds; for `uniform` the most a delay strays either way. */
  readonly jitterNs: number;
  readonly distribution: Distribution;
  /** No datagram leaves before one that came ahead of it. */
  readonly keepOrder: boolean;
}

export interface RateSettings {
  /** What the link carries, payload bits a second. */
  readonly rateBps: number;
  /** Datagrams that can wait for the link, not counting the one on it. */
  readonly queueDatagrams: number;
}

/** One direction's settings. An empty list, a ratio of 0 or null turns a stage off. */
export interface ImpairmentConfig {
  /** Sorted, disjoint. */
  readonly outages: readonly TimeSpan[];
  /** Sorted, disjoint. */
  readonly dropList: readonly IndexRange[];
  readonly drop: DropModel | null;
  /** Share of the delivered datagrams that have one bit flipped. */
  readonly corruptRatio: number;
  /** Share of the delivered datagrams that are followed by a copy. */
  readonly duplicateRatio: number;
  /** Followed by a copy whatever is drawn. Sorted, disjoint. */
  readonly duplicateList: readonly IndexRange[];
  readonly reorder: ReorderSettings;
  /** Held back whatever is drawn, by these distances. Rising indices, each once. */
  readonly reorderList: readonly ListedHold[];
  readonly delay: DelaySettings | null;
  readonly rate: RateSettings | null;
}

/** The furthest a datagram can be held back, in later datagrams. */
export const MAX_REORDER_DISTANCE = 1000;
/** The largest block of `--drop-exact`. */
const MAX_EXACT_BLOCK = 1_000_000;
/** The longest queue of `--queue`. */
export const MAX_QUEUE_DATAGRAMS = 1_000_000;

export const DISTRIBUTIONS: readonly Distribution[] = ['uniform', 'normal', 'pareto', 'paretonormal'];

/** Every stage off: a datagram passes untouched. */
export const NO_IMPAIRMENT: ImpairmentConfig = {
  outages: [],
  dropList: [],
  drop: null,
  corruptRatio: 0,
  duplicateRatio: 0,
  duplicateList: [],
  reorder: { ratio: 0, distance: [1, 3] },
  reorderList: [],
  delay: null,
  rate: null,
};

/**
 * What control datagrams are put through: a direction's settings, without what names the stream's own datagrams
 * and times, without the link, which is the stream's, and without damage, which they have no check to show.
 */
export const controlConfig = (config: ImpairmentConfig): ImpairmentConfig => ({
  ...config,
  outages: [],
  dropList: [],
  duplicateList: [],
  reorderList: [],
  corruptRatio: 0,
  rate: null,
});

/** What the check calls a setting in its messages; a scenario file has names of its own. */
export type SettingName = (
  knob:
    | 'outage'
    | 'dropList'
    | 'drop'
    | 'dropExact'
    | 'dropBurst'
    | 'dropState'
    | 'corrupt'
    | 'duplicate'
    | 'duplicateList'
    | 'reorder'
    | 'reorderList'
    | 'reorderDistance'
    | 'delay'
    | 'jitter'
    | 'distribution'
    | 'keepOrder'
    | 'rate'
    | 'queue',
) => string;

// A zero with a sign is none: it would be minus infinity under a fraction line.
const isRatio = (value: number): boolean =>
  typeof value === 'number' && value >= 0 && value <= 1 && !Object.is(value, -0);
const isCount = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most && !Object.is(value, -0);

function refuse(setting: string, expected: string, got: unknown): never {
  throw new UsageError(`${setting}: expected ${expected}, got "${Object.is(got, -0) ? '-0' : String(got)}"`);
}

/** What a setting is made of, whatever its figures. */
const KINDS: {
  readonly [Key in keyof ImpairmentConfig]: readonly [expected: string, is: (value: unknown) => boolean];
} = {
  outages: ['a list of spans', Array.isArray],
  dropList: ['a list of ranges', Array.isArray],
  drop: [
    'a loss model or null',
    (value) => value === null || (isObject(value) && LOSS_MODELS.includes(value['kind'])),
  ],
  corruptRatio: ['a ratio', (value) => typeof value === 'number'],
  duplicateRatio: ['a ratio', (value) => typeof value === 'number'],
  duplicateList: ['a list of ranges', Array.isArray],
  reorder: [
    'a ratio and a distance, two numbers',
    (value) => isObject(value) && Array.isArray(value['distance']) && value['distance'].length === 2,
  ],
  reorderList: ['a list of holds', Array.isArray],
  delay: ['a delay or null', (value) => value === null || isObject(value)],
  rate: ['a rate or null', (value) => value === null || isObject(value)],
};
const LOSS_MODELS: readonly unknown[] = ['independent', 'exact', 'gilbertElliott', 'markov4'];
const FROM_TEXT = "readKnobs({ drop: '5%' }) makes settings, NO_IMPAIRMENT is none";

/** Refuses what is no settings at all, such as knobs that nobody has read. */
function checkShape(config: unknown, where: string): void {
  if (!isObject(config)) refuseValue(where, 'settings', config, FROM_TEXT);
  // What is there and wrong says more about a mistake than what is missing.
  const kinds = Object.entries(KINDS).toSorted(([a], [b]) => Number(b in config) - Number(a in config));
  for (const [key, [expected, is]] of kinds) {
    const value: unknown = config[key];
    if (!is(value)) refuseValue(`${where}: ${key}`, expected, value, FROM_TEXT);
    const wrong = Array.isArray(value) ? value.find((one) => !isObject(one)) : undefined;
    if (wrong !== undefined) refuseValue(`${where}: ${key}`, expected, wrong, FROM_TEXT);
  }
  refuseUnknownKeys(where, config, Object.keys(KINDS));
}

function checkRatios(setting: string, ratios: Record<string, number>): void {
  for (const [name, value] of Object.entries(ratios)) {
    if (!isRatio(value)) refuse(setting, `${name} from 0% to 100%`, value);
  }
}

function checkDrop(drop: DropModel, nameOf: SettingName): void {
  switch (drop.kind) {
    case 'independent':
      checkRatios(nameOf('drop'), { 'a ratio': drop.ratio });
      return;
    case 'exact': {
      const setting = nameOf('dropExact');
      if (!isCount(drop.block, 1, MAX_EXACT_BLOCK)) {
        refuse(setting, `a block of 1 to ${MAX_EXACT_BLOCK} datagrams`, drop.block);
      }
      if (!isCount(drop.lost, 0, drop.block)) {
        refuse(setting, `a whole number of losses from 0 to the block's ${drop.block}`, drop.lost);
      }
      return;
    }
    case 'gilbertElliott': {
      const setting = nameOf('dropBurst');
      checkRatios(setting, { P: drop.p, R: drop.r, LOSS_BAD: drop.lossBad, LOSS_GOOD: drop.lossGood });
      if (drop.r === 0) refuse(setting, 'R above 0 (with R = 0 a burst never ends)', drop.r);
      return;
    }
    case 'markov4': {
      const setting = nameOf('dropState');
      const { p13, p31, p32, p23, p14 } = drop;
      checkRatios(setting, { P13: p13, P31: p31, P32: p32, P23: p23, P14: p14 });
      // A hair above 1 is how decimal fractions add up, not a mistake.
      if (p13 + p14 > 1 + 1e-9) refuse(setting, 'P13 + P14 of at most 100%', p13 + p14);
      if (p31 + p32 > 1 + 1e-9) refuse(setting, 'P31 + P32 of at most 100%', p31 + p32);
      if (p31 === 0) refuse(setting, 'P31 above 0 (with P31 = 0 a burst never ends)', p31);
      if (p32 > 0 && p23 === 0)
        refuse(setting, 'P23 above 0 wherever P32 is (state 2 has no other way out)', p23);
    }
  }
}

function checkRanges<T>(
  setting: string,
  ranges: readonly T[],
  ends: (range: T) => [number, number],
  least: number,
) {
  let previousEnd = least - 1;
  for (const range of ranges) {
    const [from, to] = ends(range);
    if (!(from > previousEnd && to >= from && Number.isSafeInteger(from) && Number.isSafeInteger(to))) {
      refuse(setting, `rising, disjoint ranges from ${least}`, `${from} to ${to}`);
    }
    previousEnd = to;
  }
}

function checkHolds(setting: string, holds: readonly ListedHold[]): void {
  let previous = 0;
  for (const { index, distance } of holds) {
    if (!(index > previous && Number.isSafeInteger(index))) {
      refuse(setting, 'rising datagrams from 1, each once', index);
    }
    if (!isCount(distance, 1, MAX_REORDER_DISTANCE)) {
      refuse(setting, `distances from 1 to ${MAX_REORDER_DISTANCE}`, distance);
    }
    previous = index;
  }
}

const flagOf: SettingName = (knob) => `--${knob.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * Refuses settings that make no sense.
 * @param nameOf what to call a setting in the message; the command line's flag unless told
 * @param where what the whole is called
 * @throws UsageError naming the setting, what was expected and what was got
 */
export function checkConfig(
  config: ImpairmentConfig,
  nameOf: SettingName = flagOf,
  where = 'impairment',
): void {
  checkShape(config, where);
  // Half-open spans that touch are disjoint, so the end compared is the last instant inside.
  checkRanges(nameOf('outage'), config.outages, (span) => [span.fromNs, span.toNs - 1], 0);
  checkRanges(nameOf('dropList'), config.dropList, (range) => [range.from, range.to], 1);
  if (config.drop !== null) checkDrop(config.drop, nameOf);
  checkRatios(nameOf('corrupt'), { 'a ratio': config.corruptRatio });
  checkRatios(nameOf('duplicate'), { 'a ratio': config.duplicateRatio });
  checkRanges(nameOf('duplicateList'), config.duplicateList, (range) => [range.from, range.to], 1);
  checkRatios(nameOf('reorder'), { 'a ratio': config.reorder.ratio });
  if (config.reorder.ratio === 1) {
    refuse(nameOf('reorder'), 'a ratio below 100% (a held datagram waits for others to pass)', '100%');
  }
  checkHolds(nameOf('reorderList'), config.reorderList);
  const [least, most] = config.reorder.distance;
  if (!(isCount(least, 1, MAX_REORDER_DISTANCE) && isCount(most, least, MAX_REORDER_DISTANCE))) {
    refuse(nameOf('reorderDistance'), `a rising span from 1 to ${MAX_REORDER_DISTANCE}`, `${least}..${most}`);
  }
  if (config.delay !== null) {
    const { delayNs, jitterNs, distribution, keepOrder } = config.delay;
    if (typeof keepOrder !== 'boolean') refuse(nameOf('keepOrder'), 'true or false', keepOrder);
    if (!isCount(delayNs, 0, Number.MAX_SAFE_INTEGER)) refuse(nameOf('delay'), 'whole nanoseconds', delayNs);
    if (!isCount(jitterNs, 0, Number.MAX_SAFE_INTEGER))
      refuse(nameOf('jitter'), 'whole nanoseconds', jitterNs);
    if (!DISTRIBUTIONS.includes(distribution)) {
      refuse(nameOf('distribution'), DISTRIBUTIONS.join(', '), distribution);
    }
  }
  if (config.rate !== null) {
    const { rateBps, queueDatagrams } = config.rate;
    if (!(typeof rateBps === 'number' && rateBps > 0 && rateBps <= 1e12))
      refuse(nameOf('rate'), 'a rate above 0, at most 1000gbit', rateBps);
    if (!isCount(queueDatagrams, 0, MAX_QUEUE_DATAGRAMS)) {
      refuse(nameOf('queue'), `a whole number from 0 to ${MAX_QUEUE_DATAGRAMS}`, queueDatagrams);
    }
  }
}
