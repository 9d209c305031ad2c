import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadRecording } from '../../../harness/recording/load.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { messageOf, temporaryFolder, TINY_BYTES, TINY_HEADER, TINY_SHA256 } from './tiny.ts';

const folder = temporaryFolder();
const tiny = join(folder, 'tiny.jsonl');
writeFileSync(tiny, TINY_BYTES);

const test = suite('a loaded recording is one flow in columns');

test('each flow and direction is loaded alone', async () => {
  const first = await loadRecording(tiny);
  assert.equal(first, {
    path: tiny,
    header: TINY_HEADER,
    sha256: TINY_SHA256,
    flow: 1,
    direction: 'down',
    count: 1,
    bytes: new Uint8Array(Buffer.from('{"gol":"é"}')),
    offsets: Uint32Array.of(0),
    lengths: Uint32Array.of(12),
    timesNs: Float64Array.of(0),
  });
  const second = await loadRecording(tiny, { flow: 2 });
  assert.equal([second.bytes, second.timesNs], [Uint8Array.of(0xff), Float64Array.of(1000)]);
  const up = await loadRecording(tiny, { direction: 'up' });
  assert.equal([up.count, up.bytes.length, up.lengths], [1, 0, Uint32Array.of(0)]);
});

test('many batches give one column each, in order', async () => {
  const path = join(folder, 'many.jsonl');
  const writer = new RecordingWriter(path, TINY_HEADER);
  for (let k = 0; k < 5000; k += 1) await writer.append(k * 3, Buffer.from(`payload ${k}`), 1 + (k % 2));
  const { sha256 } = await writer.finish();
  const loaded = await loadRecording(path, { flow: 2 });
  assert.is(loaded.sha256, sha256);
  assert.is(loaded.count, 2500);
  let text = '';
  for (let row = 0; row < 2500; row += 1) {
    const k = row * 2 + 1;
    const start = loaded.offsets[row] as number;
    const end = start + (loaded.lengths[row] as number);
    assert.is(Buffer.from(loaded.bytes.subarray(start, end)).toString(), `payload ${k}`);
    assert.is(loaded.timesNs[row], k * 3);
    text += `payload ${k}`;
  }
  assert.is(Buffer.from(loaded.bytes).toString(), text);
});

test('a flow that is not there is named, with those that are', async () => {
  assert.is(
    await messageOf(() => loadRecording(tiny, { flow: 3 })),
    `UsageError: ${tiny}: expected datagrams of flow 3 down, got 1 down, 1 up, 2 down; choose a flow it has`,
  );
});

test('more than the limit is refused before it is loaded', async () => {
  assert.is(
    await messageOf(() => loadRecording(tiny, { limitBytes: 27 })),
    `UsageError: ${tiny}: expected a flow of at most 27 bytes in memory, got 28; record a shorter stream`,
  );
  assert.is((await loadRecording(tiny, { limitBytes: 28 })).count, 1);
});

test('a damaged recording is refused, or loaded up to the damage', async () => {
  const path = join(folder, 'cut.jsonl');
  writeFileSync(path, TINY_BYTES.subarray(0, -40));
  assert.match(await messageOf(() => loadRecording(path)), /line 5: .* the recording is truncated; recover/);
  const loaded = await loadRecording(path, { recover: true });
  assert.is(loaded.count, 1);
  assert.is(loaded.sha256, TINY_SHA256);
  assert.is(loaded.damage?.line, 5);
});

test.run();
