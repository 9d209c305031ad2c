import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SlotFiller, SlotTaker, newRing } from '../../../../harness/recording/threads/slotRing.ts';
import { ThreadedHash } from '../../../../harness/recording/threads/threadedHash.ts';
import { randomStream } from '../../../../src/base/random.ts';

const test = suite('a ring of slots');

test('hands over what was filled, in order, and then says how it ended', () => {
  for (const hasFailed of [false, true]) {
    const memory = newRing(3, 8);
    const [filler, taker] = [new SlotFiller(memory), new SlotTaker(memory)];
    const seen: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const size of [7, 8]) {
        const slot = filler.next(0);
        new Uint8Array(memory.slots[slot] as SharedArrayBuffer)[0] = round;
        filler.hand(size);
      }
      for (let k = 0; k < 2; k += 1) {
        assert.is(taker.next(0), null);
        seen.push(
          `${taker.slot}: ${taker.size} ${new Uint8Array(memory.slots[taker.slot] as SharedArrayBuffer)[0]}`,
        );
      }
      assert.is(taker.next(0), 'late');
    }
    assert.equal(seen, [
      '0: 7 0',
      '1: 8 0',
      '2: 7 1',
      '0: 8 1',
      '1: 7 2',
      '2: 8 2',
      '0: 7 3',
      '1: 8 3',
      '2: 7 4',
      '0: 8 4',
    ]);
    filler.next(0);
    filler.hand(5);
    filler.end(hasFailed);
    assert.is(taker.next(0), null);
    assert.is(taker.size, 5);
    assert.is(taker.next(0), hasFailed ? 'failed' : 'ended');
    assert.is(taker.next(0), hasFailed ? 'failed' : 'ended');
  }
});

test('a filler that is not wanted any more does not wait for an empty slot', () => {
  const memory = newRing(2, 8);
  const [filler, taker] = [new SlotFiller(memory), new SlotTaker(memory)];
  for (let k = 0; k < 2; k += 1) {
    filler.next(0);
    filler.hand(1);
  }
  assert.ok(filler.isWanted);
  assert.is(filler.next(1), -1, 'it waits no longer than it may');
  assert.not(filler.waitForStop(1));
  taker.stop();
  assert.not(filler.isWanted);
  filler.next(0);
  assert.ok(filler.waitForStop(1));
});

test('a thread hashes what it is handed: the same as without one', () => {
  const random = randomStream('threadedHash');
  for (const pieces of [0, 1, 40]) {
    const [threaded, plain] = [new ThreadedHash(), createHash('sha256')];
    for (let k = 0; k < pieces; k += 1) {
      const piece = Buffer.alloc(Math.floor(random.draw() * 900_000), `${k}`);
      threaded.update(piece);
      plain.update(piece);
    }
    assert.is(threaded.digest(), plain.digest('hex'), `${pieces} pieces`);
  }
  new ThreadedHash().close();
});

test.run();
