/** No import goes up a floor: the rule first, then the project under it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FLOORS, findFloorFaults, floorOf } from './floors.ts';
import { readSource, readTree } from './source.ts';

const rule = suite('the floor rule');

const faults = (path: string, source: string): string[] => findFloorFaults(readSource(path, source));

for (const [path, source, fault] of [
  ['src/net/x.ts', `import { a } from '../stream/a.ts';`, 'src/stream lies above src/net'],
  ['src/net/linux/x.ts', `import type { A } from '../../protocol/a.ts';`, 'src/protocol lies above src/net'],
  [
    'harness/judge/x.ts',
    `import type { Row } from '../report/tables.ts';`,
    'harness/report lies above harness/judge',
  ],
  ['harness/proxy/x.ts', `export { a } from '../session/a.ts';`, 'harness/session lies above harness/proxy'],
  ['harness/proxy/x.ts', `await import('../session/a.ts');`, 'harness/session lies above harness/proxy'],
  ['harness/proxy/x.ts', `type A = import('../session/a.ts').A;`, 'harness/session lies above harness/proxy'],
  ['bench/x.ts', `import { a } from '../harness/cli/a.ts';`, 'harness/cli lies above bench'],
  ['harness/fit/x.ts', `import { a } from '../../bench/a.ts';`, 'bench lies above harness/fit'],
  ['src/base/x.ts', `import { a } from '../index.ts';`, 'a face is for users of the package'],
  ['src/base/x.ts', `import { a } from '../y.ts';`, 'stands in no room'],
  ['harness/new/x.ts', '', 'stands in no room'],
] as const) {
  rule(`a fault in ${path}: ${source}`, () => {
    const found = faults(path, source);
    assert.is(found.length, 1);
    assert.ok(found[0]?.includes(fault), found[0]);
  });
}

for (const [path, source] of [
  ['src/net/linux/x.ts', `import { a } from '../batch.ts';`],
  ['src/net/x.ts', `import { a } from './linux/a.ts';`],
  ['harness/cli/x.ts', `const { a } = await import('../../bench/a.ts'); import '../runs/b.ts';`],
  ['harness/index.ts', `export * from './cli/x.ts';`],
] as const) {
  rule(`none in ${path}: ${source}`, () => assert.equal(faults(path, source), []));
}

rule.run();

const project = suite('the floors');
const files = readTree('src', 'harness', 'bench');

project('every file stands in a room, and none imports from above', () =>
  assert.equal(files.flatMap(findFloorFaults), []),
);
project('every floor has a room', () =>
  assert.equal(
    FLOORS.filter((_, floor) => !files.some(({ path }) => floorOf(path) === floor)),
    [],
  ),
);

project.run();
