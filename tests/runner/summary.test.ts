/** What the runner says, and when it calls a run good. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatOutcome, formatTotals, isGood, sumUp } from './summary.ts';
import type { Outcome } from './runFile.ts';

const test = suite('runner summary');

const outcome = (changes: Partial<Outcome>): Outcome => ({
  file: 'tests/a.test.ts',
  passed: 2,
  failed: 0,
  skipped: 0,
  skippedTitles: [],
  problems: [],
  output: 'printed\n',
  tookMs: 1234,
  ...changes,
});

test('the closing line names skipped tests only when there are any', () => {
  assert.is(formatTotals({ passed: 3, failed: 0, skipped: 0 }), '3 passed, 0 failed');
  assert.is(formatTotals({ passed: 3, failed: 1, skipped: 2 }), '3 passed, 1 failed, 2 skipped');
});

test('a file that passes is one line, without its output', () => {
  assert.is(formatOutcome(outcome({})), 'ok   tests/a.test.ts  2 passed, 0 failed  1.2 s');
});

test('what a file skips is named, each on a line', () => {
  assert.is(
    formatOutcome(outcome({ skipped: 2, skippedTitles: ['a: over IPv6 (no IPv6 here)', 'a: b'] })),
    'ok   tests/a.test.ts  2 passed, 0 failed, 2 skipped  1.2 s\n    skipped: a: over IPv6 (no IPv6 here)\n    skipped: a: b',
  );
});

test('a file that fails shows its problems, then its output', () => {
  assert.is(
    formatOutcome(outcome({ failed: 1, problems: ['left something running'] })),
    'FAIL tests/a.test.ts  2 passed, 1 failed  1.2 s\n    left something running\n    printed',
  );
});

test('a filter that matches nothing is a failure', () => {
  const totals = sumUp([outcome({}), outcome({ passed: 5, skipped: 1 })], ['nowhere']);
  assert.equal(totals, { passed: 7, failed: 1, skipped: 1 });
  assert.not(isGood(totals));
});

test('a run in which nothing ran is not good', () => {
  assert.not(isGood(sumUp([], [])));
  assert.ok(isGood(sumUp([outcome({})], [])));
});

test.run();
