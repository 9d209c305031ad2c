/** What the program loads: no command loads what it does not need, least of all the page and its libraries. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM, inFolder } from './program.ts';

const test = suite('what is loaded');

const NOTER = pathToFileURL(join(import.meta.dirname, 'loadedModules.mjs')).href;
const RECORDING = join(import.meta.dirname, '../../recordings/match-42.jsonl');
const LIMIT_MS = 180_000;

/** The page, what draws it, what it is drawn from, and servers of pages. */
const PAGE =
  /dist\/harness\/(page|control\/(?!access\/))|drawReport|columnsFile|pageAssets|twins\/page|node_modules\/(preact|uplot|hono|@hono|playwright)/;

/** The modules that a run of the program loads, Node's own left out. */
function loadedBy(args: readonly string[], folder: string): string[] {
  const notes = join(folder, 'loaded.txt');
  writeFileSync(notes, '');
  const { status, stderr } = spawnSync(process.execPath, ['--import', NOTER, PROGRAM, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: { ...process.env, LOADED_MODULES: notes },
  });
  assert.is(status, 0, stderr);
  const urls = readFileSync(notes, 'utf8').trimEnd().split('\n');
  return urls.filter((url) => url.startsWith('file:') && !url.endsWith('loadedModules.mjs'));
}

test('a command that draws no page loads nothing of it', () =>
  inFolder(async (folder) => {
    const replay = ['replay', RECORDING, '--clock', 'virtual', '--seed', '7', '--drop', '5%'];
    for (const args of [
      ['--help'],
      ['--version'],
      ['replay', '--help'],
      ['scenario', 'list'],
      ['inspect', RECORDING],
      ['record', '--seed', '1', '--out', 'a.jsonl'],
      [...replay, '--reporter', 'csv,json,junit,summary', '--report', 'out'],
      [
        'proxy',
        '--protocol',
        'any',
        '--listen',
        '127.0.0.1:0',
        '--upstream',
        '127.0.0.1:9',
        '--for',
        '10ms',
        '--log',
        'none',
      ],
    ]) {
      const loaded = loadedBy(args, folder);
      assert.ok(
        loaded.some((url) => url.endsWith('/cli/main.js')),
        args.join(' '),
      );
      assert.equal(
        loaded.filter((url) => PAGE.test(url)),
        [],
        args.join(' '),
      );
    }
    // Where it is drawn, this finds it.
    assert.ok(loadedBy([...replay, '--report', 'drawn'], folder).some((url) => PAGE.test(url)));
  }));

test('--help loads the table of commands, and no work', () =>
  inFolder(async (folder) => {
    const loaded = loadedBy(['--help'], folder);
    assert.equal(
      loaded.filter((url) =>
        /Run\.js$|harness\/(proxy|session|expected|report)\/|src\/(net|match|stream)\//.test(url),
      ),
      [],
    );
    assert.ok(loaded.length <= 60, `${loaded.length} modules:\n${loaded.join('\n')}`);
  }));

test.run();
