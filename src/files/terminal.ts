/**
 * The only module that writes to the terminal. It escapes control characters in every line, because names, seeds,
 * options, file contents and network data may be part of it. On a terminal, long lines are broken between words; into a
 * pipe each message is one line.
 *
 * It writes to the standard output and the error output. On a terminal it can keep lines at the bottom that are renewed in
 * place (`showStatus`); what is printed meanwhile stands above them.
 */
import { fstatSync } from 'node:fs';
import { escaped, escapedButStyles, jsonText, linesOf, withoutStyles } from '../base/escape.ts';
import { fitLines } from '../base/fitLines.ts';
import { displayWidth } from '../base/printable.ts';
import { wantsColour } from './colour.ts';

/** The longest line on the error output, characters: a message may quote a file of many megabytes. */
const MAX_COMPLAINT_CHARACTERS = 4000;

/** Columns of the terminal on this stream; null if it is no terminal or its width is unknown. */
export const columnsOf = (stream: NodeJS.WriteStream): number | null =>
  stream.isTTY === true && stream.columns > 0 ? stream.columns : null;

/** Prints lines on the standard output. A line break within a line is escaped: pass several lines instead. */
export function print(...lines: readonly string[]): void {
  const columns = columnsOf(process.stdout);
  write(process.stdout, lines.map((line) => `${fitLines(escaped(line), columns)}\n`).join(''));
}

/** Prints a value as JSON for programs, never broken to the width of the terminal. @param indent as for `jsonText` */
export function printJson(value: object, indent?: number): void {
  write(process.stdout, `${jsonText(value, indent)}\n`);
}

/** Prints text with its own line breaks to either stream. @param columns width at which lines are broken */
export function printLaidOut(text: string, stream: NodeJS.WriteStream, columns: number): void {
  const lines = linesOf(text).map(escaped);
  write(stream, `${fitLines(lines.join('\n'), columns)}\n`);
}

/** Prints text with colours: line breaks and colour codes are kept, other control characters are escaped. */
export function printStyled(text: string): void {
  write(process.stdout, `${fitLines(escapedButStyles(text), columnsOf(process.stdout))}\n`);
}

/** Prints one line on the error output. */
export function complain(line: string): void {
  const head = line.slice(0, MAX_COMPLAINT_CHARACTERS);
  const told = `${escaped(head)}${head.length < line.length ? '…' : ''}`;
  write(process.stderr, `${fitLines(told, columnsOf(process.stderr))}\n`);
}

/** How a table on the standard output is to look. */
export const tableScreen = (): { readonly columns: number | null; readonly colour: boolean } => ({
  columns: columnsOf(process.stdout),
  colour: wantsColour(process.stdout),
});

/** The terminal that lines can be kept at the bottom of. */
export interface Screen {
  /** Columns that a line may take: two less than the terminal has, so that not even `^C` behind it begins another row. */
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
}

const DEFAULT_ROWS = 24;

/** Null without a terminal. What goes into a pipe may come out at the same terminal (`| tee`), so then there is none. */
export function statusScreen(): Screen | null {
  const stream = statusStream();
  const columns = stream === null ? null : columnsOf(stream);
  if (stream === null || columns === null) return null;
  return {
    columns: Math.max(1, columns - 2),
    rows: stream.rows || DEFAULT_ROWS,
    colour: wantsColour(stream),
  };
}

function statusStream(): NodeJS.WriteStream | null {
  if (process.stdout.isTTY) return process.stdout;
  return process.stderr.isTTY && !isPipe(1) ? process.stderr : null;
}

function isPipe(descriptor: number): boolean {
  try {
    const about = fstatSync(descriptor);
    return about.isFIFO() || about.isSocket();
  } catch {
    return true;
  }
}

/** The lines at the bottom, as they were written; the cursor stands behind the last one. */
let status: readonly string[] = [];
let isClearedAtExit = false;

/** Writes that erase the status, and leave the cursor where its first line began. */
function erasing(columns: number): string {
  if (status.length === 0) return '';
  // A terminal that has become narrower has broken the lines into several rows.
  const rows = status.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(withoutStyles(line)) / columns)),
    0,
  );
  // Row by row: some terminals keep in their history what is cleared to the end of the screen.
  return `\r\u001B[2K${'\u001B[1A\u001B[2K'.repeat(rows - 1)}`;
}

/**
 * Shows lines of src/display at the bottom of the terminal, instead of those before. Without a terminal it does nothing.
 * @param lines as wide as `statusScreen` says at most; null for none
 */
export function showStatus(lines: readonly string[] | null): void {
  const stream = statusStream();
  const columns = stream === null ? null : columnsOf(stream);
  if (stream === null || columns === null) return;
  if (!isClearedAtExit) process.on('exit', () => showStatus(null));
  isClearedAtExit = true;
  const next = (lines ?? []).map(escapedButStyles);
  if (next.length === 0 && status.length === 0) return;
  stream.write(erasing(columns) + next.join('\n'));
  status = next;
}

/** Writes text above the status. */
function write(stream: NodeJS.WriteStream, text: string): void {
  const bottom = status.length === 0 || stream.isTTY !== true ? null : statusStream();
  if (bottom === null) return void stream.write(text);
  const kept = status;
  bottom.write(erasing(columnsOf(bottom) ?? kept.length));
  stream.write(text);
  bottom.write(kept.join('\n'));
}
