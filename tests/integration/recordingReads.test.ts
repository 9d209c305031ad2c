import { copyFileSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkedFlow, readCheckedFlow } from '../../harness/recording/checkedFlow.ts';
import { loadKept } from '../harness/recording/loadKept.ts';
import { PayloadComparison } from '../../harness/recording/recordingSource.ts';
import { completePlan } from '../../harness/runs/replayPlan.ts';
import { prepareReplay, replayControl, replayRecording } from '../../harness/runs/replay.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import { temporaryFolder } from '../harness/recording/tiny.ts';
import { assertRefusal } from '../refusals.ts';
import { GOLDEN, PLAN, countsOf } from './recordingReads.ts';

const folder = temporaryFolder();
/** As `matchstream replay` does: a control run, then the run. */
async function replayWithControl(): Promise<void> {
  const plan = { ...PLAN, mode: 'in-process' } as const;
  const prepared = await prepareReplay(completePlan(plan));
  const { session, noise } = await replayControl(plan, 1e9, prepared);
  const run = await replayRecording({ ...plan, noise }, prepared);
  for (const { judgement } of [session, run])
    assert.equal(
      judgement.measured.map((measured) => measured.received),
      [52, 52, 52],
    );
}

const counted = suite('a replay of three clients checks its recording once');

counted('on the virtual clock, which opens it once', async () => {
  const run = (): Promise<unknown> => replayRecording({ ...PLAN, clock: 'virtual' });
  assert.equal(await countsOf(run), { opened: 1, checked: 1 });
});

counted('in one process, control run included, which opens it once', async () => {
  assert.equal(await countsOf(replayWithControl), { opened: 1, checked: 1 });
});

counted.run();

const trusted = suite('what was checked is read again on trust');

const copyOf = (name: string): string => {
  const path = join(folder, name);
  copyFileSync(GOLDEN, path);
  return path;
};

/** Another byte somewhere in the middle, and neither size nor time tell. */
function alterUnseen(path: string): void {
  const { atime } = statSync(path);
  const bytes = readFileSync(path);
  const at = bytes.indexOf('message', bytes.length / 2);
  bytes[at] = 0x58;
  writeFileSync(path, bytes);
  utimesSync(path, atime, PAST);
}
const PAST = new Date('2020-01-01T00:00:00Z');

trusted('the same rows, plain and compressed, up to as many as are played', async () => {
  const packed = join(folder, 'packed.jsonl.gz');
  writeFileSync(packed, gzipSync(readFileSync(GOLDEN)));
  for (const path of [GOLDEN, packed]) {
    const loaded = await loadKept(path, { stream: true });
    const { header, count, bytes, offsets, lengths, timesNs } = loaded;
    assert.equal(await readCheckedFlow(checkedFlow(loaded)), {
      header,
      count,
      bytes,
      offsets,
      lengths,
      timesNs,
    });
  }
});

trusted(
  'so an altered byte that neither size nor time tell is no error, and is found in the payload',
  async () => {
    const path = copyOf('unseen.jsonl');
    utimesSync(path, PAST, PAST);
    const loaded = await loadKept(path, { stream: true });
    alterUnseen(path);
    const again = await readCheckedFlow(checkedFlow(loaded));
    if (!('bytes' in again)) throw new Error('expected its payloads');
    const comparison = new PayloadComparison(loaded);
    const batch = new DatagramBatch(1, 2048);
    for (let row = 0; row < again.count; row += 1) {
      batch.clear();
      batch.append(again.bytes, again.offsets[row] as number, again.lengths[row] as number, 0);
      comparison.compare(row + 1, batch, 0);
    }
    assert.is(comparison.different, 1);
  },
);

for (const [name, change] of [
  ['written to', (path: string) => writeFileSync(path, readFileSync(path))],
  ['longer', (path: string) => writeFileSync(path, '\n', { flag: 'a' })],
  [
    'another file of the same size and time',
    (path: string) => {
      const { atime, mtime } = statSync(path);
      // Both are there at a time, so they have two numbers.
      copyFileSync(path, `${path}.other`);
      utimesSync(`${path}.other`, atime, mtime);
      renameSync(`${path}.other`, path);
    },
  ],
] as const) {
  trusted(`a recording that is ${name} since is refused`, async () => {
    const path = copyOf('changed.jsonl');
    utimesSync(path, PAST, PAST);
    const loaded = await loadKept(path, { stream: true });
    change(path);
    await assertRefusal(() => readCheckedFlow(checkedFlow(loaded)), 'recording-changed', path);
  });
}

trusted.run();
