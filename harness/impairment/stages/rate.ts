/**
 * Rate: a bottleneck link with a queue that drops what does not fit. link.ts computes it.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { readInteger, readRateBps } from '../../../src/base/quantities.ts';
import { isCount, orNull, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export interface RateFields {
  readonly rate: {
    /** Capacity of the link, payload bits a second. */
    readonly rateBps: number;
    /** Datagrams that can wait for the link, not counting the one being sent. */
    readonly queueDatagrams: number;
  } | null;
}

/** The longest queue of `--queue`. */
const MAX_QUEUE_DATAGRAMS = 1_000_000;
const USUAL_QUEUE_DATAGRAMS = 100;

const readQueue = (text: string, option: string): number => readInteger(text, option, 0, MAX_QUEUE_DATAGRAMS);

/** A rate as `--rate` takes it. */
export function formatRate(rateBps: number): string {
  for (const [unit, bits] of [
    ['gbit', 1e9],
    ['mbit', 1e6],
    ['kbit', 1e3],
  ] as const) {
    if (rateBps % bits === 0) return `${rateBps / bits}${unit}`;
  }
  return `${rateBps}bit`;
}

export const rate: Stage = {
  knobs: [
    {
      name: 'rate',
      flags: '--rate <rate>',
      description: 'a bottleneck link of this many payload bits a second, such as 10mbit (default: none)',
    },
    {
      name: 'queue',
      flags: '--queue <datagrams>',
      description: `datagrams that can wait for the link; the rest is lost (default: ${USUAL_QUEUE_DATAGRAMS})`,
    },
  ],
  kinds: { rate: orNull('a rate', isObject) },
  off: { rate: null },
  // The link belongs to the stream.
  actsOnControl: false,
  read: (given) => {
    given.needs('queue', ['rate']);
    return {
      rate: given.read<RateFields['rate']>(
        'rate',
        (text, option) => ({
          rateBps: readRateBps(text, option),
          queueDatagrams: given.read('queue', readQueue, USUAL_QUEUE_DATAGRAMS),
        }),
        null,
      ),
    };
  },
  check: ({ rate: settings }, nameOf) => {
    if (settings === null) return;
    const { rateBps, queueDatagrams } = settings;
    if (!(typeof rateBps === 'number' && rateBps > 0 && rateBps <= 1e12))
      refuse(nameOf('rate'), 'a rate above 0, at most 1000gbit', rateBps);
    if (!isCount(queueDatagrams, 0, MAX_QUEUE_DATAGRAMS)) {
      refuse(nameOf('queue'), `a whole number from 0 to ${MAX_QUEUE_DATAGRAMS}`, queueDatagrams);
    }
  },
  format: ({ rate: settings }) =>
    settings === null ? [] : [`--rate ${formatRate(settings.rateBps)} --queue ${settings.queueDatagrams}`],
};
