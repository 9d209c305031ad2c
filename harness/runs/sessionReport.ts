/**
 * A judged session in a run's report: its tables (comparison, ledger, its causes, reorder density), its notes, and the
 * summary for people.
 */
import { escaped, linesOf } from '../../src/base/escape.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import { NOBODY, clientSubjects, isBroken, judgeExpectations } from '../judge/expectation.ts';
import type { MeasuredValue } from '../expected/expectedValue.ts';
import type { Expectation, GrowingFigures, Subject } from '../judge/expectation.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import { describeShortened } from '../judge/judge.ts';
import type { Judgement, Shortened } from '../judge/judge.ts';
import { streamName } from '../judge/streamName.ts';
import type { CsvPart } from '../report/csv.ts';
import type { RunReport } from '../report/runReport.ts';
import type { RunIdentity, TableName, TableRow } from '../report/tables.ts';
import { PLAIN_TABLE, comparisonTable } from '../report/terminal.ts';
import type { TableOptions } from '../report/terminal.ts';
import { totalSoFar } from './endWhen.ts';

/** One judged session, with the names for its rows. */
export interface JudgedSession {
  readonly identity: RunIdentity;
  readonly judgement: Judgement;
  /** How far it got before an interrupt; null if complete. */
  readonly shortened: Shortened | null;
  /** Logs, statistics, fates and arrivals that could not be written at the end. */
  readonly unwritten: readonly Unwritten[];
}

/**
 * One table for all sessions; each session's rows carry its identity.
 * @param more notes on the last session, besides its own
 */
export function addSessions(
  report: RunReport,
  sessions: readonly JudgedSession[],
  more: readonly string[] = [],
): RunReport {
  if (sessions.length === 0) return report;
  const parts = <Name extends TableName>(
    rowsOf: (judgement: Judgement) => readonly TableRow<Name>[],
  ): CsvPart<Name>[] => sessions.map(({ identity, judgement }) => ({ identity, rows: rowsOf(judgement) }));
  return report
    .add(
      'comparison',
      parts(({ comparison }) => comparison),
    )
    .add(
      'ledger',
      parts(({ ledger }) => ledger),
    )
    .add(
      'ledger_causes',
      parts(({ causes }) => causes),
    )
    .add(
      'reorder_density',
      parts(({ reorderDensity }) => reorderDensity),
    )
    .addColumns(sessions.map(({ identity, judgement: { columns } }) => ({ identity, columns })))
    .addNotes(
      sessions.map(({ identity, judgement: { remarks, faults } }, k) => ({
        identity,
        notes: k === sessions.length - 1 ? [...remarks, ...more] : remarks,
        faults,
      })),
    );
}

/** What of a session is held against expectations: its clients, or of a proxy by itself what left of each stream. */
function subjectsOf({ comparison, measured }: Judgement): readonly Subject[] {
  const streams = new Map<string, Map<string, MeasuredValue>>();
  for (const { client, flow, direction, stream, metric, measured: figure } of comparison) {
    if (client !== null) continue;
    const name = streamName({ flow, direction, stream });
    const figures = streams.get(name) ?? new Map<string, MeasuredValue>();
    streams.set(name, figures.set(metric, figure));
  }
  if (streams.size > 0)
    return [...streams].map(([name, figures]) => ({
      name,
      figureOf: (metric) => figures.get(metric) ?? null,
    }));
  return measured.length === 0 ? [NOBODY] : clientSubjects(measured);
}

/**
 * Holds the receivers of sessions against expectations. Of a stream that was ended early an expectation is decided only if it is
 * broken for good.
 * @param isCutShort whether a signal ended the run: then none is decided
 */
export const addExpectations = (
  report: RunReport,
  sessions: readonly JudgedSession[],
  expectations: readonly Expectation[],
  isCutShort: boolean,
): RunReport =>
  report.addRows(
    'expectations',
    sessions.map(({ identity, judgement, shortened }) => ({
      identity,
      rows: judgeExpectations(expectations, subjectsOf(judgement), (expectation, subject) =>
        isCutShort ? false : shortened === null || isBrokenEarly(expectation, subject, shortened),
      ),
    })),
  );

/** Whether a part of a stream breaks an expectation for good. */
function isBrokenEarly(expectation: Expectation, subject: Subject, { of }: Shortened): boolean {
  const sent = subject.figureOf('sent');
  const total = of ?? totalSoFar(typeof sent === 'number' ? sent : 0);
  return isBroken(expectation, growing(subject), total);
}

/** A subject's figures that only grow. */
function growing({ figureOf }: Subject): GrowingFigures {
  const numberOf = (name: MetricName): number | null => {
    const figure = figureOf(name);
    return typeof figure === 'number' ? figure : null;
  };
  return {
    received: numberOf('received'),
    lost: numberOf('lost'),
    duplicates: numberOf('duplicates'),
    reordered: numberOf('reordered'),
  };
}

/** What is said of a session that an expectation ended early; null for one that came to its end. */
export const abortedLine = ({ shortened }: JudgedSession): string | null =>
  shortened === null ? null : `--abort-on-fail: ended after ${describeShortened(shortened)}`;

/** The summary for people, a line each, with colours if wanted: only those of the table. */
export function sessionSummary({ judgement }: JudgedSession, options: TableOptions = PLAIN_TABLE): string[] {
  const remarks = judgement.remarks.map((remark) => escaped(`note: ${remark}`));
  return [...linesOf(comparisonTable(judgement.comparison, judgement.ledger, options)), ...remarks];
}
