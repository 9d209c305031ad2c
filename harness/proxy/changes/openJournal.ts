/**
 * The journal of a proxy that is about to start, with its files.
 */
import type { Unwritten } from '../../../src/files/unwritten.ts';
import type { Impairment } from '../../impairment/impairment.ts';
import { Journal } from './journal.ts';
import type { JournalSink } from './journal.ts';
import { JournalFile } from './journalFile.ts';

/** Where a journal goes. */
export interface JournalRun {
  /** A file that has it from the start. */
  readonly journalPath?: string | null;
  /** A file that is made by the first change. */
  readonly changesPath?: string | null;
  /** Memory for its last lines, bytes; default 1 MiB. */
  readonly journalBytes?: number;
  /** Receives each line at once. */
  readonly journalled?: (line: string) => void;
}

export interface OpenJournal {
  readonly journal: Journal;
  /** Waits until its files are written. Returns what is not. */
  close(): Promise<Unwritten[]>;
}

/** @param told as in JournalFile @throws EnvironmentError if a file cannot be made */
export function openJournal(
  { journalPath = null, changesPath = null, journalBytes, journalled }: JournalRun,
  impairment: Impairment,
  protocol: string,
  told: (line: string) => void,
): OpenJournal {
  const files = [
    ...(journalPath === null ? [] : [new JournalFile(journalPath, false, told)]),
    ...(changesPath === null ? [] : [new JournalFile(changesPath, true, told)]),
  ];
  const sinks: JournalSink[] = [...files, ...(journalled === undefined ? [] : [{ line: journalled }])];
  return {
    journal: new Journal(impairment, protocol, sinks, journalBytes),
    close: async () => (await Promise.all(files.map((file) => file.close()))).flat(),
  };
}
