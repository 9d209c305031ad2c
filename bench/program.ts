/**
 * The common options, errors and exit codes of the benchmark programs that `npm run bench:…` starts.
 */
import { Command } from 'commander';
import { EXIT, EnvironmentError, UsageError } from '../src/base/errors.ts';
import { shortageOf } from '../src/files/descriptorLimit.ts';
import { complain } from '../src/files/terminal.ts';
import { readInteger } from '../src/base/quantities.ts';

const MAX_RUNS = 1000;

/** A program with `--smoke` and `--runs`. @param smoke description of the smoke size */
export const benchProgram = (name: string, description: string, smoke: string): Command =>
  new Command(name)
    .description(description)
    .option('--smoke', `${smoke}: shows that it works, and measures nothing worth quoting`, false)
    .option(
      '--runs <n>',
      'rounds; figures are medians',
      (text) => readInteger(text, '--runs', 1, MAX_RUNS),
      5,
    );

/** Runs a program, and reports a failure as `matchstream` does. */
export async function runProgram(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (thrown) {
    const cause = shortageOf(thrown) ?? thrown;
    const isKnown = cause instanceof UsageError || cause instanceof EnvironmentError;
    const message = cause instanceof Error ? cause.message : String(cause);
    complain(isKnown ? `error: ${message}` : `error: a bug in matchstream: ${message}`);
    process.exitCode = isKnown ? cause.exitCode : EXIT.environment;
  }
}
