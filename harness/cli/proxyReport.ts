/**
 * `proxy --report` and `--arrivals`: the folder, what is noted while the proxy runs, and what is written at its end.
 */
import { basename, join } from 'node:path';
import type { Interrupt } from '../../src/base/errors.ts';
import { checkNewFile, checkNoFolder } from '../../src/files/outputs.ts';
import { tryWriting } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { Traffic } from '../proxy/told/traffic.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';
import { readEnvironment, writeEnvironment } from '../report/environment.ts';
import { makeRunFolder } from '../report/runFolder.ts';
import { proxiedTable } from '../report/terminal.ts';
import { writeTrafficList } from '../report/trafficList.ts';
import { judgedProxy, trafficFor } from '../runs/proxiedReport.ts';
import { sessionExitCode, writeSessionReports } from '../runs/sessionReport.ts';

/** The options of the command that it is about. */
type ReportOptions = Partial<Readonly<Record<'report' | 'arrivals' | 'fates' | 'log', string | undefined>>>;

/** What a report needs while the proxy runs. */
export interface OpenReport {
  /** Where everything is written; null for none. */
  readonly folder: string | null;
  readonly arrivalsPath: string | null;
  /** Null where neither was asked for. */
  readonly traffic: Traffic | null;
  /** Null for none. */
  readonly fatesDir: string | null;
  /** The log's path, as it is given. */
  readonly log: string | undefined;
}

/**
 * Makes the folder.
 * @throws UsageError for a name that is taken, EnvironmentError if it cannot be made
 */
export function openReport(options: ReportOptions, impairment: Impairment): OpenReport {
  const { report, arrivals, fates, log } = options;
  if (arrivals !== undefined) {
    checkNewFile(arrivals, '--arrivals');
    checkNoFolder(arrivals, '--arrivals', { '--fates': fates, '--report': report });
  }
  const folder = report === undefined ? null : makeRunFolder(report, '--report');
  return {
    folder,
    arrivalsPath: arrivals ?? null,
    traffic: folder === null && arrivals === undefined ? null : trafficFor(impairment),
    fatesDir: fates ?? (folder === null ? null : join(folder, 'fates')),
    log: log ?? (folder === null ? undefined : join(folder, 'logs', 'proxy.log')),
  };
}

/** What was written, and what there is to say. */
export interface WrittenReport {
  /** For the terminal, a line each. */
  readonly lines: readonly string[];
  /** 1 where a verdict fails, else 0. */
  readonly exitCode: 0 | 1;
  readonly unwritten: readonly Unwritten[];
}

/** Judges the run and writes it. */
export async function writeReport(
  { folder, arrivalsPath, traffic }: OpenReport,
  report: ProxyReport,
  ran: {
    readonly protocol: Protocol;
    readonly impairment: Impairment;
    readonly scenario: string;
    readonly interrupted: Interrupt | null;
  },
): Promise<WrittenReport> {
  if (traffic === null) return { lines: [], exitCode: 0, unwritten: [] };
  const unwritten: Unwritten[] = [];
  const lines: string[] = [];
  if (arrivalsPath !== null) {
    unwritten.push(...(await tryWriting(() => writeTrafficList(arrivalsPath, traffic))));
    lines.push(`arrivals: ${arrivalsPath}`);
  }
  if (folder === null) return { lines, exitCode: 0, unwritten };
  const { protocol, impairment, scenario, interrupted } = ran;
  const session = judgedProxy({ report, traffic, protocol }, impairment, basename(folder), scenario);
  const { seed } = impairment;
  const { network } = session.judgement;
  unwritten.push(
    ...(await writeSessionReports(folder, [session])),
    ...(await tryWriting(async () =>
      writeEnvironment(
        join(folder, 'environment.json'),
        await readEnvironment({ commandLine: process.argv, seed, network, interrupted }),
      ),
    )),
  );
  lines.push(
    ...proxiedTable(session.judgement),
    ...session.judgement.remarks.map((remark) => `note: ${remark}`),
    `report: ${folder}`,
  );
  return { lines, exitCode: sessionExitCode(session), unwritten };
}
