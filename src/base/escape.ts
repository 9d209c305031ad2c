/**
 * Text that others wrote, made visible: what would drive a terminal, hide, or begin a line of its own is written as
 * JSON writes it (`\n`, `\u001b`), so that a reader sees that it is there.
 *
 * Pure. For text that shall read well rather than be exact, such as a phrase of the match, see printable.ts.
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

/** `\u001b`; two of them for a character beyond the basic plane. */
function unicodeEscape(character: string): string {
  let text = '';
  for (let k = 0; k < character.length; k += 1)
    text += String.raw`\u${character.charCodeAt(k).toString(16).padStart(4, '0')}`;
  return text;
}

const escapeOf = (character: string): string => SHORT[character] ?? unicodeEscape(character);

/** The text in one line, safe for any terminal, log or table. Text without such characters comes back as it is. */
export const escaped = (text: string): string => text.replace(UNSAFE, escapeOf);

/**
 * The lines of a text that was laid out by us, without the last line break. Whatever others wrote in it must have been
 * escaped when it was laid out: a line break in it would be taken for ours.
 */
export const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** The same text where a colour code of ours (SGR) may stand: those, and line breaks, are kept. */
export const escapedButStyles = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- our own codes begin with it
    .split(/(\u001B\[\d{1,2}m|\n)/)
    .map((part, k) => (k % 2 === 1 ? part : escaped(part)))
    .join('');

/**
 * A value as JSON for files and programs that may end up in a terminal: a parser reads the same value as from
 * `JSON.stringify`, but C1 controls, format characters and separators are escaped as well. `JSON.stringify` escapes the rest.
 * @param indent spaces a level; without it, one line
 */
export const jsonText = (value: object, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    character === '\n' ? character : unicodeEscape(character),
  );
