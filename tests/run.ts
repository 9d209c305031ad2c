/**
 * Runs the tests: `node --import tsx tests/run.ts [--long] [--jobs N] [FILTER…]`.
 *
 * Every file runs in a process of its own, two at a time; those that must not share the machine afterwards, alone.
 * The last line is `N passed, N failed`. Exit code 1 when anything failed or nothing ran, 2 for a wrong option.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { planRun } from './runner/plan.ts';
import { killAll, runFile } from './runner/runFile.ts';
import { formatOutcome, formatTotals, isGood, sumUp } from './runner/summary.ts';
import type { Outcome } from './runner/runFile.ts';

/** Only what is left running is waited for so long: a busy machine needs seconds to end a process. */
const LINGER_MS = 10_000;
const ROOT = join(import.meta.dirname, '..');

function readOptions(): { long: boolean; jobs: number; filters: string[] } {
  const { values, positionals } = parseArgs({
    options: { long: { type: 'boolean', default: false }, jobs: { type: 'string', default: '2' } },
    allowPositionals: true,
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new TypeError(`--jobs: expected a whole number from 1, got "${values.jobs}"`);
  return { long: values.long, jobs, filters: positionals };
}

async function main(): Promise<number> {
  let options;
  try {
    options = readOptions();
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : String(cause));
    return 2;
  }
  process.chdir(ROOT);
  // Under nohup, what is tested would take itself for a program that nohup started, and outlive a closed terminal.
  delete process.env['_'];
  // What is printed is compared without colours.
  delete process.env['FORCE_COLOR'];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll();
      process.exit(1);
    });
  }

  const paths = readdirSync('tests', { recursive: true, encoding: 'utf8' });
  const plan = planRun(
    paths.map((path) => `tests/${path.replaceAll('\\', '/')}`),
    options.filters,
    options.long,
  );
  for (const part of plan.unmatched) console.log(`FAIL no test file matches "${part}"`);

  const outcomes: Outcome[] = [];
  const runInTurn = async (files: Iterator<string>): Promise<void> => {
    for (let next = files.next(); next.done !== true; next = files.next()) {
      const outcome = await runFile(next.value, { limitMs: plan.limitMs, lingerMs: LINGER_MS });
      outcomes.push(outcome);
      console.log(formatOutcome(outcome));
    }
  };
  // Workers share one iterator: each takes the next file as it becomes free.
  const together = plan.together.values();
  await Promise.all(Array.from({ length: options.jobs }, () => runInTurn(together)));
  await runInTurn(plan.alone.values());

  const totals = sumUp(outcomes, plan.unmatched);
  if (totals.passed + totals.failed === 0) console.log('FAIL no test ran');
  console.log(`\n${formatTotals(totals)}`);
  return isGood(totals) ? 0 : 1;
}

process.exitCode = await main();
