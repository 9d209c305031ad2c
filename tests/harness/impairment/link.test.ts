import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DelayStage } from '../../../harness/impairment/delayStage.ts';
import { Link } from '../../../harness/impairment/link.ts';

const test = suite('the link and the delay stage');

test('a datagram takes eight bits a byte to send, one after the other', () => {
  const link = new Link({ rateBps: 1e6, queueDatagrams: 10 });
  // 125 bytes are 1000 bits: one millisecond at 1 Mbit/s.
  assert.is(link.offer(0, 125), 1e6);
  assert.is(link.offer(0, 125), 2e6);
  assert.is(link.offer(5e6, 125), 6e6);
});

test('the one on the link does not count as waiting', () => {
  const link = new Link({ rateBps: 1e6, queueDatagrams: 2 });
  assert.equal(
    [0, 0, 0, 0].map((at) => link.offer(at, 125)),
    [1e6, 2e6, 3e6, -1],
  );
});

test('a departure makes room at that very instant', () => {
  const link = new Link({ rateBps: 1e6, queueDatagrams: 0 });
  assert.is(link.offer(0, 125), 1e6);
  assert.is(link.offer(999_999, 125), -1);
  assert.is(link.offer(1e6, 125), 2e6);
});

test('a long queue grows and empties', () => {
  const link = new Link({ rateBps: 1e9, queueDatagrams: 999 });
  const departures = Array.from({ length: 1001 }, () => link.offer(7, 125));
  assert.is(departures[999], 7 + 1000 * 1000);
  assert.is(departures[1000], -1);
  assert.is(link.offer(2e6, 125), 2e6 + 1000);
});

test('time going back is a broken invariant', () => {
  const link = new Link({ rateBps: 1e6, queueDatagrams: 1 });
  link.offer(10, 1);
  assert.throws(() => link.offer(9, 1), /never go back/);
});

test('a changed link begins when the old one has sent what it had, with an empty queue', () => {
  const link = new Link({ rateBps: 1e6, queueDatagrams: 2 });
  assert.equal(
    [0, 0, 0, 0].map((at) => link.offer(at, 125)),
    [1e6, 2e6, 3e6, -1],
  );
  link.change({ rateBps: 10e6, queueDatagrams: 1 });
  // One in the link's place, and one that waits; the three at the old link take none of their places.
  assert.equal(
    [0.5e6, 0.5e6, 0.5e6].map((at) => link.offer(at, 125)),
    [3.1e6, 3.2e6, -1],
  );
  assert.is(link.offer(3.1e6, 125), 3.3e6);
  assert.is(link.emptyNs(0, 125), 3.4e6);
});

test('without a link a datagram leaves at once, but for what the old link still has', () => {
  const link = new Link({ rateBps: 1e6, queueDatagrams: 2 });
  assert.is(link.offer(0, 125), 1e6);
  link.change(null);
  assert.equal(
    [0, 0, 0, 2e6].map((at) => link.offer(at, 125)),
    [1e6, 1e6, 1e6, 2e6],
  );
  link.change({ rateBps: 1e6, queueDatagrams: 0 });
  assert.equal([link.offer(2e6, 125), link.offer(2e6, 125)], [3e6, -1]);
});

test('keep-order makes a quick datagram wait for a slow one ahead of it', () => {
  const kept = new DelayStage(true);
  assert.equal([kept.releaseNs(0, 50), kept.releaseNs(10, 5), kept.releaseNs(60, 5)], [50, 50, 65]);
  const free = new DelayStage(false);
  assert.equal([free.releaseNs(0, 50), free.releaseNs(10, 5), free.releaseNs(60, 5)], [50, 15, 65]);
});

test('where order is kept from some datagram on, it waits for what came before, with whatever delay', () => {
  const settings = { delayNs: 0, jitterNs: 0, distribution: 'uniform' } as const;
  const stage = new DelayStage(false);
  assert.is(stage.releaseNs(0, 50), 50);
  assert.is(stage.releaseNs(1, 5), 6);
  stage.change({ ...settings, keepOrder: true });
  assert.equal([stage.releaseNs(2, 5), stage.releaseNs(60, 5)], [50, 65]);
  stage.change(null);
  assert.is(stage.releaseNs(61, 0), 61);
  stage.change({ ...settings, keepOrder: true });
  assert.is(stage.releaseNs(62, 1), 65);
});

test.run();
