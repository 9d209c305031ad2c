import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('the program starts quickly');
const PROGRAM = join(import.meta.dirname, '../../dist/harness/cli/main.js');

/** Prints at its end what the process used, in microseconds. */
const METER =
  "import{writeSync}from'node:fs';process.on('exit',()=>{const{user,system}=process.cpuUsage();writeSync(2,'used '+(user+system))})";

/** Processor time that a run of node takes, milliseconds: other programs of a busy machine add little to it. */
const usedMs = (args: readonly string[]): number => {
  const meter = `data:text/javascript,${encodeURIComponent(METER)}`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', meter, ...args], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return Number(/used (\d+)$/.exec(stderr)?.[1]) / 1000;
};

// Interleaved, and the best of several, because only the program's own work is meant, not what the machine is busy with.
test('--help answers in under 150 ms of processor time more than node itself', () => {
  const bare: number[] = [];
  const help: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    bare.push(usedMs(['-e', '0']));
    help.push(usedMs([PROGRAM, '--help']));
  }
  const moreMs = Math.min(...help) - Math.min(...bare);
  assert.ok(moreMs < 150, `${moreMs.toFixed(0)} ms more`);
});

test.run();
