/**
 * Runs `matchstream live`: its folder, its seed, its closing table.
 *
 * An edge module.
 */
import { basename, join } from 'node:path';
import { EXIT } from '../../src/base/errors.ts';
import { columnsOf, print } from '../../src/files/terminal.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { interruptible } from '../../src/service/signals.ts';
import { readEnvironment, writeEnvironment } from '../report/environment.ts';
import { endOf, interruptedLine } from '../runs/interruption.ts';
import { defaultRunFolder, inRunFolder } from '../report/runFolder.ts';
import { sessionExitCode, sessionSummary, writeSessionReports } from '../runs/sessionReport.ts';
import { runLive } from '../runs/live.ts';
import type { LiveOptions } from './liveCommand.ts';

/** Returns the exit code. */
export async function runLiveCommand(options: LiveOptions): Promise<number> {
  const seed = options.seed ?? drawSeed();
  print(`seed ${seed}`);
  return interruptible((signal) =>
    inRunFolder(options.report ?? defaultRunFolder('live', new Date()), '--report', (folder) =>
      runInto(folder, { ...options, seed }, signal),
    ),
  );
}

async function runInto(
  folder: string,
  options: LiveOptions & { readonly seed: string },
  signal: AbortSignal,
): Promise<number> {
  const { seed } = options;
  const running = runLive({
    run: basename(folder),
    mode: options.mode,
    clock: options.clock,
    clients: options.clients,
    match: options,
    pacing: 'hybrid',
    transport: options.transport,
    tmaxNs: options.tmax,
    logsDir: join(folder, 'logs'),
    debugLog: options.logLevel === 'debug',
    signal,
  });
  const { session, interrupted } = await endOf(running, signal);
  if (session !== null) writeSessionReports(folder, [session]);
  writeEnvironment(
    join(folder, 'environment.json'),
    await readEnvironment({
      commandLine: process.argv,
      seed,
      network: session?.judgement.network ?? [],
      streamStartNs: session?.judgement.streamStartNs ?? null,
      interrupted,
    }),
  );
  if (session !== null) print('', ...sessionSummary(session, columnsOf(process.stdout)), '');
  if (interrupted !== null) print(interruptedLine({ session, interrupted }, 'the run'));
  print(`report: ${folder}`);
  return interrupted === null ? sessionExitCode(session) : EXIT[interrupted];
}
