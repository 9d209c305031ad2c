import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertTooFew, runWith } from './fewDescriptors.ts';
import { inFolder } from './program.ts';

const test = suite('where few files may be open, that is told in one line with the limit');

test('by a command that cannot be loaded', () =>
  inFolder(async (folder) => {
    if (process.platform === 'win32') return;
    for (const line of ['record --out a.jsonl', 'server --port 0'])
      assertTooFew(await runWith(32, line, folder), 32);
    assert.equal(readdirSync(folder), []);
  }));

test('by a command whose child cannot be loaded', () =>
  inFolder(async (folder) => {
    if (process.platform === 'win32') return;
    assertTooFew(await runWith(60, 'live --seed 1 --interval 1ms --report out', folder), 60);
  }));

test.run();
