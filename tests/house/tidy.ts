/**
 * The tidiness rules: headers, sizes, leftovers, and suites that are run. Pure: it judges text it is given.
 */
import { basename } from 'node:path';
import { isAmong } from './source.ts';
import type { SourceFile } from './source.ts';

const MOST_LINES = 400;

/** What may print straight to the terminal: the edge of the program. */
const CONSOLE_PLACES: readonly string[] = ['src/cli.ts', 'harness/cli.ts', 'bench/cli.ts'];

const LEFTOVER = /\b(?:TODO|FIXME|XXX|HACK)\b/;

/** Everything untidy about a file of src, harness or bench, a line each. */
export function findUntidy({ path, text, code }: SourceFile): string[] {
  const faults: string[] = [];
  const lines = text.trimEnd().split('\n');
  const body = text.startsWith('#!') ? lines.slice(1).join('\n') : text;
  if (!body.trimStart().startsWith('/**')) faults.push(`${path}:1: no header comment`);
  if (lines.length > MOST_LINES) faults.push(`${path}: ${lines.length} lines, more than ${MOST_LINES}`);
  for (const [index, line] of lines.entries()) {
    const leftover = LEFTOVER.exec(line);
    if (leftover !== null) faults.push(`${path}:${index + 1}: ${leftover[0]}`);
  }
  for (const [index, { kind, text: word, line }] of code.entries()) {
    if (kind !== 'word') continue;
    if (word === 'debugger') faults.push(`${path}:${line}: debugger`);
    const isConsole = word === 'console' && code[index - 1]?.text !== '.';
    if (isConsole && !isAmong(path, CONSOLE_PLACES)) faults.push(`${path}:${line}: console`);
  }
  return faults;
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
