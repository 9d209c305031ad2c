/** Who may import whom: the rules first, then the project under them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findLayerFaults, findProtocolNames } from './layering.ts';
import { readSource, readTree } from './source.ts';

const rule = suite('the layering rules');

const count = (path: string, source: string): number => findLayerFaults(readSource(path, source)).length;

for (const [path, source] of [
  ['src/match/x.ts', `import { run } from '../../harness/index.ts';`],
  ['src/match/x.ts', `import type { Run } from '../../harness/index.ts';`],
  ['src/index.ts', `const b = await import('../bench/suites.ts');`],
  ['harness/index.ts', `import { b } from '../bench/suites.ts';`],
  ['harness/cli/main.ts', `import { b } from '../../bench/suites.ts';`],
  ['harness/report/x.ts', `const b = await import('../../bench/suites.ts');`],
  ['harness/expected/x.ts', `import { countLost } from '../../src/metrics/loss.ts';`],
  ['harness/cli/main.ts', `import { serverCommand } from './serverCommand.ts';`],
  ['harness/index.ts', `const c = await import('./cli/serverCommand.ts');`],
  ['harness/cli/xRun.ts', `import { OPTIONS } from './xCommand.ts';`],
  ['harness/runs/x.ts', `import type { Options } from '../cli/benchCommand.ts';`],
  ['harness/proxy/x.ts', `import { createSocket } from 'node:dgram';`],
  ['src/net/x.ts', `import { fork } from 'child_process';`],
  ['src/net/linux/x.ts', `import type koffi from 'koffi';`],
  ['src/net/linux/x.ts', `await import('koffi');`],
  ['harness/session/x.ts', `import { setTimeout as sleep } from 'node:timers/promises';`],
  ['bench/x.ts', `import { f } from '../tests/f.ts';`],
  ['harness/proxy/x.ts', `import type { Control } from '../../src/protocol/control.ts';`],
  ['harness/proxy/x.ts', `import { matchstream } from '../protocols/matchstream.ts';`],
] as const) {
  rule(`forbidden in ${path}: ${source}`, () => assert.is(count(path, source), 1));
}

for (const [path, source] of [
  ['harness/cli/main.ts', `const { serverCommand } = await import('./serverCommand.ts');`],
  ['harness/cli/main.ts', `const { runMicro } = await import('../../bench/suites.ts');`],
  ['harness/cli/xRun.ts', `import type { Options } from './xCommand.ts';`],
  ['harness/runs/x.ts', `import { DatagramBatch } from '../../src/net/batch.ts';`],
  ['src/net/x.ts', `import { createSocket } from 'node:dgram';`],
  ['bench/x.ts', `import { replay } from '../harness/index.ts';`],
  ['harness/proxy/x.ts', `import type { Protocol } from '../protocols/protocol.ts';`],
] as const) {
  rule(`allowed in ${path}: ${source}`, () => assert.is(count(path, source), 0));
}

const named = (path: string, source: string): number => findProtocolNames(readSource(path, source)).length;

rule('a protocol is called by its name where protocols and options stand, and nowhere else', () => {
  assert.is(named('harness/proxy/x.ts', `if (protocol.text === 'any') pass();`), 1);
  assert.is(named('harness/session/x.ts', `start({ protocol: 'matchstream' });`), 1);
  assert.is(named('harness/runs/x.ts', `const text = 'field:u32be@8';`), 1);
  assert.is(named('harness/proxy/x.ts', `const words = 'any program'; let x: any;`), 0);
  assert.is(named('harness/cli/x.ts', `const text = 'matchstream';`), 0);
});

rule.run();

const project = suite('the layers');
const files = readTree('src', 'harness', 'bench');

project('every import stands where it may', () => assert.equal(files.flatMap(findLayerFaults), []));
project('the proxy and all around it know no protocol by its name', () =>
  assert.equal(files.flatMap(findProtocolNames), []),
);
project('the tests, too, build without what is optional', () =>
  assert.equal(
    readTree('tests').filter(({ imports }) => imports.some(({ specifier }) => specifier === 'koffi')),
    [],
  ),
);
project.run();
