/**
 * What a replay is told: which recording, which network, and everything else with a default.
 *
 * Pure: settings, what they must be, and what they are when nobody gives them.
 */
import * as check from '../../src/base/arguments.ts';
import type { Check, Checks } from '../../src/base/arguments.ts';
import type { Pacing } from '../../src/net/driver.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import type { Mode } from '../session/startTask.ts';
import { DEFAULT_TMAX_NS } from '../../src/stream/clientOptions.ts';
import { wholeImpairment, withImpairment } from '../impairment/impairment.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { MachineNoise } from '../judge/timingBands.ts';

/** Defaults are those of `matchstream replay`, but that nothing is written. */
export interface ReplayPlan {
  /** The recording. */
  readonly path: string;
  /** What befalls the datagrams on their way. */
  readonly impairment: Impairment;
  /** What the reports call the run. Default `replay`. */
  readonly run?: string;
  /** What the reports call the impairment. Default `flags`. */
  readonly scenario?: string;
  /** `virtual` needs no sockets and no waiting, and gives exact times. Default `real`. */
  readonly clock?: 'virtual' | 'real';
  /** Where server, proxy and clients run on the real clock. Default `processes`. */
  readonly mode?: Mode;
  /** What carries the datagrams on the real clock. Default `auto`. */
  readonly transport?: TransportChoice;
  /** How a sender on the real clock waits for a deadline. Default `hybrid`. */
  readonly pacing?: Pacing;
  /** 1 to 1000, each with a flow of its own. Default 3. */
  readonly clients?: number;
  /** Time between messages instead of the recorded one, nanoseconds, 0 for flat out. Default null: the recorded. */
  readonly intervalNs?: number | null;
  /** Twice as fast as recorded is 2; beside `intervalNs` it is not looked at. Default 1. */
  readonly speed?: number;
  /** How long clients listen for late datagrams after the end, nanoseconds, above 0. Default 1 s. */
  readonly tmaxNs?: number;
  /** Replay the whole frames of a damaged recording instead of refusing it. Default false. */
  readonly recover?: boolean;
  /**
   * What the machine adds to delays, from a control; without it times are not compared on the real clock. Default null.
   */
  readonly noise?: MachineNoise | null;
  /** Where every arrival is listed. Default null: nowhere. */
  readonly arrivalsPath?: string | null;
  /** Folder for the fate files. Default null: none. */
  readonly fatesDir?: string | null;
  /** Folder for logs and statistics; the virtual clock writes neither. Default null: none. */
  readonly logsDir?: string | null;
  /** Log every datagram, too. Default false. */
  readonly debugLog?: boolean;
  /**
   * Ends the replay before its time, in good order; what ran is judged as a shorter stream. Before the first datagram there
   * is nothing to judge, and the promise rejects with its reason. Default null.
   */
  readonly signal?: AbortSignal | null;
}

export type CompleteReplayPlan = Required<ReplayPlan>;

/** What a replay is unless told otherwise. */
export const REPLAY_DEFAULTS: Omit<CompleteReplayPlan, 'path' | 'impairment'> = {
  run: 'replay',
  scenario: 'flags',
  clock: 'real',
  mode: 'processes',
  transport: 'auto',
  pacing: 'hybrid',
  clients: 3,
  intervalNs: null,
  speed: 1,
  tmaxNs: DEFAULT_TMAX_NS,
  recover: false,
  noise: null,
  arrivalsPath: null,
  fatesDir: null,
  logsDir: null,
  debugLog: false,
  signal: null,
};

/** A replay comes to an end, so it waits for nothing for ever. */
const finiteImpairment: Check = (value, name) => {
  wholeImpairment(value, name);
  check.positiveTimeNs((value as Impairment).holdMaxNs, `${name}: holdMaxNs`);
};

const CHECKS: Checks<ReplayPlan> = {
  path: check.path,
  impairment: finiteImpairment,
  run: check.optional(check.text),
  scenario: check.optional(check.text),
  clock: check.optional(check.oneOf('virtual', 'real')),
  mode: check.optional(check.oneOf('processes', 'in-process')),
  transport: check.optional(check.transport),
  pacing: check.optional(check.pacing),
  clients: check.optional(check.whole(1, 1000)),
  intervalNs: check.nullable(check.timeNs),
  speed: check.optional(check.positiveSpeed),
  tmaxNs: check.optional(check.positiveTimeNs),
  recover: check.optional(check.flag),
  noise: check.nullable(check.having({})),
  arrivalsPath: check.nullable(check.path),
  fatesDir: check.nullable(check.path),
  logsDir: check.nullable(check.path),
  debugLog: check.optional(check.flag),
  signal: check.nullable(check.signal),
};

/** With every default in its place. @throws UsageError for what makes no sense */
export function completePlan(plan: ReplayPlan): CompleteReplayPlan {
  withImpairment(check.shape(CHECKS))(plan, 'replayRecording');
  return { ...REPLAY_DEFAULTS, ...plan };
}
