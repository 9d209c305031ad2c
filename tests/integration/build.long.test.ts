/** The build as `npm run build` does it, in a copy of the sources. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder } from './program.ts';

const ROOT = join(import.meta.dirname, '../..');
const test = suite('the build');

test('a rebuilt program can be started by its name', async () => {
  if (process.platform === 'win32') return;
  await inFolder(async (folder) => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      bin: Record<string, string>;
    };
    for (const name of readdirSync(ROOT).filter((file) => /^package\.json$|^tsconfig.*\.json$/.test(file)))
      cpSync(join(ROOT, name), join(folder, name));
    for (const name of ['src', 'harness', 'bench'])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    // A folder of its own for the link: that of npm is shared with this test's own tree.
    mkdirSync(join(folder, 'bin'));
    symlinkSync(join(folder, bin['matchstream'] as string), join(folder, 'bin', 'matchstream'));

    // Twice: the first build is an installation's, the second one a user's.
    for (const time of ['first', 'second']) {
      const built = spawnSync('npm', ['run', 'build'], { cwd: folder, encoding: 'utf8', timeout: 300_000 });
      assert.is(built.status, 0, `${time} build: ${built.stdout}${built.stderr}`);
      const asked = spawnSync(join(folder, 'bin', 'matchstream'), ['--version'], { encoding: 'utf8' });
      assert.is(asked.error, undefined, `after the ${time} build`);
      assert.match(asked.stdout, /^\d+\.\d+\.\d+\n$/);
    }
  });
});

test.run();
