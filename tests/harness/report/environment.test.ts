import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readEnvironment, writeEnvironment } from '../../../harness/report/environment.ts';

const test = suite('the environment of a run');

test('it names the machine, the program and what to repeat the run with', async () => {
  const commandLine = ['/opt/node', '/home/someone/matchstream', 'run', '--seed', '42'];
  const environment = await readEnvironment({ commandLine, seed: '42', streamStartNs: 1234 });
  assert.is(environment.streamStartNs, 1234);
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  assert.is(environment.matchstream, manifest.version);
  assert.is(environment.node, process.version);
  assert.equal(environment.commandLine, ['run', '--seed', '42']);
  assert.is(environment.seed, '42');
  assert.ok(environment.cores >= 1);
  assert.ok(environment.memoryMib > environment.freeMemoryMib);
  assert.is(environment.loadAverage.length, 3);
});

test('it says how fine the timers are', async () => {
  const { timer } = await readEnvironment({ commandLine: [], seed: '1' });
  assert.ok(timer.clockStepNs > 0 && timer.clockStepNs < 1e8);
  assert.ok(Number.isInteger(timer.sleepLatenessUs));
});

test('it is written as JSON', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    const environment = await readEnvironment({ commandLine: ['bench'], seed: '9' });
    writeEnvironment(join(folder, 'environment.json'), environment);
    assert.equal(JSON.parse(readFileSync(join(folder, 'environment.json'), 'utf8')), environment);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
