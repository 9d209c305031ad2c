/**
 * The one place that writes to the terminal. Whatever a line says, it stays one line and drives nothing: names, seeds,
 * options, what a file says and what came over the network are escaped here, however they got into the text.
 *
 * An edge module: it has the standard output and the error output.
 */
import { escaped, escapedButStyles } from '../display/escape.ts';

/** The longest line on the error output, characters: a message may quote a file of many megabytes. */
const MOST_COMPLAINT_CHARACTERS = 4000;

/** Prints lines on the standard output. A line break within one is escaped: give another line instead. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${escaped(line)}\n`).join(''));
}

/** Prints what our own display laid out: line breaks and its colour codes are kept, nothing else is. */
export function printStyled(text: string): void {
  process.stdout.write(`${escapedButStyles(text)}\n`);
}

/** Tells something on the error output, one line. */
export function complain(line: string): void {
  const head = line.slice(0, MOST_COMPLAINT_CHARACTERS);
  process.stderr.write(`${escaped(head)}${head.length < line.length ? '…' : ''}\n`);
}
