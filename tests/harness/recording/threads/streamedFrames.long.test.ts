/** A flow that is read by a thread while it is played, against the same flow in memory. */
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkedFlow } from '../../../../harness/recording/checkedFlow.ts';
import { PayloadComparison, RecordingSource } from '../../../../harness/recording/recordingSource.ts';
import { StreamedSource } from '../../../../harness/recording/threads/streamedSource.ts';
import { RecordingWriter } from '../../../../harness/recording/writer.ts';
import { randomStream } from '../../../../src/base/random.ts';
import { DatagramBatch } from '../../../../src/net/batch.ts';
import { EnvironmentError } from '../../../../src/base/errors.ts';
import { loadRecording } from '../../../../harness/recording/loadRecording.ts';
import { loadKept } from '../loadKept.ts';
import { temporaryFolder, TINY_HEADER } from '../tiny.ts';

const folder = temporaryFolder();
const COUNT = 6000;

/** Three flows; payloads of all lengths, text and none, the longest included. Far more than a ring holds. */
async function written(name: string): Promise<string> {
  const path = join(folder, name);
  const writer = new RecordingWriter(path, { ...TINY_HEADER, intervalNs: null });
  const random = randomStream('streamed');
  for (let k = 0; k < COUNT; k += 1) {
    const lengthBytes = k % 977 === 0 ? 65_507 : Math.floor(random.draw() * 1400);
    const payload = Buffer.alloc(lengthBytes, `${k} `);
    if (k % 5 === 0) payload.fill(k & 255);
    await writer.append(k * 7, payload, 1 + (k % 3), k % 4 === 3 ? 'up' : 'down');
  }
  await writer.finish();
  return path;
}

const plain = await written('plain.jsonl');
const packed = join(folder, 'packed.jsonl.gz');
writeFileSync(packed, gzipSync(readFileSync(plain)));
const capture = await written('capture.pcapng');

const test = suite('a recording that is read while it is played');

for (const [name, path] of Object.entries({ plain, packed, capture })) {
  test(`${name}: the same datagrams at the same times, forward and from the start again`, async () => {
    const kept = await loadKept(path, { flow: 2 });
    const inMemory = new RecordingSource(kept);
    const streamed = new StreamedSource(checkedFlow(kept), null);
    assert.equal([streamed.total, streamed.intervalNs], [inMemory.total, inMemory.intervalNs]);
    const [one, other] = [new DatagramBatch(40, 200_000), new DatagramBatch(40, 200_000)];
    for (let round = 0; round < 2; round += 1) {
      // Every third place in the second round; what is passed over is not lost for the rest.
      for (let count = 1; count <= inMemory.total; count += 1 + 2 * round) {
        if (streamed.mediaTimeNs(count) !== inMemory.mediaTimeNs(count)) assert.unreachable(`time ${count}`);
        for (;;) {
          const fitted = inMemory.append(one, count, count);
          assert.is(streamed.append(other, count, count), fitted);
          if (fitted) break;
          if (Buffer.compare(one.bytes, other.bytes) !== 0) assert.unreachable(`before ${count}`);
          assert.equal(other.lengths, one.lengths);
          one.clear();
          other.clear();
        }
      }
    }
    streamed.close();
  });
}

test('one that is given up ends its thread, and can be begun again', async () => {
  const flow = checkedFlow(await loadRecording(plain, { flow: 1 }));
  for (let k = 0; k < 2; k += 1) {
    const source = new StreamedSource(flow, null);
    const batch = new DatagramBatch(1, 70_000);
    assert.ok(source.append(batch, 1, 0));
    source.close();
    assert.ok(source.append(new DatagramBatch(1, 70_000), 1, 0));
    source.close();
  }
});

const PAST = new Date('2020-01-01T00:00:00Z');

for (const [name, change] of [
  ['written to', (path: string) => writeFileSync(path, readFileSync(path))],
  ['shorter', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 100_000))],
] as const) {
  test(`one that is ${name} since it was checked is refused where it is played`, async () => {
    const path = join(folder, 'changed.jsonl');
    copyFileSync(plain, path);
    utimesSync(path, PAST, PAST);
    const flow = checkedFlow(await loadRecording(path, { flow: 1 }));
    change(path);
    try {
      const source = new StreamedSource(flow, null);
      source.mediaTimeNs(flow.count - 1);
      assert.unreachable();
    } catch (cause) {
      assert.instance(cause, EnvironmentError);
      assert.is((cause as EnvironmentError).code, 'recording-changed');
    }
  });
}

test('arrivals are compared by digest, and one changed byte is found', async () => {
  const kept = await loadKept(plain, { flow: 3 });
  const digested = await loadRecording(plain, { flow: 3, keepBytes: 0 });
  const source = new RecordingSource(kept);
  const comparisons = [kept, digested].map((flow) => new PayloadComparison(flow));
  const batch = new DatagramBatch(1, 70_000);
  let changed = 0;
  for (let count = 1; count <= source.total; count += 1) {
    batch.clear();
    source.append(batch, count, 0);
    const lengthBytes = batch.lengths[0] as number;
    if (count % 10 === 0 && lengthBytes > 0) {
      const at = count % lengthBytes;
      batch.bytes[at] = (batch.bytes[at] as number) ^ 0x40;
      changed += 1;
    }
    for (const comparison of comparisons) comparison.compare(count, batch, 0);
  }
  for (const comparison of comparisons)
    assert.equal([comparison.compared, comparison.different], [source.total, changed]);
  assert.ok(changed > 100);
});

test.run();
