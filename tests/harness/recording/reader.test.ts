import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Frame } from '../../../harness/recording/frameBatch.ts';
import { openRecording, verifyRecording } from '../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { randomStream } from '../../../src/base/random.ts';
import type { UsageError } from '../../../src/base/errors.ts';
import { assertRefusal, refusalIn, thrownBy } from '../../refusals.ts';
import { temporaryFolder, TINY_BYTES, TINY_HEADER, TINY_LINES, TINY_SHA256 } from './tiny.ts';

const folder = temporaryFolder();
const path = join(folder, 'one.jsonl');
const put = (content: string | Uint8Array): string => {
  writeFileSync(path, content);
  return path;
};
const frame = (
  n: number,
  timeNs: number,
  text: string | Uint8Array,
  flow = 1,
  direction: 'up' | 'down' = 'down',
) => ({
  n,
  timeNs,
  payload: new Uint8Array(typeof text === 'string' ? Buffer.from(text) : text),
  flow,
  direction,
});
const TINY_FRAMES: Frame[] = [
  frame(1, 0, '{"gol":"é"}'),
  frame(2, 1000, Uint8Array.of(0xff), 2),
  frame(3, 1000, '', 1, 'up'),
];

/** Every frame of a file, and the damage found. */
async function readAll(file: string, recover: boolean) {
  const recording = await openRecording(file, { recover });
  const frames: Frame[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) frames.push(batch.frame(row));
  }
  return { header: recording.header, frames, damage: recording.damage, sha256: recording.sha256 };
}

/** That the file is refused as a damaged one from a line on. */
const assertDamaged = (file: string, line: number, saying = ''): Promise<void> =>
  assertRefusal(() => verifyRecording(file), `recording-damaged | ${file}, line ${line}`, saying);

const sound = suite('a sound recording is read as it was written');

sound('header, frames and summary come back', async () => {
  for (const content of [TINY_BYTES, gzipSync(TINY_BYTES)]) {
    put(content);
    for (const recover of [false, true]) {
      assert.equal(await readAll(path, recover), {
        header: TINY_HEADER,
        frames: TINY_FRAMES,
        damage: undefined,
        sha256: TINY_SHA256,
      });
      assert.equal(await verifyRecording(path, { recover }), {
        path,
        format: 'jsonl',
        compressed: content !== TINY_BYTES,
        header: TINY_HEADER,
        frames: 3,
        sizeBytes: 274,
        sha256: TINY_SHA256,
        lastTimeNs: 1000,
        flows: [
          { flow: 1, direction: 'down', frames: 1, payloadBytes: 12 },
          { flow: 1, direction: 'up', frames: 1, payloadBytes: 0 },
          { flow: 2, direction: 'down', frames: 1, payloadBytes: 1 },
        ],
        notes: [],
      });
    }
  }
});

sound('lengths that fill batches and lines across pieces all come back', async () => {
  const { draw } = randomStream('reader');
  const frames: Frame[] = [];
  for (let k = 0; k < 3000; k += 1) {
    const large = k % 500 === 0;
    const payload = Uint8Array.from({ length: large ? 65_507 : Math.floor(draw() * 400) }, () =>
      large ? k % 3 : draw() * (k % 4 === 0 ? 256 : 128),
    );
    const extra = k % 11 === 0 ? { extra: '"a":1.0' } : {};
    frames.push({ ...frame(k + 1, k * 7, payload, 1 + (k % 3), k % 2 === 0 ? 'up' : 'down'), ...extra });
  }
  for (const name of ['many.jsonl', 'many.jsonl.gz']) {
    const file = join(folder, name);
    const writer = new RecordingWriter(file, TINY_HEADER);
    for (const one of frames)
      await writer.append(one.timeNs, one.payload, one.flow, one.direction, one.extra);
    const footer = await writer.finish();
    const read = await readAll(file, false);
    assert.is(read.sha256, footer.sha256);
    assert.is(read.frames.length, frames.length);
    for (const [k, one] of frames.entries()) assert.equal(read.frames[k], one);
  }
});

sound('a recording spelled by another program is read', async () => {
  const lines = TINY_LINES.slice(0, 4).map((line) =>
    JSON.stringify(JSON.parse(line), null, 1).replaceAll('\n', ' '),
  );
  const body = `${lines.join('\r\n')}\r\n`;
  const sha256 = execFileSync('sha256sum', { input: body, encoding: 'utf8' }).slice(0, 64);
  put(`${body}{"frames":3,"sha256":"${sha256}"}\n`);
  assert.equal((await readAll(path, false)).frames, TINY_FRAMES);
});

sound('its frames are read once', async () => {
  const recording = await openRecording(put(TINY_BYTES));
  for await (const batch of recording.batches()) {
    assert.is(batch.count, 3);
    break;
  }
  assert.match(
    String(await thrownBy(() => recording.batches().next())),
    /a recording is read once; open it again/,
  );
  await recording.close();
});

sound.run();

const cut = suite('a truncated recording is named');
const wholeFrames = (lengthBytes: number): number => {
  let end = 0;
  let frames = -1;
  for (const line of TINY_LINES.slice(0, 4)) {
    end += Buffer.byteLength(line) + 1;
    if (end <= lengthBytes) frames += 1;
  }
  return frames;
};

cut('wherever it is cut, and its whole frames are recovered', async () => {
  for (let length = 1; length < TINY_BYTES.length; length += 1) {
    put(TINY_BYTES.subarray(0, length));
    const frames = wholeFrames(length);
    if (frames < 0) {
      await assertDamaged(path, 1, 'truncated');
      if (length % 16 === 0)
        await assertRefusal(
          () => verifyRecording(path, { recover: true }),
          `recording-damaged | ${path}, line 1`,
        );
      continue;
    }
    const line = frames + 2;
    const isAtLineEnd = TINY_BYTES[length - 1] === 0x0a;
    await assertDamaged(path, line, isAtLineEnd ? `frame ${frames + 1} ` : 'inside');
    const recovered = await readAll(path, true);
    assert.equal(recovered.frames, TINY_FRAMES.slice(0, frames), `cut at ${length}`);
    assert.is(recovered.damage?.line, line);
    await assertDamaged(path, line, recovered.damage?.reason);
  }
});

cut('gzip that ends early is named as such, wherever it is cut', async () => {
  const whole = gzipSync(TINY_BYTES);
  for (let length = 2; length < whole.length; length += 1) {
    put(whole.subarray(0, length));
    const { code, detail } = (await thrownBy(() => verifyRecording(path))) as UsageError;
    assert.is(code, 'recording-damaged', `cut at ${length}`);
    assert.match(detail, 'gzip');
  }
  // Within the last eight bytes, which are gzip's own check, every frame is there.
  const recovered = await readAll(put(whole.subarray(0, -3)), true);
  assert.equal(recovered.frames, TINY_FRAMES);
  assert.is(recovered.damage?.line, 6);
  await assertDamaged(path, 6, recovered.damage?.reason);
});

cut('frames before the end of a cut gzip file are recovered', async () => {
  const { draw } = randomStream('cut');
  const lines: string[] = [];
  for (let n = 1; n <= 2000; n += 1) lines.push(`{"n":${n},"t":${n},"d":"${draw()}"}`);
  const whole = gzipSync(`${TINY_LINES[0]}\n${lines.join('\n')}\n`);
  put(whole.subarray(0, whole.length >> 1));
  const recovered = await readAll(path, true);
  // What zlib's own tool gets out of the same bytes.
  const text = execFileSync('sh', ['-c', `gzip -dc < ${path} 2>/dev/null || true`], { encoding: 'utf8' });
  assert.is(recovered.frames.length, text.split('\n').length - 2);
  assert.ok(recovered.frames.length > 500);
  assert.is(recovered.damage?.line, recovered.frames.length + 2);
});

cut.run();

const refusalOf = async (content: string | Uint8Array): Promise<string> =>
  refusalIn(await thrownBy(() => verifyRecording(put(content))));

const altered = suite('an altered recording is named');

altered('any other byte at any place is found', async () => {
  for (let at = 0; at < TINY_BYTES.length; at += 1) {
    const byte = TINY_BYTES[at] as number;
    const more = [byte ^ 0x20, byte ^ 0x80, 0x0a, 0x30, 0x20][(at >> 2) % 5] as number;
    for (const other of at % 4 === 0 ? [byte ^ 1, more] : [byte ^ 1]) {
      if (other === byte) continue;
      const bytes = Uint8Array.from(TINY_BYTES);
      bytes[at] = other;
      const found = (await thrownBy(() => verifyRecording(put(bytes)))) as UsageError;
      assert.match(
        refusalIn(found),
        /^recording-(damaged|unsuitable) \| .*, line \d$/,
        `byte ${at} as ${other}`,
      );
      assert.not.ok(/[^\x20-\x7e…]/.test(found.message), found.message);
    }
  }
});

altered('a byte or a line more or less is found', async () => {
  for (let at = 0; at <= TINY_BYTES.length; at += 1) {
    // In turn: a byte more, a byte less.
    const more = Buffer.from([' ', '\n', '', '0', '"', ''][at % 6] as string);
    const rest = TINY_BYTES.subarray(more.length === 0 ? at + 1 : at);
    const bytes = Buffer.concat([TINY_BYTES.subarray(0, at), more, rest]);
    if (!bytes.equals(TINY_BYTES)) assert.match(await refusalOf(bytes), 'recording-', `at ${at}`);
  }
  for (let at = 0; at < TINY_LINES.length; at += 1) {
    const lines = TINY_LINES.filter((_, k) => k !== at);
    assert.match(await refusalOf(`${lines.join('\n')}\n`), 'recording-', `without line ${at + 1}`);
  }
});

altered('the line and the reason are the right ones', async () => {
  const text = Buffer.from(TINY_BYTES).toString('utf8');
  const altering = (from: string, to: string, line: number, saying: string): Promise<void> =>
    assertDamaged(put(text.replace(from, to)), line, saying);
  await altering('"n":2', '"n":3', 3, 'frame 3');
  await altering('"n":3,"t":1000', '"n":3,"t":999', 4, '1000');
  await altering('"b":"/w=="', '"b":"/w="', 3, '/w=');
  await altering('{"n":2', '\n{"n":2', 3, 'empty');
  await altering('gol', 'Gol', 5, TINY_SHA256);
  await altering('gol', 'Gol', 5, await hashOf('gol', 'Gol'));
  await altering('"frames":3', '"frames":4', 5, '4');
  await altering('"sha256":"7', '"sha256":"', 5, '{"frames":3,"sha256":"731e37bb2503db692d…');
  await assertDamaged(put(`${text}\n`), 6, String.raw`\u000a`);
  await assertDamaged(put(text + text), 6, '{"format":"matchstream-recording","versi…');
});

const hashOf = async (from: string, to: string): Promise<string> => {
  const body = `${TINY_LINES.slice(0, 4).join('\n')}\n`.replace(from, to);
  return execFileSync('sha256sum', { input: body, encoding: 'utf8' }).slice(0, 64);
};

altered('its frames up to the damage are recovered', async () => {
  const recover = async (from: string, to: string) =>
    readAll(put(Buffer.from(TINY_BYTES).toString('utf8').replace(from, to)), true);
  const broken = await recover('"n":3', '"n":x');
  assert.equal(broken.frames, TINY_FRAMES.slice(0, 2));
  assert.is(broken.damage?.line, 4);
  const whole = await recover('"frames":3', '"frames":4');
  assert.equal(whole.frames, TINY_FRAMES);
  assert.is(whole.damage?.line, 5);
  const after = await recover('ee77"}\n', 'ee77"}\n{"n":4,"t":1000,"d":""}\n');
  assert.equal(after.frames, TINY_FRAMES);
  assert.is(after.damage?.line, 6);
});

altered('damaged gzip data is named as such', async () => {
  const whole = gzipSync(TINY_BYTES);
  const check = whole.length - 8;
  whole[check] = (whole[check] as number) ^ 1;
  assert.match(String(await thrownBy(() => verifyRecording(put(whole)))), 'gzip');
  assert.match(await refusalOf(whole), /^recording-damaged \| .*, line \d$/);
  const extended = Buffer.concat([gzipSync(TINY_BYTES), gzipSync('more\n')]);
  await assertDamaged(put(extended), 6, 'more');
});

altered('a line without end is refused in bounded memory', async () => {
  const head = `${TINY_LINES[0]}\n${TINY_LINES[1]}\n`;
  const long = `{"n":2,"t":0,"d":"${'x'.repeat(1 << 20)}"}\n`;
  for (const content of [head + long, head + long.trimEnd(), gzipSync(head + long)]) {
    const recovered = await readAll(put(content), true);
    assert.equal(recovered.frames, TINY_FRAMES.slice(0, 1));
    assert.is(recovered.damage?.line, 3);
    await assertDamaged(path, 3, recovered.damage?.reason);
  }
  put(`${TINY_LINES[0].slice(0, -1)},"x":"${'x'.repeat(1 << 20)}"}\n`);
  await assertDamaged(path, 1, '524288');
});

altered.run();

const foreign = suite('what is not a recording is named');

foreign('files of other kinds', async () => {
  const cases: [string | Uint8Array, string][] = [
    ['', 'an empty file'],
    ['\n', 'an empty line'],
    ['hello\nthere\n', 'hello'],
    ['\u0000\u0001', '\\u0000\\u0001'],
    [Buffer.from('34cdb2a10200', 'hex'), '4\\u00cd\\u00b2\\u00a1\\u0002\\u0000'],
    ['x'.repeat(2_000_000), `${'x'.repeat(40)}…`],
    ['{"flow":1,"direction":"down","index":1}\n', '{"flow":1,"direction":"down","index":1}'],
    [gzipSync('hello\n'), 'hello'],
  ];
  for (const [content, got] of cases) {
    put(content);
    for (const recover of [false, true]) {
      await assertRefusal(
        () => verifyRecording(path, { recover }),
        `recording-damaged | ${path}, line 1`,
        got,
      );
    }
  }
});

foreign('a later version', async () => {
  put(Buffer.from(TINY_BYTES).toString('utf8').replace('"version":1', '"version":2'));
  await assertDamaged(path, 1, 'version 2');
});

foreign('a folder, a pipe and nothing at all', async () => {
  const inner = join(folder, 'folder.jsonl');
  mkdirSync(inner);
  await assertRefusal(() => verifyRecording(inner), `file-unreadable | ${inner}`, 'folder');
  const pipe = join(folder, 'pipe.jsonl');
  execFileSync('mkfifo', [pipe]);
  await assertRefusal(() => verifyRecording(pipe), `file-unreadable | ${pipe}`, 'pipe');
  const none = join(folder, 'none.jsonl');
  await assertRefusal(() => verifyRecording(none), `file-unreadable | ${none}`, 'none');
  assert.ok(readFileSync(path).length > 0);
});

foreign.run();
