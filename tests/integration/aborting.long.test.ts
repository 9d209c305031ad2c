/** A koffi that ends the process that loads it: no process can catch that, but the next one goes without. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadNativeSockets } from '../../src/net/linux/native.ts';

const test = suite('a koffi that aborts');

const fileUrl = (path: string): string => pathToFileURL(join(import.meta.dirname, path)).href;
const OPEN = `
  const { openTransport } = await import(${JSON.stringify(fileUrl('../../src/net/select.ts'))});
  const { MonotonicClock } = await import(${JSON.stringify(fileUrl('../../src/net/clock.ts'))});
  const transport = await openTransport(process.env.CHOICE, new MonotonicClock());
  console.log([transport.name, ...transport.notes().slice(1)].join('; '));
  await transport.close();
`;
const LIMIT_MS = 120_000;

/** Opens a transport in a process whose temporary files lie in a folder of its own. */
function openIn(
  folder: string,
  kernel: string,
  choice = 'auto',
): { end: string; stdout: string; stderr: string } {
  const { signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--import', fileUrl('poorKernel.mjs'), '--input-type=module', '--eval', OPEN],
    {
      encoding: 'utf8',
      timeout: LIMIT_MS,
      env: { ...process.env, TMPDIR: folder, POOR_KERNEL: kernel, CHOICE: choice },
    },
  );
  return { end: `${signal ?? status}`, stdout: stdout.trim(), stderr };
}

/** What was left behind: not by the loader of TypeScript. */
const leftIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('matchstream'));

const loaded = await loadNativeSockets();
if (loaded.ok) {
  test('ends one process, and from then on auto takes node and says why, until it loads again', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aborting-'));
    try {
      assert.equal(openIn(folder, 'none').stdout, 'linux');
      assert.equal(leftIn(folder), []);
      assert.is(openIn(folder, 'aborts').end, 'SIGABRT');
      assert.is(leftIn(folder).length, 1);
      for (let k = 0; k < 2; k += 1) {
        assert.is(
          openIn(folder, 'aborts').stdout,
          'node; no batched system calls: koffi ended the process that loaded it (SIGABRT); update it with "npm install koffi@latest"',
        );
      }
      assert.match(
        openIn(folder, 'aborts', 'linux').stderr,
        /koffi ended the process that loaded it.*or choose the transport "node"/,
      );
      assert.is(openIn(folder, 'none').stdout, 'linux');
      assert.equal(leftIn(folder), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('the mark of a process that is loading at the moment, or of one that was killed, stops nobody', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aborting-'));
    const path = join(folder, `matchstream-loads-koffi-${process.getuid?.() ?? ''}`);
    try {
      writeFileSync(path, `${process.pid}`);
      assert.is(openIn(folder, 'none').stdout, 'linux');
      assert.is(leftIn(folder).length, 1);
      const { pid } = spawnSync(process.execPath, ['--eval', '']);
      writeFileSync(path, `${pid}`);
      assert.is(openIn(folder, 'none').stdout, 'linux');
      assert.equal(leftIn(folder), []);
      writeFileSync(path, 'nonsense');
      assert.is(openIn(folder, 'none').stdout, 'linux');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
} else test.skip(loaded.reason);
test.run();
