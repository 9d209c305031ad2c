/**
 * A recording proxy that is killed at any time leaves a file of which every whole datagram can be read, and none is missing
 * before the last one. TEST_ROUNDS says how often each format; the full size is 100.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openRecording } from '../../harness/recording/reader.ts';
import { randomStream } from '../../src/base/random.ts';
import { roundsOf } from '../runner/rounds.ts';
import { ended, inFolder, printed, start } from './program.ts';

const ROUNDS = roundsOf(3);
const PAYLOAD_BYTES = 600;
/** Datagrams every two milliseconds: a block of the file is full several times a second. */
const BURST = 12;
const LONGEST_MS = 2200;
const ENHANCED_PACKET = 6;

/** The whole frames in the bytes of a file, counted without the project's code. */
const WHOLE: Record<string, (bytes: Buffer) => number> = {
  'all.jsonl': (bytes) => {
    const lines = bytes.toString('latin1').split('\n');
    // What stands behind the last line end is no line.
    return Math.max(0, lines.length - 2);
  },
  'all.pcapng': (bytes) => {
    let frames = 0;
    for (let at = 0; at + 8 <= bytes.length;) {
      const lengthBytes = bytes.readUInt32LE(at + 4);
      if (at + lengthBytes > bytes.length) break;
      if (bytes.readUInt32LE(at) === ENHANCED_PACKET) frames += 1;
      at += lengthBytes;
    }
    return frames;
  },
};

/** The numbers in the payloads of a recording's frames, and its damage. */
async function recovered(path: string): Promise<{ numbers: number[]; damage: string | undefined }> {
  const recording = await openRecording(path, { recover: true });
  const numbers: number[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      assert.is(batch.lengths[row], PAYLOAD_BYTES);
      numbers.push(batch.bytes.readUInt32BE(batch.offsets[row] as number));
    }
  }
  return { numbers, damage: recording.damage?.reason };
}

/** Sends numbered datagrams through a recording proxy and kills it after a while; returns how many were sent. */
async function killed(folder: string, name: string, afterMs: number): Promise<number> {
  const [server, client] = [createSocket('udp4').bind(0, '127.0.0.1'), createSocket('udp4')];
  await once(server, 'listening');
  const to = `127.0.0.1:${server.address().port}`;
  const proxy = start(
    [
      'proxy',
      '--protocol',
      'any',
      '--listen',
      '127.0.0.1:0',
      '--upstream',
      to,
      '--log',
      'none',
      '--record',
      name,
    ],
    folder,
  );
  const ending = ended(proxy);
  let sent = 0;
  try {
    const [, port = ''] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    const until = performance.now() + afterMs;
    while (performance.now() < until) {
      for (let k = 0; k < BURST; k += 1) {
        const payload = Buffer.alloc(PAYLOAD_BYTES, sent & 255);
        payload.writeUInt32BE(sent);
        client.send(payload, Number(port), '127.0.0.1');
        sent += 1;
      }
      await sleep(2);
    }
  } finally {
    proxy.kill('SIGKILL');
    await ending;
    server.close();
    client.close();
  }
  return sent;
}

const test = suite('a recording proxy that is killed');

for (const [name, countWhole] of Object.entries(WHOLE)) {
  test(`loses no whole datagram that was written: ${name}`, async () => {
    const random = randomStream(`killed/${name}`);
    let most = 0;
    let cut = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // The last one of few is late, so that something was written in any case.
      const share = round === ROUNDS - 1 ? 1 : random.draw();
      await inFolder(async (folder) => {
        const sent = await killed(folder, name, share * LONGEST_MS);
        const partial = `${name}.partial`;
        assert.equal(readdirSync(folder), [partial]);
        const bytes = readFileSync(join(folder, partial));
        if (bytes.length === 0) return;
        const { numbers, damage } = await recovered(join(folder, partial));
        assert.is(numbers.length, countWhole(bytes), `round ${round}`);
        assert.equal(
          numbers,
          numbers.map((_, k) => k),
          `round ${round}: one is missing before the last`,
        );
        assert.ok(numbers.length <= sent);
        assert.ok(name.endsWith('.pcapng') || damage !== undefined, 'nothing ended the file');
        if (damage !== undefined) cut += 1;
        most = Math.max(most, numbers.length);
      });
    }
    assert.ok(most > 0, 'nothing was ever written');
    console.log(
      `${name}: killed ${ROUNDS} times, up to ${most} datagrams in the file, ${cut} ended inside or without an end`,
    );
  });
}

test.run();
