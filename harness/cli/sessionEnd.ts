/**
 * The end of a live run and of a replay: the files of its folder, the closing table, the verdict, the exit code.
 */
import { print, printStyled, tableScreen } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import type { Expectation } from '../judge/expectation.ts';
import { expectationLines } from '../report/closing.ts';
import { readEnvironment } from '../report/environment.ts';
import type { Reporter } from '../report/reporters.ts';
import { RunReport } from '../report/runReport.ts';
import { exitCodeOf, tellVerdict } from '../report/tellVerdict.ts';
import { interruptedLine } from '../runs/interruption.ts';
import type { SessionEnd } from '../runs/interruption.ts';
import { abortedLine, addExpectations, addSessions, sessionSummary } from '../runs/sessionReport.ts';
import type { JudgedSession } from '../runs/sessionReport.ts';

/** The step in which a report is made. */
export const WRITING = 'writing the report';

/** How a run is judged and reported, as its options say. */
export interface Judging {
  readonly expect?: readonly Expectation[];
  readonly reporter: readonly Reporter[];
}

/**
 * Returns the exit code.
 * @param what the name of the run, such as `the replay`
 * @param end the result of the session
 * @param control the control session before it, which is reported with it; null for none
 * @throws EnvironmentError for what could not be written, when everything is printed
 */
export async function endCommand(
  folder: string,
  what: string,
  seed: string,
  end: SessionEnd,
  { expect = [], reporter }: Judging,
  control: JudgedSession | null = null,
): Promise<number> {
  const { session, interrupted } = end;
  const sessions = [control, session].filter((each) => each !== null);
  const aborted = session === null || interrupted !== null ? null : abortedLine(session);
  const report = addSessions(new RunReport(), sessions, aborted === null ? [] : [aborted]);
  if (session !== null) addExpectations(report, [session], expect, interrupted !== null);
  const environment = await readEnvironment({
    commandLine: process.argv,
    seed,
    network: session?.judgement.network ?? [],
    streamStartNs: session?.judgement.streamStartNs ?? null,
    interrupted,
  });
  const { model, unwritten } = await report.write(folder, environment, reporter);
  if (session !== null) printStyled(['', ...sessionSummary(session, tableScreen()), ''].join('\n'));
  print(...expectationLines(model));
  if (aborted !== null) print(aborted);
  if (interrupted !== null) print(interruptedLine({ session, interrupted }, what));
  print(`report: ${folder}`);
  tellVerdict(model);
  throwUnwritten([...sessions.flatMap((each) => each.unwritten), ...unwritten]);
  return exitCodeOf(model);
}
