/** A recording that was turned into a capture and back is byte for byte the same. */
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RECORDING_FORMAT, RECORDING_VERSION } from '../../../../harness/recording/format.ts';
import { openRecording } from '../../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../../harness/recording/writer.ts';
import { convertRecording } from '../../../../harness/runs/convert.ts';
import { refusal, thrownBy } from '../../../refusals.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchstream-convert-'));
let serial = 0;
const newName = (extension: string): string => join(folder, `${(serial += 1)}.${extension}`);
const textOf = (path: string): string => {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
};

/** Converts there and back; returns the capture's path. */
async function thereAndBack(path: string, extension = 'pcapng'): Promise<string> {
  const capture = newName(extension);
  const again = newName('jsonl');
  const there = await convertRecording({ from: path, to: capture });
  const back = await convertRecording({ from: capture, to: again });
  assert.equal(there.notes, []);
  assert.equal(back.notes, []);
  assert.is(textOf(again), textOf(path));
  return capture;
}

const round = suite('there and back');

for (const name of readdirSync('recordings').filter((file) => /\.jsonl(\.gz)?$/.test(file))) {
  round(name, async () => {
    for (const extension of ['pcapng', 'pcapng.gz']) await thereAndBack(join('recordings', name), extension);
  });
}

const HEADER = {
  format: RECORDING_FORMAT,
  version: RECORDING_VERSION,
  seed: null,
  generator: null,
  intervalNs: null,
  squadsHash: null,
  datagramSizeBytes: null,
  flows: 65_535,
} as const;

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc.constantFrom(0, 1, 65_507).map((length) => new Uint8Array(length).fill(0xfe)),
);
const endpoint = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([address, port]) => `${address}:${port}`),
  fc.tuple(fc.ipV6(), fc.nat(65_535)).map(([address, port]) => `[${address}]:${port}`),
  fc.string({ maxLength: 5 }),
);
const extra = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.record({ client: endpoint, server: endpoint }).map((pair) => JSON.stringify(pair).slice(1, -1)),
  fc.string({ minLength: 1, maxLength: 30 }).map((text) => `"note":${JSON.stringify(text)}`),
  fc.constantFrom(20_000, 70_000, 120_000).map((length) => `"note":"${'é'.repeat(length / 2)}"`),
);
const frame = fc.record({
  afterNs: fc.oneof(fc.nat(2_000_000_000), fc.constantFrom(0, 2 ** 40)),
  payload,
  // Flows 1 and 50001 would have the same addresses.
  flow: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 50_001, 65_535)),
  isUp: fc.boolean(),
  extra,
});

round('any recording: flows that share addresses, addresses given and missing, long comments', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
      const path = newName('jsonl');
      const writer = new RecordingWriter(path, { ...HEADER, extra: '"conversation":true,"é":"\\u0000"' });
      let timeNs = 0;
      for (const one of frames) {
        timeNs += one.afterNs;
        await writer.append(timeNs, one.payload, one.flow, one.isUp ? 'up' : 'down', one.extra);
      }
      await writer.finish();
      await thereAndBack(path);
    }),
    { numRuns: 60 },
  );
});

round('the same recording gives the same capture', async () => {
  const [one, other] = [
    await thereAndBack('recordings/match-42.jsonl'),
    await thereAndBack('recordings/match-42.jsonl'),
  ];
  assert.is(textOf(one), textOf(other));
});

round('a header of many bytes is kept', async () => {
  const path = newName('jsonl');
  const writer = new RecordingWriter(path, { ...HEADER, extra: `"long":"${'🏟'.repeat(30_000)}"` });
  await writer.finish();
  await thereAndBack(path);
});

round.run();

const files = suite('files');

files(
  'an output that exists, that is the input, or of another kind is refused, and nothing is written',
  async () => {
    const existing = await thereAndBack('recordings/match-42.jsonl');
    const before = textOf(existing);
    for (const [to, code, subject] of [
      [existing, 'output-taken', 'OUT'],
      [join(folder, 'x.pcap'), 'value-format', 'OUT'],
      [join(folder, 'x.txt'), 'value-format', 'OUT'],
    ] as const) {
      const cause = await thrownBy(() => convertRecording({ from: 'recordings/match-42.jsonl', to }));
      assert.ok(refusal(code, subject)(cause as Error), String(cause));
    }
    assert.is(textOf(existing), before);
  },
);

files('a damaged recording leaves no capture behind, unless it is to be recovered', async () => {
  const path = newName('jsonl');
  const writer = new RecordingWriter(path, HEADER);
  writer.append(0, Buffer.from('whole'));
  await writer.finish();
  const cut = newName('jsonl');
  writeFileSync(cut, textOf(path).slice(0, -20), 'latin1');
  const to = newName('pcapng');
  assert.ok(
    refusal('recording-damaged')((await thrownBy(() => convertRecording({ from: cut, to }))) as Error),
  );
  assert.not.ok(readdirSync(folder).some((name) => join(folder, name).startsWith(to)));
  const { frames, notes } = await convertRecording({ from: cut, to, recover: true });
  assert.is(frames, 1);
  assert.is(notes.length, 1);
  const recording = await openRecording(to);
  await recording.close();
});

files.run();
