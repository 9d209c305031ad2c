/**
 * The run as the page asks for it: rows by name, sessions, clients, cells as text.
 *
 * It computes no figure: a cell's text is the text of its CSV.
 */
import { formatNumber } from '../../src/base/figures.ts';
import type { Cell, Table } from '../report/model/readTable.ts';
import type { DataTable, RunModel } from '../report/model/runModel.ts';

/** A row, and where it stands in its table. */
export interface Row {
  readonly at: number;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** What identifies a session of a run. */
const SESSION_COLUMNS = ['scenario', 'clock', 'mode', 'transport'] as const;

export type Identity = Readonly<Record<(typeof SESSION_COLUMNS)[number], string>>;

export interface Session {
  readonly key: string;
  readonly label: string;
  readonly identity: Identity;
  readonly ledger: readonly Row[];
  /** Whether one of its rows is wrong. */
  readonly isWrong: boolean;
}

/** As its CSV has it. */
export const textOf = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? '' : typeof cell === 'number' ? formatNumber(cell) : cell;

export const numberOf = (cell: Cell | undefined): number | null => (typeof cell === 'number' ? cell : null);

const rowsOfTable = ({ columns, rows }: Table): Row[] =>
  rows.map((cells, at) => ({
    at,
    cells: Object.fromEntries(columns.map(({ name }, k) => [name, cells[k] ?? null])),
  }));

const cache = new WeakMap<Table, Row[]>();

/** A table's rows; none where the folder has no such table. */
export function rowsOf(run: RunModel, name: DataTable): readonly Row[] {
  const table = run.tables[name];
  if (table === undefined) return [];
  const known = cache.get(table);
  if (known !== undefined) return known;
  const rows = rowsOfTable(table);
  cache.set(table, rows);
  return rows;
}

const keyOf = (cells: Readonly<Record<string, Cell>>): string =>
  SESSION_COLUMNS.map((name) => textOf(cells[name])).join('\n');

/** The sessions whose datagrams have an account, in the order of the file. */
export function sessionsOf(run: RunModel): Session[] {
  const byKey = new Map<string, Row[]>();
  for (const row of rowsOf(run, 'ledger')) {
    const rows = byKey.get(keyOf(row.cells));
    if (rows === undefined) byKey.set(keyOf(row.cells), [row]);
    else rows.push(row);
  }
  const wrong = new Set(
    rowsOf(run, 'comparison')
      .filter(({ cells }) => cells['verdict'] === 'mismatch')
      .map(({ cells }) => keyOf(cells)),
  );
  return [...byKey].map(([key, ledger]) => {
    const [scenario = '', clock = '', mode = '', transport = ''] = key.split('\n');
    return {
      key,
      label: [scenario, `${clock} clock`, mode, transport].filter((word) => word !== '').join(', '),
      identity: { scenario, clock, mode, transport },
      ledger,
      isWrong: wrong.has(key) || ledger.some(({ cells }) => isMore(cells['unexplained'])),
    };
  });
}

const isMore = (cell: Cell | undefined): boolean => typeof cell === 'number' && cell !== 0;

/** The session to begin with: one that is wrong, else the last one with an impairment, else the last. */
export function firstSession(sessions: readonly Session[]): Session | null {
  return (
    sessions.find(({ isWrong }) => isWrong) ??
    sessions.findLast(({ ledger }) =>
      ledger.some(({ cells }) => isMore(cells['dropped']) || isMore(cells['duplicated'])),
    ) ??
    sessions.at(-1) ??
    null
  );
}

/** Whose rows: `flow`, `direction` and `client` of a row. */
export const accountOf = (cells: Readonly<Record<string, Cell>>): string =>
  [cells['flow'], cells['direction'], cells['client']].map(textOf).join(' ');

/** Rows of a table that belong to a session, and to an account of it. */
export function rowsFor(run: RunModel, name: DataTable, session: Session, account: string | null): Row[] {
  return rowsOf(run, name).filter(
    ({ cells }) => keyOf(cells) === session.key && (account === null || accountOf(cells) === account),
  );
}

/** What a user calls an account: `client 1`, and its direction where both occur. */
export function nameOfAccount({ cells }: Row, all: readonly Row[]): string {
  const hasBoth = new Set(all.map((row) => textOf(row.cells['direction']))).size > 1;
  const client = textOf(cells['client']);
  const who = client === '' ? `flow ${textOf(cells['flow'])}` : `client ${client}`;
  return hasBoth ? `${who} ${textOf(cells['direction'])}` : who;
}

/** The streams that rows of one account are of, in order; one without a name where there is only one. */
export const streamsOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.map(({ cells }) => textOf(cells['stream']))),
];

/** From the worst. */
const VERDICTS = ['mismatch', 'kernel drop', 'not measured', 'within', 'match'];

/** The worst verdict of rows, `not measured` only if there is nothing else. */
export function worstOf(rows: readonly Row[]): string {
  const verdicts = new Set(rows.map(({ cells }) => textOf(cells['verdict'])));
  const judged = VERDICTS.filter((verdict) => verdict !== 'not measured').find((verdict) =>
    verdicts.has(verdict),
  );
  return judged ?? (verdicts.has('not measured') ? 'not measured' : '');
}

/** The comparison of an account of a session; none for one that has none. */
export type ComparisonIndex = (sessionKey: string, account: string) => readonly Row[];

const nameOf = (sessionKey: string, account: string): string => `${sessionKey}\n${account}`;

/** Finds comparisons without searching the whole table each time. */
export function comparisonIndex(run: RunModel): ComparisonIndex {
  const found = new Map<string, Row[]>();
  for (const row of rowsOf(run, 'comparison')) {
    const name = nameOf(keyOf(row.cells), accountOf(row.cells));
    const rows = found.get(name);
    if (rows === undefined) found.set(name, [row]);
    else rows.push(row);
  }
  return (sessionKey, account) => found.get(nameOf(sessionKey, account)) ?? [];
}
