/** What is kept of a conversation in memory, and how it is written: in order, whole, and as often as one likes. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KeptTap } from '../../../../harness/recording/tap/keptTap.ts';
import { DatagramBatch } from '../../../../src/net/batch.ts';
import { assertRefusal } from '../../../refusals.ts';
import { addresses, framesOf } from './frames.ts';
import { temporaryFolder } from '../tiny.ts';

const folder = temporaryFolder();
const SERVER = { address: '127.0.0.1', port: 9000 };
const MS = 1e6;
const test = suite('a conversation kept in memory');

const clientOf = (number: number) => ({ address: '127.0.0.1', port: 40_000 + number });
const clients = new Map(Array.from({ length: 3 }, (_, k) => [k + 1, clientOf(k + 1)]));

/** Notes a datagram of a flow. */
function note(
  tap: KeptTap,
  number: number,
  isUpward: boolean,
  timeNs: number,
  text: string | Uint8Array,
): void {
  const batch = new DatagramBatch(1, 70_000);
  const bytes = Buffer.from(text);
  batch.append(bytes, 0, bytes.length, timeNs, SERVER);
  tap.note({ number, client: clients.get(number) ?? clientOf(number) }, SERVER, isUpward, batch, 0);
}

test('stands in order of arrival, however far apart, with the addresses at each flow’s first', async () => {
  const path = join(folder, 'ordered.jsonl');
  const tap = new KeptTap('any');
  note(tap, 1, true, 7e9, 'last');
  note(tap, 2, true, 2e9, 'first');
  note(tap, 2, false, 2e9 + 3 * MS, 'second');
  assert.equal([tap.requests, tap.answers, tap.leftOut], [2, 1, 0]);
  await tap.write(path, '"name":"a test"');
  assert.equal(await framesOf(path), [
    `2 up 0 first ${addresses(2)}`,
    '2 down 3000000 second',
    `1 up 5000000000 last ${addresses(1)}`,
  ]);
  assert.match(readFileSync(path, 'utf8'), /^\{[^\n]*"conversation":true,"name":"a test"\}\n/);
});

test('may be written again, with what came since', async () => {
  const path = join(folder, 'again.jsonl');
  const tap = new KeptTap('any');
  note(tap, 1, true, MS, 'one');
  await tap.write(path);
  const first = readFileSync(path);
  await tap.write(path);
  assert.equal(readFileSync(path), first);
  note(tap, 1, false, 2 * MS, 'two');
  await tap.write(path);
  assert.equal(await framesOf(path), [`1 up 0 one ${addresses(1)}`, '1 down 1000000 two']);
});

test('what its memory does not hold is counted, and so is a flow that the format has no number for', async () => {
  const tap = new KeptTap('any', 2 ** 16);
  // 64 KiB of payloads: one of the largest, and 29 bytes.
  note(tap, 1, true, 1, new Uint8Array(65_507));
  note(tap, 1, false, 2, new Uint8Array(30));
  note(tap, 65_536, true, 3, 'x');
  assert.equal([tap.requests, tap.answers, tap.leftOut], [1, 0, 2]);
});

test('takes memory as it is needed: 64 KiB of payloads, then 512 KiB at a time', async () => {
  const path = join(folder, 'large.jsonl');
  const tap = new KeptTap('any', 2 ** 16 + 1);
  // One of the largest in the first, eight in the second.
  for (let k = 1; k <= 10; k += 1) note(tap, 1, true, k, new Uint8Array(65_507).fill(64 + k));
  assert.equal([tap.requests, tap.leftOut], [9, 1]);
  await tap.write(path);
  assert.equal(
    (await framesOf(path)).map((frame) => frame.split(' ')[3]?.slice(0, 2)),
    ['AA', 'BB', 'CC', 'DD', 'EE', 'FF', 'GG', 'HH', 'II'],
  );
});

test('a client that takes over a flow’s number is told by its address', async () => {
  const path = join(folder, 'taken.jsonl');
  const tap = new KeptTap('any');
  note(tap, 1, true, 1, 'one');
  clients.set(1, clientOf(9));
  note(tap, 1, true, 2, 'nine');
  clients.set(1, clientOf(1));
  await tap.write(path);
  assert.equal(await framesOf(path), [`1 up 0 one ${addresses(1)}`, `1 up 1 nine ${addresses(9)}`]);
});

test('where it cannot be written, what was there stays, and nothing else is left', async () => {
  const place = join(folder, 'file');
  writeFileSync(place, 'x');
  const tap = new KeptTap('any');
  note(tap, 1, true, 1, 'one');
  await assertRefusal(() => tap.write(join(place, 'below.jsonl')), 'write-failed');
  assert.is(readFileSync(place, 'utf8'), 'x');
  assert.equal(
    readdirSync(folder).filter((name) => !/^(ordered|again|taken|large)\.jsonl$|^file$/.test(name)),
    [],
  );
  assert.ok(!existsSync(join(place, 'below.jsonl')));
});

test.run();
