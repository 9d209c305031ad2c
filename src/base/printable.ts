/**
 * Makes text from the network safe for a terminal, and computes its width there.
 *
 * The result of `printable` cannot move the cursor, change colours, ring the bell, set a title, answer a query, change
 * the direction of writing, or begin a new line.
 */

const ESC = '\u001B';
const BEL = '\u0007';
/** String terminator as one 8-bit control character. */
const ST = '\u009C';

// ECMA-48: a control string (DCS, SOS, OSC, PM, APC) runs to its terminator; a control sequence (CSI) has parameter
// bytes, intermediate bytes and one final byte; any other escape has intermediate bytes and a final one. Each may be
// truncated, or begin with the 8-bit control character that replaces ESC and a letter.
const CONTROL_STRING = `(?:${ESC}[P\\]X^_]|[\u0090\u0098\u009D\u009E\u009F])[^${BEL}${ESC}${ST}]*(?:${BEL}|${ST}|${ESC}\\\\)?`;
const CONTROL_SEQUENCE = `(?:${ESC}\\[|\u009B)[0-?]*[ -/]*[@-~]?`;
const OTHER_ESCAPE = `${ESC}[ -/]*[0-~]?`;
const ESCAPES = new RegExp(`${CONTROL_STRING}|${CONTROL_SEQUENCE}|${OTHER_ESCAPE}`, 'g');

const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const CONTROLS = /[\p{Cc}\p{Cf}]/gu;
const HALF_PAIRS = /\p{Cs}/gu;

/**
 * The text without escape sequences, control characters and format characters; line breaks and tabs become a space,
 * half a surrogate pair becomes U+FFFD. Text without any of them is returned unchanged.
 */
export function printable(text: string): string {
  return text
    .replace(ESCAPES, '')
    .replace(LINE_BREAKS, ' ')
    .replace(CONTROLS, '')
    .replace(HALF_PAIRS, '\uFFFD');
}

const NO_WIDTH = /^\p{M}$/u;
// The wide and full-width blocks of Unicode's East Asian Width (UAX #11), and emoji shown as pictures.
const DOUBLE_WIDTH =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]$/u;

/** Columns one code point takes: 0 for a combining mark, 2 for a wide character, else 1. */
export function characterWidth(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (NO_WIDTH.test(character)) return 0;
  return DOUBLE_WIDTH.test(character) ? 2 : 1;
}

/** Columns a printable text takes in a terminal. An estimate: terminals differ on some emoji. */
export function displayWidth(text: string): number {
  let columns = 0;
  for (const character of text) columns += characterWidth(character);
  return columns;
}

/** The text followed by spaces up to a width. */
export const padToWidth = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
