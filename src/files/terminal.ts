/**
 * The one place that writes to the terminal. Whatever a line says, it drives nothing: names, seeds, options, what a file
 * says and what came over the network are escaped here, however they got into the text. In a terminal, what is longer
 * than a line is broken between words; what goes into a pipe is written as it is, a line a thought.
 *
 * An edge module: it has the standard output and the error output.
 */
import { escaped, escapedButStyles, jsonText, linesOf } from '../base/escape.ts';
import { fitLines } from '../base/fitLines.ts';

/** The longest line on the error output, characters: a message may quote a file of many megabytes. */
const MAX_COMPLAINT_CHARACTERS = 4000;

/** Columns of the terminal at this stream; null where it is none, or does not say. */
export const columnsOf = (stream: NodeJS.WriteStream): number | null =>
  stream.isTTY === true && stream.columns > 0 ? stream.columns : null;

/** Prints lines on the standard output. A line break within one is escaped: give another line instead. */
export function print(...lines: readonly string[]): void {
  const columns = columnsOf(process.stdout);
  process.stdout.write(lines.map((line) => `${fitLines(escaped(line), columns)}\n`).join(''));
}

/** Prints a value for programs, as JSON: whole, however narrow the terminal. @param indent as for `jsonText` */
export function printJson(value: object, indent?: number): void {
  process.stdout.write(`${jsonText(value, indent)}\n`);
}

/** Prints text that we laid out ourselves, line breaks and all, to either stream. @param columns to break lines at */
export function printLaidOut(text: string, stream: NodeJS.WriteStream, columns: number): void {
  const lines = linesOf(text).map(escaped);
  stream.write(`${fitLines(lines.join('\n'), columns)}\n`);
}

/** Prints what our own display laid out: line breaks and its colour codes are kept, nothing else is. */
export function printStyled(text: string): void {
  process.stdout.write(`${escapedButStyles(text)}\n`);
}

/** Tells something on the error output, one line. */
export function complain(line: string): void {
  const head = line.slice(0, MAX_COMPLAINT_CHARACTERS);
  const told = `${escaped(head)}${head.length < line.length ? '…' : ''}`;
  process.stderr.write(`${fitLines(told, columnsOf(process.stderr))}\n`);
}
