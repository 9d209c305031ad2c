/**
 * Cuts TypeScript source into tokens, so that a rule never mistakes a comment or a string for code.
 *
 * Not a parser: words, strings, templates, regular expressions, comments and single punctuation characters, each with
 * its line. Code inside a template's `${…}` is cut like any other. Pure.
 */

export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'comment' | 'punctuation';
  /** As written; for a string, what stands between the quotes. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Words after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX = new Set(
  'return typeof case in of do else delete void throw new instanceof yield await'.split(' '),
);

const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /'((?:[^'\\\n]|\\[^])*)'|"((?:[^"\\\n]|\\[^])*)"/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** A template's text up to its end or to its next `${`. */
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{)/y;

function regexMayFollow(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'word') return BEFORE_REGEX.has(previous.text);
  return previous.kind === 'punctuation' && previous.text !== ')' && previous.text !== ']';
}

/** Every token of `source`, comments included. Throws a plain Error on something that is no token at all. */
export function tokenise(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each template we are inside of: how many braces are open since its `${`. */
  const openBraces: number[] = [];
  let at = source.startsWith('#!') ? source.indexOf('\n') : 0;
  let line = 1;
  let previous: Token | undefined;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const accept = (kind: Token['kind'], matched: string, text = matched): void => {
    const token = { kind, text, line };
    tokens.push(token);
    if (kind !== 'comment') previous = token;
    advance(matched);
  };
  const advance = (matched: string): void => {
    at += matched.length;
    for (const character of matched) if (character === '\n') line += 1;
  };
  const acceptTemplate = (opening: string): void => {
    const start = at;
    at += opening.length;
    const match = take(TEMPLATE);
    at = start;
    if (match === null) throw new Error(`line ${line}: a template without an end`);
    accept('template', opening + match[0]);
    if (match[1] === '${') openBraces.push(0);
  };

  while (at < source.length) {
    let match: RegExpExecArray | null;
    const character = source[at] as string;
    if ((match = take(SPACE)) !== null) advance(match[0]);
    else if ((match = take(COMMENT)) !== null) accept('comment', match[0]);
    else if ((match = take(WORD)) !== null) accept('word', match[0]);
    else if ((match = take(NUMBER)) !== null) accept('number', match[0]);
    else if ((match = take(STRING)) !== null) accept('string', match[0], match[1] ?? match[2] ?? '');
    else if (character === '`') acceptTemplate('`');
    else if (character === '}' && openBraces.at(-1) === 0) {
      openBraces.pop();
      acceptTemplate('}');
    } else if (character === '/' && regexMayFollow(previous) && (match = take(REGEX)) !== null) {
      accept('regex', match[0]);
    } else if (character === "'" || character === '"') {
      throw new Error(`line ${line}: a string without an end`);
    } else {
      const depth = openBraces.length - 1;
      if (depth >= 0 && character === '{') openBraces[depth] = (openBraces[depth] as number) + 1;
      if (depth >= 0 && character === '}') openBraces[depth] = (openBraces[depth] as number) - 1;
      accept('punctuation', character);
    }
  }
  return tokens;
}
