/**
 * The bounds of a proxy that can strike, so that something leaves in another way than scheduled: which, how often, and what
 * each touches.
 */
import { counted } from '../../../src/base/figures.ts';

/** Each counts datagrams, except `missing`, which counts waits, and `outOfStep`, which counts streams. */
export type Bound =
  /** Not held back: the memory for held datagrams was full. */
  | 'memoryHold'
  /** Left before the delay was over: that memory was full. */
  | 'memoryDelay'
  /** Left the link before its time: that memory was full. */
  | 'memoryLink'
  /** The longest wait for a missing datagram was over; what waited behind it left. */
  | 'missing'
  /** Held until the longest wait passed without a datagram; then the stream went on. */
  | 'quiet'
  /** Held until the stream's end; then it went on. */
  | 'end'
  /** Its stream began too far from the plan of the others, so at the shared link it goes by times of its own. */
  | 'outOfStep'
  /** Read when one that was scheduled behind it had left, as on a busy machine; it left after that. */
  | 'readLate'
  /** So late, after other conditions had come, that its own were forgotten: the oldest that are known hold for it. */
  | 'forgotten';

export interface StruckBounds extends Record<Bound, number> {
  /** Datagrams that left after one that was scheduled behind them, because a bound had let that one go. */
  overtaken: number;
}

export const noneStruck = (): StruckBounds => ({
  memoryHold: 0,
  memoryDelay: 0,
  memoryLink: 0,
  missing: 0,
  quiet: 0,
  end: 0,
  outOfStep: 0,
  readLate: 0,
  forgotten: 0,
  overtaken: 0,
});

export function addStruck(total: StruckBounds, more: StruckBounds): void {
  for (const key of Object.keys(total) as (keyof StruckBounds)[]) total[key] += more[key];
}

/** What the bounds that struck touched. */
export interface Touched {
  /** Times are not the scheduled ones. */
  readonly times: boolean;
  /** Nor is the order. */
  readonly order: boolean;
}

export function touchedBy({
  memoryHold,
  memoryDelay,
  memoryLink,
  missing,
  ...others
}: StruckBounds): Touched {
  const { quiet, end, outOfStep, readLate, forgotten, overtaken } = others;
  const order = memoryHold + quiet + end + outOfStep + readLate + forgotten + overtaken > 0;
  return { times: order || memoryDelay + memoryLink + missing > 0, order };
}

const FULL = '--delay-memory was full';
const TEXTS: Readonly<Record<Bound, (count: number) => string>> = {
  memoryHold: (count) => `${FULL}: ${counted(count, 'datagram')} not held back`,
  memoryDelay: (count) => `${FULL}: ${counted(count, 'datagram')} left before the delay was over`,
  memoryLink: (count) => `${FULL}: ${counted(count, 'datagram')} left the link before the time`,
  missing: (count) => `--hold-max was over for a missing datagram ${counted(count, 'time')}`,
  quiet: (count) =>
    `--hold-max passed without a datagram: ${counted(count, 'held one')} left, and the stream went on`,
  end: (count) => `the stream went on after its end: ${counted(count, 'held one')} had left`,
  outOfStep: (count) =>
    `began more than --hold-max from the plan of the others at the shared link: ${counted(count, 'stream')}`,
  readLate: (count) =>
    `${counted(count, 'datagram')} ${count === 1 ? 'was' : 'were'} read when one that was to leave later had left`,
  forgotten: (count) =>
    `${counted(count, 'datagram')} came so late that the conditions of ${count === 1 ? 'its' : 'their'} index were forgotten`,
};

/** The bounds that struck, each with its count, and what they touched; null if none did. */
export function describeStruck(struck: StruckBounds): string | null {
  const parts = (Object.keys(TEXTS) as Bound[]).flatMap((bound) =>
    struck[bound] > 0 ? [TEXTS[bound](struck[bound])] : [],
  );
  if (parts.length === 0) return null;
  const { order } = touchedBy(struck);
  const effect = order
    ? 'the order is not the scheduled one'
    : 'the order is the scheduled one, the times are not';
  return `${parts.join('; ')}; ${effect}`;
}

const MORE = 'give --delay-memory more';
const SIGHTED: Readonly<Record<Bound, string>> = {
  memoryHold: `${FULL}, so datagrams pass that were to be held back; ${MORE}`,
  memoryDelay: `${FULL}, so datagrams leave before their delay is over; ${MORE}`,
  memoryLink: `${FULL}, so datagrams leave the link before their time; ${MORE}`,
  missing: 'a datagram did not come within --hold-max, so those behind it leave without it',
  quiet: 'held datagrams left when none had come for --hold-max, and the stream went on',
  end: 'held datagrams left at the end of the stream, which then went on',
  outOfStep:
    'its stream began more than --hold-max from the plan of the others, so it has times of its own at the shared link',
  readLate:
    'a datagram was read when one that was to leave later had left: the machine is busy, or the delay too small for its order',
  forgotten:
    'a datagram came so late that the conditions of its index were forgotten, so the oldest that are known hold for it',
};

/** Says that a bound strikes, when it does so first. */
export const describeStriking = (bound: Bound): string => SIGHTED[bound];
