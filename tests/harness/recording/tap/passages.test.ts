/** What was decided of a datagram, in words. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { causeCode } from '../../../../harness/impairment/causes.ts';
import { commentsOf, isDropped, isExit } from '../../../../harness/recording/tap/passageWords.ts';
import { PASSAGE, Passages } from '../../../../harness/recording/tap/passages.ts';
import { TapChunk } from '../../../../harness/recording/tap/tapChunk.ts';
import { CapturedWay } from '../../../../harness/recording/tap/wayTap.ts';

const test = suite('the passages of a capture');

const PEER = { address: '127.0.0.1', port: 1 };
const passages = new Passages();
const notes = { passages, note: () => undefined, isVirtual: true };
const way = new CapturedWay(notes, { number: 1, client: PEER }, () => PEER, false);
const first = way.stream();
const BYTES = 100;

/** A row as whoever writes it gets it. */
function handedOver(row: number): TapChunk {
  const chunk = new TapChunk();
  chunk.putBytes(new Uint8Array(BYTES), 0, BYTES, 0, 0, false);
  passages.copyTo(row, chunk, 0);
  return chunk;
}

const comments = (row: number): string[] => commentsOf(handedOver(row), 0, passages.stream(row).name);
const places = (row: number): boolean[] => [isDropped(handedOver(row), 0), isExit(handedOver(row), 0)];

test('a datagram that passes as it came has no comment', () => {
  for (const kind of [PASSAGE.passed, PASSAGE.leftAsIs]) {
    const row = passages.take(first, kind);
    assert.equal(comments(row), []);
    passages.giveBack(row);
  }
  const row = passages.takeFate(first, PASSAGE.entered, 8, 1, 0, 0, -1, 0);
  assert.equal(comments(row), []);
  passages.giveBack(row);
});

test('every fact is a comment of its own, and the index comes last', () => {
  const { entered, left } = PASSAGE;
  for (const [kind, index, repeat, copies, hold, corrupt, delayNs, told] of [
    [entered, 8, 1, 0, 3, -1, 0, ['held for 3', 'index 8']],
    [left, 8, 1, 0, 3, -1, 0, ['held for 3', 'index 8']],
    [entered, 9, 1, 1, 0, -1, 0, ['duplicated', 'index 9']],
    [left, 9, 1, 1, 0, -1, 0, ['copy', 'index 9']],
    // 100 bytes are 800 bits: ⌊0.515 × 800⌋.
    [left, 10, 1, 0, 0, 0.515, 0, ['corrupted bit 412', 'index 10']],
    [left, 11, 2, 0, 0, -1, 21_300_000, ['delayed 21.3 ms', 'index 11, repeat 2']],
    [left, 12, 1, 0, 0, -1, 1234.5678, ['delayed 0.001235 ms', 'index 12']],
    [left, 13, 1, 1, 2, 0, 1e9, ['copy', 'held for 2', 'corrupted bit 0', 'delayed 1000 ms', 'index 13']],
  ] as const) {
    const row = passages.takeFate(first, kind, index, repeat, copies, hold, corrupt, delayNs);
    assert.equal(comments(row), told);
    passages.giveBack(row);
  }
});

test('what is dropped, ignored, refused, or not held says so', () => {
  const dropped = passages.takeFate(first, PASSAGE.entered, 5, 1, 0, 0, -1, 0);
  passages.setDropCause(dropped, causeCode('burst'));
  assert.equal(comments(dropped), ['dropped: burst', 'index 5']);
  assert.equal(places(dropped), [true, false]);
  const queue = passages.takeFate(first, PASSAGE.queueDropped, 5, 1, 1, 0, -1, 0);
  passages.setDropCause(queue, causeCode('queue'));
  assert.equal(comments(queue), ['dropped: queue', 'copy', 'index 5']);
  assert.equal(places(queue), [true, true]);
  const ignored = passages.take(first, PASSAGE.ignored);
  assert.equal(comments(ignored), ['not passed on']);
  const refused = passages.take(first, PASSAGE.leftAsIs);
  passages.setRefused(refused);
  assert.equal(comments(refused), ['refused by the system']);
  const passedBy = passages.takeFate(first, PASSAGE.entered, 5, 1, 0, 7, -1, 0);
  passages.setPassedBy(passedBy);
  assert.equal(comments(passedBy), ['not held back for 7', 'index 5']);
  const moved = passages.take(first, PASSAGE.leftAsIs);
  passages.setMovedTo(moved, 40_001);
  assert.equal(comments(moved), ['rebound: leaves from port 40001']);
  passages.giveBack(moved);
  assert.is(passages.count, 5);
  for (const row of [dropped, queue, ignored, refused, passedBy]) passages.giveBack(row);
  assert.is(passages.count, 0);
});

test('a row that is used again has nothing of the one before', () => {
  const row = passages.takeFate(first, PASSAGE.left, 1, 2, 1, 3, 0.5, 1e6);
  passages.setDropCause(row, 1);
  passages.setRefused(row);
  passages.setPassedBy(row);
  passages.giveBack(row);
  assert.is(passages.takeFate(first, PASSAGE.left, 4, 1, 0, 0, -1, 0), row);
  assert.equal([comments(row), isDropped(handedOver(row), 0)], [[], false]);
  passages.giveBack(row);
});

test('other streams and control datagrams are named', () => {
  for (const [name, told] of [
    ['stream 2, ', 'stream 2, index 4'],
    ['control, ', 'control, index 4'],
  ] as const) {
    const row = passages.takeFate(way.stream(name), PASSAGE.entered, 4, 1, 1, 0, -1, 0);
    assert.equal(comments(row), ['duplicated', told]);
    passages.giveBack(row);
  }
});

test.run();
