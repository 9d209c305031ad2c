/**
 * The members of a JSON object with the source text of their values, so that unknown keys are copied exactly:
 * `JSON.parse` alone would round numbers and change the order of keys.
 *
 * It never throws on invalid text.
 */

export interface JsonMember {
  /** The key, unescaped. */
  readonly key: string;
  /** The value's source text. */
  readonly json: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/** The index after the string that starts at `from`. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1;
  }
  return at + 1;
}

/** The index after the value that starts at `from`. */
function valueEnd(text: string, from: number): number {
  let at = from;
  let depth = 0;
  for (;;) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at);
    else if (char === '{' || char === '[') {
      depth += 1;
      at += 1;
    } else if (char === '}' || char === ']') {
      // At depth 0 this closes the object that holds a number, `true`, `false` or `null`.
      if (depth === 0) return at;
      depth -= 1;
      at += 1;
    } else if (depth === 0 && (char === ',' || isSpace(text.charCodeAt(at)))) return at;
    else at += 1;
    if (depth === 0 && (char === '"' || char === '}' || char === ']')) return at;
  }
}

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
};

/** The members of a JSON object in order, repeated keys included; undefined when `text` is no JSON object. */
export function readMembers(text: string): JsonMember[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  // The text is known to be valid JSON here, so the scan needs no checks.
  const members: JsonMember[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] !== '}') {
    const keyEnd = stringEnd(text, at);
    const from = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const to = valueEnd(text, from);
    members.push({ key: JSON.parse(text.slice(at, keyEnd)) as string, json: text.slice(from, to) });
    at = skipSpace(text, to);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

/** The source texts of a JSON list's values, in order; undefined when `text` is no JSON list. */
export function readElements(text: string): string[] | undefined {
  const wrapped = readMembers(`{"":${text}}`)?.[0]?.json;
  if (wrapped?.[0] !== '[') return undefined;
  const elements: string[] = [];
  let at = skipSpace(wrapped, 1);
  while (wrapped[at] !== ']') {
    const to = valueEnd(wrapped, at);
    elements.push(wrapped.slice(at, to));
    at = skipSpace(wrapped, to);
    if (wrapped[at] === ',') at = skipSpace(wrapped, at + 1);
  }
  return elements;
}

/** The first member with the key of an earlier one; undefined when all keys are different. */
export function findRepeated(members: readonly JsonMember[]): JsonMember | undefined {
  const seen = new Set<string>();
  // A set does not grow when it has the key already.
  return members.find(({ key }, k) => seen.add(key).size === k);
}

/** Members as text inside an object's braces: `"note":"x","y":1`. */
export const writeMembers = (members: readonly JsonMember[]): string =>
  members.map(({ key, json }) => `${JSON.stringify(key)}:${json}`).join(',');
