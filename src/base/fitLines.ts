/**
 * Lines laid out for the width of a terminal: broken between words, never inside one.
 *
 * Pure. What fits comes back as it is, character for character.
 */
import { displayWidth } from './printable.ts';

/** How much further in the rest of a line begins. */
const HANGING = 4;
/** What has fewer columns than this is no terminal that anybody reads, and is laid out for this. */
const MIN_COLUMNS = 30;

/** What a shell continues: a command line as the program shows it. */
const COMMAND = /^\s*(?:\$ |npx )?matchstream /;
/** A word with the spaces before it. What a shell takes as one stays one, quoted spaces included. */
const WORDS = /( *)((?:[^\s'"]|'[^']*'|"[^"]*"|['"])+)/g;

/** How far in the rest of a line begins that has nothing to stand under. */
const indentOf = (line: string): number => (/^ */.exec(line)?.[0].length ?? 0) + HANGING;

/** The rest of `label  text` stands under its text. */
function hangingOf(line: string, columns: number): number {
  const label = /^ *\S+(?: \S+){0,3} {2,}(?=\S)/.exec(line)?.[0] ?? '';
  const at = displayWidth(label);
  return at > 0 && at <= columns / 2 ? at : indentOf(line);
}

function fitLine(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  // A command line broken in two is still to be pasted whole.
  const isCommand = COMMAND.test(line);
  const hanging = ' '.repeat(isCommand ? indentOf(line) : hangingOf(line, columns));
  const room = isCommand ? columns - 2 : columns;
  const words = isCommand ? line.matchAll(WORDS) : line.matchAll(/( *)(\S+)/g);
  const lines: string[] = [];
  let current = '';
  for (const [, spaces = '', word = ''] of words) {
    if (current === '') current = spaces + word;
    else if (displayWidth(current + spaces + word) <= room) current += spaces + word;
    else {
      lines.push(current);
      current = hanging + word;
    }
  }
  return [...lines, current].join(isCommand ? ' \\\n' : '\n');
}

/**
 * The text with every line that is longer than the terminal broken between words, the rest further in. A command line
 * goes on after a backslash. A word that is longer than a line stays whole.
 * @param columns of the terminal; null where there is none, and lines stay as they are
 */
export function fitLines(text: string, columns: number | null): string {
  if (columns === null) return text;
  const max = Math.max(columns, MIN_COLUMNS);
  return text
    .split('\n')
    .map((line) => fitLine(line, max))
    .join('\n');
}
