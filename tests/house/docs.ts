/**
 * What the pages claim, taken out of their text: links, headings, commands, options. Pure: it judges text it is given.
 */
import { posix } from 'node:path';

/** A stretch of code on a page: a line of a block, or what stands between backticks. */
interface CodePiece {
  readonly text: string;
  readonly line: number;
}

export interface Link {
  /** Path of the file it leads to, relative to the project's root; the page itself for a bare `#heading`. */
  readonly path: string;
  /** The heading's name in the address, or null. */
  readonly heading: string | null;
  readonly line: number;
}

export interface CommandLine {
  /** What follows `matchstream`. */
  readonly words: readonly string[];
  readonly line: number;
}

/** What a reader sees as prose has a space in place of every piece of code, so that lines keep their numbers. */
function splitPage(page: string): { readonly prose: readonly string[]; readonly code: readonly CodePiece[] } {
  const code: CodePiece[] = [];
  let isFenced = false;
  const prose = page.split('\n').map((text, index) => {
    const line = index + 1;
    if (/^ *```/.test(text)) {
      isFenced = !isFenced;
      return '';
    }
    if (isFenced || text.startsWith('    ')) {
      code.push({ text: text.trim(), line });
      return '';
    }
    return text.replace(/`([^`]+)`/g, (_, inner: string) => {
      code.push({ text: inner.trim(), line });
      return ' ';
    });
  });
  return { prose, code };
}

/** Every link to a file of the project. `path` is the page's own, relative to the root. */
export function findLinks(path: string, page: string): Link[] {
  return splitPage(page).prose.flatMap((text, index) =>
    Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), (match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => {
        const [file = '', heading = null] = target.split('#');
        const to = file === '' ? path : posix.join(posix.dirname(path), file);
        return { path: to, heading, line: index + 1 };
      }),
  );
}

/** The names under which a page's headings can be linked to. */
export function headingNames(page: string): string[] {
  const lines = page.split('\n').filter((text) => /^#+ /.test(text));
  return lines.map((text) =>
    text
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Every command line of the program: `matchstream …`, with or without `npx`, and `npm start`, which is `run`. */
export function findCommandLines(page: string): CommandLine[] {
  const { code } = splitPage(page);
  const found: CommandLine[] = [];
  for (const [index, { text, line }] of code.entries()) {
    const program = /^(?:\$ )?(?:npx )?(?:(matchstream)|(npm start)(?: --)?) (?=[a-z-])/.exec(text);
    if (program === null) continue;
    // A line that ends in a backslash goes on in the next one.
    let whole = text.slice(program[0].length);
    for (let next = index + 1; whole.endsWith('\\'); next += 1)
      whole = `${whole.slice(0, -1)} ${code[next]?.text ?? ''}`;
    // Behind `--` stands a command of somebody else.
    const words = (whole.replace(/ (#|-- ).*$/, '').match(/\S+/g) ?? []) as string[];
    found.push({ words: program[2] === undefined ? words : ['run', ...words], line });
  }
  return found;
}

/** Every option that stands by itself between backticks, such as `--drop 5%`. */
export function findOptions(page: string): { readonly name: string; readonly line: number }[] {
  return splitPage(page).code.flatMap(({ text, line }) => {
    const name = /^--[a-z][a-z-]*/.exec(text)?.[0];
    return name === undefined ? [] : [{ name, line }];
  });
}

/** One command of a `console` block, and what the page says it prints. */
export interface Transcript {
  readonly command: string;
  readonly output: string;
  readonly line: number;
}

/** Every command of the page's `console` blocks: a line `$ command`, and its output up to the next one. */
export function findTranscripts(page: string): Transcript[] {
  return Array.from(page.matchAll(/^```console\n([^]*?)^```$/gm)).flatMap((block) => {
    const firstLine = page.slice(0, block.index).split('\n').length + 1;
    const found: { command: string; output: string; line: number }[] = [];
    for (const [index, text] of (block[1] as string).split('\n').slice(0, -1).entries()) {
      const last = found.at(-1);
      if (text.startsWith('$ ')) found.push({ command: text.slice(2), output: '', line: firstLine + index });
      else if (last !== undefined) last.output += `${text}\n`;
    }
    return found;
  });
}

/** What a block of the page says that a command prints: every `text` block whose first line is `$ command`. */
export function findSamples(page: string): { readonly command: string; readonly output: string }[] {
  return Array.from(page.matchAll(/^```text\n\$ (.*)\n([^]*?)^```$/gm), (match) => ({
    command: match[1] as string,
    output: match[2] as string,
  }));
}

/** Every `ts` block that a `text` block follows: a program and what it prints. */
export function findExamples(page: string): { readonly program: string; readonly output: string }[] {
  return Array.from(page.matchAll(/^```ts\n([^]*?)^```\n\n```text\n([^]*?)^```$/gm), (match) => ({
    program: match[1] as string,
    output: match[2] as string,
  }));
}
