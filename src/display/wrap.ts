/**
 * Wraps styled words into lines of a given width.
 *
 * Words must be printable already; the only control codes in the result are those of the styles, and only with colour.
 */
import { characterWidth, displayWidth } from '../base/printable.ts';

/** Parameters of the SGR sequence that begins each style (ECMA-48; 90 is the usual bright black). */
const STYLES = { plain: '', bold: '1', dim: '90', red: '31', green: '32', yellow: '33', cyan: '36' } as const;

export type Style = keyof typeof STYLES;

export interface Word {
  readonly text: string;
  readonly style: Style;
}

/** Whether lines have colour codes, and their width. */
export interface LineOptions {
  readonly colour: boolean;
  /** Columns of the terminal. Below 30, lines are laid out for 30. */
  readonly widthColumns: number;
}

const MIN_WIDTH_COLUMNS = 30;

export const usableWidth = ({ widthColumns }: LineOptions): number =>
  Math.max(MIN_WIDTH_COLUMNS, widthColumns);

export const styled = ({ text, style }: Word, colour: boolean): string =>
  colour && style !== 'plain' ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text;

/** Splits a text at white space. */
export const wordsOf = (text: string, style: Style = 'plain'): Word[] =>
  text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => ({ text: part, style }));

/** Cuts a word into pieces of at most this many columns; a combining mark stays with its letter. */
function cut({ text, style }: Word, columns: number): Word[] {
  if (displayWidth(text) <= columns) return [{ text, style }];
  const pieces: Word[] = [];
  let piece = '';
  let used = 0;
  for (const character of text) {
    const width = characterWidth(character);
    if (used + width > columns) {
      pieces.push({ text: piece, style });
      piece = '';
      used = 0;
    }
    piece += character;
    used += width;
  }
  pieces.push({ text: piece, style });
  return pieces;
}

/** Adjacent words of one style share their colour codes. */
const paint = (line: readonly Word[], colour: boolean): string => {
  const runs: Word[] = [];
  for (const word of line) {
    const last = runs.at(-1);
    if (last?.style === word.style)
      runs[runs.length - 1] = { text: `${last.text} ${word.text}`, style: last.style };
    else runs.push(word);
  }
  return runs.map((run) => styled(run, colour)).join(' ');
};

/** Lines of at most `columns` columns, words one space apart; a longer word is cut. At least one line. */
export function wrap(words: readonly Word[], columns: number, colour: boolean): string[] {
  const lines: Word[][] = [];
  let line: Word[] = [];
  let used = 0;
  for (const word of words.flatMap((one) => cut(one, columns))) {
    const width = displayWidth(word.text);
    if (line.length > 0 && used + 1 + width > columns) {
      lines.push(line);
      line = [];
      used = 0;
    }
    used += (line.length > 0 ? 1 : 0) + width;
    line.push(word);
  }
  return [...lines, line].map((one) => paint(one, colour));
}
