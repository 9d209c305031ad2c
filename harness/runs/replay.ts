/**
 * Replays a recording to clients through the impairing proxy, and compares what arrived with what the schedule says must
 * arrive, on sockets or on the virtual clock.
 */
import { join } from 'node:path';
import { UsageError } from '../../src/base/errors.ts';
import { NO_PACE, NO_PROGRESS, Paced, UNREAD, during } from '../../src/base/progress.ts';
import type { Pace } from '../../src/base/progress.ts';
import { checkNewFile } from '../../src/files/outputs.ts';
import { longestStayOverNs, phasesOf, settingsOver } from '../impairment/phases.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import { formatCaptured } from '../proxy/told/capture.ts';
import { checkFatesFolder } from '../proxy/told/fateFiles.ts';
import { beginningOf, loadRecording, scanRecording } from '../recording/loadRecording.ts';
import type { LoadedRecording, ScannedFlow } from '../recording/loadRecording.ts';
import { describeDamage } from '../recording/recording.ts';
import { checkCaptureFile } from '../recording/tap/newFile.ts';
import type { JudgedSession } from './sessionReport.ts';
import { keptEach } from '../session/keptArrivals.ts';
import { runSession } from '../session/session.ts';
import type { SessionPlan, SessionResult } from '../session/session.ts';
import { runVirtualSession } from '../session/virtualSession.ts';
import { judgeSession, noiseOf, pacedStream, shortenedTo, transportsOf } from '../judge/judge.ts';
import { checkMemory, needsOf } from '../judge/needs.ts';
import type { PlannedStream, Timing, UnjudgedStream } from '../judge/judge.ts';
import { isOverFor } from './endWhen.ts';
import { completePlan } from './replayPlan.ts';
import type { ReplayPlan } from './replayPlan.ts';
import type { MachineNoise } from '../judge/timingBands.ts';

/** Minimum number of datagrams of a control run, however long it takes. */
const MIN_CONTROL_MESSAGES = 20;

/** The speed of a replay: 1 as recorded, 0 flat out. */
function replaySpeed(recordedNs: number | null, intervalNs: number | null, speed: number): number {
  if (intervalNs === null) return speed;
  if (intervalNs === 0) return 0;
  if (recordedNs === null || recordedNs === 0) {
    throw new UsageError(
      'recording-unsuitable',
      '--interval',
      'expected a recording with an interval of its own, got one without; leave it out',
    );
  }
  return recordedNs / intervalNs;
}

/** A recording's stream, as planned at a speed. */
function plannedStream(recording: LoadedRecording, speed: number): PlannedStream {
  const mediaTimeNs = (count: number): number => recording.timesNs[count - 1] as number;
  return {
    lastCount: recording.count,
    intervalUs: intervalUsOf(recording, speed),
    sizeBytes: (count) => recording.lengths[count - 1] as number,
    mediaTimeNs,
    sendNs: (count) => (speed === 0 ? 0 : mediaTimeNs(count) / speed),
  };
}

const intervalUsOf = ({ header }: ScannedFlow, speed: number): number =>
  speed === 0 ? 0 : (header.intervalNs ?? 0) / speed / 1e3;

/** When the last datagram is sent, nanoseconds since the stream's start. */
const endNsOf = ({ lastTimeNs }: ScannedFlow, speed: number): number =>
  speed === 0 ? 0 : lastTimeNs / speed;

/** What a replay without a verdict needs: nothing of its datagrams. */
export interface ScannedReplay {
  readonly recording: ScannedFlow;
  readonly stream: UnjudgedStream;
  readonly speed: number;
}

/** What all replays of one plan share. */
export interface PreparedReplay extends ScannedReplay {
  readonly recording: LoadedRecording;
  readonly stream: PlannedStream;
  /** The window of the clients' metrics, counts. */
  readonly windowCounts: number;
}

type Preparing = Pick<
  Required<ReplayPlan>,
  | 'clients'
  | 'path'
  | 'flow'
  | 'recover'
  | 'impairment'
  | 'intervalNs'
  | 'speed'
  | 'arrivalsPath'
  | 'fatesDir'
  | 'capturePath'
> &
  Pick<ReplayPlan, 'progress'>;

/**
 * Loads and checks what a plan needs, before anything is started or written.
 * @param receiver what it is played to: only a program that accepts any datagrams can do without a stream of ours, and only
 *   our clients detect corruption, by a check that the datagrams must carry
 * @throws UsageError for a recording that is damaged, or that cannot be replayed as planned, and for an output whose
 *   name is taken; EnvironmentError for one that cannot be made
 */
export async function prepareReplay(
  plan: Preparing,
  receiver: 'ours' | 'command' | 'any program' = 'ours',
): Promise<PreparedReplay> {
  checkOutputs(plan);
  const recording = await loadRecording(plan.path, {
    flow: plan.flow,
    recover: plan.recover,
    stream: receiver !== 'any program',
    progress: plan.progress,
  });
  if (receiver === 'ours') checkCorruption(plan, recording);
  const speed = replaySpeed(recording.header.intervalNs, plan.intervalNs, plan.speed);
  const stream = plannedStream(recording, speed);
  const clients = receiver === 'ours' ? plan.clients : 1;
  const { progress = NO_PROGRESS } = plan;
  const pace = new Paced(stream.lastCount * clients, progress);
  pace.begin(stream.lastCount * clients, 2);
  const needs = await during(progress, 'planning', pace.look, async () =>
    needsOf(pacedStream(stream, pace), plan.impairment, clients),
  );
  checkMemory(needs, plan.impairment, clients);
  return { recording, speed, stream, windowCounts: needs.windowCounts };
}

/** The same for a replay without a verdict, in memory that does not grow with the recording. */
export async function scanReplay(plan: Preparing): Promise<ScannedReplay> {
  checkOutputs(plan);
  const recording = await scanRecording(plan.path, {
    flow: plan.flow,
    recover: plan.recover,
    stream: true,
    progress: plan.progress,
  });
  checkCorruption(plan, recording);
  const speed = replaySpeed(recording.header.intervalNs, plan.intervalNs, plan.speed);
  return {
    recording,
    speed,
    stream: { lastCount: recording.count, intervalUs: intervalUsOf(recording, speed) },
  };
}

function checkOutputs({ arrivalsPath, fatesDir, capturePath, path }: Preparing): void {
  if (arrivalsPath !== null) checkNewFile(arrivalsPath, '--arrivals', path);
  if (fatesDir !== null) checkFatesFolder(fatesDir);
  if (capturePath !== null) checkCaptureFile(capturePath, path);
}

/** @throws UsageError where our clients could not see what is corrupted */
function checkCorruption({ impairment, path }: Preparing, { header }: ScannedFlow): void {
  const isCorrupted = settingsOver(impairment, 'down').some(({ corruptRatio }) => corruptRatio > 0);
  if (!isCorrupted || header.check === true) return;
  throw new UsageError(
    'recording-unsuitable',
    '--corrupt',
    `expected a recording whose datagrams carry a check, got ${path}; record it with --check`,
  );
}

/** Maximum number of flows that are named one by one. */
const MAX_NAMED = 8;

/** Which flows of a recording are not played; null if all are. */
export function leftOutRemark({ flow, direction, leftOut }: ScannedFlow): string | null {
  if (leftOut.length === 0) return null;
  const names = leftOut
    .slice(0, MAX_NAMED)
    .map((one) => `flow ${one.flow} ${one.direction} (${one.frames} datagram${one.frames === 1 ? '' : 's'})`);
  const more = leftOut.length - names.length;
  if (more > 0) names.push(`and ${more} more`);
  return `left out: ${names.join(', ')}; a replay plays flow ${flow} ${direction}`;
}

/** How much was recovered of a damaged recording; null for an undamaged one. */
export function damageRemark(recording: ScannedFlow): string | null {
  const { count, damage } = recording;
  if (damage === undefined) return null;
  return `${describeDamage(recording, damage)}; the ${count} whole datagrams before it are replayed`;
}

/** The remark that no payload is small enough to pass, whatever applies; null if one is. */
function mtuRemark({ shortestBytes: minBytes }: ScannedFlow, impairment: Impairment): string | null {
  const { mtuBytes, spare } = impairment.down;
  const isAll = settingsOver(impairment, 'down').every(
    (one) => one.mtuBytes !== null && minBytes > one.mtuBytes,
  );
  if (mtuBytes === null || !isAll) return null;
  const lost = spare > 0 ? `all but the first ${spare}` : 'all';
  return `--mtu ${mtuBytes}: every payload of the recording is larger, ${minBytes} bytes or more, so ${lost} are lost`;
}

/**
 * Runs a plan and judges it.
 * @param prepared what `prepareReplay` gave for this plan, where that was called already
 * @throws UsageError as `prepareReplay` does, EnvironmentError when the machine will not do it
 */
export async function replayRecording(given: ReplayPlan, prepared?: PreparedReplay): Promise<JudgedSession> {
  const plan = completePlan(given);
  const { recording, stream, speed, windowCounts } = prepared ?? (await prepareReplay(plan));
  const session = { ...plannedSession(plan, recording, speed), verify: recording, windowCounts };
  const isVirtual = plan.clock === 'virtual';
  const result = await (isVirtual ? runVirtualSession(session) : runSession(session));
  const timing = isVirtual ? 'exact' : (plan.noise ?? 'unknown');
  const pace = new Paced(stream.lastCount * plan.clients, plan.progress);
  return during(plan.progress, 'comparing', pace.look, async () =>
    judged(plan, recording, result, stream, stream.intervalUs > 0 ? timing : 'unknown', pace),
  );
}

/**
 * Runs a plan and judges nothing: what was measured, and the account of every datagram, in memory that does not grow with
 * the recording.
 * @throws as `replayRecording`
 */
export async function playRecording(given: ReplayPlan, prepared?: ScannedReplay): Promise<JudgedSession> {
  const plan = completePlan(given);
  const { recording, stream, speed } = prepared ?? (await scanReplay(plan));
  const session = plannedSession(plan, recording, speed);
  const result = await (plan.clock === 'virtual' ? runVirtualSession(session) : runSession(session));
  return during(plan.progress, 'comparing', UNREAD, async () =>
    judged(plan, recording, result, stream, 'unknown'),
  );
}

/**
 * The zero-impairment control: the recording's beginning through the same proxy, mode and pace, with every knob at 0.
 * @param maxNs how much of the stream, nanoseconds; Infinity for all of it
 */
export async function replayControl(
  given: ReplayPlan,
  maxNs: number,
  prepared?: PreparedReplay,
): Promise<{ readonly session: JudgedSession; readonly noise: MachineNoise | null }> {
  const plan = completePlan(given);
  const { recording, stream, speed } = prepared ?? (await prepareReplay(plan));
  let messages = Math.min(MIN_CONTROL_MESSAGES, recording.count);
  while (messages < recording.count && stream.sendNs(messages + 1) <= maxNs) messages += 1;
  const control = {
    ...plan,
    scenario: 'control',
    endWhen: null,
    impairment: { ...UNIMPAIRED, seed: plan.impairment.seed, holdMaxNs: plan.impairment.holdMaxNs },
    arrivalsPath: null,
    fatesDir: null,
    capturePath: null,
    logsDir: plan.logsDir === null ? null : join(plan.logsDir, 'control'),
  };
  const beginning = beginningOf(recording, messages);
  const planned = plannedStream(beginning, speed);
  const playing = { ...plannedSession(control, beginning, speed), verify: beginning };
  const result = await during(plan.progress, 'control run', UNREAD, () => runSession(playing));
  // Its own times have nothing to be compared with: they are what the others' are compared with.
  const session = judged(control, recording, result, planned, 'unknown');
  return { session, noise: noiseOf(result) };
}

/** Maximum transit time of a datagram; and of its answer too, if control datagrams are impaired. */
function longestTransitNs(impairment: Impairment, { longestBytes }: ScannedFlow): number {
  const downNs = longestStayOverNs(impairment, 'down', longestBytes);
  return impairment.impairControl ? 2 * (downNs + longestStayOverNs(impairment, 'up', longestBytes)) : downNs;
}

/** How long a stream may take that is sent within `endNs`, milliseconds. */
const limitMsOf = (
  endNs: number,
  { tmaxNs, impairment }: Required<ReplayPlan>,
  recording: ScannedFlow,
): number => (endNs + tmaxNs + longestTransitNs(impairment, recording)) / 1e6;

/** The session on either clock. */
function plannedSession(
  plan: Required<ReplayPlan>,
  recording: LoadedRecording | ScannedFlow,
  speed: number,
): SessionPlan {
  return {
    mode: plan.mode,
    clients: plan.clients,
    source: { kind: 'recording', recording },
    speed,
    impairment: plan.impairment,
    fatesDir: plan.fatesDir,
    capturePath: plan.capturePath,
    check: recording.header.check === true,
    tmaxNs: plan.tmaxNs,
    arrivalsPath: plan.arrivalsPath,
    keptArrivals: plan.columns ? keptEach(plan.clients) : 0,
    signal: plan.signal,
    progress: plan.progress,
    watch: plan.clock === 'virtual' ? null : plan.watch,
    isOver: isOverFor(plan.endWhen, recording.count),
    pacing: plan.pacing,
    transport: plan.transport,
    logsDir: plan.logsDir,
    debugLog: plan.debugLog,
    measureStalls: true,
    streamLimitMs: limitMsOf(endNsOf(recording, speed), plan, recording),
    transitLimitMs: longestTransitNs(plan.impairment, recording) / 1e6,
  };
}

function judged(
  plan: Required<ReplayPlan>,
  recording: ScannedFlow,
  result: SessionResult,
  stream: PlannedStream | UnjudgedStream,
  timing: Timing,
  pace: Pace = NO_PACE,
): JudgedSession {
  const judgement = judgeSession(
    result,
    stream,
    plan.impairment.down,
    plan.impairment.seed,
    timing,
    pace,
    phasesOf(plan.impairment, 'down'),
  );
  const remarks = [leftOutRemark(recording), damageRemark(recording), mtuRemark(recording, plan.impairment)];
  const unjudged = 'sizeBytes' in stream ? [] : ['--no-verdict: nothing is compared with the schedule'];
  const captured = formatCaptured(result.proxy?.report.captured ?? null);
  const about = [
    ...unjudged,
    ...remarks.filter((remark) => remark !== null),
    ...recording.notes,
    ...captured,
  ];
  return {
    identity: {
      run: plan.run,
      scenario: plan.scenario,
      seed: plan.impairment.seed,
      clock: plan.clock,
      mode: plan.clock === 'virtual' ? 'in-process' : plan.mode,
      transport: transportsOf(result),
    },
    judgement: { ...judgement, remarks: [...about, ...judgement.remarks] },
    shortened: shortenedTo(result, stream),
    unwritten: result.unwritten,
  };
}
