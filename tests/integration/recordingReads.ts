/** Counts how often a run opens the golden recording and checks it: where Node opens files and computes hashes. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import type { ReplayPlan } from '../../harness/runs/replayPlan.ts';
import { temporaryFolder } from '../harness/recording/tiny.ts';

const folder = temporaryFolder();
const NOTES = join(folder, 'notes.txt');
process.env['COUNT_READS'] = NOTES;
process.env['NODE_OPTIONS'] =
  `${process.env['NODE_OPTIONS'] ?? ''} --import ${join(import.meta.dirname, 'countReads.mjs')}`;
await import('./countReads.mjs' as string);

export const GOLDEN = join(import.meta.dirname, '../../recordings/match-42.jsonl');
const FOOTER_BYTES = readFileSync(GOLDEN, 'utf8').trimEnd().split('\n').at(-1)?.length ?? 0;

/** How often the golden recording was opened, and its hash computed, while `work` ran. */
export async function countsOf(work: () => Promise<unknown>): Promise<{ opened: number; checked: number }> {
  writeFileSync(NOTES, '');
  await work();
  const notes = readFileSync(NOTES, 'utf8').split('\n');
  // Of header and frames, each with its line end; the footer, and its, are not in it.
  const checkedBytes = statSync(GOLDEN).size - FOOTER_BYTES - 1;
  return {
    opened: notes.filter((line) => line === `open ${GOLDEN}`).length,
    checked: notes.filter((line) => line === `sha256 ${checkedBytes}`).length,
  };
}

export const PLAN: ReplayPlan = {
  path: GOLDEN,
  impairment: readImpairment({ seed: '7' }),
  intervalNs: 0,
  tmaxNs: 1e8,
  clients: 3,
};
