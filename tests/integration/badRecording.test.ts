import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, inFolder, run } from './program.ts';

const test = suite('bad recordings, and good ones that disappoint');

/** A recording of these lines, with a footer that fits them. */
function signed(lines: readonly (string | undefined)[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  return `${text}{"frames":${lines.length - 1},"sha256":"${sha256}"}\n`;
}

const swapped = (line: string | undefined): string | undefined => line?.replace('"count\\":2', '"count\\":9');

test('recordings that are missing, foreign, truncated or altered are named with line and reason', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const good = readFileSync(join(folder, 'good.jsonl'));
    const lines = good.toString('utf8').split('\n');
    writeFileSync(join(folder, 'truncated.jsonl'), good.subarray(0, good.length >> 1));
    writeFileSync(join(folder, 'footless.jsonl'), `${lines.slice(0, -2).join('\n')}\n`);
    writeFileSync(
      join(folder, 'altered.jsonl'),
      good.toString('utf8').replace('"minute\\":0', '"minute\\":1'),
    );
    writeFileSync(join(folder, 'foreign.jsonl'), '{"hello":"world"}\n');
    writeFileSync(
      join(folder, 'garbage.jsonl'),
      Buffer.from(Array.from({ length: 999 }, (_, k) => (k * 37) % 256)),
    );
    writeFileSync(join(folder, 'empty.jsonl'), '');
    writeFileSync(join(folder, 'half.jsonl.gz'), gzipSync(good).subarray(0, 600));
    writeFileSync(join(folder, 'swapped.jsonl'), signed([lines[0], lines[1], swapped(lines[2])]));
    mkdirSync(join(folder, 'folder.jsonl'));
    for (const name of [
      'missing.jsonl',
      'truncated.jsonl',
      'footless.jsonl',
      'altered.jsonl',
      'foreign.jsonl',
      'garbage.jsonl',
      'empty.jsonl',
      'half.jsonl.gz',
      'folder.jsonl',
    ]) {
      assertRefused(
        await run(['replay', name, '--clock', 'virtual', '--report', `out-${name}`], folder),
        2,
        name,
      );
    }
    // Whole, and yet no stream of ours: the file is to blame, not the network.
    assertRefused(
      await run(['replay', 'swapped.jsonl', '--mode', 'in-process', '--report', 'out-s'], folder),
      2,
      'swapped.jsonl, line 3: ',
    );
    const altered = await run(['replay', 'altered.jsonl', '--clock', 'virtual', '--report', 'out-a'], folder);
    assert.match(altered.stderr, /altered\.jsonl, line \d+/);
    const recovered = await run(
      ['replay', 'footless.jsonl', '--recover', '--clock', 'virtual', '--report', 'out-r'],
      folder,
    );
    assert.is(recovered.code, 0, recovered.stderr);
    const frames = lines.length - 3;
    assert.match(
      recovered.stdout,
      new RegExp(
        `^note: footless\\.jsonl, line ${frames + 2}: .*; the ${frames} whole datagrams before it`,
        'm',
      ),
    );
  });
});

test('an expectation that is not met is told before the report is named', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const args = [
      'good.jsonl',
      '--clients',
      '1',
      '--clock',
      'virtual',
      '--drop-list',
      '3',
      '--report',
      'out',
    ];
    const { code, stdout } = await run(['replay', ...args, '--expect', 'lost<=0'], folder);
    assert.is(code, 1);
    assert.match(stdout, /\n {2}client 1 does not meet lost<=0: lost is 1\nreport: out\n/);
    assert.match(stdout, /\nWrong: the expectation is not met\. .*\n$/);
  });
});

test.run();
