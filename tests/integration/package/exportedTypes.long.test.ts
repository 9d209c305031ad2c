/** Whoever has a value of the package can name its type: every type that a signature mentions is exported. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSource, readTree } from '../../house/source.ts';
import { judgeTypes } from './exportedTypes.ts';

const test = suite('exported types');

const PLANTED = [
  readSource('face.d.ts', "export type * from './types.ts';\nexport { start } from './start.ts';\n"),
  readSource('types.d.ts', "export type { Plan, Old } from './start.ts';\n"),
  readSource(
    'start.d.ts',
    `import type { Engine } from './engine.ts';
export interface Plan { readonly engine: Engine; readonly names: readonly Name[]; }
export type Name = 'a' | 'b';
export interface Old { readonly age: number; }
export declare function start(plan: Plan): Promise<void>;
`,
  ),
  readSource(
    'engine.d.ts',
    'export interface Inside { readonly x: number; }\nexport declare class Engine { run(inside: Inside): void; }\n',
  ),
];

test('what is mentioned and cannot be named is found, and what nothing mentions; a class is not opened', () => {
  assert.equal(judgeTypes(PLANTED, 'face.d.ts', 'types.d.ts'), {
    missing: ['Engine (engine.d.ts), of Plan', 'Name (start.d.ts), of Plan'],
    unneeded: ['start.d.ts Old'],
  });
});

const built = readTree('dist/src', 'dist/harness');
for (const [what, face] of [
  ['matchstream', 'dist/harness'],
  ['matchstream/testing', 'dist/harness/testing'],
] as const) {
  test(`of ${what}, every type that a signature mentions is exported, and none in vain`, () => {
    assert.equal(judgeTypes(built, `${face}/index.d.ts`, `${face}/types.d.ts`), {
      missing: [],
      unneeded: [],
    });
  });
}

test.run();
