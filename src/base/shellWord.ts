/**
 * Words of a command line, quoted so that a shell reads them back as they were.
 */
import { escaped } from './escape.ts';

const QUOTE = 0x27;
const BACKSLASH = 0x5c;

/**
 * A word quoted for a shell, if needed. A word with characters that a terminal must not print is written byte by byte in
 * `$'…'` (POSIX 2024; bash, zsh, ksh), so that the line can still be copied from the terminal.
 */
export function quoteWord(word: string): string {
  if (/^[\w.,:=@%+/-]+$/.test(word)) return word;
  if (escaped(word) === word) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const bytes = Array.from(new TextEncoder().encode(word), (byte) =>
    byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH
      ? `\\${byte.toString(8).padStart(3, '0')}`
      : String.fromCharCode(byte),
  );
  return `$'${bytes.join('')}'`;
}
