/**
 * A journal's file. It takes every line at once and writes in the background; where the disk is so slow that lines are lost, the
 * file says so in its last line, and is refused by `--timeline`.
 */
import { dirname } from 'node:path';
import { writeAtomicFile } from '../../../src/files/atomicFile.ts';
import { makeFolder } from '../../../src/files/outputs.ts';
import { QueuedFile } from '../../../src/files/queuedFile.ts';
import { EnvironmentError } from '../../../src/base/errors.ts';
import { notWritten, plainReason } from '../../../src/files/reason.ts';
import { tryWriting } from '../../../src/files/unwritten.ts';
import type { Unwritten } from '../../../src/files/unwritten.ts';
import type { JournalLines, JournalSink } from './journal.ts';
import { leftOutLine } from './journalLines.ts';

export class JournalFile implements JournalSink {
  readonly path: string;
  readonly #told: (line: string) => void;
  readonly #openFile: (path: string, name: string) => QueuedFile;
  #file: QueuedFile | null = null;
  /** What comes before the first change, until the file is made. */
  #waiting: string[] = [];
  #leftOut = 0;
  #isClosed = false;
  #failure: EnvironmentError | null = null;

  /**
   * @param isLazy the file is made by the second line: as long as nothing changes there is none
   * @param told receives what its reader must know, at once
   * @param openFile as `new QueuedFile`, or its replacement in a test
   * @throws EnvironmentError if it cannot be made
   */
  constructor(
    path: string,
    isLazy: boolean,
    told: (line: string) => void,
    openFile = (file: string, name: string) => new QueuedFile(file, name),
  ) {
    this.path = path;
    this.#told = told;
    this.#openFile = openFile;
    if (!isLazy) this.#open();
  }

  line(text: string): void {
    if (this.#isClosed || this.#failure !== null) return;
    if (this.#file === null) {
      this.#waiting.push(text);
      if (this.#waiting.length > 1) this.#begin();
      return;
    }
    if (this.#file.offer(`${text}\n`)) return;
    if (this.#leftOut === 0)
      this.#told(
        `the disk is too slow for the journal ${this.path}: lines are left out, so it cannot be played again`,
      );
    this.#leftOut += 1;
  }

  /** Waits until everything is written. Returns what is not. */
  async close(): Promise<Unwritten[]> {
    const file = this.#file;
    this.#isClosed = true;
    this.#file = null;
    const failure = this.#failure;
    if (failure !== null) return [{ code: failure.code, message: failure.message }];
    if (file === null) return [];
    return tryWriting(() => file.close(this.#leftOut > 0 ? `${leftOutLine(this.#leftOut)}\n` : ''));
  }

  /** A run goes on without its journal; that is told at once, and again at its end. */
  #begin(): void {
    try {
      this.#open();
    } catch (cause) {
      if (!(cause instanceof EnvironmentError)) throw cause;
      this.#failure = cause;
      this.#told(cause.message);
      return;
    }
    for (const line of this.#waiting.splice(0)) this.line(line);
  }

  #open(): void {
    try {
      makeFolder(dirname(this.path));
    } catch (cause) {
      throw notWritten(`the journal ${this.path}`, plainReason(cause), cause);
    }
    this.#file = this.#openFile(this.path, `the journal ${this.path}`);
  }
}

/** Writes a journal that is in memory. One that is not whole says so. Returns what could not be written. */
export function writeJournal(path: string, { lines, leftOut }: JournalLines): Promise<Unwritten[]> {
  const whole = leftOut === 0 ? lines : [...lines, leftOutLine(leftOut)];
  return tryWriting(() => writeAtomicFile(path, whole.map((line) => `${line}\n`).join('')));
}
