import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginningOf, loadRecording } from '../../../harness/recording/loadRecording.ts';
import { loadKept } from './loadKept.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { PayloadDigest } from '../../../harness/recording/payloadDigest.ts';
import type { DigestedPayloads, KeptFlow } from '../../../harness/recording/recordedFlow.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { decodeStreamMessage } from '../../../src/protocol/stream.ts';
import { assertRefusal } from '../../refusals.ts';
import { changedMatch } from './changedMatch.ts';
import type { Change } from './changedMatch.ts';
import { temporaryFolder, TINY_BYTES, TINY_HEADER, TINY_SHA256 } from './tiny.ts';

const folder = temporaryFolder();
const tiny = join(folder, 'tiny.jsonl');
writeFileSync(tiny, TINY_BYTES);

const test = suite('a loaded recording is one flow in columns');

test('each flow and direction is loaded alone', async () => {
  const first = await loadKept(tiny);
  assert.equal(first, {
    path: tiny,
    state: first.state,
    header: TINY_HEADER,
    sha256: TINY_SHA256,
    flow: 1,
    direction: 'down',
    count: 1,
    bytes: new Uint8Array(Buffer.from('{"gol":"é"}')),
    offsets: Uint32Array.of(0),
    lengths: Uint32Array.of(12),
    timesNs: Float64Array.of(0),
    leftOut: [
      { flow: 1, direction: 'up', frames: 1, payloadBytes: 0 },
      { flow: 2, direction: 'down', frames: 1, payloadBytes: 1 },
    ],
    format: 'jsonl',
    notes: [],
    payloadBytes: 12,
    shortestBytes: 12,
    longestBytes: 12,
    lastTimeNs: 0,
    isDamaged: false,
  });
  const second = await loadKept(tiny, { flow: 2 });
  assert.equal([second.bytes, second.timesNs], [Uint8Array.of(0xff), Float64Array.of(1000)]);
  const up = await loadKept(tiny, { direction: 'up' });
  assert.equal([up.count, up.bytes.length, up.lengths], [1, 0, Uint32Array.of(0)]);
});

test('many batches give one column each, in order', async () => {
  const path = join(folder, 'many.jsonl');
  const writer = new RecordingWriter(path, TINY_HEADER);
  for (let k = 0; k < 5000; k += 1) await writer.append(k * 3, Buffer.from(`payload ${k}`), 1 + (k % 2));
  const { sha256 } = await writer.finish();
  const loaded = await loadKept(path, { flow: 2 });
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

test('its beginning ends with its own last datagram, whether payloads are kept or not', async () => {
  const path = join(folder, 'beginning.jsonl');
  const writer = new RecordingWriter(path, TINY_HEADER);
  for (let k = 0; k < 10; k += 1) await writer.append(k * 1000, Buffer.alloc(k + 1, k));
  await writer.finish();
  for (const keepBytes of [0, 1000]) {
    const { count, lengths, timesNs, payloadBytes, lastTimeNs, ...more } = beginningOf(
      await loadRecording(path, { keepBytes }),
      4,
    );
    assert.equal([count, payloadBytes, lastTimeNs], [4, 10, 3000]);
    assert.equal([...lengths, ...timesNs], [1, 2, 3, 4, 0, 1000, 2000, 3000]);
    const payloads = more as Partial<KeptFlow & DigestedPayloads>;
    assert.is(payloads.bytes?.length ?? payloads.digests?.length, keepBytes === 0 ? 8 : 10);
  }
});

test('a gzip file of which little is known in advance is loaded whole', async () => {
  const path = join(folder, 'dense.jsonl.gz');
  const writer = new RecordingWriter(path, TINY_HEADER);
  const texts = Array.from({ length: 3000 }, (_, k) => `${k}`.padStart(1000, '-'));
  for (const [k, text] of texts.entries()) await writer.append(k, Buffer.from(text), 1);
  await writer.finish();
  assert.ok(statSync(path).size * 20 < 3_000_000, 'it is far shorter than what is in it');
  const { bytes, count, offsets } = await loadKept(path);
  assert.is(count, 3000);
  assert.is(offsets[2999], 2_999_000);
  assert.is(Buffer.compare(bytes, Buffer.from(texts.join(''))), 0);
});

test('a flow that is not there is named, with those that are', async () => {
  await assertRefusal(
    () => loadRecording(tiny, { flow: 3 }),
    `recording-unsuitable | ${tiny}`,
    '1 down, 1 up, 2 down',
  );
});

test('of more than is to be kept, all but the payloads is known, in constant memory', async () => {
  const path = join(folder, 'large.jsonl');
  const writer = new RecordingWriter(path, TINY_HEADER);
  for (let k = 0; k < 3000; k += 1) await writer.append(k, Buffer.alloc(1000, k), 1 + (k % 2));
  await writer.finish();
  const kept = await loadKept(path, { flow: 2 });
  assert.is((await loadKept(path, { flow: 2, keepBytes: 1_500_000 })).count, 1500);
  for (const keepBytes of [0, 999, 700_000, 1_499_999]) {
    const { count, lengths, timesNs, ...loaded } = await loadRecording(path, { flow: 2, keepBytes });
    assert.equal([count, lengths, timesNs], [1500, kept.lengths, kept.timesNs]);
    assert.not('bytes' in loaded);
    const { digests } = loaded as unknown as DigestedPayloads;
    const digest = new PayloadDigest();
    for (let row = 0; row < count; row += 1) {
      digest.take(Buffer.alloc(1000, 2 * row + 1), 0, 1000);
      assert.equal([digests[2 * row], digests[2 * row + 1]], [digest.low, digest.high], `row ${row}`);
    }
  }
});

test('a damaged recording is refused, or loaded up to the damage', async () => {
  const path = join(folder, 'cut.jsonl');
  writeFileSync(path, TINY_BYTES.subarray(0, -40));
  await assertRefusal(() => loadRecording(path), `recording-damaged | ${path}, line 5`, '--recover');
  const loaded = await loadKept(path, { recover: true });
  assert.is(loaded.count, 1);
  assert.is(loaded.sha256, TINY_SHA256);
  assert.is(loaded.damage?.line, 5);
});

const recordings = join(import.meta.dirname, '../../../recordings');

const changed = (name: string, change: Change): Promise<string> =>
  changedMatch(join(folder, 'changed.jsonl'), change, name === 'check');

/** The golden match in flow 1 down, the same in flow 2, and an upward datagram beside every thirteenth. */
async function amongOthers(): Promise<string> {
  const path = join(folder, 'others.jsonl');
  const golden = await openRecording(join(recordings, 'match-42.jsonl'));
  const writer = new RecordingWriter(path, { ...golden.header, flows: 2 });
  for await (const batch of golden.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { n, timeNs, payload } = batch.frame(row);
      if (n % 13 === 0) await writer.append(timeNs, Buffer.from('alive'), 1, 'up');
      await writer.append(timeNs, payload, 2, 'down');
      await writer.append(timeNs, payload, 1, 'down');
    }
  }
  await writer.finish();
  return path;
}

const STREAM = { stream: true } as const;

test('a sound recording that is no stream of ours is refused with its first line that is not', async () => {
  const text = (payload: Uint8Array): string => Buffer.from(payload).toString();
  for (const [name, change, line, saying] of [
    ['foreign', () => ({ payload: Buffer.from('ping') }), 2, 'ping'],
    [
      'swapped',
      ({ n, payload }) =>
        n === 7 ? { payload: Buffer.from(text(payload).replace('"count":7,', '"count":8,')) } : {},
      8,
      'count 8',
    ],
    ['split', ({ n }) => ({ flow: 1 + (n % 2) }), 3, 'count 2'],
    ['check', () => ({}), 2, 'check'],
    ['late', ({ n, timeNs }) => (n > 20 ? { timeNs: timeNs + 5 } : {}), 22, '200000005'],
  ] as [string, Change, number, string][]) {
    const path = await changed(name, change);
    await assertRefusal(
      () => loadRecording(path, STREAM),
      `recording-unsuitable | ${path}, line ${line}`,
      saying,
    );
    await loadRecording(path);
  }
  const upward = await changed('upward', () => ({ direction: 'up' }));
  await assertRefusal(() => loadRecording(upward, STREAM), `recording-unsuitable | ${upward}`, '1 up');
});

test('a stream among other flows is loaded alone, and what is left out is told', async () => {
  const path = await amongOthers();
  const loaded = await loadKept(path, STREAM);
  const golden = await loadKept(join(recordings, 'match-42.jsonl'), STREAM);
  for (const name of ['count', 'bytes', 'offsets', 'lengths', 'timesNs'] as const)
    assert.equal(loaded[name], golden[name], name);
  assert.equal(
    loaded.leftOut.map(({ flow, direction, frames }) => ({ flow, direction, frames })),
    [
      { flow: 1, direction: 'up', frames: 4 },
      { flow: 2, direction: 'down', frames: 52 },
    ],
  );
  assert.equal(golden.leftOut, []);
});

test('to recover is to take what comes before the first frame that is none of the stream', async () => {
  const late = await changed('late', ({ n, timeNs }) => (n > 20 ? { timeNs: timeNs + 5 } : {}));
  const loaded = await loadKept(late, { ...STREAM, recover: true });
  const golden = await loadKept(join(recordings, 'match-42.jsonl'), STREAM);
  assert.is(golden.count, 52);
  assert.is(loaded.count, 20);
  assert.equal(
    [loaded.bytes, loaded.offsets, loaded.lengths, loaded.timesNs],
    [
      golden.bytes.slice(0, golden.offsets[20]),
      golden.offsets.slice(0, 20),
      golden.lengths.slice(0, 20),
      golden.timesNs.slice(0, 20),
    ],
  );
  assert.is(loaded.damage?.line, 22);
  await assertRefusal(
    () => loadRecording(late, STREAM),
    `recording-unsuitable | ${late}, line 22`,
    loaded.damage?.reason,
  );
  const foreign = await changed('foreign', () => ({ payload: Buffer.from('ping') }));
  await assertRefusal(
    () => loadRecording(foreign, { ...STREAM, recover: true }),
    `recording-unsuitable | ${foreign}, line 2`,
    'ping',
  );
});

test('a recording without datagrams has no stream', async () => {
  const path = join(folder, 'none.jsonl');
  await new RecordingWriter(path, TINY_HEADER).finish();
  await assertRefusal(() => loadRecording(path, STREAM), `recording-unsuitable | ${path}`, 'no datagrams');
});

test('what gunzip makes of a flipped byte is taken only as far as it is a stream', async () => {
  const packed = gzipSync(gunzipSync(readFileSync(join(recordings, 'season-1.jsonl.gz'))));
  const path = join(folder, 'flipped.jsonl.gz');
  for (let at = 4000; at < packed.length - 100; at += 9001) {
    const flipped = Buffer.from(packed);
    flipped[at] = (flipped[at] as number) ^ 0x10;
    writeFileSync(path, flipped);
    const loaded = await loadKept(path, { ...STREAM, recover: true });
    assert.ok(loaded.damage !== undefined, `byte ${at}`);
    assert.ok(loaded.count > 50, `byte ${at}: ${loaded.count}`);
    for (let row = 0; row < loaded.count; row += 1) {
      const from = loaded.offsets[row] as number;
      const message = decodeStreamMessage(
        loaded.bytes.subarray(from, from + (loaded.lengths[row] as number)),
      );
      assert.is(message.ok ? message.value.count : message.reason, row + 1, `byte ${at}`);
    }
  }
});

test('an altered recording is taken up to the frame that is no message any more', async () => {
  const path = join(folder, 'altered.jsonl');
  const text = readFileSync(join(recordings, 'match-42.jsonl'), 'utf8');
  writeFileSync(path, text.replace(/(\{"n":30,.*)timeA/, '$1time_'));
  const { count, damage } = await loadKept(path, { ...STREAM, recover: true });
  assert.is(count, 29);
  assert.is(damage?.line, 31);
  assert.match(
    damage?.reason ?? '',
    /^expected a message of the stream, got one that cannot be read \(timeA/,
  );
});

test.run();
