import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch, MAX_DATAGRAM_BYTES, peerKey } from '../../src/net/batch.ts';
import { SendQueue } from '../../src/net/sendQueue.ts';
import { Outbox } from '../../src/stream/outbox.ts';
import { Catcher } from '../stream/batches.ts';
import { bytesOf } from '../stream/stage.ts';

const PEER = { address: '10.0.0.1', port: 1 };
const OTHER = { address: '10.0.0.2', port: 2 };

const batches = suite('a batch of datagrams');

batches('gives back what was put in, row by row', () => {
  const batch = new DatagramBatch(3, 300);
  const long = new Uint8Array(200).map((_, k) => k);
  assert.ok(batch.append(bytesOf('xshortx'), 1, 5, 7, PEER));
  assert.ok(batch.append(new Uint8Array(0), 0, 0, 8));
  assert.ok(batch.append(long, 100, 95, 9, OTHER));
  assert.is(batch.count, 3);
  assert.equal(batch.payload(0), bytesOf('short'));
  assert.equal(batch.payload(1), new Uint8Array(0));
  assert.equal(batch.payload(2), long.slice(100, 195));
  assert.equal([...batch.timesNs], [7, 8, 9]);
  assert.equal(batch.sources, [PEER, undefined, OTHER]);
});

batches('refuses one row or one byte too many, and is left as it was', () => {
  const batch = new DatagramBatch(2, 10);
  assert.ok(batch.append(new Uint8Array(10), 0, 10, 0));
  assert.not(batch.append(new Uint8Array(1), 0, 1, 0));
  assert.ok(batch.append(new Uint8Array(0), 0, 0, 0));
  assert.not(batch.append(new Uint8Array(0), 0, 0, 0));
  assert.equal([batch.count, batch.usedBytes], [2, 10]);
});

batches('cleared, it has room again, and a source of before does not stay', () => {
  const batch = new DatagramBatch(1, 4);
  batch.append(bytesOf('abcd'), 0, 4, 1, PEER);
  batch.clear();
  assert.ok(batch.append(bytesOf('wxyz'), 0, 4, 2));
  assert.equal(batch.payload(0), bytesOf('wxyz'));
  assert.is(batch.sources[0], undefined);
});

batches('rows have no type of service until they are given one, and none again once it is cleared', () => {
  const batch = new DatagramBatch(4, 4);
  const other = new DatagramBatch(4, 4);
  for (let row = 0; row < 3; row += 1) batch.append(bytesOf('a'), 0, 1, 0);
  assert.equal([batch.hasTos, ...batch.tos], [false, 0, 0, 0, 0]);
  batch.setTos(1, 3, 184);
  batch.setTos(2, 3, 0);
  assert.equal([batch.hasTos, ...batch.tos], [true, 0, 184, 0, 0]);
  batch.swap(other);
  assert.equal([batch.hasTos, other.hasTos, other.tos[1]], [false, true, 184]);
  other.clear();
  assert.equal([other.hasTos, ...other.tos], [false, 0, 0, 0, 0]);
});

batches('peers have equal keys where they are equal, the address they wrote to included', () => {
  const peer = { address: '10.0.0.1', port: 1 };
  const keys = [
    peer,
    { ...peer, port: 11 },
    { ...peer, local: '10.0.0.2' },
    { ...peer, local: '10.0.0.3' },
  ].map(peerKey);
  assert.is(new Set(keys).size, 4);
  assert.is(peerKey({ ...peer }), keys[0]);
  assert.is(peerKey({ ...peer, local: '10.0.0.3' }), keys[3]);
});

batches.run();

const queues = suite('a queue of batches');

queues('hands on everything in order, over many chunks, and is then empty', () => {
  const queue = new SendQueue();
  assert.ok(queue.empty);
  const texts = Array.from({ length: 700 }, (_, k) => `datagram ${k}`);
  for (const [k, text] of texts.entries()) {
    const bytes = bytesOf(text);
    const batch = queue.put(bytes, 0, bytes.length, k);
    assert.equal(batch.payload(batch.count - 1), bytes, 'the row it returns is the one put in');
  }
  const sink = new Catcher();
  assert.is(queue.drain(sink, 4, PEER), 0);
  assert.equal(sink.texts, texts);
  assert.equal(
    sink.sent.map(({ timeNs }) => timeNs),
    texts.map((_, k) => k),
  );
  assert.ok(sink.sent.every(({ port, peer }) => port === 4 && peer === PEER));
  assert.is(sink.calls, 3, 'in chunks of 256');
  assert.ok(queue.empty);
  assert.is(queue.drain(sink, 4, PEER), 0);
});

queues('takes the largest datagrams there are', () => {
  const queue = new SendQueue();
  for (let k = 0; k < 20; k += 1)
    queue.put(new Uint8Array(MAX_DATAGRAM_BYTES).fill(k), 0, MAX_DATAGRAM_BYTES, 0);
  const sink = new Catcher();
  assert.is(queue.drain(sink, 0, PEER), 0);
  assert.ok(sink.texts.every(({ length }) => length === MAX_DATAGRAM_BYTES));
});

queues('counts what the transport refused, of every chunk', () => {
  const queue = new SendQueue();
  for (let k = 0; k < 300; k += 1) queue.put(bytesOf('x'), 0, 1, 0);
  assert.is(queue.drain(new Catcher(200), 0, PEER), 56);
});

queues('used again, it holds nothing of before', () => {
  const queue = new SendQueue();
  queue.put(bytesOf('first'), 0, 5, 0);
  queue.drain(new Catcher(), 0, PEER);
  queue.put(bytesOf('second'), 0, 6, 0);
  const sink = new Catcher();
  queue.drain(sink, 0, PEER);
  assert.equal(sink.texts, ['second']);
});

queues.run();

const outboxes = suite('an outbox');

outboxes('sends each to its own peer, in order', () => {
  const outbox = new Outbox();
  assert.ok(outbox.empty);
  outbox.put(1, PEER, bytesOf('a'));
  outbox.put(2, OTHER, bytesOf('b'));
  outbox.put(3, PEER, bytesOf('c'));
  assert.not(outbox.empty);
  const sink = new Catcher();
  outbox.drain(sink, 5);
  assert.equal(sink.sent, [
    { port: 5, peer: PEER, text: 'a', timeNs: 1 },
    { port: 5, peer: OTHER, text: 'b', timeNs: 2 },
    { port: 5, peer: PEER, text: 'c', timeNs: 3 },
  ]);
  assert.ok(outbox.empty);
});

outboxes('says so when there is no room, and drops what does not fit', () => {
  const outbox = new Outbox(2, 8);
  assert.ok(outbox.put(0, PEER, bytesOf('abc')));
  assert.not(outbox.put(0, PEER, bytesOf('abcdef')), 'no bytes left');
  assert.ok(outbox.put(0, PEER, bytesOf('def')));
  assert.not(outbox.put(0, PEER, bytesOf('')), 'no rows left');
  const sink = new Catcher();
  outbox.drain(sink, 0);
  assert.equal(sink.texts, ['abc', 'def']);
});

outboxes.run();
