/**
 * What the reorder knob promises, through the impairer itself and through a whole session: the number reordered is the
 * number held, less those for which the stream ended before any later datagram passed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { Pipeline } from '../../../../harness/proxy/path/pipeline.ts';
import { runVirtualSession } from '../../../../harness/session/virtualSession.ts';
import { MatchSource } from '../../../../src/stream/matchSource.ts';
import { Catcher, bytesOf, oneRow } from '../rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchstream-reordering-'));
const test = suite('reordering by displacement');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const PEER = { address: '10.0.0.9', port: 9 };
const MS = 1e6;

const scheduleOf = (knobs: Knobs, seed: string, flow = 1): Schedule =>
  new Schedule(readKnobs(knobs), { seed, flow, direction: 'down' });

/** RFC 4737, word for word: a first arrival below the next expected count is reordered; a repeat is no arrival. */
function reorderedOf(arrivals: readonly number[]): number {
  const seen = new Set<number>();
  let nextExpected = 1;
  let reordered = 0;
  for (const count of arrivals) {
    if (seen.has(count)) continue;
    seen.add(count);
    if (count >= nextExpected) nextExpected = count + 1;
    else reordered += 1;
  }
  return reordered;
}

/** What the fates promise: everything held that some later datagram of fate `pass` comes behind. */
function promised(schedule: Schedule, count: number): { reordered: number; held: number; copies: number } {
  const holds: number[] = [];
  let lastPass = 0;
  let copies = 0;
  for (let index = 1; index <= count; index += 1) {
    const row = schedule.at(index);
    if (schedule.dropCause[row] !== 0) continue;
    copies += schedule.copies[row] as number;
    if (schedule.hold[row] === 0) lastPass = index;
    else holds.push(index);
  }
  return { reordered: holds.filter((index) => index < lastPass).length, held: holds.length, copies };
}

const percent = (most: number) => fc.integer({ min: 0, max: most }).map((value) => `${value}%`);

const anyDrop: fc.Arbitrary<Knobs> = fc.oneof(
  percent(100).map((drop) => ({ drop })),
  fc.constantFrom<Knobs>(
    {},
    { dropBurst: '10%,30%' },
    { dropBurst: '5%,20%,80%,3%' },
    { dropExact: '15%/20' },
    { dropList: '1-9,31,60-80' },
    { dropState: '5%,30%,10%,50%,2%' },
  ),
);

const anyDistance = fc
  .oneof(
    fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3)),
    fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat(500)),
  )
  .map(([least, more]) => (more === 0 ? `${least}` : `${least}..${least + more}`));

const anyKnobs = fc
  .tuple(anyDrop, percent(100), percent(99), anyDistance)
  .map(([drop, duplicate, reorder, reorderDistance]): Knobs => ({
    ...drop,
    duplicate,
    reorder,
    reorderDistance,
  }));

test('the impairer reorders what it holds, at every drop, duplicate and distance setting', () => {
  let held = 0;
  let flushedUnseen = 0;
  fc.assert(
    fc.property(anyKnobs, fc.integer({ min: 1, max: 400 }), fc.nat(1e6), (knobs, count, number) => {
      const seed = String(number);
      const impairer = new Pipeline(scheduleOf(knobs, seed), {
        endIsAnnounced: true,
        holdMaxNs: 1e15,
        notes: null,
      });
      const sink = new Catcher();
      for (let index = 1; index <= count; index += 1) {
        assert.ok(impairer.handle(index, oneRow(bytesOf(String(index)), index * MS), 0));
        impairer.wake(index * MS);
        impairer.drain(sink, 0, PEER);
      }
      impairer.end(count * MS, count);
      impairer.drain(sink, 0, PEER);
      const expected = promised(scheduleOf(knobs, seed), count);
      const arrivals = sink.texts.map(Number);
      assert.is(reorderedOf(arrivals), expected.reordered);
      assert.is(arrivals.length, new Set(arrivals).size + expected.copies);
      held += expected.held;
      flushedUnseen += expected.held - expected.reordered;
    }),
    { seed: 61, numRuns: 250 },
  );
  // Both kinds of held datagram were tried, and not by a few.
  assert.ok(held > 10_000 && flushedUnseen > 500, `${held}, ${flushedUnseen}`);
});

test('and so does a whole session, as its client measures', async () => {
  const count = 600;
  const arrivalsPath = join(folder, 'arrivals.csv');
  await fc.assert(
    fc.asyncProperty(anyKnobs, fc.nat(1e6), async (knobs, number) => {
      const seed = String(number);
      const { clients } = await runVirtualSession({
        clients: 2,
        source: new MatchSource({ seed: 'cup', intervalNs: MS, messages: count }),
        speed: 1,
        impairment: readImpairment({ seed, down: knobs, holdMaxNs: 1e15 }),
        check: false,
        tmaxNs: 100 * MS,
        arrivalsPath,
      });
      const arrivals: number[][] = [[], []];
      for (const line of readFileSync(arrivalsPath, 'utf8').trimEnd().split('\n').slice(1)) {
        const [client, , received] = line.split(',').map(Number) as [number, number, number];
        arrivals[client - 1]?.push(received);
      }
      rmSync(arrivalsPath);
      for (const [k, { report }] of clients.entries()) {
        const expected = promised(scheduleOf(knobs, seed, k + 1), count);
        assert.is(reorderedOf(arrivals[k] as number[]), expected.reordered);
        assert.is(report.statistics.reordered, expected.reordered);
        assert.is(report.statistics.duplicates, expected.copies);
      }
    }),
    { seed: 62, numRuns: 12 },
  );
});

test.run();
