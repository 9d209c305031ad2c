/**
 * The knobs: the command line's impairment options, and how they are read into settings.
 *
 * Pure; adds nothing to a command itself, and writes none back (formatKnobs.ts does). A scenario file uses the same names and the same text.
 */
import { refuseValue } from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import { readDurationNs, readInteger, readRateBps, readRatio, readSpan } from '../../src/base/quantities.ts';
import {
  DISTRIBUTIONS,
  MAX_QUEUE_DATAGRAMS,
  MAX_REORDER_DISTANCE,
  NO_IMPAIRMENT,
  checkConfig,
} from './config.ts';
import { checkKnobNames } from './knobNames.ts';
import type {
  DelaySettings,
  Distribution,
  DropModel,
  ImpairmentConfig,
  IndexRange,
  ListedHold,
  RateSettings,
  TimeSpan,
} from './config.ts';

const DEFAULT_QUEUE_DATAGRAMS = 100;
const [LEAST_DISTANCE, MOST_DISTANCE] = NO_IMPAIRMENT.reorder.distance;

export interface Knob {
  /** Its name as an object key: the flag in camel case. */
  readonly name: KnobName;
  /** As commander takes it. */
  readonly flags: string;
  /** One line of help. It states the default, which `readKnobs` applies: give commander none. */
  readonly description: string;
}

export type KnobName =
  | 'drop'
  | 'dropExact'
  | 'dropBurst'
  | 'dropState'
  | 'dropList'
  | 'outage'
  | 'reorder'
  | 'reorderDistance'
  | 'reorderList'
  | 'duplicate'
  | 'duplicateList'
  | 'corrupt'
  | 'delay'
  | 'jitter'
  | 'distribution'
  | 'keepOrder'
  | 'rate'
  | 'queue';

/** Knobs as commander or a scenario file gives them: text as on the command line, `true` for one without a value. */
export type Knobs = Readonly<Record<string, string | boolean | undefined>>;

export const KNOBS: readonly Knob[] = [
  {
    name: 'drop',
    flags: '--drop <ratio>',
    description: 'lose datagrams independently, such as 5% (default: none)',
  },
  {
    name: 'dropExact',
    flags: '--drop-exact <ratio/block>',
    description: 'lose exactly this share of every block, such as 5%/100 (default: none)',
  },
  {
    name: 'dropBurst',
    flags: '--drop-burst <p,r[,bad[,good]]>',
    description:
      'Gilbert-Elliott loss: probabilities good to bad, bad to good, of loss in bad and in good, ' +
      'such as 1%,25% (default: none; bad 100%, good 0%)',
  },
  {
    name: 'dropState',
    flags: '--drop-state <p13,p31,p32,p23,p14>',
    description: "netem's four-state Markov loss, such as 1%,30%,10%,50%,0.1% (default: none)",
  },
  {
    name: 'dropList',
    flags: '--drop-list <indices>',
    description: 'lose these datagrams, such as 3,7,9-12 (default: none)',
  },
  {
    name: 'outage',
    flags: '--outage <spans>',
    description: 'lose everything in these spans of media time, such as 2s..3s,10s..10500ms (default: none)',
  },
  {
    name: 'reorder',
    flags: '--reorder <ratio>',
    description: 'hold datagrams back until later ones have passed, such as 5% (default: none)',
  },
  {
    name: 'reorderDistance',
    flags: '--reorder-distance <span>',
    description: `how many later datagrams pass a held one (default: ${LEAST_DISTANCE}..${MOST_DISTANCE})`,
  },
  {
    name: 'reorderList',
    flags: '--reorder-list <index:distance>',
    description: 'hold these back until so many later ones have passed, such as 17:3,25:1 (default: none)',
  },
  {
    name: 'duplicate',
    flags: '--duplicate <ratio>',
    description: 'send a copy as well, such as 1% (default: none)',
  },
  {
    name: 'duplicateList',
    flags: '--duplicate-list <indices>',
    description: 'send a copy of these as well, such as 5,9-12 (default: none)',
  },
  { name: 'corrupt', flags: '--corrupt <ratio>', description: 'flip one bit, such as 0.1% (default: none)' },
  {
    name: 'delay',
    flags: '--delay <duration>',
    description: 'delay every datagram, such as 20ms (default: 0)',
  },
  {
    name: 'jitter',
    flags: '--jitter <duration>',
    description: 'vary the delay by this much times the distribution, such as 5ms (default: 0)',
  },
  {
    name: 'distribution',
    flags: '--distribution <name>',
    description: `shape of the jitter: ${DISTRIBUTIONS.join(', ')} (default: uniform)`,
  },
  {
    name: 'keepOrder',
    flags: '--keep-order',
    description: 'no datagram overtakes another by its delay (default: the delay alone decides)',
  },
  {
    name: 'rate',
    flags: '--rate <rate>',
    description: 'a bottleneck link of this many payload bits a second, such as 10mbit (default: none)',
  },
  {
    name: 'queue',
    flags: '--queue <datagrams>',
    description: `datagrams that can wait for the link; the rest is lost (default: ${DEFAULT_QUEUE_DATAGRAMS})`,
  },
];

const DROP_MODELS: readonly KnobName[] = ['drop', 'dropExact', 'dropBurst', 'dropState'];

/** What a knob is called in a message. */
export type KnobNaming = (name: KnobName) => string;

const flagOf: KnobNaming = (name) =>
  (KNOBS.find((knob) => knob.name === name)?.flags ?? name).split(' ')[0] as string;

/**
 * Settings from knobs. Knobs left out keep their defaults.
 * @param nameOf what to call a knob in a message; its flag unless told
 * @throws UsageError for a key that is no knob, a value that cannot be read and knobs that contradict each other
 */
export function readKnobs(knobs: Knobs, nameOf: KnobNaming = flagOf): ImpairmentConfig {
  checkKnobNames(knobs, KNOBS);
  const read = <T>(name: KnobName, reader: (text: string, option: string) => T, otherwise: T): T => {
    const value = knobs[name];
    if (value === undefined) return otherwise;
    if (typeof value !== 'string')
      refuseValue(nameOf(name), 'text as on the command line', value, `write it in quotes, '${value}'`);
    return reader(value, nameOf(name));
  };
  const given = (name: KnobName): boolean => knobs[name] !== undefined;
  const needs = (name: KnobName, others: readonly KnobName[]): void => {
    if (given(name) && knobs[name] !== false && !others.some(given)) {
      throw new UsageError(
        `${nameOf(name)}: expected ${others.map(nameOf).join(' or ')} beside it, got none`,
      );
    }
  };

  const models = DROP_MODELS.filter(given);
  if (models.length > 1) {
    throw new UsageError(
      `${nameOf(models[0] as KnobName)}: expected one loss model, got ${nameOf(models[1] as KnobName)} too; leave one out`,
    );
  }
  const keepOrder = knobs['keepOrder'] ?? false;
  if (typeof keepOrder !== 'boolean') {
    throw new UsageError(`${nameOf('keepOrder')}: expected true or false, got "${keepOrder}"`);
  }
  needs('distribution', ['jitter']);
  needs('keepOrder', ['delay', 'jitter']);
  needs('queue', ['rate']);
  needs('reorderDistance', ['reorder']);

  const delay: DelaySettings = {
    delayNs: read('delay', readDurationNs, 0),
    jitterNs: read('jitter', readDurationNs, 0),
    distribution: read('distribution', readDistribution, 'uniform'),
    keepOrder,
  };
  const config: ImpairmentConfig = {
    outages: read('outage', readOutages, []),
    dropList: read('dropList', readIndices, []),
    drop:
      read<DropModel | null>('drop', readDrop, null) ??
      read<DropModel | null>('dropExact', readDropExact, null) ??
      read<DropModel | null>('dropBurst', readDropBurst, null) ??
      read<DropModel | null>('dropState', readDropState, null),
    corruptRatio: read('corrupt', readRatio, 0),
    duplicateRatio: read('duplicate', readRatio, 0),
    duplicateList: read('duplicateList', readIndices, []),
    reorder: {
      ratio: read('reorder', readRatio, 0),
      distance: read<readonly [number, number]>('reorderDistance', readDistance, [
        LEAST_DISTANCE,
        MOST_DISTANCE,
      ]),
    },
    reorderList: read('reorderList', readHolds, []),
    delay: given('delay') || given('jitter') ? delay : null,
    rate: read<RateSettings | null>(
      'rate',
      (text, option) => ({
        rateBps: readRateBps(text, option),
        queueDatagrams: read('queue', readQueue, DEFAULT_QUEUE_DATAGRAMS),
      }),
      null,
    ),
  };
  checkConfig(config, nameOf);
  return config;
}

/** `base` with `over` on top, a knob at a time; a loss model in `over` replaces whichever `base` had. */
export function mergeKnobs(base: Knobs, over: Knobs): Knobs {
  const merged: Record<string, string | boolean | undefined> = { ...base };
  if (DROP_MODELS.some((name) => over[name] !== undefined)) {
    for (const name of DROP_MODELS) delete merged[name];
  }
  for (const { name } of KNOBS) if (over[name] !== undefined) merged[name] = over[name];
  return merged;
}

const readDistance = (text: string, option: string): [number, number] =>
  readSpan(text, option, 1, MAX_REORDER_DISTANCE);
const readQueue = (text: string, option: string): number => readInteger(text, option, 0, MAX_QUEUE_DATAGRAMS);
const readDrop = (text: string, option: string): DropModel => ({
  kind: 'independent',
  ratio: readRatio(text, option),
});

function readDistribution(text: string, option: string): Distribution {
  const found = DISTRIBUTIONS.find((name) => name === text.trim());
  if (found === undefined)
    throw new UsageError(`${option}: expected ${DISTRIBUTIONS.join(', ')}, got "${text}"`);
  return found;
}

function readDropExact(text: string, option: string): DropModel {
  const [share = '', size, ...rest] = text.split('/');
  if (size === undefined || rest.length > 0) {
    throw new UsageError(`${option}: expected a ratio and a block size, such as 5%/100, got "${text}"`);
  }
  const ratio = readRatio(share, option);
  const block = readInteger(size, option, 1, 1e6);
  const lost = Math.round(ratio * block);
  // A ratio is written to a dozen digits at best, so a third of 3 is 1 here.
  if (Math.abs(lost - ratio * block) > 1e-6) {
    throw new UsageError(
      `${option}: expected a whole number of losses in a block, got "${text}", which is ${Number((ratio * block).toPrecision(6))}; ` +
        'choose another ratio or block',
    );
  }
  return { kind: 'exact', lost, block };
}

/** The parts of a list of ratios, or a complaint when there are too few or too many. */
function readRatios(text: string, option: string, least: number, most: number, example: string): number[] {
  const parts = text.split(',');
  if (parts.length < least || parts.length > most) {
    const count = least === most ? `${least}` : `${least} to ${most}`;
    throw new UsageError(`${option}: expected ${count} ratios, such as ${example}, got "${text}"`);
  }
  return parts.map((part) => readRatio(part, option));
}

function readDropBurst(text: string, option: string): DropModel {
  const [p, r, lossBad = 1, lossGood = 0] = readRatios(text, option, 2, 4, '1%,25%');
  return { kind: 'gilbertElliott', p: p as number, r: r as number, lossBad, lossGood };
}

function readDropState(text: string, option: string): DropModel {
  const [p13, p31, p32, p23, p14] = readRatios(text, option, 5, 5, '1%,30%,10%,50%,0.1%') as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { kind: 'markov4', p13, p31, p32, p23, p14 };
}

function readIndices(text: string, option: string): IndexRange[] {
  const ranges = text.split(',').map((part) => {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part.trim());
    const from = match === null ? 0 : Number(match[1]);
    const to = match?.[2] === undefined ? from : Number(match[2]);
    if (!(from >= 1 && to >= from)) {
      throw new UsageError(`${option}: expected datagrams from 1 on, such as 3,7,9-12, got "${text}"`);
    }
    return { from, to };
  });
  const sorted = ranges.toSorted((a, b) => a.from - b.from);
  return joined(sorted, (last, next) => next.from <= last.to + 1);
}

function readHolds(text: string, option: string): ListedHold[] {
  const holds = text.split(',').map((part) => {
    const match = /^(\d{1,15}):(\d{1,4})$/.exec(part.trim());
    const hold = { index: Number(match?.[1]), distance: Number(match?.[2]) };
    if (!(hold.index >= 1 && hold.distance >= 1)) {
      throw new UsageError(
        `${option}: expected datagrams from 1 on, each with its distance, such as 17:3,25:1, got "${text}"`,
      );
    }
    return hold;
  });
  const sorted = holds.toSorted((a, b) => a.index - b.index);
  const twice = sorted.find((hold, k) => hold.index === sorted[k - 1]?.index);
  if (twice !== undefined) {
    throw new UsageError(`${option}: expected each datagram once, got ${twice.index} twice; leave one out`);
  }
  return sorted;
}

function readOutages(text: string, option: string): TimeSpan[] {
  const spans = text.split(',').map((part) => {
    const [from, to, ...rest] = part.split('..');
    if (from === undefined || to === undefined || rest.length > 0) {
      throw new UsageError(`${option}: expected spans of media time, such as 2s..3s, got "${text}"`);
    }
    const span = { from: readDurationNs(from, option), to: readDurationNs(to, option) };
    if (span.to <= span.from) {
      throw new UsageError(
        `${option}: expected a span that ends after it starts, such as 2s..3s, got "${part}"`,
      );
    }
    return span;
  });
  const sorted = spans.toSorted((a, b) => a.from - b.from);
  return joined(sorted, (last, next) => next.from <= last.to).map(({ from, to }) => ({
    fromNs: from,
    toNs: to,
  }));
}

/** Sorted ranges with those that overlap or touch made one. */
function joined(
  sorted: readonly IndexRange[],
  touch: (last: IndexRange, next: IndexRange) => boolean,
): IndexRange[] {
  const result: IndexRange[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (last !== undefined && touch(last, next)) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    } else result.push(next);
  }
  return result;
}
