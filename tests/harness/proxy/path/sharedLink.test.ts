/** Two streams at one link, on a virtual clock: departures worked out by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DROP_CAUSES } from '../../../../harness/impairment/causes.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { FateNotes } from '../../../../harness/proxy/told/fateNotes.ts';
import { HeldDatagrams } from '../../../../harness/proxy/path/heldDatagrams.ts';
import { latenessOf } from '../../../../harness/proxy/path/lateness.ts';
import { Pipeline } from '../../../../harness/proxy/path/pipeline.ts';
import { SharedLink } from '../../../../harness/proxy/path/sharedLink.ts';
import { bytesOf, Catcher, oneRow } from '../rows.ts';

const test = suite('a shared link');

const MS = 1e6;
const SECOND = 1e9;
const QUEUE = DROP_CAUSES.indexOf('queue');
/** A byte takes a millisecond, and one datagram may wait. */
const LINK = { rate: '8kbit', queue: '1' };

/** Streams A, B, … of flows 1, 2, … at one link, and everything that leaves, in order of leaving. */
class Crossing {
  readonly link: SharedLink;
  readonly streams: Pipeline[];
  readonly notes: FateNotes[];
  readonly left: string[] = [];
  readonly touched = new Set<number>();
  readonly held: HeldDatagrams;
  #nowNs = 0;

  constructor(flows: number, more: Knobs = {}, limitBytes = Number.POSITIVE_INFINITY) {
    const config = readKnobs({ ...LINK, shared: true, ...more });
    this.link = new SharedLink(config.rate as NonNullable<typeof config.rate>, SECOND);
    this.held = new HeldDatagrams(limitBytes);
    this.notes = Array.from({ length: flows }, () => new FateNotes(config));
    this.streams = this.notes.map((notes, k) => {
      const key = { seed: '1', flow: k + 1, direction: 'down' } as const;
      return new Pipeline(new Schedule(config, key, (index) => (index - 1) * MS), {
        holdMaxNs: SECOND,
        endIsAnnounced: true,
        notes,
        held: this.held,
        shared: { link: this.link, rank: k + 1, touch: () => void this.touched.add(k) },
      });
    });
  }

  get #nextNs(): number {
    return Math.min(this.link.nextWakeNs(), ...this.streams.map((stream) => stream.nextWakeNs()));
  }

  /** Everything that is due up to a time. */
  until(timeMs: number): this {
    for (let steps = 0; this.#nextNs <= timeMs * MS; steps += 1) {
      assert.ok(steps < 10_000, 'it comes to rest');
      this.#nowNs = Math.max(this.#nowNs, this.#nextNs);
      for (const stream of this.streams) if (stream.nextWakeNs() <= this.#nowNs) stream.wake(this.#nowNs);
      this.#step();
    }
    this.#nowNs = timeMs * MS;
    return this;
  }

  /** A datagram of ten bytes comes, such as `A1` at 5 ms. */
  come(name: string, atMs: number): this {
    this.until(atMs);
    const stream = this.#of(name);
    stream.handle(Number(name.slice(1)), oneRow(bytesOf(name.padEnd(10, '.')), atMs * MS), 0);
    stream.wake(atMs * MS);
    this.#step();
    return this;
  }

  end(name: string, atMs: number): this {
    this.until(atMs);
    this.#of(name).end(atMs * MS, null);
    this.#step();
    return this;
  }

  /** A registration has told when what is sent, a millisecond apart, and from which index on. */
  plan(name: string, firstIndex = 1): this {
    const stream = this.#of(name);
    stream.followPlan((index) => (index - 1) * MS);
    stream.promise(firstIndex);
    stream.wake(this.#nowNs);
    this.#step();
    return this;
  }

  abandon(name: string): this {
    this.#of(name).abandon();
    this.#step();
    return this;
  }

  get dropped(): number[] {
    return this.streams.map(({ counters }) => counters.droppedByCause[QUEUE] as number);
  }

  #of(name: string): Pipeline {
    return this.streams[name.charCodeAt(0) - 'A'.charCodeAt(0)] as Pipeline;
  }

  #step(): void {
    this.link.wake(this.#nowNs);
    const sink = new Catcher();
    for (const stream of this.streams) stream.drain(sink, 0, { address: '127.0.0.1', port: 9 });
    const inOrder = sink.caught.toSorted((a, b) => a.timeNs - b.timeNs);
    for (const { text, timeNs } of inOrder) this.left.push(`${text.replaceAll('.', '')}@${timeNs / MS}`);
  }
}

const ALWAYS = 1e6;

test('two flows without plans wait for each other, and share the queue', () => {
  // A1 is sent until 10. B1 waits, until 20. A2 finds it waiting. B2 comes when A1 has just left: until 30. A3: until 40.
  const crossing = new Crossing(2);
  crossing.come('A1', 0).come('B1', 1).come('A2', 2).come('B2', 10).come('A3', 20).until(ALWAYS);
  assert.equal(crossing.left, ['A1@10', 'B1@20', 'B2@30', 'A3@40']);
  assert.equal(crossing.dropped, [1, 0]);
  assert.is(crossing.link.offered, 5);
});

test('at a tie a late one stays behind the higher one of its flow', () => {
  // All are due at 5. The heads are A2 and B1: B1 goes first, then A2, and A1 behind it.
  const crossing = new Crossing(2, { queue: '9', delay: '5ms', keepOrder: true });
  crossing.come('A2', 0).come('A1', 0).come('B1', 0).until(ALWAYS);
  assert.equal(crossing.left, ['B1@15', 'A2@25', 'A1@35']);
});

test('each of them alone would have had the link for itself', () => {
  for (const [names, left] of [
    ['A1 A2', 'A1@10 A2@20'],
    ['B1 B2', 'B1@10 B2@20'],
  ] as const) {
    const crossing = new Crossing(2);
    for (const name of names.split(' ')) crossing.come(name, 0);
    assert.is(crossing.until(ALWAYS).left.join(' '), left);
  }
});

test('with plans the order is that of media time, whoever comes first, and of the flows at a tie', () => {
  // On the wire B is 0.3 ms ahead of A. A1, B1 are planned for 0, A2 and B2 for 1: until 10, until 20, and both dropped.
  const crossing = new Crossing(2).plan('A').plan('B');
  crossing.come('B1', 5).come('A1', 5.3).come('B2', 6).come('A2', 6.3).end('A', 7).end('B', 7).until(ALWAYS);
  assert.equal(crossing.left, ['A1@15', 'B1@25']);
  assert.equal(crossing.dropped, [1, 1]);
  assert.equal(
    [1, 2].map((index) => crossing.notes.map((notes) => notes.linkIndex(index))),
    [
      [1, 2],
      [3, 4],
    ],
  );
});

test('nothing is offered before what may still come, and nothing waits for what has ended', () => {
  const crossing = new Crossing(2).plan('A').plan('B').come('B1', 5);
  crossing.until(14.9);
  assert.equal(crossing.link.offered, 0, 'A1 is still to come');
  crossing.end('A', 15);
  assert.equal(crossing.link.offered, 1);
  // It was due at 5, and leaves when it had to.
  assert.equal(crossing.until(ALWAYS).left, ['B1@15']);
});

test('a flow that is not heard of is waited for as long as the longest wait, and once', () => {
  const crossing = new Crossing(2).plan('A').plan('B').come('A1', 0).come('B1', 0).come('B2', 1);
  crossing.until(1000);
  assert.equal(crossing.link.offered, 2);
  crossing.until(1001);
  assert.equal(crossing.link.offered, 3);
  assert.equal(
    crossing.streams.map(({ counters }) => counters.struck.missing),
    [1, 0],
  );
  assert.ok(crossing.touched.has(0));
  // They are offered at their scheduled times, 2 and 3, whenever that is, and A2 is not waited for again.
  crossing.come('B3', 1002).come('B4', 1002);
  assert.equal(crossing.link.offered, 5);
  assert.equal(
    crossing.streams.map(({ counters }) => counters.struck.missing),
    [1, 0],
  );
  // What comes after all was scheduled before what has left.
  crossing.come('A2', 1003).end('A', 1004).end('B', 1004).until(ALWAYS);
  assert.equal(
    crossing.streams.map(({ counters }) => counters.struck.overtaken),
    [1, 0],
  );
});

test('what leaves late because it waited for another flow is counted as late', () => {
  const crossing = new Crossing(2, { queue: '9' }).plan('A').plan('B');
  crossing.come('A1', 0).come('B1', 0).come('B2', 1).until(1001);
  assert.equal(crossing.left, ['A1@10', 'B1@20', 'B2@30']);
  const [a, b] = crossing.streams.map(({ counters }) => latenessOf(counters.late));
  assert.is(a?.maxUs, 0);
  // From 30 to 1001 ms, by cells of a thirty-second.
  assert.ok(Math.abs((b?.maxUs ?? 0) - 971_000) <= 971_000 / 32, `${b?.maxUs} us`);
});

test('a flow that is closed is no longer waited for', () => {
  const crossing = new Crossing(2).plan('A').plan('B').come('A1', 0).come('B1', 0).come('B2', 1);
  crossing.until(2).abandon('A').until(2);
  assert.is(crossing.link.offered, 3);
  assert.equal(
    crossing.streams.map(({ counters }) => counters.struck.missing),
    [0, 0],
  );
});

test('a flow that registers later is waited for from its first index on', () => {
  const crossing = new Crossing(2).plan('A').come('A1', 0).come('A2', 1).come('A3', 2);
  assert.is(crossing.link.offered, 3);
  crossing.plan('B', 4).come('A4', 3);
  // A4 comes before B4, and A5 does not.
  assert.is(crossing.link.offered, 4);
  crossing.come('A5', 4);
  assert.is(crossing.link.offered, 4);
  // B4, and A5, which comes before B5.
  crossing.come('B4', 4.5);
  assert.is(crossing.link.offered, 6);
  crossing.come('B5', 4.6);
  assert.is(crossing.link.offered, 7);
});

test('what is held or delayed meets the link when it leaves, in the order of its release', () => {
  // A1 is delayed to 4, B1 to 4, A2 to 5. B2 is held for B3's pass at 2, and delayed to 6, B3 to 6.
  const crossing = new Crossing(2, { delay: '4ms', queue: '9', reorderList: '2:1' }).plan('A').plan('B');
  crossing.come('A1', 0).come('B1', 0).come('B2', 1).come('B3', 2).end('A', 3).end('B', 3).until(ALWAYS);
  assert.equal(crossing.left, ['A1@14', 'B1@24', 'B3@34', 'B2@44']);
});

test('a copy takes a place of its own, and a spared datagram none', () => {
  const crossing = new Crossing(2, { duplicate: '100%', spare: '1' });
  crossing.come('A1', 0).come('A2', 1).come('B1', 2).come('B2', 3).until(ALWAYS);
  // A2 and its copy: until 11, until 21. B2 and its copy find the copy waiting.
  assert.equal(crossing.left, ['A1@0', 'B1@2', 'A2@11', 'A2@21']);
  assert.equal(crossing.dropped, [0, 2]);
  assert.equal(
    crossing.notes.map((notes) => [notes.linkIndex(1), notes.linkIndex(2)]),
    [
      [0, 1],
      [0, 3],
    ],
  );
});

test('when all streams are over the next ones begin with an idle link and a plan of their own', () => {
  const crossing = new Crossing(4).plan('A').plan('B').come('A1', 0).come('B1', 0).end('A', 1).end('B', 1);
  crossing.until(5000).plan('C').plan('D').come('C1', 5000).come('D1', 5000).end('C', 5001).end('D', 5001);
  crossing.until(ALWAYS);
  assert.equal(crossing.left, ['A1@10', 'B1@20', 'C1@5010', 'D1@5020']);
  assert.equal(
    crossing.streams.map(({ counters }) => counters.struck.outOfStep),
    [0, 0, 0, 0],
  );
});

test('a stream that begins far from the plan of the others has times of its own, and it is said', () => {
  const crossing = new Crossing(2).plan('A').come('A1', 0).come('A2', 1);
  // Another server's stream, say: its first datagram comes two seconds behind the plan.
  crossing.plan('B').until(2000).come('B1', 2000).end('B', 2001).end('A', 2001).until(ALWAYS);
  assert.equal(crossing.left, ['A1@10', 'A2@20', 'B1@2010']);
  assert.equal(
    crossing.streams.map(({ counters }) => counters.struck.outOfStep),
    [0, 1],
  );
});

test('a plan that is known late, and flows with plans beside flows without', () => {
  const crossing = new Crossing(2, { queue: '9' }).come('A1', 3).come('B1', 4).plan('B');
  crossing.come('B2', 5).come('A2', 5.5).end('A', 6).end('B', 6).until(ALWAYS);
  assert.equal(crossing.left, ['A1@13', 'B1@23', 'B2@33', 'A2@43']);
});

test('where the memory is full a datagram meets the link early, and those that it overtakes are counted', () => {
  const one = new Crossing(1);
  one.come('A1', 0);
  const bytes = one.held.usedBytes;
  const crossing = new Crossing(2, { delay: '50ms', queue: '9' }, 2 * bytes);
  crossing.come('A1', 0).come('A2', 1).come('B1', 2).come('B2', 3).until(ALWAYS);
  assert.is(crossing.held.usedBytes, 0);
  assert.is(crossing.left.length, 4);
  const [a, b] = crossing.streams.map(({ counters }) => counters.struck);
  // B is let go, both of it, and gets there before A, which is due earlier.
  assert.equal([a?.memoryDelay, a?.overtaken, b?.memoryDelay, b?.overtaken], [0, 2, 2, 0]);
});

test('what is left at the end is counted, and what comes then changes nothing', () => {
  const crossing = new Crossing(2, { delay: '50ms' }).come('A1', 0).come('B1', 1).until(2);
  crossing.abandon('A').abandon('B').until(ALWAYS);
  assert.equal(
    crossing.streams.map(({ counters }) => counters.heldAtEnd),
    [1, 1],
  );
  assert.equal(crossing.left, []);
  assert.is(crossing.link.nextWakeNs(), Infinity);
});

test.run();
