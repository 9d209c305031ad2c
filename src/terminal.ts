/**
 * The terminal, if there is one: how wide it is, and lines for people.
 *
 * An edge module: it asks and writes the standard streams. What goes into a pipe is written as it is, a line a thought.
 */
import { fitLines } from './display/fit.ts';

/** Columns of the terminal at this stream; null where it is none, or does not say. */
export const columnsOf = (stream: NodeJS.WriteStream): number | null =>
  stream.isTTY === true && stream.columns > 0 ? stream.columns : null;

/** Prints lines for people; those longer than the terminal are broken between words. */
export function print(text: string): void {
  process.stdout.write(`${fitLines(text, columnsOf(process.stdout))}\n`);
}

/** Tells something on the error output, likewise. */
export function complain(text: string): void {
  process.stderr.write(`${fitLines(text, columnsOf(process.stderr))}\n`);
}
