/**
 * The runner's words: a line a file, the details of a failure, and the closing line.
 *
 * Pure: text in, text out.
 */
import type { Outcome } from './runFile.ts';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const indent = (text: string): string => text.trimEnd().replaceAll(/^/gm, '    ');

/** `3 passed, 1 failed`, and the skipped ones if there are any. */
export function formatTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A line for a file, one for each test it skipped, and for a file that failed also why, and what it printed. */
export function formatOutcome(outcome: Outcome): string {
  const { file, failed, skippedTitles, problems, output, tookMs } = outcome;
  const head = `${failed === 0 ? 'ok  ' : 'FAIL'} ${file}  ${formatTotals(outcome)}  ${(tookMs / 1000).toFixed(1)} s`;
  const line = [head, ...skippedTitles.map((title) => `    skipped: ${title}`)].join('\n');
  if (failed === 0) return line;
  const details = [...problems, output].filter((text) => text.trim() !== '').map(indent);
  return [line, ...details].join('\n');
}

/** The sums over all files, with one failure more for each filter that matched nothing. */
export function sumUp(outcomes: readonly Outcome[], unmatched: readonly string[]): Totals {
  const sum = (key: keyof Totals): number => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  return { passed: sum('passed'), failed: sum('failed') + unmatched.length, skipped: sum('skipped') };
}

/** A run is good when something ran and nothing failed. */
export function isGood({ passed, failed }: Totals): boolean {
  return passed > 0 && failed === 0;
}
