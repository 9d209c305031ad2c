import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('the program starts quickly');
const PROGRAM = join(import.meta.dirname, '../../dist/harness/cli.js');

const tookMs = (args: readonly string[]): number => {
  const startedAt = performance.now();
  assert.is(spawnSync(process.execPath, args, { stdio: 'ignore' }).status, 0);
  return performance.now() - startedAt;
};

// Interleaved, and the best of several, because only the program's own work is meant, not what the machine is busy with.
test('--help answers in under 150 ms more than node itself', () => {
  const bare: number[] = [];
  const help: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    bare.push(tookMs(['-e', '0']));
    help.push(tookMs([PROGRAM, '--help']));
  }
  const moreMs = Math.min(...help) - Math.min(...bare);
  assert.ok(moreMs < 150, `${moreMs.toFixed(0)} ms more`);
});

test.run();
