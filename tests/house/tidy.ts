/**
 * The tidiness rules: headers, sizes, leftovers, and suites that are run. Pure: it judges text it is given.
 */
import { basename } from 'node:path';
import type { SourceFile } from './source.ts';

const MAX_LINES = 400;

/** What may write to the terminal: it escapes what others wrote. */
const TERMINAL = 'src/files/terminal.ts';
const STREAMS = new Set(['stdout', 'stderr']);
/** What takes lines: a line break within one would be printed as `\n`. */
const LINE_PRINTERS = new Set(['print', 'complain']);

const LEFTOVER = /\b(?:TODO|FIXME|XXX|HACK)\b/;

/** Everything untidy about a file of src, harness or bench, a line each. */
export function findUntidy({ path, text, code }: SourceFile): string[] {
  const faults: string[] = [];
  const lines = text.trimEnd().split('\n');
  const body = text.startsWith('#!') ? lines.slice(1).join('\n') : text;
  if (!body.trimStart().startsWith('/**')) faults.push(`${path}:1: no header comment`);
  if (lines.length > MAX_LINES) faults.push(`${path}: ${lines.length} lines, more than ${MAX_LINES}`);
  for (const [index, line] of lines.entries()) {
    const leftover = LEFTOVER.exec(line);
    if (leftover !== null) faults.push(`${path}:${index + 1}: ${leftover[0]}`);
  }
  for (const [index, { kind, text: word, line }] of code.entries()) {
    if (kind !== 'word') continue;
    if (word === 'debugger') faults.push(`${path}:${line}: debugger`);
    const isMember = code[index - 1]?.text === '.';
    if (word === 'console' && !isMember) faults.push(`${path}:${line}: console`);
    const isWrite = word === 'write' && isMember && STREAMS.has(code[index - 2]?.text ?? '');
    if (isWrite && path !== TERMINAL) faults.push(`${path}:${line}: writes to the terminal`);
    if (LINE_PRINTERS.has(word) && breaksLine(code, index + 1)) faults.push(`${path}:${line}: a line break`);
  }
  return faults;
}

/** Whether a text among the arguments of a call has a line break; `open` is where its bracket should be. */
function breaksLine(code: SourceFile['code'], open: number): boolean {
  let depth = 0;
  for (const { kind, text } of code.slice(open)) {
    if (kind === 'punctuation' && text === '(') depth += 1;
    if (kind === 'punctuation' && text === ')') depth -= 1;
    if (depth === 0) return false;
    if ((kind === 'string' || kind === 'template') && text.includes(String.raw`\n`)) return true;
  }
  return false;
}

/** What would let a test file pass without having run, a line each. */
export function findUnrunSuites({ path, code, imports }: SourceFile): string[] {
  if (!imports.some(({ specifier }) => specifier === 'uvu')) return [`${path}: does not import uvu`];
  const called = (index: number, name: string): boolean =>
    code[index]?.kind === 'word' && code[index].text === name && code[index + 1]?.text === '(';
  const count = (matches: (index: number) => boolean): number => [...code.keys()].filter(matches).length;
  const suites = count((index) => called(index, 'suite') && code[index - 1]?.text !== '.');
  const runs = count(
    (index) => called(index, 'run') && code[index - 1]?.text === '.' && code[index + 2]?.text === ')',
  );
  return runs < Math.max(1, suites) ? [`${path}: ${suites} suites, ${runs} times .run()`] : [];
}

/** Lines that name what lies outside the project, a line each. */
export function findOutsiders(path: string, text: string): string[] {
  const faults: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/(?:^|[^\w-])shared\/|\/\.library\b/.test(line)) faults.push(`${path}:${index + 1}: ${line.trim()}`);
  }
  return faults;
}

/** Whether a name belongs to a test file. */
export const isTestFile = (path: string): boolean => basename(path).endsWith('.test.ts');
