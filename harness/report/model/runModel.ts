/**
 * A finished run as one object, made from the files of its folder and from nothing else: what the tables say, the
 * environment, and the verdict.
 *
 * It reads texts that it is given. The same texts give the same object.
 */
import { UsageError } from '../../../src/base/errors.ts';
import type { Interrupt } from '../../../src/base/errors.ts';
import { TABLE_NAMES } from '../tables.ts';
import type { TableName } from '../tables.ts';
import { commandAgain } from './commandAgain.ts';
import { readTable, rowsOf } from './readTable.ts';
import type { Cell, Table } from './readTable.ts';
import { verdictOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** Version of run.json: it changes if a key is renamed or removed, or means something else. */
export const RUN_SCHEMA = 1;

export interface TimerGrain {
  /** Smallest nonzero step observed of the monotonic clock, nanoseconds. */
  readonly clockStepNs: number;
  /** How late a sleep of 1 ms ended: the median of 15, microseconds. */
  readonly sleepLatenessUs: number;
}

/** The machine that a run ran on, and the command: environment.json. */
export interface Environment {
  readonly matchstream: string;
  /** The words after the program's name: the paths of node and the program are private, and not needed to repeat a run. */
  readonly commandLine: readonly string[];
  readonly seed: string;
  /** How datagrams were sent and received, which features were missing, and the resolution of arrival times. */
  readonly network: readonly string[];
  /**
   * When the first datagram of the run was due, nanoseconds since the run's epoch, as are arrival times; null if there
   * was no stream, or several.
   */
  readonly streamStartNs: number | null;
  /** The signal that interrupted the run: the folder describes the part that ran. Null for a complete run. */
  readonly interrupted: Interrupt | null;
  /** When this was read, UTC, such as `2026-01-31T12:00:00Z`. */
  readonly readAt: string;
  readonly node: string;
  readonly platform: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly cpuModel: string | null;
  readonly cores: number;
  readonly memoryMib: number;
  readonly freeMemoryMib: number;
  /** Over 1, 5 and 15 minutes. */
  readonly loadAverage: readonly number[];
  readonly timer: TimerGrain;
  /** Maximum and default receive buffer of a socket, bytes. */
  readonly rmemMaxBytes: number | null;
  readonly rmemDefaultBytes: number | null;
  /** Signs of a container, with its limits; empty if there are none. */
  readonly container: readonly string[];
}

/** Which part of a run a note or an expectation is about. */
export interface Part {
  readonly scenario: string;
  readonly clock: string;
  readonly mode: string;
  readonly transport: string;
}

export interface Note extends Part {
  /** A `fault` makes the run fail. */
  readonly severity: 'note' | 'fault';
  readonly text: string;
}

export interface JudgedExpectation extends Part {
  /** What it is held against: `client 2`, `flow 3`, a point of a benchmark. */
  readonly subject: string;
  /** As after `--expect`. */
  readonly expectation: string;
  readonly metric: string;
  /** Null: there was nothing to take the figure over. */
  readonly measured: Cell;
  readonly result: 'met' | 'not met' | 'not decided';
}

/** The tables that are rows of figures; notes and expectations are lists of their own. */
export type DataTable = Exclude<TableName, 'notes' | 'expectations'>;

export interface RunModel {
  readonly schema: typeof RUN_SCHEMA;
  /** The name of the run: that of its folder when it ran. */
  readonly name: string;
  /** Null if nothing in the folder says it. */
  readonly seed: string | null;
  readonly verdict: Verdict;
  readonly expectations: readonly JudgedExpectation[];
  readonly notes: readonly Note[];
  /** Those that the folder has. */
  readonly tables: { readonly [Name in DataTable]?: Table };
  /** Null if the folder has none. */
  readonly environment: Environment | null;
}

/**
 * @param files the texts of a folder's files, by name; those that are no part of the model are ignored
 * @param folderName the run's name if no table says it
 * @throws UsageError for a file that is no such file
 */
export function runModelOf(files: ReadonlyMap<string, string>, folderName: string): RunModel {
  const tables: { [Name in TableName]?: Table } = {};
  for (const name of TABLE_NAMES) {
    const text = files.get(`${name}.csv`);
    if (text !== undefined) tables[name] = readTable(name, text);
  }
  const environment = readEnvironmentText(files.get('environment.json'));
  const { notes: noteTable, expectations: expectationTable, ...data } = tables;
  const notes = noteTable === undefined ? [] : rowsOf(noteTable).map(noteOf);
  const expectations = expectationTable === undefined ? [] : rowsOf(expectationTable).map(expectationOf);
  const first = Object.values(tables).find(({ rows }) => rows.length > 0);
  const [identity] = first === undefined ? [] : rowsOf({ ...first, rows: first.rows.slice(0, 1) });
  return {
    schema: RUN_SCHEMA,
    name: identity === undefined ? folderName : String(identity['run']),
    seed: environment?.seed ?? (identity === undefined ? null : String(identity['seed'])),
    verdict: verdictOf({
      tables: data,
      notes,
      expectations,
      interrupted: environment?.interrupted ?? null,
      again: environment === null ? null : commandAgain(environment),
    }),
    expectations,
    notes,
    tables: data,
    environment,
  };
}

const partOf = (row: Readonly<Record<string, Cell>>): Part => ({
  scenario: String(row['scenario']),
  clock: String(row['clock']),
  mode: String(row['mode']),
  transport: String(row['transport']),
});

const noteOf = (row: Readonly<Record<string, Cell>>): Note => ({
  ...partOf(row),
  severity: row['severity'] === 'fault' ? 'fault' : 'note',
  text: String(row['note']),
});

const expectationOf = (row: Readonly<Record<string, Cell>>): JudgedExpectation => ({
  ...partOf(row),
  subject: String(row['subject']),
  expectation: String(row['expectation']),
  metric: String(row['metric']),
  measured: row['measured'] ?? null,
  // What is not known to be met is not met.
  result: row['result'] === 'met' || row['result'] === 'not decided' ? row['result'] : 'not met',
});

function refuseEnvironment(got: string): never {
  throw new UsageError(
    'file-format',
    'environment.json',
    `expected an object with commandLine, seed and interrupted, got ${got}; give a folder as a run wrote it`,
  );
}

/** Its keys are those of the version that wrote it; only what the model itself uses is checked. */
function readEnvironmentText(text: string | undefined): Environment | null {
  if (text === undefined) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuseEnvironment('a text that is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null) return refuseEnvironment('another value');
  const { commandLine, seed, interrupted } = parsed as Partial<Record<string, unknown>>;
  const isWhole =
    Array.isArray(commandLine) &&
    commandLine.every((word) => typeof word === 'string') &&
    typeof seed === 'string' &&
    (interrupted === null || typeof interrupted === 'string');
  return isWhole ? (parsed as Environment) : refuseEnvironment('one without them');
}
