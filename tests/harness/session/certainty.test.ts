import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Certainty } from '../../../harness/session/certainty.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import seedrandom from 'seedrandom';

const test = suite('what is certain of a client that still receives');

const reading = (received: number, lost: number, reordered = 0, duplicates = 0) => ({
  done: received,
  of: null,
  unit: 'datagrams',
  counts: { lost, duplicates, reordered },
});

test('what is missing is lost once it has been missing for long enough', () => {
  const certainty = new Certainty(1000);
  assert.is(certainty.look(0, reading(10, 3)).lost, 0);
  assert.is(certainty.look(999, reading(20, 4)).lost, 0);
  assert.is(certainty.look(1000, reading(30, 5)).lost, 3);
  assert.is(certainty.look(1999, reading(40, 5)).lost, 4);
});

test('what has come late since is not lost', () => {
  const certainty = new Certainty(1000);
  certainty.look(0, reading(10, 5));
  assert.is(certainty.look(1000, reading(20, 2, 3)).lost, 2);
  // Once certain, it stays so, whatever else comes late.
  assert.is(certainty.look(1500, reading(30, 2, 9)).lost, 2);
});

test('a client that stands still proves nothing, and a look that comes late little', () => {
  const certainty = new Certainty(1000);
  certainty.look(0, reading(10, 5));
  for (const atMs of [500, 1000, 5000]) assert.is(certainty.look(atMs, reading(10, 5)).lost, 0);
  // All that was under way comes at once.
  assert.is(certainty.look(5500, reading(20, 1, 4)).lost, 0);
  assert.is(certainty.look(60_000, reading(30, 1, 4)).lost, 1);
});

test('the other figures only grow, and are certain at once', () => {
  const { received, duplicates, reordered } = new Certainty(1000).look(0, reading(10, 0, 4, 2));
  assert.equal([received, duplicates, reordered], [10, 2, 4]);
});

test('a client never ends below what was certain, however its datagrams are lost and held', () => {
  for (let run = 0; run < 200; run += 1) {
    const draw = seedrandom.alea(`certainty/${run}`);
    const heldMost = Math.floor(draw() * 40);
    const lossRatio = draw() * 0.3;
    // A datagram a millisecond; some are lost, some held for up to `heldMost`.
    const arrivals: { readonly atMs: number; readonly count: number }[] = [];
    for (let count = 1; count <= 500; count += 1) {
      if (draw() < lossRatio) continue;
      const held = draw() < 0.2 ? Math.floor(draw() * (heldMost + 1)) : 0;
      arrivals.push({ atMs: count + held, count });
      if (draw() < 0.05) arrivals.push({ atMs: count + held, count });
    }
    arrivals.sort((a, b) => a.atMs - b.atMs);
    const metrics = new StreamMetrics({ firstCount: 1 });
    const certainty = new Certainty(heldMost + 1);
    const looks: { readonly lost: number; readonly duplicates: number; readonly reordered: number }[] = [];
    let next = 0;
    for (let nowMs = 0; nowMs <= 600; nowMs += 1 + Math.floor(draw() * 30)) {
      while (next < arrivals.length && (arrivals[next]?.atMs as number) <= nowMs) {
        const { atMs, count } = arrivals[next] as { atMs: number; count: number };
        metrics.handleArrival(count, atMs * 1e6, Number.NaN, 100);
        next += 1;
      }
      const { received, ...counts } = metrics.soFar();
      looks.push(certainty.look(nowMs, { done: received, of: null, unit: 'datagrams', counts }));
    }
    metrics.finish(500);
    const { lost, duplicates, reordered } = metrics.statistics();
    for (const look of looks) {
      assert.ok(look.lost <= (lost as number), `run ${run}: ${look.lost} were certain, ${lost} lost`);
      assert.ok(look.duplicates <= (duplicates as number));
      assert.ok(look.reordered <= (reordered as number));
    }
    // And it is no idle bound: by the end most is certain.
    if (heldMost < 20) assert.ok((looks.at(-1)?.lost ?? 0) >= 0.5 * (lost as number) - 20, `run ${run}`);
  }
});

test.run();
