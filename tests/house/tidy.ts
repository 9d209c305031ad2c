/**
 * The tidiness rules that the linter has not: headers, what writes to the terminal, and suites that are run. Sizes and
 * leftovers are its own (.oxlintrc.json).
 *
 * It judges files that it is given.
 */
import { basename } from 'node:path';
import type { Node } from 'typescript/unstable/ast';
import {
  isCallExpression,
  isIdentifier,
  isPropertyAccessExpression,
  isNoSubstitutionTemplateLiteral,
  isStringLiteral,
  isTemplateExpression,
} from 'typescript/unstable/ast/is';
import { lineOf, nodesOf } from './source.ts';
import type { SourceFile } from './source.ts';

/** What may write to the terminal: it escapes what others wrote. */
const TERMINAL = 'src/files/terminal.ts';
const STREAMS = new Set(['stdout', 'stderr']);
/** What takes lines: a line break within one would be printed as `\n`. */
const LINE_PRINTERS = new Set(['print', 'complain']);

/** Everything untidy about a file of src, harness or bench, a line each. */
export function findUntidy({ path, text, tree }: SourceFile): string[] {
  const faults: string[] = [];
  const body = text.startsWith('#!') ? text.slice(text.indexOf('\n')) : text;
  if (!body.trimStart().startsWith('/**')) faults.push(`${path}:1: no header comment`);
  for (const node of nodesOf(tree)) {
    if (isWrite(node) && path !== TERMINAL)
      faults.push(`${path}:${lineOf(tree, node)}: writes to the terminal`);
    if (breaksLine(node)) faults.push(`${path}:${lineOf(tree, node)}: a line break`);
  }
  return faults;
}

/** `….stdout.write` */
const isWrite = (node: Node): boolean =>
  isPropertyAccessExpression(node) &&
  node.name.text === 'write' &&
  isPropertyAccessExpression(node.expression) &&
  STREAMS.has(node.expression.name.text);

/** Whether a node is a call of a line printer with a line break in a text among its arguments. */
const breaksLine = (node: Node): boolean =>
  isCallExpression(node) &&
  isIdentifier(node.expression) &&
  LINE_PRINTERS.has(node.expression.text) &&
  node.arguments.flatMap(nodesOf).some((inner) => textsOf(inner).some((text) => text.includes('\n')));

const textsOf = (node: Node): string[] => {
  if (isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  return isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) ? [node.text] : [];
};

/** What would let a test file pass without having run, a line each. */
export function findUnrunSuites({ path, tree, imports }: SourceFile): string[] {
  if (!imports.some(({ specifier }) => specifier === 'uvu')) return [`${path}: does not import uvu`];
  const calls = nodesOf(tree).filter(isCallExpression);
  const suites = calls.filter(
    ({ expression }) => isIdentifier(expression) && expression.text === 'suite',
  ).length;
  const runs = calls.filter(
    ({ expression, arguments: given }) =>
      given.length === 0 && isPropertyAccessExpression(expression) && expression.name.text === 'run',
  ).length;
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
