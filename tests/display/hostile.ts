/** Texts made to do something to a terminal, for property tests. */
import * as fc from 'fast-check';
import { anyText } from '../anyText.ts';

const ATTACKS = [
  '\u001B[31m',
  '\u001B[2J',
  '\u001B]0;title\u0007',
  '\u001B]52;c;ZXZpbA==\u001B\\',
  '\u001BP+q\u001B\\',
  '\u001B',
  '\u001B\u001B[',
  '\u009B31m',
  '\u009D0;title\u009C',
  '\u0007',
  '\r',
  '\n',
  '\u2028',
  '\b\b\b',
  '\u007F',
  '\u202E',
  '\u200B',
  '\uD800',
  'é',
  '字',
  'e\u0301',
  '🦊',
  ' ',
  'word',
];

export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...ATTACKS), anyText()), { maxLength: 12 })
  .map((parts) => parts.join(''));

/** The first character a terminal might obey, or that is half of one; a line feed is our own. Written as code points. */
export function unsafeCharacter(text: string): string | null {
  const spans = [
    [0, 9],
    [11, 31],
    [0x7f, 0x9f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2066, 0x2069],
    [0xd800, 0xdfff],
  ] as const;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (spans.some(([least, most]) => code >= least && code <= most)) return `U+${code.toString(16)}`;
  }
  return null;
}

/** The text without the codes of our own styles. */
export const withoutStyles = (text: string): string =>
  text
    .split('\u001B[')
    .map((part, index) => (index === 0 ? part : part.replace(/^\d+m/, '')))
    .join('');
