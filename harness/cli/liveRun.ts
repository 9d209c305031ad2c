/**
 * Runs `matchstream live`: chooses its seed and its folder.
 */
import { basename, join } from 'node:path';
import { UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { print } from '../../src/files/terminal.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { inReportFolder } from '../report/runFolder.ts';
import { endWhenBroken } from '../runs/endWhen.ts';
import { endOf } from '../runs/interruption.ts';
import { runLive } from '../runs/live.ts';
import type { LIVE_OPTIONS } from './liveCommand.ts';
import type { ValuesOf } from './declare.ts';
import { WRITING, endCommand } from './sessionEnd.ts';
import { showingWeb } from './webOption.ts';

/** Returns the exit code. */
export async function runLiveCommand(
  options: ValuesOf<typeof LIVE_OPTIONS>,
  progress: Progress,
): Promise<number> {
  const seed = options.seed ?? drawSeed();
  print(`seed ${seed}`);
  return inReportFolder(options.report, 'live', (folder, signal) =>
    showingWeb(options, 'live', async (watch) => {
      const running = runLive({
        progress,
        run: basename(folder),
        mode: options.mode,
        clock: options.clock,
        clients: options.clients,
        match: { ...options, seed },
        pacing: 'hybrid',
        transport: options.transport,
        tmaxNs: options.tmax,
        logsDir: join(folder, 'logs'),
        debugLog: options.logLevel === 'debug',
        columns: options.reporter.includes('html'),
        signal,
        endWhen: endWhenBroken(options),
        watch,
      });
      const end = await endOf(running, signal);
      return during(progress, WRITING, UNREAD, () => endCommand(folder, 'the run', seed, end, options));
    }),
  );
}
