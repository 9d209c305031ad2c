/**
 * How help is laid out: no word is cut, whatever the width of the terminal.
 *
 * It changes how commands print their help, and prints nothing itself.
 */
import type { Command, Help } from 'commander';
import { columnsOf, printLaidOut } from '../../src/files/terminal.ts';

/** How wide help is where there is no terminal. */
const DEFAULT_COLUMNS = 80;
/** Fewer columns than this beside the options are too few to read in: what they mean then stands below. */
const MIN_BESIDE = 38;
const MIN_COLUMNS = 30;
const INDENT = 2;
const BELOW = 6;
const GAP = 2;

/** An option and what it means: side by side where there is room, else one below the other. */
function formatItem(columns: number) {
  return (term: string, termColumns: number, description: string, helper: Help): string => {
    const indent = ' '.repeat(INDENT);
    if (description === '') return `${indent}${term}`;
    const beside = columns - INDENT - termColumns - GAP;
    const [first, at, width] =
      beside >= MIN_BESIDE
        ? [`${indent}${term.padEnd(termColumns + GAP)}`, INDENT + termColumns + GAP, beside]
        : [`${indent}${term}\n${' '.repeat(BELOW)}`, BELOW, columns - BELOW];
    return first + helper.boxWrap(description, width).replaceAll('\n', `\n${' '.repeat(at)}`);
  };
}

/**
 * Lays out the help of a command and of those below it, with the option that asks for it.
 * @param columns of the terminal; that of the standard output unless told
 */
export function layOutHelp(
  command: Command,
  helpOption: readonly [flags: string, description: string],
  columns: number = Math.max(columnsOf(process.stdout) ?? DEFAULT_COLUMNS, MIN_COLUMNS),
): void {
  command
    .helpOption(...helpOption)
    // Narrow or not, everything is wrapped: commander would leave it to the terminal, which cuts words.
    .configureHelp({ helpWidth: columns, minWidthToWrap: 1, formatItem: formatItem(columns) })
    .configureOutput({
      writeOut: (text) => printLaidOut(text, process.stdout, columns),
      writeErr: (text) => printLaidOut(text, process.stderr, columns),
    });
  for (const child of command.commands) layOutHelp(child, helpOption, columns);
}
