/**
 * Runs `matchstream replay`: its folder, its seed, its closing table.
 *
 * An edge module.
 */
import { basename, join } from 'node:path';
import type { TransportChoice } from '../../src/transport/select.ts';
import { checkNoFolder } from '../../src/files/outputs.ts';
import { columnsOf, print } from '../../src/files/terminal.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { interruptible } from '../../src/service/signals.ts';
import { readEnvironment, writeEnvironment } from '../report/environment.ts';
import { defaultRunFolder, inRunFolder } from '../report/runFolder.ts';
import { sessionExitCode, sessionSummary, writeSessionReports } from '../report/sessionReport.ts';
import type { Mode } from '../runner/start.ts';
import { formatUnmet, isMet } from '../shrink/expectation.ts';
import type { JudgeOptions } from '../shrink/shrinkOptions.ts';
import { formatImpairments } from './impairmentOptions.ts';
import type { Impairments } from './impairmentOptions.ts';
import { leftOutRemark, prepareReplay, replayControl, replayRecording } from './replay.ts';
import type { PreparedReplay } from './replay.ts';
import type { ReplayPlan } from './replayPlan.ts';

export interface ReplayRun extends JudgeOptions {
  readonly path: string;
  readonly clients: number;
  readonly seed?: string;
  readonly mode: Mode;
  readonly interval?: number;
  readonly speed: number;
  readonly tmax: number;
  readonly transport: TransportChoice;
  readonly holdMax: number;
  readonly impairControl: boolean;
  readonly recover: boolean;
  readonly control: boolean;
  readonly clock: 'virtual' | 'real';
  readonly arrivals?: string;
  readonly fates?: string;
  readonly report?: string;
  readonly logLevel: 'info' | 'debug';
  readonly impairments: Impairments;
  readonly scenario: string;
}

/** So much of the stream, at the most, is played once without impairment to see what the machine itself does. */
const CONTROL_NS = 1e9;

/** Returns the exit code. */
export async function runReplayCommand(run: ReplayRun): Promise<0 | 1> {
  const seed = run.seed ?? drawSeed();
  print(`seed ${seed}; impairment: ${formatImpairments(run.impairments)}`);
  const plan = {
    path: run.path,
    mode: run.mode,
    clients: run.clients,
    seed,
    scenario: run.scenario,
    impairments: run.impairments,
    holdMaxNs: run.holdMax,
    impairControl: run.impairControl,
    intervalNs: run.interval ?? null,
    speed: run.speed,
    transport: run.transport,
    tmaxNs: run.tmax,
    recover: run.recover,
    clock: run.clock,
    arrivalsPath: run.arrivals ?? null,
    fatesDir: run.fates ?? null,
    debugLog: run.logLevel === 'debug',
  };
  const { arrivals, fates, report } = run;
  if (arrivals !== undefined) checkNoFolder(arrivals, '--arrivals', { '--fates': fates, '--report': report });
  // What is wrong with the recording or an output shows before there is a folder.
  const prepared = await prepareReplay(plan);
  const leftOut = leftOutRemark(prepared.recording);
  if (leftOut !== null) print(`note: ${leftOut}`);
  return interruptible((signal) =>
    inRunFolder(report ?? defaultRunFolder('replay', new Date()), '--report', (folder) => {
      const whole = { ...plan, run: basename(folder), logsDir: join(folder, 'logs'), signal };
      return replayInto(folder, run, whole, prepared);
    }),
  );
}

async function replayInto(
  folder: string,
  run: ReplayRun,
  plan: ReplayPlan,
  prepared: PreparedReplay,
): Promise<0 | 1> {
  const control =
    run.clock === 'real' && run.control ? await replayControl(plan, CONTROL_NS, prepared) : null;
  const session = await replayRecording({ ...plan, noise: control?.noise ?? null }, prepared);
  writeSessionReports(folder, control === null ? [session] : [control.session, session]);
  writeEnvironment(
    join(folder, 'environment.json'),
    await readEnvironment({
      commandLine: process.argv,
      seed: plan.seed,
      network: session.judgement.network,
      streamStartNs: session.judgement.streamStartNs,
    }),
  );
  print('', ...sessionSummary(session, columnsOf(process.stdout)), '');
  const unmet = (run.expect ?? []).flatMap((expectation) =>
    session.judgement.measured.flatMap((statistics, k) =>
      isMet(expectation, statistics) ? [] : [formatUnmet(k + 1, expectation, statistics)],
    ),
  );
  for (const line of unmet) print(line);
  print(`report: ${folder}`);
  return unmet.length > 0 ? 1 : sessionExitCode(session);
}
