/**
 * Runs `matchstream replay` with `--shrink` or `--exec`: finds a failure, minimises it, and prints how to repeat it. With
 * `--report` it writes what was done to the stream, in the run as drawn and in the smallest one that still fails.
 */
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import { inReportFolder } from '../report/runFolder.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { interruptible } from '../../src/service/signals.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { Schedule } from '../impairment/schedule.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { formatImpairment } from './impairmentOptions.ts';
import { TrialReport } from './trialReport.ts';
import type { TrialName } from './trialReport.ts';
import { formatCaptured } from '../proxy/told/capture.ts';
import type { LoadedRecording } from '../recording/loadRecording.ts';
import { damageRemark, leftOutRemark, prepareReplay } from '../runs/replay.ts';
import type { PreparedReplay } from '../runs/replay.ts';
import { chooseFlow, impairmentOf } from './replayRun.ts';
import type { ReplayOptions } from './replayCommand.ts';
import { recordingSource } from '../session/roles.ts';
import { REPLAY_DEFAULTS } from '../runs/replayPlan.ts';
import type { ReplayPlan } from '../runs/replayPlan.ts';
import { EXEC_DEFAULTS, reproduceCommand } from '../shrink/commandLine.ts';
import type { Judge } from '../shrink/commandLine.ts';
import { eventsOf } from '../shrink/events.ts';
import { runExecTrial } from '../shrink/execTrial.ts';
import { formatExpectation, formatUnmet, isMet } from '../judge/expectation.ts';
import {
  formatEvents,
  formatOutcome,
  formatShrunk,
  formatTraffic,
  formatUnasked,
  hasFailed,
} from '../shrink/formatShrunk.ts';
import { Trials, shrinkEvents } from '../shrink/shrink.ts';
import type { Shrunk } from '../shrink/shrink.ts';
import { measureVirtually } from '../shrink/virtualTrial.ts';

/**
 * Returns the exit code: 0 if nothing fails, else 1.
 * @throws EnvironmentError if a command passes without having asked for the recording
 */
export async function runJudgedReplay(
  path: string,
  options: ReplayOptions,
  progress: Progress,
): Promise<0 | 1> {
  const chosen = impairmentOf(options);
  const { impairment } = chosen;
  if (options.shrink && impairment.phases.length > 0)
    throw new UsageError(
      'conflict',
      '--shrink',
      'expected conditions that do not change, got a scenario with phases, which no list can say; leave the phases out',
    );
  const { interval: intervalNs = null, speed, tmax: tmaxNs, recover, exec } = options;
  const flow = await chooseFlow(path, options, progress);
  const plan = {
    path,
    impairment,
    intervalNs,
    speed,
    tmaxNs,
    flow,
    recover,
    arrivalsPath: null,
    fatesDir: null,
    capturePath: options.capture ?? null,
    progress,
  };
  const ofCommand = protocolOf(options).admission === 'registration' ? 'command' : 'any program';
  const sized = { ...plan, clients: options.clients };
  const prepared = await prepareReplay(sized, exec === undefined ? 'ours' : ofCommand);
  print(`seed ${impairment.seed}; impairment: ${formatImpairment(impairment)}`);
  const { recording } = prepared;
  for (const remark of [leftOutRemark(recording), damageRemark(recording), ...recording.notes])
    if (remark !== null) print(`note: ${remark}`);
  const { scenario } = chosen;
  const judge = async (folder: string | null, signal: AbortSignal): Promise<0 | 1> => {
    const report = folder === null ? null : new TrialReport(folder, scenario, impairment.seed);
    const unwritten: Unwritten[] = [];
    const code =
      exec === undefined
        ? await shrinkExpectations(plan, options, prepared, report)
        : await playing(recording, (source) =>
            judgeByExec({ ...plan, signal }, options, prepared, { command: exec, source }, report, unwritten),
          );
    const written = (await report?.write(options)) ?? 0;
    // A report throws it itself.
    if (report === null) throwUnwritten(unwritten);
    return written === 0 ? code : 1;
  };
  if (options.report !== undefined) return inReportFolder(options.report, 'replay', judge);
  return exec === undefined
    ? judge(null, new AbortController().signal)
    : interruptible((signal) => judge(null, signal));
}

/** Gives back what plays the recording. */
async function playing<T>(
  recording: LoadedRecording,
  work: (source: StreamSource) => Promise<T>,
): Promise<T> {
  const source = await recordingSource(recording);
  return work(source).finally(() => source.close?.());
}

const protocolOf = ({ execProtocol = EXEC_DEFAULTS.protocol }: ReplayOptions): Protocol => execProtocol;

/** The events of the drawn schedule for a flow of the recording. */
function drawnEvents({ impairment }: ReplayPlan, { recording, stream }: PreparedReplay, flow: number) {
  const { seed, down } = impairment;
  const key = { seed, flow, direction: 'down' } as const;
  return eventsOf(new Schedule(down, key, stream.mediaTimeNs), recording.count);
}

type Watched = ReplayPlan & { readonly progress: Progress };

/** The most trials are not all needed: the end may come at any time. */
const shrinking = <T>(
  progress: Progress,
  trials: Trials,
  { shrinkRuns }: ReplayOptions,
  work: () => Promise<T>,
): Promise<T> =>
  during(
    progress,
    'shrinking',
    () => ({ done: trials.runs, of: null, unit: `of at most ${shrinkRuns} trials`, counts: {} }),
    work,
  );

async function shrinkExpectations(
  plan: Watched,
  options: ReplayOptions,
  prepared: PreparedReplay,
  report: TrialReport | null,
): Promise<0 | 1> {
  const { impairment, tmaxNs = REPLAY_DEFAULTS.tmaxNs } = plan;
  const { recording, speed, windowCounts } = prepared;
  const measure = (down: ImpairmentConfig, clients: number) =>
    measureVirtually(recording, {
      clients,
      speed,
      impairment: { ...impairment, down },
      tmaxNs,
      windowCounts,
    });
  const tell = async (name: TrialName, down: ImpairmentConfig, clients: number): Promise<void> => {
    const whole = { ...plan, impairment: { ...impairment, down }, clients, tmaxNs };
    await report?.addReplay(name, whole, prepared);
  };
  const drawn = await during(plan.progress, 'trying', UNREAD, () =>
    measure(impairment.down, options.clients),
  );
  await tell('drawn', impairment.down, options.clients);
  const failures = drawn.flatMap((statistics, k) => {
    const unmet = (options.expect ?? []).find((expectation) => !isMet(expectation, statistics));
    return unmet === undefined ? [] : [{ client: k + 1, unmet, statistics }];
  });
  if (failures.length === 0) {
    print('every client meets every expectation: there is nothing to shrink');
    return 0;
  }
  for (const { client, unmet, statistics } of failures) {
    print(formatUnmet(client, unmet, statistics));
    const events = drawnEvents(plan, prepared, client);
    print(`shrinking ${formatEvents(events)}`);
    const trials = new Trials(
      async (config) => (await measure(config, 1)).some((measured) => !isMet(unmet, measured)),
      options.shrinkRuns,
    );
    const shrunk = await shrinking(plan.progress, trials, options, () =>
      shrinkEvents(impairment.down, events, trials),
    );
    if (shrunk === null) {
      const others = impairment.down.shared ? 'the others at the shared link, or by ' : '';
      print(
        `client ${client} fails by ${others}delays or damage drawn for its own flow, which no list can say`,
      );
      continue;
    }
    const [measured] = await measure(shrunk.config, 1);
    print(...formatShrunk(shrunk, trials.runs));
    if (measured !== undefined) print(formatUnmet(1, unmet, measured));
    await tell('shrunk', shrunk.config, 1);
    printReproduction(plan, shrunk, { kind: 'expect', expression: formatExpectation(unmet) });
    return 1;
  }
  throw new UsageError(
    'nothing-to-shrink',
    '--shrink',
    'expected a failure that one client alone can have, got none; try --clients 1, or another --seed',
  );
}

async function judgeByExec(
  plan: Watched & { readonly signal: AbortSignal },
  options: ReplayOptions,
  prepared: PreparedReplay,
  { command, source }: { readonly command: string; readonly source: StreamSource },
  report: TrialReport | null,
  unwritten: Unwritten[],
): Promise<0 | 1> {
  const { impairment, capturePath = null, signal } = plan;
  const { execTimeout: timeoutNs, transport } = options;
  const protocol = protocolOf(options);
  const execute = async (down: ImpairmentConfig, shown: boolean, name: TrialName | null = null) => {
    const played = {
      source,
      speed: prepared.speed,
      protocol,
      transport,
      impairment: { ...impairment, down },
      // What is shown is the run that was asked for.
      capturePath: shown ? capturePath : null,
    };
    const noting = name === null ? null : (report?.noting(name) ?? null);
    const trial = await runExecTrial(
      { ...played, ...noting },
      { command, timeoutMs: timeoutNs / 1e6, shown, signal },
    );
    if (name !== null && noting !== null)
      report?.addProxied(
        name,
        { report: trial.report, traffic: noting.traffic, protocol },
        played.impairment,
      );
    return trial;
  };
  const { outcome: first, traffic, report: proxied } = await execute(impairment.down, true, 'drawn');
  print(formatOutcome(first, timeoutNs));
  print(formatTraffic(traffic), ...formatCaptured(proxied.captured));
  unwritten.push(...proxied.unwritten);
  if (hasFailed(first)) report?.addFault(formatOutcome(first, timeoutNs));
  const unasked = formatUnasked(traffic);
  // It received nothing, so its result says nothing about the network.
  if (unasked !== null && !hasFailed(first)) throw new EnvironmentError('never-asked', unasked);
  if (unasked !== null) {
    print(`note: ${unasked}`);
    return 1;
  }
  if (!hasFailed(first)) {
    if (options.shrink) print('it did not fail: there is nothing to shrink');
    return 0;
  }
  if (!options.shrink) return 1;
  const events = drawnEvents(plan, prepared, 1);
  print(`shrinking ${formatEvents(events)}`);
  const trials = new Trials(
    async (config) => hasFailed((await execute(config, false)).outcome),
    options.shrinkRuns,
  );
  const shrunk = await shrinking(plan.progress, trials, options, () =>
    shrinkEvents(impairment.down, events, trials),
  );
  if (shrunk === null) {
    print(
      'the same events did not fail a second time: the failure depends on timing, and no list can say it',
    );
    return 1;
  }
  print(...formatShrunk(shrunk, trials.runs));
  if (report !== null) await execute(shrunk.config, false, 'shrunk');
  printReproduction(plan, shrunk, { kind: 'exec', command, timeoutNs, protocol });
  return 1;
}

function printReproduction(plan: ReplayPlan, { config }: Shrunk, judge: Judge): void {
  const shrunk = { ...plan, impairment: { ...plan.impairment, down: config } };
  print('to see it again:', `  ${reproduceCommand(shrunk, judge)}`);
}
