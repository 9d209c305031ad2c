import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM, inFolder, run } from './program.ts';

const test = suite('help');

test('help and version answer, and no command is a usage error', async () => {
  await inFolder(async (folder) => {
    const help = await run(['--help'], folder);
    assert.is(help.code, 0);
    for (const name of [
      'run',
      'live',
      'server',
      'client',
      'record',
      'replay',
      'proxy',
      'bench',
      'scenario',
      'fit',
    ]) {
      assert.match(help.stdout, new RegExp(`^  ${name}\\b`, 'm'));
      const own = await run([name, '--help'], folder);
      assert.is(own.code, 0, own.stderr);
      assert.match(own.stdout, new RegExp(`^Usage: matchstream ${name}`));
      assert.not.match(own.stdout, /default:\s+(?:\d{6,}|[[{])/, 'defaults read as a user writes them');
    }
    assert.match((await run(['--version'], folder)).stdout, /^\d+\.\d+\.\d+\n$/);
    assert.is((await run(['help'], folder)).stdout, help.stdout);
    assert.match((await run(['help', 'replay'], folder)).stdout, /^Usage: matchstream replay/);
    assert.is((await run([], folder)).code, 2);
  });
});

test('the program that npx starts may be executed', () => {
  if (process.platform === 'win32') return;
  const asked = spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' });
  assert.is(asked.error, undefined);
  assert.match(asked.stdout, /^\d+\.\d+\.\d+\n$/);
});

test.run();
