/** A whole replay where the batched system calls do not work, or only in part: the same fates, counts and ledger. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { inFolder, readRows } from './program.ts';
import { LOSSY, replayOnce } from './replay.ts';

const test = suite('a replay on a kernel that can do less');

const RECORDING = join(import.meta.dirname, '../../recordings/match-42.jsonl');
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'poorKernel.mjs')).href;
const ARGS = [...LOSSY, '--seed', '7', '--tmax', '100ms', '--mode', 'in-process', '--no-control'];

async function replayOn(folder: string, kernel: string, name: string, transport: string) {
  if (kernel !== '') {
    process.env['POOR_KERNEL'] = kernel;
    process.env['NODE_OPTIONS'] = `--import=${PRELOAD}`;
  }
  try {
    const fates = await replayOnce(folder, RECORDING, name, [...ARGS, '--transport', transport]);
    const read = (file: string): string => readFileSync(join(folder, name, file), 'utf8');
    const ran = new Set(readRows(read('ledger.csv')).map((row) => row['transport']));
    // How late something left is the machine's.
    const ledger = readRows(read('ledger.csv')).map((row) =>
      Object.entries(row).filter(([column]) => !/^(?:run|transport|late_.*)$/.test(column)),
    );
    return { fates, ledger, ran: [...ran], environment: read('environment.json') };
  } finally {
    delete process.env['POOR_KERNEL'];
    delete process.env['NODE_OPTIONS'];
  }
}

const loaded = await loadNativeSockets();
if (loaded.ok) {
  test('gives what node:dgram gives, and says what ran and why', async () => {
    await inFolder(async (folder) => {
      const node = await replayOn(folder, '', 'node', 'node');
      const without = await replayOn(folder, 'no-offload', 'without', 'auto');
      const partly = await replayOn(folder, 'invalid-segments', 'partly', 'linux');
      assert.equal([node.ran, without.ran, partly.ran], [['node'], ['node'], ['linux']]);
      assert.match(without.environment, 'ENOPROTOOPT');
      assert.match(partly.environment, 'EINVAL');
      for (const other of [without, partly]) {
        assert.equal(other.fates, node.fates);
        assert.equal(other.ledger, node.ledger);
      }
    });
  });
} else test.skip(loaded.reason);
test.run();
