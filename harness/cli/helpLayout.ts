/**
 * The layout of help: words are never broken, whatever the width of the terminal.
 */
import type { Command, Help } from 'commander';
import { columnsOf, printLaidOut } from '../../src/files/terminal.ts';

/** Width of help without a terminal. */
const DEFAULT_COLUMNS = 80;
/** Minimum width of descriptions beside the options; if there is less, they are placed below. */
const MIN_BESIDE = 38;
const MIN_COLUMNS = 30;
const INDENT = 2;
const BELOW = 6;
const GAP = 2;

/** An option and its description: side by side if there is room, else one below the other. */
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
 * Lays out the help of a command and its subcommands, with the help option.
 * @param columns of the terminal; by default those of the standard output
 */
export function layOutHelp(
  command: Command,
  helpOption: readonly [flags: string, description: string],
  columns: number = Math.max(columnsOf(process.stdout) ?? DEFAULT_COLUMNS, MIN_COLUMNS),
): void {
  command
    .helpOption(...helpOption)
    // Always wrap here: commander would leave it to narrow terminals, which break words.
    .configureHelp({ helpWidth: columns, minWidthToWrap: 1, formatItem: formatItem(columns) })
    .configureOutput({
      writeOut: (text) => printLaidOut(text, process.stdout, columns),
      writeErr: (text) => printLaidOut(text, process.stderr, columns),
    });
  for (const child of command.commands) layOutHelp(child, helpOption, columns);
}
