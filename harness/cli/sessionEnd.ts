/**
 * The end of a live run and of a replay: the files of its folder, the closing table, the exit code.
 */
import { join } from 'node:path';
import { EXIT } from '../../src/base/errors.ts';
import { columnsOf, print } from '../../src/files/terminal.ts';
import { throwUnwritten, tryWriting } from '../../src/files/unwritten.ts';
import { readEnvironment, writeEnvironment } from '../report/environment.ts';
import { interruptedLine } from '../runs/interruption.ts';
import type { SessionEnd } from '../runs/interruption.ts';
import { sessionExitCode, sessionSummary, writeSessionReports } from '../runs/sessionReport.ts';
import type { JudgedSession } from '../runs/sessionReport.ts';

/**
 * Returns the exit code.
 * @param what the name of the run, such as `the replay`
 * @param end the result of the session
 * @param control the control session before it, which is reported with it; null for none
 * @param isUnmet reports further expectations, and returns whether any was missed
 * @throws EnvironmentError for what could not be written, when everything is printed
 */
export async function endCommand(
  folder: string,
  what: string,
  seed: string,
  end: SessionEnd,
  control: JudgedSession | null = null,
  isUnmet: (end: SessionEnd) => boolean = () => false,
): Promise<number> {
  const { session, interrupted } = end;
  const sessions = [control, session].filter((each) => each !== null);
  const unwritten = [
    ...sessions.flatMap((each) => each.unwritten),
    ...(await writeSessionReports(folder, sessions)),
    ...(await tryWriting(async () =>
      writeEnvironment(
        join(folder, 'environment.json'),
        await readEnvironment({
          commandLine: process.argv,
          seed,
          network: session?.judgement.network ?? [],
          streamStartNs: session?.judgement.streamStartNs ?? null,
          interrupted,
        }),
      ),
    )),
  ];
  if (session !== null) print('', ...sessionSummary(session, columnsOf(process.stdout)), '');
  const isMissed = isUnmet(end);
  if (interrupted !== null) print(interruptedLine({ session, interrupted }, what));
  print(`report: ${folder}`);
  throwUnwritten(unwritten);
  if (interrupted !== null) return EXIT[interrupted];
  return isMissed ? EXIT.mismatch : sessionExitCode(session);
}
