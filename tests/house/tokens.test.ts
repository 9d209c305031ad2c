/** The rules stand on this: no comment and no string is ever taken for code. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSource } from './source.ts';
import { tokenise } from './tokens.ts';

const test = suite('house tokens');

const words = (source: string): string[] =>
  tokenise(source)
    .filter(({ kind }) => kind === 'word')
    .map(({ text }) => text);

test('comments and strings hold no words', () => {
  assert.equal(words(`a // b\n/* c\n d */ e 'f' "g" \`h\``), ['a', 'e']);
  assert.equal(words(`'it\\'s /* no */' + "// none" + x`), ['x']);
});

test('code inside a template is code, its text is not', () => {
  assert.equal(words('`a ${b + `c ${d({ e: 1 })} f`} g ${h} i` + j'), ['b', 'd', 'e', 'h', 'j']);
  assert.equal(words('`\\`a\\${b` + `$c $${d}`'), ['d']);
});

test('a slash is a division after a value and a pattern after an operator', () => {
  assert.equal(words(`a / b / c`), ['a', 'b', 'c']);
  assert.equal(words(`(a) / b / (c[0] / d)`), ['a', 'b', 'c', 'd']);
  assert.equal(words(`x = /a'b[/"]c/giu; return /d/.test(e)`), ['x', 'return', 'test', 'e']);
});

test('lines are counted through comments, strings and templates', () => {
  const source = "/*\n\n*/ a\n'x' `\n${b}\n` c";
  const lines = tokenise(source).filter(({ kind }) => kind === 'word');
  assert.equal(
    lines.map(({ text, line }) => `${text}${line}`),
    ['a3', 'b5', 'c6'],
  );
});

test('a first line for the shell is no code', () => {
  assert.equal(words('#!/usr/bin/env node\na'), ['a']);
});

test('text that is no TypeScript is an error, not a guess', () => {
  assert.throws(() => tokenise("'never closed\n"), /line 1: a string without an end/);
  assert.throws(() => tokenise('\n`never closed'), /line 2: a template without an end/);
});

test('every form of import is found, with what it names', () => {
  const source = `
    import a, { b as c, type D } from './a.ts';
    import type { E } from '../e.ts';
    import type from './named-type.ts';
    import 'node:fs/promises';
    import * as f from 'seedrandom';
    export * from './g.ts';
    export type { H } from './h.ts';
    const i = await import('./i.ts');
    // import j from './j.ts';
    const k = "import l from './l.ts'";
    export const from = 'm', n = import.meta.url;
    export { n as o };
    const p = Array.from('q');
  `;
  const found = readSource('src/x/y.ts', source).imports.map((one) =>
    [one.path ?? one.builtin ?? one.specifier, one.isDynamic && 'dynamic', one.isTypeOnly && 'type', one.line]
      .filter((part) => part !== false)
      .join(' '),
  );
  assert.equal(found, [
    'src/x/a.ts 2',
    'src/e.ts type 3',
    'src/x/named-type.ts 4',
    'fs 5',
    'seedrandom 6',
    'src/x/g.ts 7',
    'src/x/h.ts type 8',
    'src/x/i.ts dynamic 9',
  ]);
});

test.run();
