/**
 * A live run: a server and its clients at once, connected directly, each with its own log and statistics; or the same on
 * the virtual clock.
 */
import * as check from '../../src/base/arguments.ts';
import type { Checks } from '../../src/base/arguments.ts';
import { NO_PROGRESS, Paced, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { MATCH_CHECKS, matchSource } from '../../src/service/matchStream.ts';
import type { MatchStreamOptions } from '../../src/service/matchStream.ts';
import type { Pacing } from '../../src/net/driver.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { NO_IMPAIRMENT } from '../impairment/config.ts';
import { isOverFor } from './endWhen.ts';
import type { EndWhen } from './endWhen.ts';
import { judgeSession, shortenedTo, transportsOf } from '../judge/judge.ts';
import type { PlannedStream } from '../judge/judge.ts';
import type { JudgedSession } from './sessionReport.ts';
import { NotedSource } from '../session/notedSource.ts';
import { runVirtualSession } from '../session/virtualSession.ts';
import { keptEach } from '../session/keptArrivals.ts';
import { runSession } from '../session/session.ts';
import type { SessionPlan } from '../session/session.ts';
import type { SessionWatch } from '../session/sessionWatch.ts';
import { MODES } from '../session/startTask.ts';
import type { Mode } from '../session/startTask.ts';

export interface LivePlan {
  readonly run: string;
  readonly clock: 'virtual' | 'real';
  readonly mode: Mode;
  readonly clients: number;
  readonly match: MatchStreamOptions;
  readonly pacing: Pacing;
  /** The transport on the real clock. Default `auto`. */
  readonly transport?: TransportChoice;
  readonly tmaxNs: number;
  /** The folder for logs and statistics; the virtual clock writes no logs. */
  readonly logsDir: string | null;
  readonly debugLog: boolean;
  /** Whether the judgement is to have the columns of every datagram, for a report. Default false. */
  readonly columns?: boolean;
  /**
   * Ends the run early, in good order; the part that ran is judged as a shorter stream. Before the first datagram there is
   * nothing to judge, and the promise rejects with the signal's reason. Default null.
   */
  readonly signal?: AbortSignal | null;
  /** Ends the run early on the real clock, as the signal does. Default null. */
  readonly endWhen?: EndWhen | null;
  /** Where it says how far it is. Default: nowhere. */
  readonly progress?: Progress;
  /** Who watches the match on the real clock. Default null: nobody. */
  readonly watch?: SessionWatch | null;
}

const CHECKS: Checks<LivePlan> = {
  run: check.text,
  clock: check.oneOf('virtual', 'real'),
  mode: check.oneOf(...MODES),
  clients: check.whole(1, 1000),
  match: check.having(MATCH_CHECKS),
  pacing: check.pacing,
  transport: check.optional(check.transport),
  tmaxNs: check.positiveTimeNs,
  logsDir: check.nullable(check.path),
  debugLog: check.flag,
  columns: check.optional(check.flag),
  signal: check.nullable(check.signal),
  endWhen: check.nullable(check.callback),
  progress: check.optional(check.progress),
  watch: check.nullable(check.watch),
};

/** @throws UsageError for invalid values, EnvironmentError if the system refuses something */
export async function runLive(plan: LivePlan): Promise<JudgedSession> {
  check.shape(CHECKS)(plan, 'runLive');
  const { match, tmaxNs, clock } = plan;
  const speed = match.interval === 0 ? 0 : 1;
  // Building the source here checks the options before anything is started, and gives the stream's length.
  const source = new NotedSource(matchSource(match));
  const stream = plannedMatch(source, match.interval);
  const session: SessionPlan = {
    mode: plan.mode,
    clients: plan.clients,
    source: clock === 'virtual' ? source : { kind: 'match', ...match },
    speed,
    pacing: plan.pacing,
    transport: plan.transport ?? 'auto',
    impairment: null,
    check: match.check,
    tmaxNs,
    logsDir: plan.logsDir,
    debugLog: plan.debugLog,
    keptArrivals: plan.columns === true ? keptEach(plan.clients) : 0,
    streamLimitMs: (stream.lastCount * match.interval + tmaxNs) / 1e6,
    signal: plan.signal ?? null,
    ...(plan.progress !== undefined && { progress: plan.progress }),
    watch: clock === 'virtual' ? null : (plan.watch ?? null),
    isOver: isOverFor(plan.endWhen, stream.lastCount),
  };
  const result = await (clock === 'virtual' ? runVirtualSession(session) : runSession(session));
  const timing = clock === 'virtual' && speed > 0 ? 'exact' : 'unknown';
  const { progress = NO_PROGRESS } = plan;
  const pace = new Paced(stream.lastCount * plan.clients, progress);
  const judgement = await during(progress, 'comparing', pace.look, async () =>
    judgeSession(result, stream, NO_IMPAIRMENT, match.seed, timing, pace),
  );
  return {
    identity: {
      run: plan.run,
      scenario: 'live',
      seed: match.seed,
      clock,
      mode: clock === 'virtual' ? 'in-process' : plan.mode,
      transport: transportsOf(result),
    },
    judgement,
    shortened: shortenedTo(result, stream),
    unwritten: result.unwritten,
  };
}

/** The stream as the expected side needs it: the size and the due time of every datagram. */
function plannedMatch(source: NotedSource, intervalNs: number): PlannedStream {
  const mediaTimeNs = (count: number): number => source.mediaTimeNs(count);
  return {
    lastCount: source.total,
    intervalUs: intervalNs / 1e3,
    sizeBytes: (count) => source.sizeBytes(count),
    sendNs: mediaTimeNs,
    mediaTimeNs,
  };
}
