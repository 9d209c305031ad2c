/**
 * The plan of a replay: its recording, its network, and all other settings with their defaults and checks.
 */
import * as check from '../../src/base/arguments.ts';
import type { Check, Checks } from '../../src/base/arguments.ts';
import type { Pacing } from '../../src/net/driver.ts';
import { NO_PROGRESS } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import type { Mode } from '../session/startTask.ts';
import type { EndWhen } from './endWhen.ts';
import { DEFAULT_TMAX_NS } from '../../src/stream/clientOptions.ts';
import { wholeImpairment, withImpairment } from '../impairment/impairment.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { FLOW_LIMIT } from '../recording/format.ts';
import type { MachineNoise } from '../judge/timingBands.ts';
import type { SessionWatch } from '../session/sessionWatch.ts';

/** Defaults are those of `matchstream replay`, except that nothing is written. */
export interface ReplayPlan {
  /** The recording. */
  readonly path: string;
  /** The impairment of the datagrams. */
  readonly impairment: Impairment;
  /** The name of the run in reports. Default `replay`. */
  readonly run?: string;
  /** The name of the impairment in reports. Default `flags`. */
  readonly scenario?: string;
  /** `virtual` needs no sockets and no waiting, and gives exact times. Default `real`. */
  readonly clock?: 'virtual' | 'real';
  /** Where server, proxy and clients run on the real clock. Default `processes`. */
  readonly mode?: Mode;
  /** The transport on the real clock. Default `auto`. */
  readonly transport?: TransportChoice;
  /** How a sender on the real clock waits for a deadline. Default `hybrid`. */
  readonly pacing?: Pacing;
  /** Number of clients, 1 to 1000, each with its own flow. Default 3. */
  readonly clients?: number;
  /** Time between messages instead of the recorded one, nanoseconds, 0 for flat out. Default null: as recorded. */
  readonly intervalNs?: number | null;
  /** 2 is twice as fast as recorded; ignored with `intervalNs`. Default 1. */
  readonly speed?: number;
  /** How long clients listen for late datagrams after the end, nanoseconds, above 0. Default 1 s. */
  readonly tmaxNs?: number;
  /** The flow to play, as numbered in the recording; what goes down is played. Default 1. */
  readonly flow?: number;
  /** Replay the complete frames of a damaged recording instead of refusing it. Default false. */
  readonly recover?: boolean;
  /**
   * The machine's noise, from a control; without it, times are not compared on the real clock. Default null.
   */
  readonly noise?: MachineNoise | null;
  /** The file that lists every arrival. Default null: none. */
  readonly arrivalsPath?: string | null;
  /** Whether the judgement is to have the columns of every datagram, for a report. Default false. */
  readonly columns?: boolean;
  /** Folder for the fate files. Default null: none. */
  readonly fatesDir?: string | null;
  /** File of a capture of what comes to the proxy and leaves it, with fates as comments: `.pcapng`. Default null: none. */
  readonly capturePath?: string | null;
  /** Folder for logs and statistics; the virtual clock writes neither. Default null: none. */
  readonly logsDir?: string | null;
  /** Also log every datagram. Default false. */
  readonly debugLog?: boolean;
  /**
   * Ends the replay early, in good order; the part that ran is judged as a shorter stream. Before the first datagram there
   * is nothing to judge, and the promise rejects with the signal's reason. Default null.
   */
  readonly signal?: AbortSignal | null;
  /** Ends the replay early on the real clock, as the signal does; not the control run. Default null. */
  readonly endWhen?: EndWhen | null;
  /** Where it says how far it is. Default: nowhere. */
  readonly progress?: Progress;
  /** Who watches the match on the real clock. Default null: nobody. */
  readonly watch?: SessionWatch | null;
}

/** The defaults of a replay. */
export const REPLAY_DEFAULTS: Omit<Required<ReplayPlan>, 'path' | 'impairment'> = {
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
  flow: 1,
  recover: false,
  noise: null,
  arrivalsPath: null,
  columns: false,
  fatesDir: null,
  capturePath: null,
  logsDir: null,
  debugLog: false,
  signal: null,
  endWhen: null,
  progress: NO_PROGRESS,
  watch: null,
};

/** A replay has to end, so an infinite wait is refused. */
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
  flow: check.optional(check.whole(1, FLOW_LIMIT)),
  recover: check.optional(check.flag),
  noise: check.nullable(check.having({})),
  arrivalsPath: check.nullable(check.path),
  columns: check.optional(check.flag),
  fatesDir: check.nullable(check.path),
  capturePath: check.nullable(check.path),
  logsDir: check.nullable(check.path),
  debugLog: check.optional(check.flag),
  signal: check.nullable(check.signal),
  endWhen: check.nullable(check.callback),
  progress: check.optional(check.progress),
  watch: check.nullable(check.watch),
};

/** The plan with all defaults. @throws UsageError for invalid values */
export function completePlan(plan: ReplayPlan): Required<ReplayPlan> {
  withImpairment(check.shape(CHECKS))(plan, 'replayRecording');
  return { ...REPLAY_DEFAULTS, ...plan };
}
