/**
 * The option that says which clock a run goes by, and what cannot stand beside it.
 *
 * It declares and checks; it does nothing.
 */
import { Option } from 'commander';
import type { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { givenOptions } from './options.ts';

export const clockOption = (): Option =>
  new Option('--clock <which>', 'virtual runs the same code without sockets and without waiting')
    .choices(['real', 'virtual'])
    .default('real');

/** Option → what is missing on the virtual clock, so that nothing would look at it. */
const REAL_ONLY: Readonly<Record<string, string>> = {
  '--transport': 'no sockets',
  '--mode': 'no processes',
  '--no-control': 'no noise, so no control run',
};

function refuse(option: string, lacks: string): never {
  throw new UsageError(
    `${option}: expected --clock real, got --clock virtual, which has ${lacks}; leave one of them out`,
  );
}

/** @throws UsageError for `--clock virtual` beside something given that only the real clock has */
export function checkClockOptions(command: Command): void {
  if (command.opts<{ clock: 'virtual' | 'real' }>().clock !== 'virtual') return;
  for (const name of givenOptions(command, Object.keys(REAL_ONLY))) refuse(name, REAL_ONLY[name] as string);
  if (command.opts<{ logLevel: string }>().logLevel === 'debug') refuse('--log-level debug', 'no logs');
}
