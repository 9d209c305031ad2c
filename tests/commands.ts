/** The commands of the program, as they declare themselves. */
import type { Command } from 'commander';
import { join } from 'node:path';
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
