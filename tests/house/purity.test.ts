/** Pure files know neither clock, chance, disk nor network: the rule first, then the project under it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PURE_PLACES, findImpureImports } from './purity.ts';
import { isAmong, readSource, readTree } from './source.ts';

const rule = suite('the purity rule');

const faults = (source: string): string[] =>
  findImpureImports(readSource('src/match/x.ts', source)).map((fault) => fault.replace(/^\S+ /, ''));

rule('what only computes may be imported', () => {
  assert.equal(
    faults(`import { randomStream } from '../base/random.ts';
    import type { Batch } from '../net/batch.ts';
    import { createHmac } from 'node:crypto';`),
    [],
  );
});

for (const [source, fault] of [
  [`import { createSocket } from 'node:dgram';`, 'imports node:dgram'],
  [`import type { Socket } from 'node:dgram';`, 'imports node:dgram'],
  [`import { readFileSync } from 'fs';`, 'imports fs'],
  [`export { readFile } from 'node:fs/promises';`, 'imports node:fs/promises'],
  [`const { spawn } = await import('node:child_process');`, 'imports node:child_process'],
  [`import { Worker as W } from 'node:worker_threads';`, 'imports node:worker_threads'],
  [`import { setTimeout as sleep } from 'node:timers/promises';`, 'imports node:timers/promises'],
  [`import { writeAtomicFile } from '../files/wholeFile.ts';`, 'imports ../files/wholeFile.ts'],
  [`import { Command } from 'commander';`, 'imports commander'],
] as const) {
  rule(`impure: ${source}`, () => {
    assert.ok(faults(source).includes(fault), `found ${JSON.stringify(faults(source))}`);
  });
}

rule.run();

const project = suite('the pure folders');
const files = readTree('src', 'harness');

for (const place of PURE_PLACES) {
  project(`${place} is there`, () => {
    assert.ok(
      files.some(({ path }) => isAmong(path, [place])),
      `no file at ${place}`,
    );
  });
}

project('no pure file imports what reaches a clock, chance, the disk or the network', () => {
  const pure = files.filter(({ path }) => isAmong(path, PURE_PLACES));
  assert.equal(pure.flatMap(findImpureImports), []);
});

project.run();
