/** The examples in other languages: a test in Python, and one in Go that has toxiproxy's own client. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findFile } from '../../../bench/peers/programs.ts';
import { ROOT } from '../package/installed.ts';
import { ended, inFolder, printed, SHELL_WORD, start } from '../program.ts';
import { claimsAbout } from './foreign.ts';

const LIMIT_MS = 120_000;
const test = suite('the examples in other languages');

/** Runs a program in a folder, to its end. */
function run(
  file: string,
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...more };
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, env, encoding: 'utf8', timeout: LIMIT_MS });
  return { status, said: `${stdout}${stderr}` };
}

test('the pages name what they need', () => {
  const index = readFileSync(join(ROOT, 'examples/README.md'), 'utf8');
  for (const folder of ['pytest', 'go']) assert.ok(index.includes(`\`${folder}/\``), folder);
});

claimsAbout(
  test,
  'pytest-3',
  'python3-pytest',
)('pytest starts the command, and calls what toxiproxy’s clients call', () =>
  inFolder(async (folder) => {
    cpSync(join(ROOT, 'examples/pytest'), folder, { recursive: true });
    const { status, said } = run('pytest-3', ['-p', 'no:cacheprovider'], folder, { MATCHSTREAM: SHELL_WORD });
    assert.is(status, 0, said);
    assert.match(said, /2 passed/);
  }),
);

/** Null where Go's toxiproxy client can be had, else why not. */
function whyNoGo(): string | null {
  if (findFile('go') === null) return 'go is not installed; apt-get install golang-go';
  const { status, said } = run('go', ['mod', 'download'], join(ROOT, 'examples/go'));
  return status === 0 ? null : `its client cannot be downloaded: ${said.trim().split('\n').at(-1)}`;
}

const missing = whyNoGo();
const claim = missing === null ? test : (name: string) => test.skip(`${name} (${missing})`);

claim('toxiproxy’s client for Go makes a proxy, lets it lose everything, and takes that back', () =>
  inFolder(async (folder) => {
    cpSync(join(ROOT, 'examples/go'), folder, { recursive: true });
    const control = start(['control', '127.0.0.1:0', '--log', 'none'], folder);
    const over = ended(control);
    try {
      const [, address = ''] = await printed(control, /http:\/\/([\d.]+:\d+)/);
      const tidied = run('go', ['mod', 'tidy'], folder);
      assert.is(tidied.status, 0, tidied.said);
      const { status, said } = run('go', ['test', './...'], folder, { TOXIPROXY_ADDRESS: address });
      assert.is(status, 0, said);
    } finally {
      control.kill('SIGTERM');
      await over;
    }
  }),
);

test.run();
