/**
 * Damaged captures: bits flipped, ends cut. Each is read to its end or refused in one line, in bounded time and memory.
 * TEST_ROUNDS says how many of each format; the full size is 100000.
 */
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import { openRecording } from '../../../../harness/recording/reader.ts';
import { expectBounds } from '../damage.ts';
import type { Read } from '../damage.ts';
import { written } from '../smallRecording.ts';
import { ethernet, ipv4, pcap, udp } from './byHand.ts';

const fragments = [0, 1, 2].map((part) =>
  ethernet(
    ipv4(udp('x'.repeat(40)).subarray(part * 16, part * 16 + 16), {
      identification: 5,
      fragmentOffset: part * 2,
      more: part < 2,
    }),
  ),
);

const FORMATS: Record<string, () => Promise<Uint8Array>> = {
  pcapng: () => written('a.pcapng'),
  'pcapng, gzip': async () => gzipSync(await written('b.pcapng')),
  pcap: async () =>
    pcap([
      ...Array.from({ length: 8 }, (_, k) => ({ bytes: ethernet(ipv4(udp(`${k}`))), fraction: k })),
      ...fragments.map((bytes) => ({ bytes })),
    ]),
};

const readAll: Read = async (path, recover) => {
  const recording = await openRecording(path, { recover });
  let datagrams = 0;
  for await (const batch of recording.batches()) datagrams += batch.count;
  return { datagrams, notes: recording.notes() };
};

const damaged = suite('a damaged capture is read or refused');

// A flipped bit may make a packet into several, never more than its bytes allow.
for (const [name, make] of Object.entries(FORMATS))
  damaged(name, async () => expectBounds(name, await make(), readAll, 16));

damaged.run();
