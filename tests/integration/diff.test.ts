/** `matchstream diff`, typed: two virtual runs of one seed, another schedule, and what it refuses. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, inFolder, run } from './program.ts';

const test = suite('matchstream diff');

const RECORDING = join(import.meta.dirname, '../../recordings/match-42.jsonl');

test('two virtual runs of one seed are equal, and one with one more drop is not', () =>
  inFolder(async (folder) => {
    const replay = (name: string, list: string) =>
      run(
        [
          'replay',
          RECORDING,
          '--clock',
          'virtual',
          '--clients',
          '1',
          '--seed',
          '7',
          '--drop-list',
          list,
          '--report',
          name,
        ],
        folder,
      );
    for (const [name, list] of [
      ['one', '3,9'],
      ['again', '3,9'],
      ['more', '3,9,11'],
    ] as const)
      assert.is((await replay(name, list)).code, 0);
    const equal = await run(['diff', 'one', 'again', '--out', 'equal.csv'], folder);
    assert.is(equal.code, 0, equal.stderr);
    assert.match(
      equal.stdout,
      /^\d+ exact figures: \d+ equal, 0 not\nNothing differs that may not, and nothing is worse\.\nevery figure: equal\.csv\n$/,
    );
    assert.not.match(readFileSync(join(folder, 'equal.csv'), 'utf8'), /differs/);
    const changed = await run(['diff', 'one', 'more', '--out', 'changed.md'], folder);
    assert.is(changed.code, 1);
    assert.match(changed.stdout, /^ {2}differs: .*: lost measured was 2, is 3$/m);
    assert.match(
      readFileSync(join(folder, 'changed.md'), 'utf8'),
      /^### ❌ \d+ exact figures are not what they were\./,
    );
  }));

test('what is no report, and what cannot be written, is refused', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'empty'));
    assertRefused(await run(['diff', 'empty', 'empty'], folder), 2, 'empty', 'expected the folder of a run');
    assertRefused(await run(['diff', 'none', 'empty'], folder), 2, 'none');
    assertRefused(await run(['diff', 'empty'], folder), 2, 'after');
    assertRefused(
      await run(['diff', 'empty', 'empty', '--out', 'x.txt'], folder),
      2,
      '--out',
      '.csv, .md or .html',
    );
    assertRefused(await run(['diff', 'empty', 'empty', '--threshold', 'much'], folder), 2, '--threshold');
    writeFileSync(join(folder, 'taken.csv'), 'mine');
    assertRefused(
      await run(['diff', 'empty', 'empty', '--out', 'taken.csv'], folder),
      2,
      '--out',
      'taken.csv',
    );
    assert.ok(existsSync(join(folder, 'taken.csv')));
  }));

test.run();
