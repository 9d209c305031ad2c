import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { randomStream } from '../../../src/base/random.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder, TINY_BYTES, TINY_HEADER, TINY_LINES, TINY_SHA256 } from './tiny.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

async function writeTiny(path: string): Promise<unknown> {
  const writer = new RecordingWriter(path, TINY_HEADER);
  await writer.append(0, Buffer.from('{"gol":"é"}'));
  await writer.append(1000, Uint8Array.of(0xff), 2);
  await writer.append(1000, new Uint8Array(0), 1, 'up');
  return writer.finish();
}

/** A few hundred seeded frames, some of them not text. */
async function writeSeeded(path: string): Promise<void> {
  const { draw } = randomStream('writer');
  const writer = new RecordingWriter(path, TINY_HEADER);
  for (let k = 0; k < 400; k += 1) {
    const payload = Uint8Array.from(
      { length: Math.floor(draw() * 3000) },
      () => draw() * (k % 3 === 0 ? 256 : 128),
    );
    await writer.append(
      k * 1000,
      payload,
      1 + (k % 2),
      k % 5 === 0 ? 'up' : 'down',
      k % 7 === 0 ? '"k":1.0' : '',
    );
  }
  await writer.finish();
}

const test = suite('a recording is written whole');

test('three frames give these bytes', async () => {
  const path = at('tiny.jsonl');
  assert.equal(await writeTiny(path), { frames: 3, sha256: TINY_SHA256 });
  assert.is(readFileSync(path, 'utf8'), Buffer.from(TINY_BYTES).toString('utf8'));
});

test('no frames give a header and a footer', async () => {
  const path = at('none.jsonl');
  const writer = new RecordingWriter(path, TINY_HEADER);
  const footer = await writer.finish();
  const [header, ...rest] = readFileSync(path, 'utf8').split('\n');
  assert.is(header, TINY_LINES[0]);
  assert.equal(rest, [`{"frames":0,"sha256":"${footer.sha256}"}`, '']);
  assert.is(footer.sha256, createHash('sha256').update(`${TINY_LINES[0]}\n`).digest('hex'));
});

test('the same calls give the same bytes, and the hash is of all before the footer', async () => {
  await writeSeeded(at('one.jsonl'));
  await writeSeeded(at('two.jsonl'));
  const bytes = readFileSync(at('one.jsonl'));
  assert.ok(bytes.equals(readFileSync(at('two.jsonl'))));
  const footerAt = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
  const { frames, sha256 } = JSON.parse(bytes.toString('utf8', footerAt)) as {
    frames: number;
    sha256: string;
  };
  assert.is(frames, 400);
  assert.is(sha256, createHash('sha256').update(bytes.subarray(0, footerAt)).digest('hex'));
});

test('a name that ends in .gz gives the same bytes in gzip, which say no time', async () => {
  await writeTiny(at('tiny.jsonl.gz'));
  await writeSeeded(at('one.jsonl.gz'));
  const tiny = readFileSync(at('tiny.jsonl.gz'));
  assert.equal([...tiny.subarray(0, 8)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
  assert.ok(gunzipSync(tiny).equals(TINY_BYTES));
  assert.ok(gunzipSync(readFileSync(at('one.jsonl.gz'))).equals(readFileSync(at('one.jsonl'))));
});

test('rows of a batch are written as single frames are', async () => {
  const batch = new DatagramBatch(8, 1024);
  for (const [k, text] of ['skipped', 'a"b', 'é', '', 'last'].entries()) {
    const payload = Buffer.from(text);
    batch.append(payload, 0, payload.length, k * 10);
  }
  const rows = new RecordingWriter(at('rows.jsonl'), TINY_HEADER);
  await rows.appendBatch(batch, 1, 4, 2, 'up');
  await rows.appendBatch(batch, 4);
  assert.is(rows.frames, 4);
  await rows.finish();
  const lines = readFileSync(at('rows.jsonl'), 'utf8').split('\n').slice(1, -2);
  assert.equal(lines, [
    String.raw`{"n":1,"t":10,"d":"a\"b","f":2,"r":"up"}`,
    '{"n":2,"t":20,"d":"é","f":2,"r":"up"}',
    '{"n":3,"t":30,"d":"","f":2,"r":"up"}',
    '{"n":4,"t":40,"d":"last"}',
  ]);
});

test('a caller that never waits loses nothing', async () => {
  const payload = Buffer.alloc(60_000, 'x');
  for (const name of ['hasty.jsonl', 'hasty.jsonl.gz']) {
    const writer = new RecordingWriter(at(name), TINY_HEADER);
    let wait: Promise<void> | undefined;
    for (let k = 0; k < 100; k += 1) {
      payload[0] = 0x41 + (k % 26);
      wait = writer.append(k, payload) ?? wait;
      // Once, halfway: from here on blocks are used again.
      if (k === 50) {
        assert.ok(wait !== undefined, 'it asks to wait');
        await wait;
      }
    }
    await writer.finish();
    const bytes = readFileSync(at(name));
    const lines = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
    assert.is(lines.length, 103);
    for (let k = 0; k < 100; k += 1) {
      const d = String.fromCharCode(0x41 + (k % 26)) + 'x'.repeat(59_999);
      assert.ok(lines[k + 1] === `{"n":${k + 1},"t":${k},"d":"${d}"}`, `frame ${k + 1}`);
    }
  }
});

test('nothing has the name before the end, and nothing is left when it is given up', async () => {
  const inner = at('inner');
  const writer = new RecordingWriter(join(inner, 'later.jsonl'), TINY_HEADER);
  await writer.append(0, Buffer.alloc(65_507));
  assert.not.ok(readdirSync(inner).includes('later.jsonl'));
  await writer.discard();
  await writer.discard();
  assert.equal(readdirSync(inner), []);
  const zipped = new RecordingWriter(join(inner, 'later.jsonl.gz'), TINY_HEADER);
  for (let k = 0; k < 20; k += 1) await zipped.append(k, Buffer.alloc(65_507));
  await zipped.discard();
  assert.equal(readdirSync(inner), []);
});

test('what is outside the format is a bug of the caller', async () => {
  const writer = new RecordingWriter(at('strict.jsonl'), TINY_HEADER);
  const empty = new Uint8Array(0);
  await writer.append(5, empty);
  for (const [frame, saying] of [
    [[4, empty], '5 ns'],
    [[5.5, empty], '5.5'],
    [[Number.NaN, empty], 'NaN'],
    [[5, empty, 0], '65535'],
    [[5, new Uint8Array(65_508)], '65508'],
    [[5, empty, 1, 'down', '"d":1'], '"d"'],
  ] as const)
    await assertRefusal(
      () => writer.append(...(frame as [number, Uint8Array])),
      'value-range | frame 2',
      saying,
    );
  await writer.append(5, empty);
  assert.equal((await writer.finish()).frames, 2);
  assert.throws(() => writer.append(5, empty), /takes no more frames/);
  await writer.discard();
  assert.ok(readdirSync(folder).includes('strict.jsonl'), 'discard after finish does nothing');
});

test('a place that cannot be written to is named', async () => {
  mkdirSync(at('taken.jsonl'));
  await assertRefusal(() => writeTiny(at('taken.jsonl')), 'write-failed', at('taken.jsonl'));
  assert.equal(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test.run();
