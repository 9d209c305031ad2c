/**
 * The report of a run: its tables and its environment as files of one folder, and what is drawn from them.
 *
 * What is drawn is drawn from the texts of these files, as `matchstream report` draws it from the folder: never from what
 * only the run knows.
 */
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { tryWriting } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import { formatCsv } from './csv.ts';
import { COLUMNS_FILE } from './columnsLayout.ts';
import type { SessionColumns } from './columnsFile.ts';
import type { CsvPart } from './csv.ts';
import { formatEnvironment } from './environment.ts';
import { runModelOf } from './model/runModel.ts';
import type { Environment, RunModel } from './model/runModel.ts';
import { REPORTERS } from './reporters.ts';
import type { Reporter } from './reporters.ts';
import type { RunIdentity, TableName } from './tables.ts';
import { TWINS } from './twins/allTwins.ts';

/** What a reader should know of a part of the run. */
export interface Notes {
  readonly identity: RunIdentity;
  readonly notes: readonly string[];
  /** Notes that make the run fail. */
  readonly faults: readonly string[];
}

/** A report that was written, as far as it could be. */
export interface WrittenReport {
  readonly model: RunModel;
  readonly unwritten: readonly Unwritten[];
}

export class RunReport {
  readonly #texts = new Map<string, string>();
  readonly #notes: CsvPart<'notes'>[] = [];
  #columns: readonly SessionColumns[] = [];

  /** Adds a table; one that the report has is replaced. */
  add<Name extends TableName>(table: Name, parts: readonly CsvPart<Name>[]): this {
    this.#texts.set(`${table}.csv`, formatCsv(table, parts));
    return this;
  }

  /** Adds a table if it has rows. */
  addRows<Name extends TableName>(table: Name, parts: readonly CsvPart<Name>[]): this {
    return parts.some(({ rows }) => rows.length > 0) ? this.add(table, parts) : this;
  }

  /** Adds notes to those that the report has. */
  addNotes(parts: readonly Notes[]): this {
    for (const { identity, notes, faults } of parts)
      this.#notes.push({
        identity,
        rows: [
          ...faults.map((note) => ({ severity: 'fault', note })),
          ...notes.map((note) => ({ severity: 'note', note })),
        ],
      });
    return this.addRows('notes', this.#notes);
  }

  /** Adds what is known of single datagrams; sessions without are left out. */
  addColumns(sessions: readonly SessionColumns[]): this {
    this.#columns = sessions.filter(({ columns }) => columns.length > 0);
    return this;
  }

  /** Writes the tables alone: of a run that failed. Returns what could not be written. */
  async writeTables(folder: string): Promise<Unwritten[]> {
    const unwritten: Unwritten[] = [];
    for (const [name, text] of this.#texts)
      unwritten.push(...(await tryWriting(() => writeAtomicFile(join(folder, name), text))));
    return unwritten;
  }

  /**
   * Writes everything.
   * @param folder null writes nothing: the model is what is wanted
   */
  async write(
    folder: string | null,
    environment: Environment,
    reporters: readonly Reporter[] = REPORTERS,
  ): Promise<WrittenReport> {
    this.#texts.set('environment.json', formatEnvironment(environment));
    const model = runModelOf(this.#texts, folder === null ? '' : basename(resolve(folder)));
    if (folder === null) return { model, unwritten: [] };
    const unwritten = await this.writeTables(folder);
    // Only the page reads them.
    if (reporters.includes('html')) unwritten.push(...(await this.#writeColumns(folder)));
    return { model, unwritten: [...unwritten, ...(await writeTwins(folder, model, reporters))] };
  }

  async #writeColumns(folder: string): Promise<Unwritten[]> {
    if (this.#columns.length === 0) return [];
    const { encodeColumns } = await import('./columnsFile.ts');
    const bytes = await encodeColumns(this.#columns);
    return tryWriting(() => writeAtomicFile(join(folder, COLUMNS_FILE), bytes));
  }
}

/** Draws what is drawn from a folder, in the place of what was drawn before. Returns what could not be written. */
export async function writeTwins(
  folder: string,
  model: RunModel,
  reporters: readonly Reporter[],
): Promise<Unwritten[]> {
  const reader = { read: (name: string): Uint8Array | null => readOrNull(join(folder, name)) };
  const unwritten: Unwritten[] = [];
  for (const { reporter, file, load } of TWINS) {
    if (!reporters.includes(reporter)) continue;
    const draw = await load();
    const drawing = async (): Promise<void> => writeAtomicFile(join(folder, file), await draw(model, reader));
    unwritten.push(...(await tryWriting(drawing)));
  }
  return unwritten;
}

function readOrNull(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
