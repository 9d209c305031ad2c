/**
 * Damaged files of every format: bits flipped, ends cut. Each is read to its end or refused in one line, in bounded time.
 * TEST_ROUNDS says how many of each format; the full size is 100000.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openRecording } from '../../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../../harness/recording/writer.ts';
import { randomStream } from '../../../../src/base/random.ts';
import { UsageError } from '../../../../src/base/errors.ts';
import { roundsOf } from '../../../runner/rounds.ts';
import { ethernet, ipv4, pcap, udp } from './byHand.ts';

const ROUNDS = roundsOf(300);
const folder = mkdtempSync(join(tmpdir(), 'matchstream-damaged-'));
const path = join(folder, 'given');

/** A small recording in a format that its name says. */
async function recorded(name: string): Promise<Buffer> {
  const file = join(folder, name);
  const writer = new RecordingWriter(file, {
    format: 'matchstream-recording',
    version: 1,
    seed: '1',
    generator: null,
    intervalNs: null,
    squadsHash: null,
    datagramSizeBytes: null,
    flows: 3,
  });
  for (let k = 0; k < 12; k += 1)
    void writer.append(
      k * 1000,
      Buffer.from(`datagram ${k}`),
      1 + (k % 3),
      k % 2 === 0 ? 'down' : 'up',
      '"k":1',
    );
  await writer.finish();
  return readFileSync(file);
}

const fragments = [0, 1, 2].map((part) =>
  ethernet(
    ipv4(udp('x'.repeat(40)).subarray(part * 16, part * 16 + 16), {
      identification: 5,
      fragmentOffset: part * 2,
      more: part < 2,
    }),
  ),
);

const FORMATS: Record<string, () => Promise<Buffer>> = {
  jsonl: () => recorded('a.jsonl'),
  pcapng: () => recorded('a.pcapng'),
  'pcapng, gzip': async () => gzipSync(await recorded('b.pcapng')),
  pcap: async () =>
    pcap([
      ...Array.from({ length: 8 }, (_, k) => ({ bytes: ethernet(ipv4(udp(`${k}`))), fraction: k })),
      ...fragments.map((bytes) => ({ bytes })),
    ]),
};

/** Reads everything; returns the number of frames, or the refusal's message. */
async function outcomeOf(bytes: Uint8Array, recover: boolean): Promise<number | string> {
  writeFileSync(path, bytes);
  try {
    const recording = await openRecording(path, { recover });
    let frames = 0;
    for await (const batch of recording.batches()) frames += batch.count;
    assert.ok(recording.notes().every((note) => !note.includes('\n')));
    return frames;
  } catch (cause) {
    assert.instance(cause, UsageError, String((cause as Error).stack));
    return (cause as UsageError).message;
  }
}

const damaged = suite('a damaged file is read or refused');

for (const [name, make] of Object.entries(FORMATS)) {
  damaged(name, async () => {
    const sound = await make();
    const whole = await outcomeOf(sound, false);
    assert.type(whole, 'number', String(whole));
    const random = randomStream(`damaged/${name}`);
    let refused = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = Buffer.from(
        sound.subarray(0, round % 2 === 0 ? sound.length : Math.floor(random.draw() * sound.length)),
      );
      const flips = round % 2 === 0 ? 1 + Math.floor(random.draw() * 3) : Math.floor(random.draw() * 2);
      for (let flip = 0; flip < flips && bytes.length > 0; flip += 1) {
        const at = Math.floor(random.draw() * bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random.draw() * 8));
      }
      for (const recover of [false, true]) {
        const outcome = await outcomeOf(bytes, recover);
        if (typeof outcome === 'number') {
          // A flipped bit may make a capture's packet into several, never more than its bytes allow.
          assert.ok(outcome <= sound.length / 16, `${outcome} frames of ${sound.length} bytes`);
          continue;
        }
        refused += 1;
        assert.not.match(outcome, /\n/);
        assert.ok(outcome.length < 600, outcome);
      }
    }
    // Otherwise nothing was damaged.
    assert.ok(refused > ROUNDS / 10, `${refused} of ${ROUNDS}`);
  });
}

damaged.run();
