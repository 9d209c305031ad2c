/**
 * The lines of a journal, `epochs.jsonl`: what changed in a run, and with which index of each stream. JSON, one object a line:
 *
 *     {"version":1,"seed":"7","protocol":"any","down":{"drop":"5%"},"up":{}}
 *     {"epoch":2,"atUs":1500000,"down":{"drop":"30%"},"firstIndices":[[1,"down",1,412]]}
 *     {"flow":2,"direction":"down","stream":1,"epoch":2,"atUs":1700000}
 *     {"action":"rebind","flow":1,"atUs":1800000}
 *     {"phase":2,"flow":1,"direction":"down","stream":1,"index":501,"atUs":1900000}
 *
 * The first one is what the run began with. A change says what differs from the one before; what is absent is as before. A
 * stream that begins after the first change says with which. Times are since the run's epoch, and nothing goes by them.
 */
import { knobsOf } from '../../impairment/knobs.ts';
import type { Knobs } from '../../impairment/knobs.ts';
import type { Conditions, Share } from '../../impairment/conditions.ts';
import type { Impairment } from '../../impairment/impairment.ts';
import type { Direction, ScheduleDirection } from '../../impairment/schedule.ts';

export const JOURNAL_VERSION = 1;

export interface JournalHeader {
  readonly version: typeof JOURNAL_VERSION;
  readonly seed: string;
  readonly protocol: string;
  readonly down: Knobs;
  readonly up: Knobs;
  /** Phases from the second on, numbered from 2; absent for none. */
  readonly phases?: readonly { readonly atUs: number; readonly down: Knobs; readonly up: Knobs }[];
  /** Absent for false. */
  readonly impairControl?: true;
}

/**
 * Where a change begins in a stream: flow, direction, stream from 1, index; and the life, from 2 on, where a number of a flow
 * is given again and this is not the first stream with the same key.
 */
export type FirstIndex = readonly [
  flow: number,
  direction: ScheduleDirection,
  stream: number,
  index: number,
  life?: number,
];

/** What a running proxy did besides. */
export const ACTION_NAMES = ['rebind', 'close', 'listen', 'unlisten', 'upstream'] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

export interface Action {
  readonly action: ActionName;
  readonly [key: string]: string | number;
}

const atUs = (nowNs: number): number => Math.round(nowNs / 1e3);

export const headerLine = (
  {
    seed,
    down,
    up,
    phases,
    impairControl,
  }: Pick<Impairment, 'seed' | Direction | 'impairControl' | 'phases'>,
  protocol: string,
): string =>
  JSON.stringify({
    version: JOURNAL_VERSION,
    seed,
    protocol,
    down: knobsOf(down),
    up: knobsOf(up),
    ...(phases.length > 0 && {
      phases: phases.map((phase) => ({
        atUs: phase.atNs / 1e3,
        down: knobsOf(phase.down),
        up: knobsOf(phase.up),
      })),
    }),
    ...(impairControl && { impairControl }),
  } satisfies JournalHeader);

export function changeLine(
  nowNs: number,
  epoch: number,
  before: Conditions,
  after: Conditions,
  firstIndices: readonly FirstIndex[],
): string {
  const line: Record<string, unknown> = { epoch, atUs: atUs(nowNs) };
  for (const way of ['down', 'up'] as const) {
    if (before[way] === after[way]) continue;
    const [former, knobs] = [knobsOf(before[way]), knobsOf(after[way])];
    if (JSON.stringify(former) !== JSON.stringify(knobs)) line[way] = knobs;
  }
  const shares = after.shares ?? [];
  if (JSON.stringify(before.shares ?? []) !== JSON.stringify(shares)) line['shares'] = shares.map(shareOf);
  line['firstIndices'] = firstIndices;
  return JSON.stringify(line);
}

/** Its keys in one order. */
const shareOf = ({ name, direction, toxicity, knobs }: Share): Share => ({
  name,
  direction,
  toxicity,
  knobs,
});

export const phaseLine = (
  nowNs: number,
  [flow, direction, stream, index, life = 1]: FirstIndex,
  phase: number,
): string =>
  JSON.stringify({ phase, flow, direction, stream, ...(life > 1 && { life }), index, atUs: atUs(nowNs) });

export const streamLine = (
  nowNs: number,
  flow: number,
  direction: ScheduleDirection,
  stream: number,
  life: number,
  epoch: number,
): string => JSON.stringify({ flow, direction, stream, ...(life > 1 && { life }), epoch, atUs: atUs(nowNs) });

export const actionLine = (nowNs: number, action: Action): string =>
  JSON.stringify({ ...action, atUs: atUs(nowNs) });

/** The last line of a journal that is not whole. */
export const leftOutLine = (leftOut: number): string => JSON.stringify({ leftOut });
