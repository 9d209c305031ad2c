/**
 * The only module that writes to the terminal. It escapes control characters in every line, because names, seeds,
 * options, file contents and network data may be part of it. On a terminal, long lines are broken between words; into a
 * pipe each message is one line.
 *
 * It writes to the standard output and the error output.
 */
import { escaped, escapedButStyles, jsonText, linesOf } from '../base/escape.ts';
import { fitLines } from '../base/fitLines.ts';

/** The longest line on the error output, characters: a message may quote a file of many megabytes. */
const MAX_COMPLAINT_CHARACTERS = 4000;

/** Columns of the terminal on this stream; null if it is no terminal or its width is unknown. */
export const columnsOf = (stream: NodeJS.WriteStream): number | null =>
  stream.isTTY === true && stream.columns > 0 ? stream.columns : null;

/** Prints lines on the standard output. A line break within a line is escaped: pass several lines instead. */
export function print(...lines: readonly string[]): void {
  const columns = columnsOf(process.stdout);
  process.stdout.write(lines.map((line) => `${fitLines(escaped(line), columns)}\n`).join(''));
}

/** Prints a value as JSON for programs, never broken to the width of the terminal. @param indent as for `jsonText` */
export function printJson(value: object, indent?: number): void {
  process.stdout.write(`${jsonText(value, indent)}\n`);
}

/** Prints text with its own line breaks to either stream. @param columns width at which lines are broken */
export function printLaidOut(text: string, stream: NodeJS.WriteStream, columns: number): void {
  const lines = linesOf(text).map(escaped);
  stream.write(`${fitLines(lines.join('\n'), columns)}\n`);
}

/** Prints text of src/display: line breaks and colour codes are kept, other control characters are escaped. */
export function printStyled(text: string): void {
  process.stdout.write(`${escapedButStyles(text)}\n`);
}

/** Prints one line on the error output. */
export function complain(line: string): void {
  const head = line.slice(0, MAX_COMPLAINT_CHARACTERS);
  const told = `${escaped(head)}${head.length < line.length ? '…' : ''}`;
  process.stderr.write(`${fitLines(told, columnsOf(process.stderr))}\n`);
}
