/** The impairment's flags as numbers, read by the recount's own hand: ratios, nanoseconds, bits a second. */

export type Span = readonly [first: number, last: number];

export interface Knobs {
  /** The first so many indices pass unharmed. */
  readonly spare: number;
  readonly outages: readonly Span[];
  readonly mtuBytes: number | null;
  /** Payload that passes. */
  readonly dropAfterBytes: number;
  readonly dropList: ReadonlySet<number>;
  readonly drop: number | null;
  /** So many of each block. */
  readonly dropExact: { readonly lost: number; readonly block: number } | null;
  /** Gilbert-Elliott: to bad, to good, loss in bad, loss in good. */
  readonly dropBurst: readonly [p: number, r: number, bad: number, good: number] | null;
  readonly dropState: readonly [p13: number, p31: number, p32: number, p23: number, p14: number] | null;
  readonly dropMaxRun: number | null;
  readonly corrupt: number;
  readonly duplicate: number;
  readonly duplicateList: ReadonlySet<number>;
  readonly reorder: number;
  readonly reorderDistance: Span;
  readonly reorderList: ReadonlyMap<number, number>;
  readonly jump: number;
  readonly jumpDistance: Span;
  readonly delayNs: number;
  readonly jitterNs: number;
  readonly distribution: string;
  readonly keepOrder: boolean;
  readonly rateBps: number | null;
  /** Datagrams; of a queue of bytes, these. */
  readonly queue: number;
  readonly queueBytes: number | null;
}

const TIME_UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };
const RATE_UNITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

function readUnit(text: string, units: Readonly<Record<string, number>>): number {
  const [, value = '', unit = ''] = /^([\d.]+)([a-z]*)$/.exec(text) ?? [];
  const factor = value === '0' ? 0 : units[unit];
  if (factor === undefined) throw new Error(`not recounted: ${text}`);
  return Math.round(Number(value) * factor);
}

const readTime = (text: string): number => readUnit(text, TIME_UNITS);
const readBytes = (text: string): number => Number(text.replace('B', ''));
const readQueue = (text: string): Pick<Knobs, 'queue' | 'queueBytes'> =>
  text.endsWith('B') ? { queue: 0, queueBytes: readBytes(text) } : { queue: Number(text), queueBytes: null };
const readSpan = (text: string): Span => {
  const [least = 0, most = least] = text.split('..').map(Number);
  return [least, most];
};
const readRatio = (text: string): number =>
  text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
const readSpans = (text: string): Span[] =>
  text.split(',').map((part) => {
    const [first = '', last = first] = part.split('..');
    return [readTime(first), readTime(last)];
  });

function readIndices(text: string): Set<number> {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let index = first; index <= last; index += 1) found.add(index);
  }
  return found;
}

/** Five values of a flag of ratios; what is left out has a value of its own. */
function readRatios(text: string, defaults: readonly number[]): number[] {
  const given = text.split(',').map(readRatio);
  return [...given, ...defaults.slice(given.length)];
}

/** @param flags as on the command line, such as `--drop 5% --keep-order` */
export function readKnobs(flags: string): Knobs {
  const values = new Map<string, string>();
  for (const flag of flags.split('--').slice(1)) {
    const [name = '', value = ''] = flag.trim().split(' ');
    values.set(name, value);
  }
  const take = <T>(name: string, read: (text: string) => T, otherwise: T): T => {
    const text = values.get(name);
    values.delete(name);
    return text === undefined ? otherwise : read(text);
  };
  const knobs: Knobs = {
    spare: take('spare', Number, 0),
    outages: take<readonly Span[]>('outage', readSpans, []),
    mtuBytes: take<number | null>('mtu', Number, null),
    dropAfterBytes: take('drop-after', readBytes, Infinity),
    dropList: take('drop-list', readIndices, new Set()),
    drop: take<number | null>('drop', readRatio, null),
    dropExact: take<Knobs['dropExact']>(
      'drop-exact',
      (text) => {
        const [ratio = '', block = ''] = text.split('/');
        return { lost: Math.round(readRatio(ratio) * Number(block)), block: Number(block) };
      },
      null,
    ),
    dropBurst: take<Knobs['dropBurst']>(
      'drop-burst',
      (text) => readRatios(text, [0, 0, 1, 0]) as [number, number, number, number],
      null,
    ),
    dropState: take<Knobs['dropState']>(
      'drop-state',
      (text) => readRatios(text, []) as [number, number, number, number, number],
      null,
    ),
    dropMaxRun: take<number | null>('drop-max-run', Number, null),
    corrupt: take('corrupt', readRatio, 0),
    duplicate: take('duplicate', readRatio, 0),
    duplicateList: take('duplicate-list', readIndices, new Set()),
    reorder: take('reorder', readRatio, 0),
    reorderDistance: take<Span>('reorder-distance', readSpan, [1, 3]),
    jump: take('jump', readRatio, 0),
    jumpDistance: take<Span>('jump-distance', readSpan, [5, 20]),
    reorderList: take(
      'reorder-list',
      (text) => new Map(text.split(',').map((part) => part.split(':').map(Number) as [number, number])),
      new Map(),
    ),
    delayNs: take('delay', readTime, 0),
    jitterNs: take('jitter', readTime, 0),
    distribution: take('distribution', String, 'uniform'),
    keepOrder: take('keep-order', () => true, false),
    rateBps: take<number | null>('rate', (text) => readUnit(text, RATE_UNITS), null),
    ...take<Pick<Knobs, 'queue' | 'queueBytes'>>('queue', readQueue, { queue: 100, queueBytes: null }),
  };
  if (values.size > 0) throw new Error(`not recounted: ${[...values.keys()].join(', ')}`);
  return knobs;
}
