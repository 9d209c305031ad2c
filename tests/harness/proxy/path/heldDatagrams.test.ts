import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LinkQueue } from '../../../../harness/proxy/path/linkQueue.ts';
import { HeldDatagrams } from '../../../../harness/proxy/path/heldDatagrams.ts';
import { oneRow } from '../rows.ts';

const test = suite('datagrams that are kept for a while');

const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

test('each keeps its bytes and what was decided, however many there are', () => {
  const held = new HeldDatagrams();
  const sizes = [0, 1, 2047, 2048, 2049, 65_507];
  const slots = Array.from({ length: 700 }, (_, k) => {
    const batch = oneRow(filled(sizes[k % 6] as number, k % 251), 0);
    return held.keep(k, batch, 0, k % 3, k % 2 === 0 ? -1 : k / 1000, k * 10);
  });
  assert.is(new Set(slots).size, 700);
  for (const [k, slot] of slots.entries()) {
    const lengthBytes = sizes[k % 6] as number;
    assert.equal(
      [held.index(slot), held.lengthBytes(slot), held.copies(slot), held.corrupt(slot), held.delayNs(slot)],
      [k, lengthBytes, k % 3, k % 2 === 0 ? -1 : k / 1000, k * 10],
    );
    const bytes = held.bytes(slot).subarray(held.start(slot), held.start(slot) + lengthBytes);
    assert.equal(bytes, filled(lengthBytes, k % 251));
  }
});

test('a slot is free when everyone who shares it has given it back', () => {
  const held = new HeldDatagrams();
  const slot = held.keep(1, oneRow(filled(5000, 7), 0), 0, 0, -1, 0);
  held.share(slot);
  held.giveBack(slot);
  const other = held.keep(2, oneRow(filled(10, 8), 0), 0, 0, -1, 0);
  assert.is.not(other, slot);
  assert.is(held.bytes(slot)[held.start(slot) + 4999], 7);
  held.giveBack(slot);
  assert.is(held.keep(3, oneRow(filled(10, 9), 0), 0, 0, -1, 0), slot);
  assert.is(held.bytes(slot)[held.start(slot)], 9);
});

test('the link’s datagrams leave in the order they came, across every growth', () => {
  const departures = new LinkQueue();
  let put = 0;
  let taken = 0;
  for (let round = 0; round < 300; round += 1) {
    for (let k = 0; k < 5; k += 1) departures.put((put += 1), put * 100);
    for (let k = 0; k < 3; k += 1) {
      assert.is(departures.nextNs(), (taken + 1) * 100);
      assert.is(departures.take(), (taken += 1));
    }
  }
  while (departures.count > 0) assert.is(departures.take(), (taken += 1));
  assert.is(taken, 1500);
  assert.is(departures.nextNs(), Infinity);
});

test.run();
