/**
 * Error messages for the likeliest mistakes in command lines, with what to type.
 *
 * It reads commander's commands; it runs nothing.
 */
import type { Command } from 'commander';
import { RepeatableOption } from '../declare.ts';
import type { KnownCommand } from './mistakes.ts';

export { findMistake } from './mistakes.ts';

const fullName = (command: Command): string =>
  command.parent === null || command.parent.parent === null
    ? command.name()
    : `${fullName(command.parent)} ${command.name()}`;

/** What a command accepts. */
export const known = (command: Command): KnownCommand => ({
  name: fullName(command),
  options: command.options.map((option) => ({
    long: option.long ?? option.flags,
    takes: /[<[](.*)[>\]]$/.exec(option.flags)?.[1] ?? null,
    isRepeatable: option instanceof RepeatableOption,
  })),
  operands: command.registeredArguments.length,
});

/** The command named by the first words, including subcommands, and the remaining words. */
export function named(program: Command, words: readonly string[]): readonly [Command, readonly string[]] {
  const [first, ...rest] = words;
  const child = program.commands.find((command) => command.name() === first);
  return child === undefined ? [program, words] : named(child, rest);
}
