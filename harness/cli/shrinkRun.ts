/**
 * Runs `matchstream replay` with `--shrink` or `--exec`: finds what fails, makes it small, prints how to see it again.
 *
 * An edge module: it prints. It writes no files.
 */
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { print } from '../../src/files/terminal.ts';
import { interruptible } from '../../src/service/signals.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { Schedule } from '../impairment/schedule.ts';
import type { ProxyProtocol } from '../proxy/flow.ts';
import { formatImpairment } from './impairmentOptions.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { RecordingSource } from '../recording/recordingSource.ts';
import { damageRemark, leftOutRemark, prepareReplay } from '../runs/replay.ts';
import type { PreparedReplay } from '../runs/replay.ts';
import { impairmentOf } from './replayRun.ts';
import type { ReplayRun } from './replayRun.ts';
import { reproduceCommand } from '../shrink/commandLine.ts';
import type { Reproduction } from '../shrink/commandLine.ts';
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
import type { Shrunk, Trial } from '../shrink/shrink.ts';
import { DEFAULT_EXEC_PROTOCOL, DEFAULT_EXEC_TIMEOUT_NS, DEFAULT_SHRINK_RUNS } from './shrinkOptions.ts';
import { measureVirtually } from '../shrink/virtualTrial.ts';

/**
 * Returns the exit code: 0 when nothing fails, else 1.
 * @throws EnvironmentError when a command passes that never asked for the recording
 */
export async function runJudgedReplay(run: ReplayRun): Promise<0 | 1> {
  const { impairment } = impairmentOf(run);
  const plan = { ...run, impairment, intervalNs: run.interval ?? null, arrivalsPath: null, fatesDir: null };
  const receiver = run.exec === undefined ? 'ours' : protocolOf(run) === 'any' ? 'any program' : 'command';
  const prepared = await prepareReplay(plan, receiver);
  print(`seed ${impairment.seed}; impairment: ${formatImpairment(impairment)}`);
  for (const remark of [leftOutRemark(prepared.recording), damageRemark(prepared.recording)])
    if (remark !== null) print(`note: ${remark}`);
  const { exec } = run;
  return exec === undefined
    ? shrinkExpectations({ ...run, impairment }, prepared)
    : interruptible((signal) => judgeByExec({ ...run, impairment }, prepared, exec, signal));
}

const protocolOf = (run: ReplayRun): ProxyProtocol => run.execProtocol ?? DEFAULT_EXEC_PROTOCOL;

type ImpairedRun = ReplayRun & { readonly impairment: Impairment };

/** What the drawn schedule does to a flow of the recording, as a list. */
function drawnEvents(run: ImpairedRun, { recording, stream }: PreparedReplay, flow: number) {
  const { seed, down } = run.impairment;
  const key = { seed, flow, direction: 'down' } as const;
  return eventsOf(new Schedule(down, key, stream.mediaTimeNs), recording.count);
}

const trialsOf = (run: ImpairedRun, trial: Trial): Trials =>
  new Trials(trial, run.shrinkRuns ?? DEFAULT_SHRINK_RUNS);

async function shrinkExpectations(run: ImpairedRun, prepared: PreparedReplay): Promise<0 | 1> {
  const { recording, speed } = prepared;
  const measure = (down: ImpairmentConfig, clients: number) =>
    measureVirtually({
      recording,
      clients,
      speed,
      impairment: { ...run.impairment, down },
      tmaxNs: run.tmax,
    });
  const failures = measure(run.impairment.down, run.clients).flatMap((statistics, k) => {
    const unmet = (run.expect ?? []).find((expectation) => !isMet(expectation, statistics));
    return unmet === undefined ? [] : [{ client: k + 1, unmet, statistics }];
  });
  if (failures.length === 0) {
    print('every client meets every expectation: there is nothing to shrink');
    return 0;
  }
  for (const { client, unmet, statistics } of failures) {
    print(formatUnmet(client, unmet, statistics));
    const events = drawnEvents(run, prepared, client);
    print(`shrinking ${formatEvents(events)}`);
    const trials = trialsOf(run, async (config) =>
      measure(config, 1).some((measured) => !isMet(unmet, measured)),
    );
    const shrunk = await shrinkEvents(run.impairment.down, events, trials);
    if (shrunk === null) {
      print(`client ${client} fails by delays or damage drawn for its own flow, which no list can say`);
      continue;
    }
    const [measured] = measure(shrunk.config, 1);
    print(...formatShrunk(shrunk, trials.runs));
    if (measured !== undefined) print(formatUnmet(1, unmet, measured));
    printReproduction(run, shrunk, { kind: 'expect', expression: formatExpectation(unmet) });
    return 1;
  }
  throw new UsageError(
    '--shrink: expected a failure that one client alone can have, got none; try --clients 1, or another --seed',
  );
}

async function judgeByExec(
  run: ImpairedRun,
  prepared: PreparedReplay,
  command: string,
  signal: AbortSignal,
): Promise<0 | 1> {
  const timeoutNs = run.execTimeout ?? DEFAULT_EXEC_TIMEOUT_NS;
  const protocol = protocolOf(run);
  const source = new RecordingSource(prepared.recording);
  const execute = (down: ImpairmentConfig, shown: boolean) =>
    runExecTrial({
      source,
      speed: prepared.speed,
      protocol,
      transport: run.transport,
      impairment: { ...run.impairment, down },
      command,
      timeoutMs: timeoutNs / 1e6,
      shown,
      signal,
    });
  const { outcome: first, traffic } = await execute(run.impairment.down, true);
  print(formatOutcome(first, timeoutNs));
  print(formatTraffic(traffic));
  const unasked = formatUnasked(traffic);
  // It heard nothing, so whatever it makes of the network was not tried.
  if (unasked !== null && !hasFailed(first)) throw new EnvironmentError(unasked);
  if (unasked !== null) {
    print(`note: ${unasked}`);
    return 1;
  }
  if (!hasFailed(first)) {
    if (run.shrink) print('it did not fail: there is nothing to shrink');
    return 0;
  }
  if (!run.shrink) return 1;
  const events = drawnEvents(run, prepared, 1);
  print(`shrinking ${formatEvents(events)}`);
  const trials = trialsOf(run, async (config) => hasFailed((await execute(config, false)).outcome));
  const shrunk = await shrinkEvents(run.impairment.down, events, trials);
  if (shrunk === null) {
    print(
      'the same events did not fail a second time: the failure depends on timing, and no list can say it',
    );
    return 1;
  }
  print(...formatShrunk(shrunk, trials.runs));
  printReproduction(run, shrunk, { kind: 'exec', command, timeoutNs, protocol });
  return 1;
}

function printReproduction(run: ImpairedRun, { config }: Shrunk, judge: Reproduction['judge']): void {
  const command = reproduceCommand(
    {
      path: run.path,
      config,
      seed: run.impairment.seed,
      intervalNs: run.interval ?? null,
      speed: run.speed,
      tmaxNs: run.tmax,
      holdMaxNs: run.holdMax,
      recover: run.recover,
      judge,
    },
    {
      tmaxNs: 1e9,
      holdMaxNs: 1e9,
      execTimeoutNs: DEFAULT_EXEC_TIMEOUT_NS,
      execProtocol: DEFAULT_EXEC_PROTOCOL,
    },
  );
  print('to see it again:', `  ${command}`);
}
