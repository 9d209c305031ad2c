import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import seedrandom from 'seedrandom';
import { Cells } from '../../../../harness/proxy/path/cells.ts';

const test = suite('memory in cells');

const BLOCK_BYTES = 65_536;

test('a cell begins at a multiple of its size, and a block is full when no further one fits', () => {
  const cells = new Cells();
  const starts = Array.from({ length: 52 }, () => cells.take(1200)).map((cell) => cells.start(cell));
  assert.equal(
    starts,
    Array.from({ length: 52 }, (_, k) => (k % 51) * 1280),
    '51 of 1280 bytes in 64 KiB',
  );
  assert.is(cells.allocatedBytes, 2 * BLOCK_BYTES);
});

test('a block whose cells are all free serves another size', () => {
  const cells = new Cells();
  const large = Array.from({ length: 64 }, () => cells.take(2048));
  assert.is(cells.allocatedBytes, 2 * BLOCK_BYTES);
  for (const cell of large) cells.giveBack(cell);
  const small = Array.from({ length: 1024 }, () => cells.take(1));
  assert.is(cells.allocatedBytes, 2 * BLOCK_BYTES);
  assert.is(new Set(small).size, 1024);
});

test('memory goes when it is free, but for a few blocks', () => {
  const cells = new Cells();
  const taken = Array.from({ length: 3200 }, () => cells.take(2000));
  assert.is(cells.allocatedBytes, 100 * BLOCK_BYTES);
  for (const cell of taken) cells.giveBack(cell);
  assert.is(cells.allocatedBytes, 16 * BLOCK_BYTES);
});

test('whatever is taken and given back, no two overlap and each keeps its bytes', () => {
  const cells = new Cells();
  const random = seedrandom.alea('cells');
  const held: { cell: number; lengthBytes: number; mark: number }[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    // It grows for a while, then shrinks, five times over.
    if (held.length === 0 || random() < (step % 4000 < 2500 ? 0.7 : 0.2)) {
      const lengthBytes = Math.floor(random() * 2049);
      const cell = cells.take(lengthBytes);
      const start = cells.start(cell);
      assert.ok(start + lengthBytes <= BLOCK_BYTES);
      cells.bytes(cell).fill(step & 255, start, start + lengthBytes);
      held.push({ cell, lengthBytes, mark: step & 255 });
      continue;
    }
    const k = Math.floor(random() * held.length);
    const { cell, lengthBytes, mark } = held[k] as (typeof held)[number];
    const start = cells.start(cell);
    assert.ok(
      cells
        .bytes(cell)
        .subarray(start, start + lengthBytes)
        .every((byte) => byte === mark),
    );
    cells.giveBack(cell);
    held[k] = held.at(-1) as (typeof held)[number];
    held.pop();
  }
  for (const { cell } of held) cells.giveBack(cell);
  assert.is(cells.allocatedBytes, 16 * BLOCK_BYTES);
});

test.run();
