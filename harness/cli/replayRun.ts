/**
 * Runs `matchstream replay`: its seed, its control run, its folder, its expectations.
 */
import { basename, join } from 'node:path';
import { UsageError } from '../../src/base/errors.ts';
import { UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { checkNoFolder } from '../../src/files/outputs.ts';
import { print } from '../../src/files/terminal.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { settingsOver } from '../impairment/phases.ts';
import { rebindTimesNs } from '../impairment/stages/rebind.ts';
import { endWhenBroken } from '../runs/endWhen.ts';
import { endOf } from '../runs/interruption.ts';
import type { SessionEnd } from '../runs/interruption.ts';
import { inReportFolder } from '../report/runFolder.ts';
import type { JudgedSession } from '../runs/sessionReport.ts';
import { EXEC_DEFAULTS } from '../shrink/commandLine.ts';
import type { ReplayOptions } from './replayCommand.ts';
import { refuseOtherProtocols } from './protocolOptions.ts';
import { checkControl, chooseImpairment, formatImpairment } from './impairmentOptions.ts';
import {
  leftOutRemark,
  playRecording,
  prepareReplay,
  replayControl,
  replayRecording,
  scanReplay,
} from '../runs/replay.ts';
import type { PreparedReplay, ScannedReplay } from '../runs/replay.ts';
import type { ReplayPlan } from '../runs/replayPlan.ts';
import type { MachineNoise } from '../judge/timingBands.ts';
import { findFlow } from '../recording/conversation/findFlow.ts';
import { refuse } from './declare.ts';
import { WRITING, endCommand } from './sessionEnd.ts';

/** @throws UsageError for an impairment without effect */
export function impairmentOf(options: ReplayOptions): ReturnType<typeof chooseImpairment> {
  const chosen = chooseImpairment(options, options.seed ?? drawSeed());
  if (options.execProtocol === undefined) refuseOtherProtocols(chosen.protocols);
  checkControl(options, chosen.impairment, options.execProtocol ?? EXEC_DEFAULTS.protocol, '--exec-protocol');
  const settings = (['down', 'up'] as const).flatMap((way) => settingsOver(chosen.impairment, way));
  if (rebindTimesNs(settings).length > 0) {
    throw new UsageError(
      'conflict',
      '--rebind',
      'expected none in a replay, whose clients are registered by their address, so that its server would go on sending to ' +
        'the port that was left; leave it out, or put your own programs behind matchstream proxy',
    );
  }
  return chosen;
}

/** The flow that `--flow` gives. @throws UsageError for several, and for one that the recording does not have */
export async function chooseFlow(
  path: string,
  { flow = [[1]], recover }: ReplayOptions,
  progress: Progress,
): Promise<number> {
  const [choice = 1, ...more] = flow.flat();
  if (more.length > 0)
    refuse(
      '--flow',
      'one flow for a replay',
      `${more.length + 1}`,
      'several are played of a conversation, with --to or --as-server',
    );
  return typeof choice === 'number' ? choice : findFlow(path, choice, recover, progress);
}

/** Maximum length of the control run: the stream played without impairment, to measure the machine's own delays. */
const CONTROL_NS = 1e9;

/** Returns the exit code. */
export async function runReplayCommand(
  path: string,
  options: ReplayOptions,
  progress: Progress,
): Promise<number> {
  const { impairment, scenario } = impairmentOf(options);
  const plan = {
    path,
    progress,
    flow: await chooseFlow(path, options, progress),
    mode: options.mode,
    clients: options.clients,
    scenario,
    impairment,
    intervalNs: options.interval ?? null,
    speed: options.speed,
    transport: options.transport,
    tmaxNs: options.tmax,
    recover: options.recover,
    clock: options.clock,
    arrivalsPath: options.arrivals ?? null,
    fatesDir: options.fates ?? null,
    capturePath: options.capture ?? null,
    debugLog: options.logLevel === 'debug',
    endWhen: endWhenBroken(options),
  };
  const { arrivals, fates, report } = options;
  if (arrivals !== undefined) checkNoFolder(arrivals, '--arrivals', { '--fates': fates, '--report': report });
  // Check the recording and the outputs before the folder is made.
  const prepared = options.verdict ? await prepareReplay(plan) : await scanReplay(plan);
  print(`seed ${impairment.seed}; impairment: ${formatImpairment(impairment)}`);
  const leftOut = leftOutRemark(prepared.recording);
  if (leftOut !== null) print(`note: ${leftOut}`);
  return inReportFolder(report, 'replay', async (folder, signal) => {
    const columns = options.verdict && options.reporter.includes('html');
    const whole = { ...plan, columns, run: basename(folder), logsDir: join(folder, 'logs'), signal };
    const { control, end } = await runBoth(options, whole, prepared);
    return during(progress, WRITING, UNREAD, () =>
      endCommand(folder, 'the replay', impairment.seed, end, options, control),
    );
  });
}

/** Runs the control, if wanted, and the replay; a control run that was interrupted is left out. */
async function runBoth(
  options: ReplayOptions,
  plan: ReplayPlan & { readonly signal: AbortSignal },
  prepared: PreparedReplay | ScannedReplay,
): Promise<{ readonly control: JudgedSession | null; readonly end: SessionEnd }> {
  if (!('windowCounts' in prepared))
    return { control: null, end: await endOf(playRecording(plan, prepared), plan.signal) };
  let noise: MachineNoise | null = null;
  let control: JudgedSession | null = null;
  if (options.clock === 'real' && options.control) {
    const controlling = replayControl(plan, CONTROL_NS, prepared).then((done) => {
      noise = done.noise;
      return done.session;
    });
    const { session, interrupted } = await endOf(controlling, plan.signal);
    if (interrupted !== null) {
      print('the control run was not finished, and is left out');
      return { control, end: { session: null, interrupted } };
    }
    control = session;
  }
  return { control, end: await endOf(replayRecording({ ...plan, noise }, prepared), plan.signal) };
}
