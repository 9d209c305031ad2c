import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import { RecentPayloads } from '../../src/service/recentPayloads.ts';

const test = suite('the last datagrams that arrived');

const peer = { address: '127.0.0.1', port: 1 };

/** Adds texts as datagrams: count and text. */
function kept(room: number, ...arrivals: readonly (readonly [number, string])[]): RecentPayloads {
  const payloads = new RecentPayloads(room);
  for (const [count, text] of arrivals) {
    const batch = new DatagramBatch(1, 8192);
    const bytes = Buffer.from(text);
    assert.ok(batch.append(bytes, 0, bytes.length, 0, peer));
    payloads.add(count, batch, 0);
    // A transport reuses its memory.
    batch.bytes.fill(0);
  }
  return payloads;
}

const texts = (all: readonly Uint8Array[]): string[] => all.map((one) => Buffer.from(one).toString());

test('come back the latest first, as many as there is room for', () => {
  assert.equal(texts(kept(3, [1, 'a'], [2, 'bb'], [3, 'ccc'], [4, 'd']).recent()), ['d', 'ccc', 'bb']);
  assert.equal(texts(kept(3, [1, 'a']).recent()), ['a']);
  assert.equal(kept(3).recent(), []);
});

test('the one with the highest count is kept apart, whatever arrives after it', () => {
  const payloads = kept(2, [5, 'five'], [4, 'late'], [5, 'again'], [3, 'later']);
  assert.is(Buffer.from(payloads.latest ?? []).toString(), 'five');
  assert.equal(texts(payloads.recent()), ['later', 'again']);
  assert.is(kept(2).latest, null);
});

test('a datagram longer than usual is kept whole', () => {
  assert.equal(texts(kept(2, [1, 'x'.repeat(5000)], [2, 'y']).recent()), ['y', 'x'.repeat(5000)]);
});

test.run();
