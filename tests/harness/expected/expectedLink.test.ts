/** A link that several flows share: a table worked out by hand, and an oracle that acts it out. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectedDeliveries, expectedDelivery } from '../../../harness/expected/expectedArrivals.ts';
import type { ExpectedFlow } from '../../../harness/expected/expectedArrivals.ts';
import type { LinkRate } from '../../../harness/expected/expectedStream.ts';
import { fateTable } from './fateTable.ts';
import type { Fate } from './fateTable.ts';

const test = suite('the expected arrivals behind a shared link');

const MS = 1e6;
/** A byte takes a millisecond. */
const RATE_BPS = 8000;

interface Plan {
  readonly fates: readonly Fate[];
  readonly sizeBytes: number;
  readonly intervalMs: number;
  readonly firstCount: number;
  readonly keepOrder: boolean;
  readonly spare: number;
}

const PLAIN = { sizeBytes: 10, intervalMs: 1, firstCount: 1, keepOrder: false, spare: 0 };

const flowOf = ({ fates, sizeBytes, intervalMs, firstCount, keepOrder, spare }: Plan): ExpectedFlow => ({
  stream: {
    firstCount,
    lastCount: fates.length,
    sizeBytes: () => sizeBytes,
    sendNs: (count) => (count - 1) * intervalMs * MS,
  },
  schedule: fateTable(fates),
  line: { keepOrder, spare },
});

const deliver = (plans: readonly Plan[], rate: LinkRate): string[] =>
  expectedDeliveries(plans.map(flowOf), rate).map(({ arrivals }) =>
    Array.from(arrivals.counts, (count, row) => `${count}@${(arrivals.timesNs[row] as number) / MS}`).join(
      ' ',
    ),
  );

test('two flows: each finds the other before it', () => {
  // Both send at 0, 1, 2, …, 11. The link takes ten; one may wait. At 0: 1 of A, until 10; 1 of B waits, until 20. Until 9 all
  // is dropped. At 10 A has left: 11 of A waits, until 30, and 11 of B finds it. 12 of both, at 11, find it, too.
  const fates = Array.from({ length: 12 }, () => ({}));
  assert.equal(
    deliver(
      [
        { ...PLAIN, fates },
        { ...PLAIN, fates },
      ],
      { rateBps: RATE_BPS, queueDatagrams: 1 },
    ),
    ['1@10 11@30', '1@20'],
  );
});

test('at a tie the lower count is first, then the lower flow; a held one goes by the pass that released it', () => {
  // B's 1 is delayed to 2, where A's 3 and B's 3 are sent; its 2 is held for 3. In turn: A1, A2 and B1 (by count), A3, B3, B2.
  const a = { ...PLAIN, fates: [{}, {}, {}] };
  const b = { ...PLAIN, fates: [{ delayNs: 2 * MS }, { hold: 1 }, {}] };
  assert.equal(deliver([a, b], { rateBps: RATE_BPS, queueDatagrams: 9 }), [
    '1@10 2@20 3@40',
    '1@30 3@50 2@60',
  ]);
});

test('what is spared goes by at once, whatever waits', () => {
  const a = { ...PLAIN, fates: [{}, {}] };
  const b = { ...PLAIN, fates: [{ drop: 3 }, { delayNs: 9 * MS }, {}], spare: 2 };
  assert.equal(deliver([a, b], { rateBps: RATE_BPS, queueDatagrams: 9 }), ['1@10 2@20', '1@0 2@1 3@30']);
});

test('one flow at a shared link is one with a link of its own', () => {
  const plan = {
    ...PLAIN,
    fates: Array.from({ length: 40 }, (_, k) => ({ copies: k % 2, delayNs: (k % 3) * MS })),
  };
  const rate = { rateBps: RATE_BPS * 6, queueDatagrams: 2 };
  const { stream, schedule, line } = flowOf(plan);
  assert.equal(expectedDeliveries([flowOf(plan)], rate), [
    expectedDelivery(stream, schedule, { ...line, rate }),
  ]);
});

/** A datagram on its way, as the oracle has it. */
interface Way {
  readonly flow: number;
  readonly count: number;
  readonly sizeBytes: number;
  readonly entry: number;
  readonly isSpared: boolean;
  dueMs: number;
}

/** Acts a flow out up to the link, one count at a time: what leaves the delay stage, in order. */
function actOut({ fates, sizeBytes, intervalMs, firstCount, keepOrder, spare }: Plan, flow: number): Way[] {
  const out: Way[] = [];
  let waiting: { count: number; left: number }[] = [];
  const leave = (count: number, entry: number): void => {
    const { copies = 0, delayNs = 0 } = count <= spare ? {} : (fates[count - 1] as Fate);
    const dueMs = (entry - 1) * intervalMs + delayNs / MS;
    for (let copy = 0; copy <= copies; copy += 1)
      out.push({ flow, count, sizeBytes, entry, isSpared: count <= spare, dueMs });
  };
  for (let count = firstCount; count <= fates.length; count += 1) {
    const { drop = 0, hold = 0 } = count <= spare ? {} : (fates[count - 1] as Fate);
    if (drop !== 0) continue;
    if (hold > 0) {
      waiting.push({ count, left: hold });
      continue;
    }
    leave(count, count);
    for (const held of waiting) held.left -= 1;
    for (const held of waiting) if (held.left === 0) leave(held.count, count);
    waiting = waiting.filter(({ left }) => left > 0);
  }
  for (const held of waiting) leave(held.count, fates.length);
  if (keepOrder)
    for (let k = 1; k < out.length; k += 1)
      (out[k] as Way).dueMs = Math.max((out[k] as Way).dueMs, (out[k - 1] as Way).dueMs);
  return out
    .map((way, k) => ({ way, k }))
    .toSorted((x, y) => x.way.dueMs - y.way.dueMs || x.k - y.k)
    .map(({ way }) => way);
}

/** Acts the link out: whoever is first among the heads of all flows goes on, and a queue of waiting ones is served. */
function oracle(plans: readonly Plan[], { rateBps, queueDatagrams }: LinkRate): string[] {
  const heads = plans.map(actOut);
  const left = plans.map((): { text: string; atMs: number }[] => []);
  const msPerByte = 8000 / rateBps;
  /** Waiting, and the one being sent with the time of its end. */
  const waiting: Way[] = [];
  let sending: { way: Way; untilMs: number } | null = null;
  const serve = (upToMs: number): void => {
    while (sending !== null && sending.untilMs <= upToMs) {
      const { way, untilMs }: { way: Way; untilMs: number } = sending;
      left[way.flow]?.push({ text: `${way.count}@${untilMs}`, atMs: untilMs });
      const next = waiting.shift();
      sending = next === undefined ? null : { way: next, untilMs: untilMs + next.sizeBytes * msPerByte };
    }
  };
  for (;;) {
    let first: Way | undefined;
    for (const [head] of heads) {
      if (head === undefined) continue;
      if (
        first === undefined ||
        head.dueMs < first.dueMs ||
        (head.dueMs === first.dueMs && head.entry < first.entry)
      )
        first = head;
    }
    if (first === undefined) break;
    heads[first.flow]?.shift();
    if (first.isSpared) {
      left[first.flow]?.push({ text: `${first.count}@${first.dueMs}`, atMs: first.dueMs });
      continue;
    }
    serve(first.dueMs);
    if (sending === null) sending = { way: first, untilMs: first.dueMs + first.sizeBytes * msPerByte };
    else if (waiting.length < (queueDatagrams as number)) waiting.push(first);
  }
  serve(Infinity);
  return left.map((all) => all.map(({ text }) => text).join(' '));
}

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  fates: fc.array(
    fc.record({
      drop: fc.constantFrom(0, 0, 0, 0, 3),
      copies: fc.constantFrom(0, 0, 0, 1),
      hold: fc.constantFrom(0, 0, 0, 1, 2, 9),
      delayNs: fc.constantFrom(0, 0, MS, 3 * MS, 10 * MS),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  sizeBytes: fc.constantFrom(1, 2, 8),
  intervalMs: fc.constantFrom(0, 1, 2),
  firstCount: fc.constantFrom(1, 1, 3),
  keepOrder: fc.boolean(),
  spare: fc.constantFrom(0, 0, 2),
});

test('any flows come through as when the link is acted out (seeded)', () => {
  let [dropped, mixed] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(anyPlan, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 1, 4),
      fc.constantFrom(1, 2, 8),
      (drawn, queueDatagrams, times) => {
        const plans = drawn.filter(({ firstCount, fates }) => firstCount <= fates.length);
        const rate = { rateBps: RATE_BPS * times, queueDatagrams };
        assert.equal(deliver(plans, rate), oracle(plans, rate));
        for (const { account } of expectedDeliveries(plans.map(flowOf), rate)) {
          dropped += account.queueDropped;
          assert.is(account.sent + account.duplicated, account.delivered + account.dropped);
        }
        const alone = plans.map((plan) => deliver([plan], rate)[0] as string);
        if (String(alone) !== String(deliver(plans, rate))) mixed += 1;
      },
    ),
    { seed: 71, numRuns: 400 },
  );
  assert.ok(dropped > 1000 && mixed > 100, `${dropped} dropped, ${mixed} were not as alone`);
});

test.run();
