import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OpenSender, TURN_DATAGRAMS } from '../../../harness/recording/player.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { StreamSource } from '../../../src/net/source.ts';

const test = suite('the sender for programs that do not register');

const FIRST: Peer = { address: '127.0.0.1', port: 4001 };
const SECOND: Peer = { address: '127.0.0.1', port: 4002 };

/** `total` datagrams of one byte, their count, 10 ns apart. */
const source = (total: number): StreamSource => ({
  total,
  intervalNs: 10,
  mediaTimeNs: (count) => (count - 1) * 10,
  append: (batch, count, dueNs) => batch.append(Uint8Array.of(count), 0, 1, dueNs),
});

function arrivalFrom(peer: Peer): DatagramBatch {
  const batch = new DatagramBatch(1, 8);
  batch.append(Uint8Array.of(0), 0, 1, 0, peer);
  return batch;
}

/** What goes out in one turn, as `port:count@time`. */
function turn(sender: OpenSender, nowNs: number): string[] {
  sender.handleTimeout(nowNs);
  const sent: string[] = [];
  sender.drain({
    send: (_port, peer, batch, from, to) => {
      for (let row = from; row < to; row += 1) {
        sent.push(`${peer.port}:${batch.payload(row).join()}@${batch.timesNs[row]}`);
      }
      return to - from;
    },
  });
  return sent;
}

test('nothing is sent before somebody asks', () => {
  const sender = new OpenSender(source(3), 1);
  assert.is(sender.nextTimeoutNs(), Infinity);
  assert.equal(turn(sender, 1e9), []);
});

test('who asks first gets every datagram at its time, and nobody else any', () => {
  const sender = new OpenSender(source(3), 1);
  sender.handleDatagrams(100, 0, arrivalFrom(FIRST), 0);
  sender.handleDatagrams(101, 0, arrivalFrom(SECOND), 0);
  assert.is(sender.nextTimeoutNs(), 100);
  assert.equal(turn(sender, 100), ['4001:1@100']);
  assert.equal(turn(sender, 109), []);
  assert.is(sender.nextTimeoutNs(), 110);
  assert.equal(turn(sender, 125), ['4001:2@110', '4001:3@120']);
  assert.equal([sender.nextTimeoutNs(), sender.finished], [Infinity, false]);
});

test('speed divides the times, and flat out sends a bounded number a turn', () => {
  const fast = new OpenSender(source(3), 2);
  fast.handleDatagrams(100, 0, arrivalFrom(FIRST), 0);
  assert.equal(turn(fast, 200), ['4001:1@100', '4001:2@105', '4001:3@110']);

  const flatOut = new OpenSender(source(100), 0);
  flatOut.handleDatagrams(100, 0, arrivalFrom(FIRST), 0);
  const turns = [1, 2, 3, 4, 5].map(() => turn(flatOut, 100).length);
  assert.equal(turns, [TURN_DATAGRAMS, TURN_DATAGRAMS, TURN_DATAGRAMS, 100 - 3 * TURN_DATAGRAMS, 0]);
});

test.run();
