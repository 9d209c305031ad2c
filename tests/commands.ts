/** The commands of the program, as they declare themselves. */
import { Command } from 'commander';
import { join } from 'node:path';
import { elsewhere } from '../harness/cli/remedies/elsewhere.ts';
import { findMistake, known, named } from '../harness/cli/remedies/remedies.ts';
import { UsageError } from '../src/base/errors.ts';
import { listFiles } from './house/source.ts';

const ROOT = join(import.meta.dirname, '..');

/** Every command the program is made of, by the functions that build them; subcommands as `scenario show`. */
export async function buildCommands(): Promise<Map<string, Command>> {
  const paths = ['src', 'harness', 'bench'].flatMap(listFiles).filter((path) => /Commands?\.ts$/.test(path));
  const commands = new Map<string, Command>();
  for (const path of paths) {
    const module = (await import(join(ROOT, path))) as Record<string, unknown>;
    for (const [name, build] of Object.entries(module)) {
      if (!/^build\w*Command$/.test(name) || typeof build !== 'function') continue;
      const command = build(() => Promise.reject(new Error('only looked at'))) as Command;
      commands.set(command.name(), command);
      for (const child of command.commands) commands.set(`${command.name()} ${child.name()}`, child);
    }
  }
  return commands;
}

/** The program with every command, and the commands in one order, whatever that of the files. */
export async function buildProgram(): Promise<{
  readonly program: Command;
  readonly commands: ReadonlyMap<string, Command>;
}> {
  const commands = new Map([...(await buildCommands())].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const program = new Command('matchstream');
  for (const [name, command] of commands) if (!name.includes(' ')) program.addCommand(command);
  return { program, commands };
}

/** What the program tells before commander would. @throws UsageError */
export function refuseMistakes(
  program: Command,
  commands: ReadonlyMap<string, Command>,
  words: readonly string[],
): void {
  const [command, rest] = named(program, words);
  const mistake = findMistake(known(command), rest);
  if (mistake === null) return;
  if (mistake instanceof UsageError) throw mistake;
  const told = elsewhere(known(command), mistake.flag, mistake.value, [...commands.values()].map(known));
  if (told !== null) throw told;
}
