/** Queues in bytes and in time, and links that send by opportunities: literal cases, and links that are acted out. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import seedrandom from 'seedrandom';
import { LinkPlaces } from '../../../harness/expected/linkPlaces.ts';
import { longestStayNs } from '../../../harness/impairment/analytic.ts';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { formatKnobs, knobsOf, readKnobs } from '../../../harness/impairment/knobs.ts';
import { Link } from '../../../harness/impairment/link.ts';
import { traceRateBps } from '../../../harness/impairment/opportunities.ts';
import { withTraceText } from '../../../harness/impairment/stages/rate.ts';
import type { LinkSettings, QueueLimit } from '../../../harness/impairment/stages/rate.ts';

const test = suite('queues of a link, and opportunities');

const MS = 1e6;
type Offer = readonly [atMs: number, sizeBytes: number];

const byTrace = (timesMs: readonly number[], limit: QueueLimit): LinkSettings => {
  const trace = { name: 'a trace', timesMs };
  return { rateBps: traceRateBps(trace), trace, ...limit };
};

/** When each leaves, milliseconds; −1 for what is dropped. By the link and by the expected side, which must agree. */
function through(settings: LinkSettings, offers: readonly Offer[]): number[] {
  const link = new Link(settings);
  const places = new LinkPlaces(settings);
  return offers.map(([atMs, sizeBytes], k) => {
    const departNs = link.offer(atMs * MS, sizeBytes);
    const leavesNs = places.leavesNs(atMs * MS, sizeBytes);
    assert.is(Number.isNaN(leavesNs) ? -1 : leavesNs, departNs, `offer ${k}: expected and sent`);
    return departNs < 0 ? -1 : departNs / MS;
  });
}

test('a queue of bytes has room for what fits, and the one being sent takes none', () => {
  // 125 bytes take a millisecond.
  const settings = { rateBps: 1e6, queueBytes: 250 };
  const offers: Offer[] = [
    [0, 125],
    [0, 125],
    [0, 125],
    [0, 1],
    [1, 126],
    [1, 125],
    [1, 1],
    [2.5, 100],
  ];
  assert.equal(through(settings, offers), [1, 2, 3, -1, -1, 4, -1, 4.8]);
});

test('what finds the link idle is sent, however small the queue', () => {
  assert.equal(
    through({ rateBps: 1e6, queueBytes: 0 }, [
      [0, 1250],
      [1, 0],
      [1, 1],
      [10, 125],
    ]),
    [10, 10, -1, 11],
  );
});

test('a queue of time has room for what is sent soon enough', () => {
  const settings = { rateBps: 1e6, queueNs: 2 * MS };
  const offers: Offer[] = [
    [0, 125],
    [0, 125],
    [0, 125],
    [0, 125],
    [0.5, 1250],
    [1, 125],
    [2, 125],
    [11, 125],
  ];
  // The fourth would wait 3 ms, the fifth 2.5; the sixth waits 2, the seventh 2 as well.
  assert.equal(through(settings, offers), [1, 2, 3, -1, -1, 4, 5, 12]);
});

test('an opportunity sends 1500 bytes: several small ones, or a part of a large one', () => {
  const settings = byTrace([10, 20, 30], { queueDatagrams: 100 });
  const offers: Offer[] = [
    [0, 700],
    [0, 700],
    [0, 700],
    [0, 3000],
    [0, 1],
  ];
  // 1400 bytes and 100 of the third at 10; 600, and 900 of the fourth at 20; 1500 at 30; 600 and the last at 40.
  assert.equal(through(settings, offers), [10, 10, 20, 40, 40]);
});

test('an opportunity that nobody waits for is lost, and one at the instant of an arrival is over', () => {
  const settings = byTrace([10, 20, 30], { queueDatagrams: 100 });
  assert.equal(
    through(settings, [
      [5, 100],
      [10, 100],
      [19.999999, 1500],
      [30, 1],
    ]),
    [10, 20, 30, 40],
  );
});

test('a trace begins again when it has ended, at its last time', () => {
  const settings = byTrace([0, 3, 7, 7], { queueDatagrams: 100 });
  // Opportunities: (0), 3, 7, 7, 7, 10, 14, 14, 14, 17, …: each round begins at the end of the one before.
  const full = Array.from({ length: 9 }, (): Offer => [0, 1500]);
  assert.equal(through(settings, full), [3, 7, 7, 7, 10, 14, 14, 14, 17]);
  assert.equal(
    through(settings, [
      [0, 1],
      [7e6 + 1, 1],
    ]),
    [3, 7e6 + 3],
    'a million rounds later',
  );
});

test('with a trace every datagram waits until an opportunity takes its first byte', () => {
  assert.equal(
    through(byTrace([10, 20, 30], { queueDatagrams: 2 }), [
      [0, 2000],
      [0, 100],
      [0, 100],
      [15, 1500],
      [15, 1500],
    ]),
    [20, 20, -1, 30, -1],
  );
  assert.equal(
    through(byTrace([10, 20, 30], { queueBytes: 1600 }), [
      [0, 1500],
      [0, 100],
      [0, 1],
      [10, 1600],
    ]),
    [10, 20, -1, -1],
  );
  assert.equal(
    through(byTrace([10, 20, 30], { queueNs: 15 * MS }), [
      [0, 1500],
      [0, 100],
      [5, 100],
      [20, 1],
    ]),
    [10, -1, 20, 30],
  );
});

/** What waits at mahimahi's link, and how far it is: a port of its `rationalize` and of its drop-tail queue. */
class MahimahiLink {
  readonly left: number[] = [];
  readonly begun: number[] = [];
  #next = 0;
  #baseMs = 0;
  #queue: { id: number; sizeBytes: number }[] = [];
  #transit: { id: number; left: number } | null = null;
  readonly #settings: LinkSettings;

  constructor(settings: LinkSettings) {
    this.#settings = settings;
  }

  copy(): MahimahiLink {
    const copy = new MahimahiLink(this.#settings);
    copy.#next = this.#next;
    copy.#baseMs = this.#baseMs;
    copy.#queue = [...this.#queue];
    copy.#transit = this.#transit === null ? null : { ...this.#transit };
    return copy;
  }

  offer(id: number, [atMs, sizeBytes]: Offer): void {
    this.rationalize(atMs);
    const { queueDatagrams = Infinity, queueBytes = Infinity, queueNs } = this.#settings;
    const bytes = this.#queue.reduce((sum, one) => sum + one.sizeBytes, 0);
    if (this.#queue.length + 1 > queueDatagrams || bytes + sizeBytes > queueBytes) return;
    if (queueNs !== undefined) {
      const ahead = this.copy();
      ahead.#queue.push({ id, sizeBytes });
      ahead.drain();
      if ((ahead.begun[id] as number) - atMs > queueNs / MS) return;
    }
    this.#queue.push({ id, sizeBytes });
  }

  drain(): void {
    while (this.#queue.length > 0 || this.#transit !== null) this.rationalize(this.#nextMs);
  }

  get #nextMs(): number {
    return this.#baseMs + ((this.#settings.trace?.timesMs ?? [])[this.#next] as number);
  }

  rationalize(nowMs: number): void {
    const timesMs = this.#settings.trace?.timesMs ?? [];
    while (this.#nextMs <= nowMs) {
      const deliveryMs = this.#nextMs;
      this.#next = (this.#next + 1) % timesMs.length;
      if (this.#next === 0) this.#baseMs += timesMs.at(-1) as number;
      let bytes = 1500;
      while (bytes > 0) {
        if (this.#transit === null) {
          const first = this.#queue.shift();
          if (first === undefined) break;
          this.begun[first.id] = deliveryMs;
          this.#transit = { id: first.id, left: first.sizeBytes };
        }
        const sent = Math.min(bytes, this.#transit.left);
        this.#transit.left -= sent;
        bytes -= sent;
        if (this.#transit.left > 0) continue;
        this.left[this.#transit.id] = deliveryMs;
        this.#transit = null;
      }
    }
  }
}

/** An even link, acted out in order of time: one is sent, the others wait in a list. */
function actedOut(settings: LinkSettings, offers: readonly Offer[]): number[] {
  const msPerByte = 8000 / settings.rateBps;
  const { queueDatagrams = Infinity, queueBytes = Infinity, queueNs = Infinity } = settings;
  const left = offers.map(() => -1);
  let waiting: { k: number; sizeBytes: number }[] = [];
  let sending: { k: number; untilMs: number } | null = null;
  const serve = (upToMs: number): void => {
    while (sending !== null && sending.untilMs <= upToMs) {
      const { k, untilMs }: { k: number; untilMs: number } = sending;
      left[k] = untilMs;
      const [next, ...others] = waiting;
      waiting = others;
      sending = next === undefined ? null : { k: next.k, untilMs: untilMs + next.sizeBytes * msPerByte };
    }
  };
  for (const [k, [atMs, sizeBytes]] of offers.entries()) {
    serve(atMs);
    if (sending === null) sending = { k, untilMs: atMs + sizeBytes * msPerByte };
    else {
      const bytes = waiting.reduce((sum, one) => sum + one.sizeBytes, 0);
      const waitMs = (sending as { untilMs: number }).untilMs - atMs + bytes * msPerByte;
      const fits =
        waiting.length < queueDatagrams && bytes + sizeBytes <= queueBytes && waitMs <= queueNs / MS;
      if (fits) waiting.push({ k, sizeBytes });
    }
  }
  serve(Infinity);
  return left;
}

/** Offers on a grid that floats hit exactly, with bursts, gaps and sizes from none to several opportunities. */
function someOffers(draw: () => number, sizes: readonly number[]): Offer[] {
  let atMs = 0;
  return Array.from({ length: 200 }, (): Offer => {
    if (draw() < 0.6) atMs += Math.floor(draw() * 16) / 4;
    if (draw() < 0.02) atMs += 500;
    return [atMs, sizes[Math.floor(draw() * sizes.length)] as number];
  });
}

const LIMITS: readonly QueueLimit[] = [
  { queueDatagrams: 1 },
  { queueDatagrams: 5 },
  { queueBytes: 1500 },
  { queueBytes: 6000 },
  { queueNs: 3 * MS },
  { queueNs: 20 * MS },
];

test('a link of opportunities does what mahimahi does, over and over (seeded)', () => {
  const draw = seedrandom('mahimahi');
  let dropped = 0;
  for (let run = 0; run < 300; run += 1) {
    const timesMs: number[] = [];
    for (
      let ms = Math.floor(draw() * 3);
      timesMs.length < 1 + Math.floor(draw() * 12);
      ms += Math.floor(draw() * 5)
    )
      timesMs.push(ms);
    if ((timesMs.at(-1) as number) === 0) timesMs.push(4);
    const settings = byTrace(timesMs, LIMITS[run % LIMITS.length] as QueueLimit);
    // mahimahi takes what fits into an opportunity and is not empty; a larger one goes on with the next, by its own loop.
    const offers = someOffers(draw, run % 2 === 0 ? [1, 100, 700, 1500] : [40, 1499, 1501, 4000]);
    const link = new MahimahiLink(settings);
    for (const [id, offer] of offers.entries()) link.offer(id, offer);
    link.drain();
    const expected = offers.map((_, id) => link.left[id] ?? -1);
    assert.equal(through(settings, offers), expected, JSON.stringify({ run, settings }));
    dropped += expected.filter((at) => at < 0).length;
  }
  assert.ok(dropped > 3000, `${dropped} were dropped`);
});

test('an even link does what it does when it is acted out (seeded)', () => {
  const draw = seedrandom('even');
  let dropped = 0;
  for (let run = 0; run < 300; run += 1) {
    const limit = LIMITS[run % LIMITS.length] as QueueLimit;
    const settings = { rateBps: [8e6, 16e6, 4e6][run % 3] as number, ...limit };
    const offers = someOffers(draw, [1000, 500, 2000, 250]);
    const expected = actedOut(settings, offers);
    assert.equal(through(settings, offers), expected, JSON.stringify({ run, settings }));
    dropped += expected.filter((at) => at < 0).length;
  }
  assert.ok(dropped > 3000, `${dropped} were dropped`);
});

test('nothing stays for longer than the closed form says, and the mean rate is that of the trace', () => {
  const draw = seedrandom('longest');
  for (let run = 0; run < 60; run += 1) {
    const limit = LIMITS[run % LIMITS.length] as QueueLimit;
    const settings = run % 2 === 0 ? byTrace([1, 2, 3, 40], limit) : { rateBps: 4e6, ...limit };
    const offers = someOffers(draw, [100, 1000, 1500]);
    const longest = longestStayNs({ ...NO_IMPAIRMENT, rate: settings }, 1500) / MS;
    for (const [k, leftMs] of through(settings, offers).entries())
      assert.ok(leftMs < 0 || leftMs - (offers[k] as Offer)[0] <= longest);
  }
  assert.is(traceRateBps({ name: '', timesMs: [10, 20, 30] }), 1.2e6);
  const settings = byTrace([1, 2, 3, 40], { queueDatagrams: 1e6 });
  const busy = through(
    settings,
    Array.from({ length: 4000 }, (): Offer => [0, 1500]),
  );
  // A thousand rounds of 40 ms.
  assert.is(busy.at(-1), 40_000);
  assert.is((4000 * 1500 * 8) / 40, settings.rateBps);
});

test('a changed link of another kind begins when the old one has sent what it had', () => {
  const link = new Link({ rateBps: 1e6, queueBytes: 250 });
  assert.equal([link.offer(0, 125), link.offer(0, 125)], [1 * MS, 2 * MS]);
  link.change(byTrace([1, 3, 5], { queueDatagrams: 2 }));
  assert.equal(
    [link.offer(0, 1500), link.offer(0, 1500), link.offer(0, 1500)],
    [3 * MS, 5 * MS, -1],
    'the opportunity at 1 is over',
  );
  link.change({ rateBps: 1e6, queueNs: 1 * MS });
  assert.equal(
    [link.offer(4 * MS, 125), link.offer(4 * MS, 125), link.offer(4 * MS, 125)],
    [6 * MS, 7 * MS, -1],
  );
});

test('a trace is read from its text, and back: knobs have it whole', () => {
  const knobs = { rateTrace: "a trace --o'f\n1\n3\n3\n40\n", queue: '64kB', drop: '5%' };
  const config = readKnobs(knobs);
  assert.equal(config.rate, {
    rateBps: 1.2e6,
    queueBytes: 64_000,
    trace: { name: "a trace --o'f", timesMs: [1, 3, 3, 40] },
  });
  assert.equal(readKnobs(knobsOf(config)), config);
  assert.is(formatKnobs(config), String.raw`--drop 5% --rate-trace 'a trace --o'\''f' --queue 64000B`);
  const read = withTraceText({ rateTrace: 'x.trace', queue: '5' }, (path) => `${path.length}\r\n9`);
  assert.equal(readKnobs(read).rate?.trace, { name: 'x.trace', timesMs: [7, 9] });
});

test.run();
