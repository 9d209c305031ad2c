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
import { messageOf, temporaryFolder, TINY_BYTES, TINY_HEADER, TINY_LINES, TINY_SHA256 } from './tiny.ts';

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

const refusal = (file: string): Promise<string> => messageOf(() => verifyRecording(file));

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
  assert.match(await messageOf(() => recording.batches().next()), /a recording is read once; open it again/);
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
    const message = await refusal(path);
    const frames = wholeFrames(length);
    if (frames < 0) {
      assert.is(
        message,
        `UsageError: ${path}, line 1: expected the whole header, got the end of the file inside it: the recording is truncated; record it again`,
      );
      if (length % 16 === 0)
        assert.is(await messageOf(() => verifyRecording(path, { recover: true })), message);
      continue;
    }
    const line = frames + 2;
    const atLineEnd = TINY_BYTES[length - 1] === 0x0a;
    const reason = atLineEnd
      ? `expected frame ${frames + 1} or the footer, got the end of the file: the recording is truncated`
      : 'expected a whole line, got the end of the file inside it: the recording is truncated';
    assert.is(
      message,
      `UsageError: ${path}, line ${line}: ${reason}; recover its whole frames with --recover`,
    );
    const recovered = await readAll(path, true);
    assert.equal(recovered.frames, TINY_FRAMES.slice(0, frames), `cut at ${length}`);
    assert.equal(recovered.damage, { line, reason });
  }
});

cut('gzip that ends early is named as such, wherever it is cut', async () => {
  const whole = gzipSync(TINY_BYTES);
  for (let length = 2; length < whole.length; length += 1) {
    put(whole.subarray(0, length));
    assert.match(await refusal(path), /: the gzip file is truncated; /, `cut at ${length}`);
  }
  // Within the last eight bytes, which are gzip's own check, every frame is there.
  const recovered = await readAll(put(whole.subarray(0, -3)), true);
  assert.equal(recovered.frames, TINY_FRAMES);
  assert.equal(recovered.damage, {
    line: 6,
    reason: 'expected more gzip data, got the end of the file: the gzip file is truncated',
  });
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

const altered = suite('an altered recording is named');

altered('any other byte at any place is found', async () => {
  for (let at = 0; at < TINY_BYTES.length; at += 1) {
    const byte = TINY_BYTES[at] as number;
    const more = [byte ^ 0x20, byte ^ 0x80, 0x0a, 0x30, 0x20][(at >> 2) % 5] as number;
    for (const other of at % 4 === 0 ? [byte ^ 1, more] : [byte ^ 1]) {
      if (other === byte) continue;
      const bytes = Uint8Array.from(TINY_BYTES);
      bytes[at] = other;
      const message = await refusal(put(bytes));
      assert.match(message, /^UsageError: .*, line \d: expected .*, got .*; /, `byte ${at} as ${other}`);
      assert.not.ok(/[^\x20-\x7e…]/.test(message), message);
    }
  }
});

altered('a byte or a line more or less is found', async () => {
  for (let at = 0; at <= TINY_BYTES.length; at += 1) {
    // In turn: a byte more, a byte less.
    const more = Buffer.from([' ', '\n', '', '0', '"', ''][at % 6] as string);
    const rest = TINY_BYTES.subarray(more.length === 0 ? at + 1 : at);
    const bytes = Buffer.concat([TINY_BYTES.subarray(0, at), more, rest]);
    if (!bytes.equals(TINY_BYTES)) assert.match(await refusal(put(bytes)), /expected/, `at ${at}`);
  }
  for (let at = 0; at < TINY_LINES.length; at += 1) {
    const lines = TINY_LINES.filter((_, k) => k !== at);
    assert.match(await refusal(put(`${lines.join('\n')}\n`)), /expected/, `without line ${at + 1}`);
  }
});

const reasonFor = async (change: (text: string) => string): Promise<string> => {
  const message = await refusal(put(change(Buffer.from(TINY_BYTES).toString('utf8'))));
  return message
    .replace(`UsageError: ${path}, `, '')
    .replace('; recover its whole frames with --recover', '');
};

altered('the line and the reason are the right ones', async () => {
  assert.is(
    await reasonFor((text) => text.replace('"n":2', '"n":3')),
    'line 3: expected frame 2, got frame 3',
  );
  assert.is(
    await reasonFor((text) => text.replace('"n":3,"t":1000', '"n":3,"t":999')),
    'line 4: expected "t" of at least 1000, as in the frame before, got 999',
  );
  assert.is(
    await reasonFor((text) => text.replace('"b":"/w=="', '"b":"/w="')),
    'line 3: expected "b" as padded base64, got /w=',
  );
  assert.is(
    await reasonFor((text) => text.replace('{"n":2', '\n{"n":2')),
    'line 3: expected a frame {"n":…,"t":…,"d":"…"}, got an empty line',
  );
  assert.is(
    await reasonFor((text) => text.replace('gol', 'Gol')),
    `line 5: expected SHA-256 ${TINY_SHA256}, as the footer says, got ${await hashOf('gol', 'Gol')}: the recording was altered`,
  );
  assert.is(
    await reasonFor((text) => text.replace('"frames":3', '"frames":4')),
    'line 5: expected 4 frames, as the footer says, got 3: the recording was altered',
  );
  assert.is(
    await reasonFor((text) => text.replace('"sha256":"7', '"sha256":"')),
    'line 5: expected the footer {"frames":…,"sha256":"…"}, got {"frames":3,"sha256":"731e37bb2503db692d…',
  );
  assert.is(
    await reasonFor((text) => `${text}\n`),
    'line 6: expected the end of the file after the footer, got \\u000a',
  );
  assert.is(
    await reasonFor((text) => text + text),
    'line 6: expected the end of the file after the footer, got {"format":"matchstream-recording","versi…',
  );
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
  assert.match(await refusal(put(whole)), /expected sound gzip data, got ".*": the gzip file is damaged/);
  const extended = Buffer.concat([gzipSync(TINY_BYTES), gzipSync('more\n')]);
  assert.match(
    await refusal(put(extended)),
    /line 6: expected the end of the file after the footer, got more/,
  );
});

altered('a line without end is refused in bounded memory', async () => {
  const head = `${TINY_LINES[0]}\n${TINY_LINES[1]}\n`;
  const long = `{"n":2,"t":0,"d":"${'x'.repeat(1 << 20)}"}\n`;
  for (const content of [head + long, head + long.trimEnd(), gzipSync(head + long)]) {
    const recovered = await readAll(put(content), true);
    assert.equal(recovered.frames, TINY_FRAMES.slice(0, 1));
    assert.equal(recovered.damage, {
      line: 3,
      reason: 'expected a line of at most 524288 bytes, got a longer one',
    });
  }
  put(`${TINY_LINES[0].slice(0, -1)},"x":"${'x'.repeat(1 << 20)}"}\n`);
  assert.match(
    await refusal(path),
    /line 1: expected a line of at most 524288 bytes, got a longer one; record it again$/,
  );
});

altered.run();

const foreign = suite('what is not a recording is named');

foreign('files of other kinds', async () => {
  const cases: [string | Uint8Array, string][] = [
    ['', 'an empty file'],
    ['\n', 'an empty line'],
    ['hello\nthere\n', 'hello'],
    ['\u0000\u0001', '\\u0000\\u0001'],
    [
      Buffer.from('d4c3b2a1020004000000', 'hex'),
      '\\u00d4\\u00c3\\u00b2\\u00a1\\u0002\\u0000\\u0004\\u0000\\u0000\\u0000',
    ],
    ['x'.repeat(2_000_000), `${'x'.repeat(40)}…`],
    ['{"flow":1,"direction":"down","index":1}\n', '{"flow":1,"direction":"down","index":1}'],
    [gzipSync('hello\n'), 'hello'],
  ];
  for (const [content, got] of cases) {
    put(content);
    for (const recover of [false, true]) {
      assert.is(
        await messageOf(() => verifyRecording(path, { recover })),
        `UsageError: ${path}, line 1: expected a matchstream recording, got ${got}; make one with matchstream record`,
      );
    }
  }
});

foreign('a later version', async () => {
  put(Buffer.from(TINY_BYTES).toString('utf8').replace('"version":1', '"version":2'));
  assert.is(
    await refusal(path),
    `UsageError: ${path}, line 1: expected recording version 1, got version 2; read it with the matchstream that wrote it`,
  );
});

foreign('a folder, a pipe and nothing at all', async () => {
  const inner = join(folder, 'folder.jsonl');
  mkdirSync(inner);
  assert.is(
    await refusal(inner),
    `UsageError: ${inner}: expected a readable file, got a folder; give the file's own path`,
  );
  const pipe = join(folder, 'pipe.jsonl');
  execFileSync('mkfifo', [pipe]);
  assert.is(
    await refusal(pipe),
    `UsageError: ${pipe}: expected a readable file, got a pipe; write what it gives to a file first`,
  );
  assert.match(
    await refusal(join(folder, 'none.jsonl')),
    /none\.jsonl: expected a readable file, got none \(no such file or folder\); check the path and its permissions$/,
  );
  assert.ok(readFileSync(path).length > 0);
});

foreign.run();
