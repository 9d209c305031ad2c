/**
 * Breaks lines to the width of a terminal, between words only.
 *
 * Lines that fit are returned unchanged.
 */
import { withoutStyles } from './escape.ts';
import { displayWidth } from './printable.ts';

/** Additional indentation of continuation lines. */
const HANGING = 4;
/** Narrower terminals get lines of this width. */
const MIN_COLUMNS = 30;

/** A command line to paste into a shell, as the program shows it. */
const COMMAND = /^\s*(?:\$ |npx )?matchstream /;
/** A word with the spaces before it. A quoted string is part of one word, as in a shell. */
const WORDS = /( *)((?:[^\s'"]|'[^']*'|"[^"]*"|['"])+)/g;

/** Columns on a terminal: colour codes take none. */
const widthOf = (text: string): number => displayWidth(withoutStyles(text));

/** The indentation of continuation lines without a column to align with. */
const indentOf = (line: string): number => (/^ */.exec(line)?.[0].length ?? 0) + HANGING;

/** Continuation lines of `label text` are aligned with its text. */
function hangingOf(line: string, columns: number): number {
  const label = /^ *\S+(?: \S+){0,3} {2,}(?=\S)/.exec(line)?.[0] ?? '';
  const at = widthOf(label);
  return at > 0 && at <= columns / 2 ? at : indentOf(line);
}

function fitLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  // A broken command line must still work when it is pasted.
  const isCommand = COMMAND.test(line);
  const hanging = ' '.repeat(isCommand ? indentOf(line) : hangingOf(line, columns));
  const room = isCommand ? columns - 2 : columns;
  const words = isCommand ? line.matchAll(WORDS) : line.matchAll(/( *)(\S+)/g);
  const lines: string[] = [];
  let current = '';
  for (const [, spaces = '', word = ''] of words) {
    if (current === '') current = spaces + word;
    else if (widthOf(current + spaces + word) <= room) current += spaces + word;
    else {
      lines.push(current);
      current = hanging + word;
    }
  }
  return [...lines, current].join(isCommand ? ' \\\n' : '\n');
}

/**
 * Breaks every line that is longer than the terminal between words, and indents the continuation lines. Command lines
 * are continued with a backslash. A word that is longer than a line is not broken.
 * @param columns of the terminal; null without a terminal: lines are not broken
 */
export function fitLines(text: string, columns: number | null): string {
  if (columns === null) return text;
  const max = Math.max(columns, MIN_COLUMNS);
  return text
    .split('\n')
    .map((line) => fitLine(line, max))
    .join('\n');
}
