/** The rules stand on this: no comment and no string is ever taken for code, and no import is missed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSource, readTree } from './source.ts';

const test = suite('what the house reads');

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
    const r = \`\${await import('./r.ts')} import('./s.ts')\`;
    type T = import('./t.ts').T;
  `;
  const found = readSource('src/x/y.ts', source).imports.map(
    ({ path, builtin, specifier, isDynamic, line }) =>
      [path ?? builtin ?? specifier, ...(isDynamic ? ['dynamic'] : []), line].join(' '),
  );
  assert.equal(found, [
    'src/x/a.ts 2',
    'src/e.ts 3',
    'src/x/named-type.ts 4',
    'fs 5',
    'seedrandom 6',
    'src/x/g.ts 7',
    'src/x/h.ts 8',
    'src/x/i.ts dynamic 9',
    'src/x/r.ts dynamic 15',
    'src/x/t.ts 16',
  ]);
});

test('text that is no TypeScript is an error, not a guess', () => {
  assert.throws(() => readSource('src/x.ts', "'never closed\n"), /src\/x\.ts: Unterminated string literal/);
});

test('a tree is read whole', () => {
  const paths = readTree('tests/house').map(({ path }) => path);
  assert.ok(paths.includes('tests/house/source.test.ts') && paths.includes('tests/house/source.ts'));
});

test.run();
