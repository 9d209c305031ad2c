/**
 * `proxy --report` and `--arrivals`: the folder, what is noted while the proxy runs, and what is written at its end.
 */
import { basename, join } from 'node:path';
import type { Interrupt } from '../../src/base/errors.ts';
import { Paced, UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { checkNewFile, checkNoFolder } from '../../src/files/outputs.ts';
import { tryWriting } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { Expectation } from '../judge/expectation.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { Traffic } from '../proxy/told/traffic.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';
import { expectationLines } from '../report/closing.ts';
import { readEnvironment } from '../report/environment.ts';
import type { RunModel } from '../report/model/runModel.ts';
import { makeRunFolder } from '../report/runFolder.ts';
import { RunReport } from '../report/runReport.ts';
import { tellVerdict } from '../report/tellVerdict.ts';
import { proxiedTable } from '../report/terminal.ts';
import { tableScreen } from '../../src/files/terminal.ts';
import { writeTrafficList } from '../report/trafficList.ts';
import { judgedProxy } from '../runs/proxiedReport.ts';
import { abortedLine, addExpectations, addSessions } from '../runs/sessionReport.ts';
import { WRITING } from './sessionEnd.ts';
import type { Judging } from './sessionEnd.ts';

/** The options of the command that it is about. */
type ReportOptions = Partial<
  Readonly<Record<'report' | 'arrivals' | 'fates' | 'log' | 'journal', string | undefined>>
> & {
  readonly expect?: readonly Expectation[];
};

/** What a report needs while the proxy runs. */
export interface OpenReport {
  /** Where everything is written; null for none. */
  readonly folder: string | null;
  readonly arrivalsPath: string | null;
  /** Null where nothing is to be listed or judged. */
  readonly traffic: Traffic | null;
  /** Null for none. */
  readonly fatesDir: string | null;
  /** Where the journal is written, if anything changes; null for nowhere. */
  readonly changesPath: string | null;
  /** The log's path, as it is given. */
  readonly log: string | undefined;
}

/**
 * Makes the folder.
 * @throws UsageError for a name that is taken, EnvironmentError if it cannot be made
 */
export function openReport(options: ReportOptions): OpenReport {
  const { report, arrivals, fates, log, journal, expect = [] } = options;
  if (journal !== undefined) {
    checkNewFile(journal, '--journal');
    checkNoFolder(journal, '--journal', { '--fates': fates, '--report': report });
  }
  if (arrivals !== undefined) {
    checkNewFile(arrivals, '--arrivals');
    checkNoFolder(arrivals, '--arrivals', { '--fates': fates, '--report': report });
  }
  const folder = report === undefined ? null : makeRunFolder(report, '--report');
  return {
    folder,
    arrivalsPath: arrivals ?? null,
    traffic: folder === null && arrivals === undefined && expect.length === 0 ? null : new Traffic(),
    fatesDir: fates ?? (folder === null ? null : join(folder, 'fates')),
    changesPath: folder === null ? null : join(folder, 'epochs.jsonl'),
    log: log ?? (folder === null ? undefined : join(folder, 'logs', 'proxy.log')),
  };
}

/** What was written, and what it says. */
export interface WrittenReport {
  /** Null where nothing was judged. */
  readonly model: RunModel | null;
  readonly unwritten: readonly Unwritten[];
}

/** Judges the run, writes it, and prints what it comes to, the verdict last. */
export async function writeReport(
  { folder, arrivalsPath, traffic }: OpenReport,
  report: ProxyReport,
  ran: {
    readonly protocol: Protocol;
    readonly impairment: Impairment;
    readonly scenario: string;
    readonly interrupted: Interrupt | null;
    /** Whether an expectation has ended it. */
    readonly isAborted: boolean;
  },
  { expect = [], reporter }: Judging,
  print: (...lines: readonly string[]) => void,
  progress: Progress,
): Promise<WrittenReport> {
  if (traffic === null) return { model: null, unwritten: [] };
  const unlisted =
    arrivalsPath === null
      ? []
      : await during(progress, 'writing the arrivals', UNREAD, () =>
          tryWriting(() => writeTrafficList(arrivalsPath, traffic)),
        );
  if (arrivalsPath !== null) print(`arrivals: ${arrivalsPath}`);
  if (folder === null && expect.length === 0) return { model: null, unwritten: unlisted };
  const { protocol, impairment, scenario, interrupted, isAborted } = ran;
  const run = folder === null ? 'proxy' : basename(folder);
  const pace = new Paced(traffic.entries, progress);
  const judged = await during(progress, 'comparing', pace.look, async () =>
    judgedProxy({ report, traffic, protocol }, impairment, run, scenario, pace),
  );
  const session = isAborted ? { ...judged, shortened: { lastCount: traffic.entries, of: null } } : judged;
  const aborted = abortedLine(session);
  const { judgement } = session;
  const { seed } = impairment;
  const { network } = judgement;
  const tables = addSessions(new RunReport(), [session], aborted === null ? [] : [aborted]);
  addExpectations(tables, [session], expect, interrupted !== null);
  const environment = await readEnvironment({ commandLine: process.argv, seed, network, interrupted });
  const written = await during(progress, WRITING, UNREAD, () => tables.write(folder, environment, reporter));
  print(
    ...proxiedTable(judgement, { ...tableScreen(), colour: false }),
    ...judgement.remarks.map((remark) => `note: ${remark}`),
  );
  print(...expectationLines(written.model));
  if (aborted !== null) print(aborted);
  if (folder !== null) print(`report: ${folder}`);
  tellVerdict(written.model, print);
  return { model: written.model, unwritten: [...unlisted, ...written.unwritten] };
}
