/**
 * Escapes untrusted text: characters that control a terminal, are invisible or break the line are written as JSON
 * escapes (`
 * `, `\u001b`), so that a reader sees them.
 *
 * For text that should be readable rather than exact, such as a phrase of the match, see printable.ts.
 */

/**
 * Control characters (C0, DEL, C1), format characters (zero width, direction of writing, byte order mark, tags), line
 * and paragraph separators, halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = {
  '\b': String.raw`\b`,
  '\t': String.raw`\t`,
  '\n': String.raw`\n`,
  '\f': String.raw`\f`,
  '\r': String.raw`\r`,
};

/** `\u001b`; two of them for a character outside the basic plane. */
function unicodeEscape(character: string): string {
  let text = '';
  for (let k = 0; k < character.length; k += 1)
    text += String.raw`\u${character.charCodeAt(k).toString(16).padStart(4, '0')}`;
  return text;
}

const escapeOf = (character: string): string => SHORT[character] ?? unicodeEscape(character);

/** The text in one line, safe for any terminal, log or table. Text without such characters is returned unchanged. */
export const escaped = (text: string): string => text.replace(UNSAFE, escapeOf);

/**
 * The lines of a text of ours, without the last line break. Untrusted parts must have been escaped before, because
 * their line breaks would not be recognised as such.
 */
export const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** Escapes a text but keeps colour codes (SGR) and line breaks. */
export const escapedButStyles = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- our own codes begin with it
    .split(/(\u001B\[\d{1,2}m|\n)/)
    .map((part, k) => (k % 2 === 1 ? part : escaped(part)))
    .join('');

/** The text without colour codes. */
// oxlint-disable-next-line no-control-regex -- our own codes begin with it
export const withoutStyles = (text: string): string => text.replace(/\u001B\[\d{1,2}m/g, '');

/**
 * A value as JSON that is safe to show on a terminal: it parses to the same value as the result of `JSON.stringify`,
 * but C1 controls, format characters and separators are escaped as well.
 * @param indent spaces per level; without it, one line
 */
export const jsonText = (value: object, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    character === '\n' ? character : unicodeEscape(character),
  );
