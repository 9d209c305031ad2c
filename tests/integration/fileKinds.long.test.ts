/** What stands where a file is expected: each argument that names one, with each kind of thing that is none. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, inFolder, run } from './program.ts';

const test = suite(
  'what is no file is refused at once, by its kind, wherever a file is named, and stays what it is',
);

/** Name → what the message calls it. */
const KINDS: readonly (readonly [string, string])[] = [
  ['/dev/zero', 'a device'],
  ['/dev/null', 'a device'],
  ['pipe', 'a pipe'],
  ['socket', 'a socket'],
  ['folder', 'a folder'],
  ['missing', 'no such file or folder'],
];

const INPUTS: readonly (readonly [string, (name: string) => string[]])[] = [
  ['scenario show', (name) => ['scenario', 'show', name]],
  ['replay --scenario', (name) => ['replay', 'good.jsonl', '--scenario', name]],
  ['proxy --scenario', (name) => ['proxy', '--scenario', name, '--log', 'none']],
  ['record --squads', (name) => ['record', '--out', 'new.jsonl', '--squads', name]],
  ['server --squads', (name) => ['server', '--port', '0', '--log', 'none', '--squads', name]],
  ['live --squads', (name) => ['live', '--report', 'new', '--squads', name]],
  ['replay', (name) => ['replay', name]],
  ['replay --shrink', (name) => ['replay', name, '--shrink', '--expect', 'lost<=0', '--clock', 'virtual']],
  ['fit', (name) => ['fit', name]],
];

const OUTPUTS: readonly (readonly [string, (name: string) => string[]])[] = [
  ['record --out', (name) => ['record', '--out', name]],
  ['replay --arrivals', (name) => ['replay', 'good.jsonl', '--report', 'new', '--arrivals', name]],
  ['replay --fates', (name) => ['replay', 'good.jsonl', '--report', 'new', '--fates', name]],
  ['replay --report', (name) => ['replay', 'good.jsonl', '--report', name]],
  ['live --report', (name) => ['live', '--report', name]],
  ['proxy --fates', (name) => ['proxy', '--log', 'none', '--fates', name]],
  ['proxy --log', (name) => ['proxy', '--listen', '127.0.0.1:0', '--log', name]],
  ['server --log', (name) => ['server', '--port', '0', '--log', name]],
  [
    'client --stats',
    (name) => [
      'client',
      '--server',
      '127.0.0.1:9',
      '--register-timeout',
      '1s',
      '--log',
      'none',
      '--stats',
      name,
    ],
  ],
  ['bench --report', (name) => ['bench', '--report', name]],
];

/** A folder with one thing of each kind in it. */
async function amongKinds(work: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    mkdirSync(join(folder, 'folder'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
    try {
      assert.is((await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder)).code, 0);
      await work(folder);
      assert.equal(readdirSync(folder).toSorted(), ['folder', 'good.jsonl', 'pipe', 'socket']);
      assert.equal(readdirSync(join(folder, 'folder')), []);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

if (existsSync('/dev/zero')) {
  test('inputs', () =>
    amongKinds(async (folder) => {
      for (const [name, kind] of KINDS) {
        for (const [what, args] of INPUTS) {
          const ended = await run(args(name), folder);
          assertRefused(ended, 2, name, kind);
          assert.match(ended.stderr, /; (?:give|write|check) /, what);
        }
      }
    }));

  test('outputs', () =>
    amongKinds(async (folder) => {
      for (const [name] of KINDS.filter(([, kind]) => kind !== 'a folder' && !kind.startsWith('no '))) {
        for (const [what, args] of OUTPUTS) {
          const ended = await run(args(name), folder);
          assertRefused(ended, ended.code === 2 ? 2 : 3, name);
          assert.match(ended.stderr, /; choose /, what);
        }
      }
    }));
}

test.run();
