import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectedDelivery } from '../../../harness/expected/expectedArrivals.ts';
import { evenStream, fateTable, PLAIN_LINE } from './fateTable.ts';
import type { Fate } from './fateTable.ts';
import type { ExpectedLine } from '../../../harness/expected/expectedStream.ts';

const deliver = (fates: readonly Fate[], line: ExpectedLine = PLAIN_LINE) =>
  expectedDelivery(evenStream(fates.length), fateTable(fates), line);

const order = (fates: readonly Fate[], line?: ExpectedLine): number[] => [
  ...deliver(fates, line).arrivals.counts,
];

const timesMs = (fates: readonly Fate[], line?: ExpectedLine): number[] =>
  Array.from(deliver(fates, line).arrivals.timesNs, (timeNs) => timeNs / 1e6);

const test = suite('the expected order of arrival');

test('an untouched stream arrives as it was sent', () => {
  assert.equal(order([{}, {}, {}]), [1, 2, 3]);
  assert.equal(timesMs([{}, {}, {}]), [0, 1, 2]);
});

test('a stream of nothing delivers nothing', () => {
  assert.equal(order([]), []);
});

test('a held datagram leaves behind the d-th later pass', () => {
  // 1 is held for two passes, 2 and 3; it leaves with 3, at 2 ms.
  assert.equal(order([{ hold: 2 }, {}, {}, {}]), [2, 3, 1, 4]);
  assert.equal(timesMs([{ hold: 2 }, {}, {}, {}]), [1, 2, 2, 3]);
});

test('drops, holds and copies are no passes', () => {
  // After 1: 2 is dropped, 3 is held, 4 passes with a copy (first pass), 5 passes (second): 1 leaves behind 5.
  // 3 is held for one pass, 4, and leaves behind 4's copy.
  assert.equal(order([{ hold: 2 }, { drop: 3 }, { hold: 1 }, { copies: 1 }, {}]), [4, 4, 3, 5, 1]);
});

test('those released by one pass leave in index order', () => {
  assert.equal(order([{ hold: 2 }, {}, { hold: 1 }, {}, {}]), [2, 4, 1, 3, 5]);
});

test('what is held at the end is flushed in index order, when the last count is due', () => {
  // 1 asks for three passes and gets two, 3 asks for five and gets one.
  const fates = [{ hold: 3 }, {}, { hold: 5 }, {}];
  assert.equal(order(fates), [2, 4, 1, 3]);
  assert.equal(timesMs(fates), [1, 3, 3, 3]);
  assert.is(deliver(fates).account.flushed, 2);
});

test('a stream that is all held is flushed as it was sent', () => {
  assert.equal(order([{ hold: 1 }, { hold: 2 }, { hold: 1 }]), [1, 2, 3]);
});

test('drop wins over every other fate', () => {
  const { arrivals, account } = deliver([{ drop: 2, copies: 3, hold: 1, corrupt: true }, {}]);
  assert.equal([...arrivals.counts], [2]);
  assert.equal(account.droppedByCause, [0, 0, 1]);
  assert.is(account.duplicated, 0);
});

test('copies are held, delayed and corrupted with their original', () => {
  const { arrivals } = deliver([{ hold: 1, copies: 1, corrupt: true, delayNs: 5e5 }, {}, {}]);
  assert.equal([...arrivals.counts], [2, 1, 1, 3]);
  assert.equal([...arrivals.corrupted], [0, 1, 1, 0]);
  assert.equal([...arrivals.timesNs], [1e6, 1.5e6, 1.5e6, 2e6]);
});

test('a delay lets later ones overtake, unless order is kept', () => {
  // 1 is due at 0 + 1.5 ms; 2 at 1 ms; 3 at 2 ms.
  const fates = [{ delayNs: 1.5e6 }, {}, {}];
  assert.equal(order(fates), [2, 1, 3]);
  assert.equal(timesMs(fates), [1, 1.5, 2]);
  const kept = { keepOrder: true, rate: null };
  assert.equal(order(fates, kept), [1, 2, 3]);
  assert.equal(timesMs(fates, kept), [1.5, 1.5, 2]);
});

test('datagrams due at one instant keep the order they had', () => {
  // 1 is due at 0 + 1 ms, together with 2.
  assert.equal(order([{ delayNs: 1e6 }, {}]), [1, 2]);
});

test('a full queue drops what comes, copies too', () => {
  // 100 bytes at 200 kbit/s take 4 ms; one may wait. At 0: 1 is on the link until 4 ms, its copy waits until 8 ms.
  // 2 (1 ms) and 3 (2 ms), 4 (3 ms) find the queue full. 5 comes at 4 ms, when 1 has just left: it waits, until 12 ms.
  const line = { keepOrder: false, rate: { rateBps: 200_000, queueDatagrams: 1 } };
  const fates = [{ copies: 1 }, {}, {}, {}, {}];
  assert.equal(order(fates, line), [1, 1, 5]);
  assert.equal(timesMs(fates, line), [4, 8, 12]);
  assert.is(deliver(fates, line).account.queueDropped, 3);
  assert.is(deliver(fates, line).account.dropped, 3);
});

test('the account adds up', () => {
  const { account } = deliver([{ drop: 1 }, { copies: 2 }, { hold: 9 }, { drop: 3 }, {}]);
  assert.equal(account, {
    sent: 5,
    duplicated: 2,
    dropped: 2,
    droppedByCause: [0, 1, 0, 1],
    queueDropped: 0,
    held: 1,
    flushed: 1,
    delivered: 5, // 5 + 2 - 2
  });
});

/** The rule, acted out one index at a time. */
function actOut(fates: readonly Fate[]): number[] {
  const out: number[] = [];
  let waiting: { count: number; left: number }[] = [];
  const send = (count: number): void => {
    for (let copy = 0; copy <= (fates[count - 1]?.copies ?? 0); copy += 1) out.push(count);
  };
  fates.forEach((fate, k) => {
    if ((fate.drop ?? 0) !== 0) return;
    if ((fate.hold ?? 0) > 0) {
      waiting.push({ count: k + 1, left: fate.hold as number });
      return;
    }
    send(k + 1);
    for (const held of waiting) held.left -= 1;
    for (const held of waiting) if (held.left === 0) send(held.count);
    waiting = waiting.filter((held) => held.left > 0);
  });
  for (const held of waiting) send(held.count);
  return out;
}

const someFates = fc.array(
  fc.record({
    drop: fc.constantFrom(0, 0, 0, 1, 2),
    copies: fc.constantFrom(0, 0, 0, 1, 2),
    hold: fc.constantFrom(0, 0, 0, 1, 2, 3, 7),
  }),
  { maxLength: 40 },
);

test('it is the order that acting out the rule gives', () => {
  fc.assert(
    fc.property(someFates, (fates) => {
      assert.equal(order(fates), actOut(fates));
      assert.equal(order(fates), order(fates));
    }),
    { seed: 31, numRuns: 500 },
  );
});

test('on an empty line, times never go back', () => {
  fc.assert(
    fc.property(someFates, (fates) => {
      const times = timesMs(fates);
      assert.equal(
        times,
        times.toSorted((a, b) => a - b),
      );
    }),
    { seed: 32, numRuns: 100 },
  );
});

test.run();
