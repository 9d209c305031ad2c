import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import { SendQueue, copyRows } from '../../src/net/sendQueue.ts';
import { Catcher } from '../stream/batches.ts';

const test = suite('a queue of batches');

const PEER = { address: '10.0.0.1', port: 1 };

/** Rows of these lengths, each filled with its number. */
function batchOf(lengths: readonly number[], capacity = lengths.length): DatagramBatch {
  const batch = new DatagramBatch(
    capacity,
    Math.max(
      1,
      lengths.reduce((a, b) => a + b, 0),
    ),
  );
  for (const [row, length] of lengths.entries()) {
    batch.append(new Uint8Array(length).fill(row + 1), 0, length, row * 10, PEER);
  }
  return batch;
}

function drained(queue: SendQueue): { text: string; timeNs: number }[] {
  const catcher = new Catcher();
  assert.is(queue.drain(catcher, 3, PEER), 0);
  assert.ok(queue.empty);
  return catcher.sent.map(({ text, timeNs }) => ({ text, timeNs }));
}

const rowOf = (batch: DatagramBatch, row: number) => ({
  text: Buffer.from(batch.payload(row)).toString(),
  timeNs: batch.timesNs[row] as number,
});

test('what is put in, in whatever way, comes out in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('row', 'run', 'copy', 'settle')), { maxLength: 60 }),
      (lengths, steps) => {
        const batch = batchOf(lengths);
        const queue = new SendQueue();
        const expected: { text: string; timeNs: number }[] = [];
        for (const [at, how] of steps) {
          const row = at % lengths.length;
          if (how === 'settle') queue.settle();
          if (how === 'copy') {
            queue.put(batch.bytes, batch.offsets[row] as number, batch.lengths[row] as number, row * 10);
            expected.push(rowOf(batch, row));
          }
          const end = how === 'run' ? lengths.length : how === 'row' ? row + 1 : row;
          for (let k = row; k < end; k += 1) {
            queue.putRow(batch, k);
            expected.push(rowOf(batch, k));
          }
        }
        assert.is(queue.count, expected.length);
        assert.equal(drained(queue), expected);
      },
    ),
    { seed: 71, numRuns: 200 },
  );
});

test('rows that are settled outlive their batch', () => {
  const batch = batchOf([3, 3]);
  const queue = new SendQueue();
  queue.putRow(batch, 0);
  queue.putRow(batch, 1);
  queue.settle();
  batch.bytes.fill(0x2a);
  assert.equal(
    drained(queue).map(({ text }) => text),
    ['\u0001\u0001\u0001', '\u0002\u0002\u0002'],
  );
});

test('more than a chunk goes out in several, and the largest datagrams fit', () => {
  const queue = new SendQueue();
  const small = batchOf(Array.from({ length: 600 }, () => 5));
  for (let row = 0; row < 600; row += 1) queue.putRow(small, row);
  const large = batchOf([65_507, 65_507, 65_507, 65_507, 65_507, 65_507]);
  for (let row = 0; row < 6; row += 1) queue.putRow(large, row);
  const catcher = new Catcher();
  assert.is(queue.drain(catcher, 3, PEER), 0);
  assert.is(catcher.sent.length, 606);
  assert.ok(catcher.calls >= 4);
  assert.ok(catcher.sent.slice(600).every(({ text }) => text.length === 65_507));
});

test('a few more than a small chunk holds go out in one piece, and so do as few later', () => {
  for (const lengths of [Array.from({ length: 17 }, () => 5), [3000, 3000], [60_000]]) {
    const queue = new SendQueue();
    for (let round = 0; round < 3; round += 1) {
      const batch = batchOf(round === 1 ? [1] : lengths);
      for (let row = 0; row < batch.count; row += 1)
        queue.put(batch.bytes, batch.offsets[row] as number, batch.lengths[row] as number, row);
      const catcher = new Catcher();
      assert.is(queue.drain(catcher, 3, PEER), 0);
      assert.is(catcher.calls, 1);
      assert.equal(
        catcher.sent.map(({ text }) => text),
        Array.from({ length: batch.count }, (_, row) => rowOf(batch, row).text),
      );
    }
  }
});

test('two thousand queues that have sent something keep no memory of their own', () => {
  const batch = batchOf([300, 300]);
  const before = process.memoryUsage().arrayBuffers;
  const queues = Array.from({ length: 2000 }, () => new SendQueue());
  for (const queue of queues) {
    queue.putRow(batch, 0);
    queue.put(batch.bytes, 300, 300, 0);
    queue.drain(new Catcher(), 3, PEER);
  }
  const grownBytes = process.memoryUsage().arrayBuffers - before;
  // One chunk each would be 600 MiB; the catchers have copies of 1.2 MB until they are collected.
  assert.ok(grownBytes < 2 ** 23, `${grownBytes}`);
  assert.ok(queues.every(({ empty }) => empty));
});

test('what the sink does not take is refused, and gone', () => {
  const queue = new SendQueue();
  const batch = batchOf([1, 1, 1]);
  for (let row = 0; row < 3; row += 1) queue.putRow(batch, row);
  const catcher = new Catcher(2);
  assert.is(queue.drain(catcher, 3, PEER), 1);
  assert.is(queue.drain(catcher, 3, PEER), 0);
  assert.is(catcher.sent.length, 2);
});

test('a queue that is cleared sends nothing', () => {
  const queue = new SendQueue();
  queue.putRow(batchOf([1]), 0);
  queue.put(new Uint8Array(4), 0, 4, 0);
  queue.clear();
  assert.is(queue.count, 0);
  assert.equal(drained(queue), []);
});

test('rows are copied as far as they fit, with their times and where they come from', () => {
  const from = batchOf([2, 3, 4]);
  const full = new DatagramBatch(2, 100);
  assert.is(copyRows(full, from, 0, 3, PEER), 2, 'as many rows');
  assert.is(copyRows(full, from, 2, 3, PEER), 2);
  assert.equal([full.sources[1], full.timesNs[1], full.offsets[1]], [PEER, 10, 2]);
  const narrow = new DatagramBatch(9, 8);
  assert.is(copyRows(narrow, from, 0, 3), 2, 'as many bytes');
  assert.is(narrow.usedBytes, 5);
});

test('types of service stay with their rows, however they are put in, and are gone with them', () => {
  const queue = new SendQueue();
  const marked = batchOf(Array.from({ length: 300 }, () => 1));
  for (let row = 0; row < 300; row += 3) marked.setTos(row, row + 1, 1 + (row % 200));
  const plain = batchOf([1, 1]);
  const seen: number[] = [];
  const sink = {
    send: (_port: number, _peer: Peer, batch: DatagramBatch, from: number, to: number) => {
      seen.push(...batch.tos.subarray(from, to));
      return to - from;
    },
  };
  for (let round = 0; round < 2; round += 1) {
    queue.put(Uint8Array.of(1), 0, 1, 0, 46);
    queue.put(Uint8Array.of(1), 0, 1, 0);
    for (let row = 0; row < 300; row += 1) queue.putRow(marked, row);
    queue.putRow(plain, 0);
    queue.putRow(plain, 1);
    queue.drain(sink, 0, PEER);
    const rows = Array.from({ length: 300 }, (_, row) => (row % 3 === 0 ? 1 + (row % 200) : 0));
    assert.equal(seen.splice(0), [46, 0, ...rows, 0, 0]);
  }
  for (let k = 0; k < 600; k += 1) queue.put(Uint8Array.of(1), 0, 1, 0);
  queue.drain(sink, 0, PEER);
  assert.ok(seen.every((tos) => tos === 0) && seen.length === 600);
});

test('rows that do not lie next to each other are copied apart', () => {
  const from = batchOf([2, 2, 2]);
  // As a transport may lay them out: the second elsewhere.
  from.offsets[1] = 4;
  from.offsets[2] = 2;
  const into = new DatagramBatch(9, 100);
  assert.is(copyRows(into, from, 0, 3), 1);
  const queue = new SendQueue();
  for (let row = 0; row < 3; row += 1) queue.putRow(from, row);
  assert.equal(
    drained(queue).map(({ text }) => text),
    ['\u0001\u0001', '\u0003\u0003', '\u0002\u0002'],
  );
});

test('whoever wants to see what was sent sees each with its bytes, and whether it was accepted', () => {
  const batch = batchOf(Array.from({ length: 40 }, (_, k) => k));
  const queue = new SendQueue();
  for (let row = 0; row < 40; row += 1) queue.putRow(batch, row);
  queue.put(batch.bytes, 0, 1, 7);
  const seen: string[] = [];
  let room = 33;
  const sink = {
    send: (_port: number, _peer: Peer, _batch: DatagramBatch, from: number, to: number): number => {
      const taken = Math.min(room, to - from);
      room -= taken;
      return taken;
    },
    // Its contents would be gone.
    sendAway: (): number => {
      throw new Error('not while somebody looks');
    },
  };
  const refused = queue.drain(sink, 3, PEER, false, (sent, row, isAccepted) => {
    seen.push(`${sent.payload(row).length} ${sent.payload(row)[0] ?? '-'} ${isAccepted}`);
  });
  assert.is(refused, 8);
  assert.equal(
    seen,
    Array.from({ length: 41 }, (_, k) =>
      k === 40 ? '1 2 false' : `${k} ${k === 0 ? '-' : k + 1} ${k < 33}`,
    ),
  );
  assert.ok(queue.empty);
});

test.run();
