/**
 * Rate: a bottleneck link with a queue that drops what does not fit. link.ts computes it.
 *
 * The link sends at an even rate, or by the delivery opportunities of a trace. A trace is read where files are: here its knob has
 * the whole text, behind the name of the file.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import {
  formatDurationNs,
  formatSizeBytes,
  readDurationNs,
  readInteger,
  readRateBps,
  readSizeBytes,
} from '../../../src/base/quantities.ts';
import { longestServiceNs, traceRateBps } from '../opportunities.ts';
import type { RateTrace } from '../opportunities.ts';
import { isCount, orNull, refuse } from './stage.ts';
import type { GivenKnobs, Stage } from './stage.ts';

/** A limit of the queue; exactly one is given. What is being sent does not wait. */
export interface QueueLimit {
  /** Datagrams that can wait. */
  readonly queueDatagrams?: number;
  /** Payload bytes that can wait. */
  readonly queueBytes?: number;
  /** The longest wait, nanoseconds. */
  readonly queueNs?: number;
}

export interface LinkSettings extends QueueLimit {
  /** Capacity of the link, payload bits a second; of a trace, on average. */
  readonly rateBps: number;
  /** Delivery opportunities, in the place of an even rate. */
  readonly trace?: RateTrace;
}

export interface RateFields {
  readonly rate: LinkSettings | null;
}

/** The longest queue of `--queue`. */
const MAX_QUEUE_DATAGRAMS = 1_000_000;
const MAX_QUEUE_BYTES = 2 ** 40;
const MAX_QUEUE_NS = 86_400e9;
const USUAL_QUEUE_DATAGRAMS = 100;
/** The latest opportunity of a trace: a hundred days. */
const MAX_TRACE_MS = 8_640_000_000;

const TIME = /(?:s|m|min|h)$/;
const SIZE = /b$/i;

/** A number of datagrams, a size or a time, by its unit. */
function readQueue(text: string, option: string): QueueLimit {
  const given = text.trim();
  if (SIZE.test(given)) return { queueBytes: readSizeBytes(given, option, 0, MAX_QUEUE_BYTES) };
  if (TIME.test(given)) return { queueNs: readDurationNs(given, option) };
  return { queueDatagrams: readInteger(text, option, 0, MAX_QUEUE_DATAGRAMS) };
}

/** A queue as `--queue` takes it. */
export function formatQueue({ queueDatagrams, queueBytes, queueNs }: QueueLimit): string {
  if (queueBytes !== undefined) return formatSizeBytes(queueBytes);
  if (queueNs !== undefined) return queueNs === 0 ? '0ns' : formatDurationNs(queueNs);
  return String(queueDatagrams);
}

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

/** Knobs with a trace's text in the place of its file's name. @param readText the text of that file */
export function withTraceText<Given extends Readonly<Record<string, unknown>>>(
  knobs: Given,
  readText: (path: string) => string,
): Given {
  const { rateTrace: path, rate: even } = knobs;
  // Beside a rate it is refused, whatever the file has.
  if (typeof path !== 'string' || path.includes('\n') || even !== undefined) return knobs;
  return { ...knobs, rateTrace: `${path}\n${readText(path)}` };
}

/** A trace as its knob has it where no file is read. */
export const traceText = ({ name, timesMs }: RateTrace): string => [name, ...timesMs].join('\n');

function readTrace(text: string, option: string): RateTrace {
  const [name = '', ...lines] = text.split('\n');
  if (lines.length === 0) {
    throw new UsageError(
      'value-format',
      option,
      `expected the text of a trace, got its name alone, "${name}"; files are read for --rate-trace, a scenario file and lossyProxy`,
    );
  }
  // The last line ends with the file.
  if (lines.at(-1) === '') lines.pop();
  const where = `${option} ${name}`;
  const timesMs: number[] = [];
  for (const [k, line] of lines.entries()) {
    const given = line.trim();
    const timeMs = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (Number.isNaN(timeMs)) {
      throw new UsageError(
        'file-format',
        where,
        `expected in each line the time of an opportunity, whole milliseconds, got ${JSON.stringify(given.slice(0, 40))} in line ${k + 1}`,
      );
    }
    timesMs.push(timeMs);
  }
  const fault = faultOf(timesMs);
  if (fault !== null) throw new UsageError('file-format', where, fault);
  return { name, timesMs };
}

/** What is wrong with the times of a trace; null for nothing. */
function faultOf(timesMs: readonly number[]): string | null {
  for (let k = 1; k < timesMs.length; k += 1) {
    const [before, timeMs] = [timesMs[k - 1] as number, timesMs[k] as number];
    if (!(timeMs >= before))
      return `expected times that never fall, got ${timeMs} after ${before} in line ${k + 1}`;
  }
  const last = timesMs.at(-1) ?? 0;
  if (!(last > 0))
    return 'expected a time above 0 at least, got none; the last one is when the trace begins again';
  return last > MAX_TRACE_MS ? `expected times of at most 100 days, got ${last} ms` : null;
}

function readRate(given: GivenKnobs): LinkSettings | null {
  given.needs('queue', ['rate', 'rateTrace']);
  if (given.isGiven('rate') && given.isGiven('rateTrace')) {
    const [even = '', trace = ''] = ['rate', 'rateTrace'].map(given.nameOf);
    throw new UsageError('conflict', `${even} and ${trace}`, 'expected one of them, got both; leave one out');
  }
  const limit = given.read<QueueLimit>('queue', readQueue, { queueDatagrams: USUAL_QUEUE_DATAGRAMS });
  const trace = given.read<RateTrace | null>('rateTrace', readTrace, null);
  if (trace !== null) return { rateBps: traceRateBps(trace), trace, ...limit };
  return given.read<LinkSettings | null>(
    'rate',
    (text, option) => ({ rateBps: readRateBps(text, option), ...limit }),
    null,
  );
}

export const rate: Stage = {
  knobs: [
    {
      name: 'rate',
      flags: '--rate <rate>',
      description: 'a bottleneck link of this many payload bits a second, such as 10mbit (default: none)',
    },
    {
      name: 'rateTrace',
      flags: '--rate-trace <file>',
      description:
        "a link that sends 1500 bytes at each time of mahimahi's trace, a line a time in ms, again and again (default: none)",
    },
    {
      name: 'queue',
      flags: '--queue <limit>',
      description: `datagrams, bytes (64kB) or time (50ms) that can wait for the link; the rest is lost (default: ${USUAL_QUEUE_DATAGRAMS})`,
    },
  ],
  exclusive: ['rate', 'rateTrace'],
  kinds: { rate: orNull('a rate', isObject) },
  off: { rate: null },
  // The link belongs to the stream.
  actsOnControl: false,
  read: (given) => ({ rate: readRate(given) }),
  check: ({ rate: settings }, nameOf) => {
    if (settings === null) return;
    const { rateBps, trace } = settings;
    if (!(typeof rateBps === 'number' && rateBps > 0 && rateBps <= 1e12))
      refuse(nameOf('rate'), 'a rate above 0, at most 1000gbit', rateBps);
    checkQueue(settings, nameOf('queue'));
    if (trace === undefined) return;
    const fault = Array.isArray(trace.timesMs) ? faultOf(trace.timesMs) : 'expected a list of times';
    if (fault !== null) throw new UsageError('value-range', nameOf('rateTrace'), fault);
    if (settings.queueDatagrams === 0) {
      refuse(nameOf('queue'), 'at least 1 with a trace, where every datagram waits for an opportunity', 0);
    }
  },
  format: ({ rate: settings }) => {
    if (settings === null) return [];
    const { trace, rateBps } = settings;
    const link = trace === undefined ? `--rate ${formatRate(rateBps)}` : `--rate-trace ${quoted(trace.name)}`;
    return [`${link} --queue ${formatQueue(settings)}`];
  },
};

/** A file's name as a shell takes it. */
const quoted = (name: string): string =>
  /^[\w./@%+=:,-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;

function checkQueue({ queueDatagrams, queueBytes, queueNs }: QueueLimit, setting: string): void {
  const given = [queueDatagrams, queueBytes, queueNs].filter((limit) => limit !== undefined);
  if (given.length !== 1) refuse(setting, 'one limit: of datagrams, bytes or time', `${given.length}`);
  if (queueDatagrams !== undefined && !isCount(queueDatagrams, 0, MAX_QUEUE_DATAGRAMS))
    refuse(setting, `a whole number from 0 to ${MAX_QUEUE_DATAGRAMS}`, queueDatagrams);
  if (queueBytes !== undefined && !isCount(queueBytes, 0, MAX_QUEUE_BYTES))
    refuse(setting, 'whole bytes, at most 1TiB', queueBytes);
  if (queueNs !== undefined && !isCount(queueNs, 0, MAX_QUEUE_NS))
    refuse(setting, 'a time of whole nanoseconds, at most a day', queueNs);
}

/** Closed form: the longest time that a link takes to send so many bytes, without a pause, nanoseconds. */
export function longestSendNs(settings: LinkSettings | null, bytes: number): number {
  if (settings === null) return 0;
  return settings.trace === undefined
    ? (bytes * 8e9) / settings.rateBps
    : longestServiceNs(settings.trace, bytes);
}

/**
 * Closed form: the longest time from the arrival of a datagram at a link, nanoseconds: a full queue, and its own sending.
 * @param maxBytes the largest payload
 */
export function longestLinkNs(settings: LinkSettings | null, maxBytes: number): number {
  if (settings === null) return 0;
  const { queueDatagrams, queueBytes, queueNs } = settings;
  if (queueNs !== undefined) return queueNs + longestSendNs(settings, maxBytes);
  const waitingBytes = queueBytes ?? (queueDatagrams as number) * maxBytes;
  return longestSendNs(settings, waitingBytes + maxBytes);
}
