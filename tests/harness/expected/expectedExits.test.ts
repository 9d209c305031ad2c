/** What must leave a proxy, of streams that entered it with gaps, out of order and with repeats: small cases by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  expectedExits,
  expectedExitsOver,
  lostBeforeHighest,
} from '../../../harness/expected/expectedExits.ts';
import type { EnteredFates, EnteredStream, ExitMark } from '../../../harness/expected/enteredStream.ts';
import type { ExpectedLine } from '../../../harness/expected/expectedStream.ts';

const test = suite('what must leave a proxy');

const MS = 1e6;
const LINE: ExpectedLine = { keepOrder: true, rate: null };

interface Fate {
  readonly drop?: number;
  readonly copies?: number;
  readonly hold?: number;
  readonly corrupt?: number;
  readonly delayNs?: number;
}

/** By index; repeats as `index/repeat`. Whatever is not named passes. */
function fatesOf(table: Readonly<Record<string, Fate>>): EnteredFates {
  const of = (name: string) => {
    const { drop = 0, copies = 0, hold = 0, corrupt = -1, delayNs = 0 } = table[name] ?? {};
    return { dropCause: drop, copies, hold, corrupt, delayNs };
  };
  const column = (key: keyof ReturnType<typeof of>): ArrayLike<number> =>
    new Proxy([], { get: (_, index) => of(String(index))[key] });
  return {
    dropCause: column('dropCause'),
    copies: column('copies'),
    hold: column('hold'),
    corrupt: column('corrupt'),
    delayNs: column('delayNs'),
    at: (index) => index,
    repeat: (index, repeat) => of(`${index}/${repeat}`),
  };
}

/** One a millisecond, 100 bytes each, and all over at the end. */
function entered(indices: readonly number[], more: Partial<EnteredStream> = {}): EnteredStream {
  const seen = new Map<number, number>();
  const repeats = indices.map((index) => {
    seen.set(index, (seen.get(index) ?? 0) + 1);
    return seen.get(index) as number;
  });
  const size = indices.length;
  return {
    firstIndex: 1,
    indices: Uint32Array.from(indices),
    repeats: Uint16Array.from(repeats),
    sizesBytes: new Uint16Array(size).fill(100),
    timesNs: Float64Array.from(indices, (_, k) => 1e9 + k * MS),
    marks: [mark('close', size, size), mark('end', size, size)],
    plannedNs: null,
    isCut: false,
    ...more,
  };
}

const mark = (kind: ExitMark['kind'], after: number, atMs: number): ExitMark => ({
  entered: after,
  kind,
  timeNs: 1e9 + atMs * MS,
  lastIndex: null,
});

/** Indices in order of leaving, with the times in milliseconds. */
function leaving(stream: EnteredStream, fates: Readonly<Record<string, Fate>>, line = LINE) {
  const { arrivals, ...rest } = expectedExits(stream, fatesOf(fates), line);
  return { ...rest, counts: [...arrivals.counts], atMs: [...arrivals.timesNs].map((timeNs) => timeNs / MS) };
}

test('each released by its pass, in the order of indices', () => {
  const { counts, atMs } = leaving(entered([1, 2, 3, 4, 5, 6]), { 1: { hold: 2 }, 2: { hold: 1 } });
  // 3 passes and lets 2 go; 4 is the second pass for 1.
  assert.equal(counts, [3, 2, 4, 1, 5, 6]);
  assert.equal(atMs, [2, 2, 3, 3, 4, 5]);
});

test('a missing index counts as a pass if its fate is to pass, when the next one shows that it is missing', () => {
  assert.equal(leaving(entered([1, 2, 5]), { 2: { hold: 2 } }).counts, [1, 2, 5]);
  assert.equal(leaving(entered([1, 2, 5]), { 2: { hold: 2 }, 3: { drop: 1 } }).counts, [1, 5, 2]);
  assert.equal(leaving(entered([1, 2, 5, 6]), { 2: { hold: 3 }, 4: { hold: 1 } }).counts, [1, 5, 6, 2]);
});

test('a late one and a repeat let nobody go, and may be held themselves', () => {
  assert.equal(leaving(entered([1, 3, 2, 4]), { 1: { hold: 3 } }).counts, [3, 2, 4, 1]);
  assert.equal(leaving(entered([1, 2, 2, 2, 3]), { 1: { hold: 2 } }).counts, [2, 2, 2, 3, 1]);
  assert.equal(leaving(entered([1, 2, 2, 3, 4]), { '2/2': { hold: 1 } }).counts, [1, 2, 3, 2, 4]);
  assert.equal(leaving(entered([1, 3, 2, 4, 5]), { 2: { hold: 2 } }).counts, [1, 3, 4, 5, 2]);
});

test('copies follow their original, and a repeat has a fate of its own', () => {
  const { counts, duplicated, droppedByCause } = leaving(entered([1, 2, 2, 3]), {
    1: { copies: 1 },
    2: { drop: 1 },
    '2/2': { copies: 1 },
  });
  assert.equal(counts, [1, 1, 2, 2, 3]);
  assert.is(duplicated, 2);
  assert.is(droppedByCause[1], 1);
});

test('what is held leaves when none comes, and at the end; behind the end none is held', () => {
  const stream = entered([1, 2, 3, 4], {
    marks: [mark('quiet', 2, 50), mark('close', 3, 60), mark('end', 3, 60)],
  });
  const { counts, atMs } = leaving(stream, { 2: { hold: 9 }, 3: { hold: 9 }, 4: { hold: 9 } });
  assert.equal(counts, [1, 2, 3, 4]);
  assert.equal(atMs, [0, 50, 60, 3]);
});

test('without an end what is held has not left; at the end of a cut list it has', () => {
  const held = { 2: { hold: 5 } };
  assert.equal(leaving(entered([1, 2, 3], { marks: [] }), held).counts, [1, 3]);
  assert.equal(leaving(entered([1, 2, 3], { marks: [], isCut: true }), held).counts, [1, 3, 2]);
});

test('delays: by time, or in order where order is kept', () => {
  const fates = { 1: { delayNs: 5 * MS }, 2: { delayNs: 1 * MS }, 3: { delayNs: 1 * MS } };
  const free = leaving(entered([1, 2, 3]), fates, { ...LINE, isDelayed: true, keepOrder: false });
  assert.equal(
    [free.counts, free.atMs],
    [
      [2, 3, 1],
      [2, 3, 5],
    ],
  );
  const kept = leaving(entered([1, 2, 3]), fates, { ...LINE, isDelayed: true });
  assert.equal(
    [kept.counts, kept.atMs],
    [
      [1, 2, 3],
      [5, 5, 5],
    ],
  );
});

test('a link sends one after the other and drops what finds its queue full; what is spared passes it by', () => {
  // 100 bytes take 8 ms at 100 kbit/s; one may wait.
  const line = { ...LINE, rate: { rateBps: 100_000, queueDatagrams: 1 } };
  const { counts, atMs, droppedByCause } = leaving(entered([1, 2, 3, 4, 5]), {}, line);
  assert.equal(
    [counts, atMs],
    [
      [1, 2],
      [8, 16],
    ],
  );
  assert.is(droppedByCause.at(-1), 3);
  const spared = leaving(entered([1, 2, 3, 4, 5]), {}, { ...line, spare: 2 });
  assert.equal(
    [spared.counts, spared.atMs],
    [
      [1, 2, 3, 4],
      [0, 1, 10, 18],
    ],
  );
});

test('a size above the MTU is lost, whatever was drawn, but not what is spared', () => {
  const stream = entered([1, 2, 3], { sizesBytes: Uint16Array.of(200, 200, 50) });
  assert.equal(leaving(stream, {}, { ...LINE, mtuBytes: 100 }).counts, [3]);
  assert.equal(leaving(stream, {}, { ...LINE, mtuBytes: 100, spare: 1 }).counts, [1, 3]);
});

test('by a plan, each leaves at its planned time, but not before it comes', () => {
  const plannedNs = (index: number): number => index * 10 * MS;
  const timesNs = Float64Array.of(1e9, 1e9 + 4 * MS, 1e9 + 31 * MS);
  const stream = entered([1, 2, 3], { plannedNs, timesNs });
  const { atMs } = leaving(
    stream,
    { 2: { delayNs: 5 * MS }, 3: { delayNs: 5 * MS } },
    { ...LINE, isDelayed: true },
  );
  assert.equal(atMs, [0, 15, 31]);
});

test('losses up to the highest that came are what gaps show', () => {
  const arrivals = (counts: number[], corrupted: number[] = []) => ({
    counts: Uint32Array.from(counts),
    corrupted: Uint8Array.from(counts, (_, k) => (corrupted.includes(k) ? 1 : 0)),
    timesNs: new Float64Array(counts.length),
  });
  assert.is(lostBeforeHighest(1, arrivals([1, 2, 5, 4])), 1);
  assert.is(lostBeforeHighest(1, arrivals([3, 3])), 2);
  assert.is(lostBeforeHighest(1, arrivals([1, 2, 3], [1, 2])), 0);
  assert.is(lostBeforeHighest(1, arrivals([])), 0);
});

test('at a tie at a shared link a late one stays behind the higher one of its flow', () => {
  // A brings 2, then 1, and B its 1, all at 0 and due at 5. The heads are A2 and B1: B1 goes first, then A2, and A1 behind it.
  const timesNs = Float64Array.of(1e9, 1e9);
  const line: ExpectedLine = { keepOrder: true, rate: { rateBps: 800_000, queueDatagrams: 9 } };
  const fates = fatesOf({ 1: { delayNs: 5 * MS }, 2: { delayNs: 5 * MS } });
  const left = expectedExitsOver([
    { stream: entered([2, 1], { timesNs }), fates, line },
    { stream: entered([1], { timesNs: timesNs.slice(1) }), fates, line },
  ]).map(({ arrivals }) =>
    [...arrivals.counts].map((count, k) => `${count}@${(arrivals.timesNs[k] as number) / MS}`).join(' '),
  );
  assert.equal(left, ['2@7 1@8', '1@6']);
});

test.run();
