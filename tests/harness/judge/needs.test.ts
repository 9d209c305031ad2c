/** What a replay needs, from the definition: a brute-force oracle, and a session that needs more than the defaults. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { peakBytes, reachOf } from '../../../harness/expected/expectedNeeds.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { judgeSession } from '../../../harness/judge/judge.ts';
import type { PlannedStream } from '../../../harness/judge/judge.ts';
import { checkMemory, needsOf } from '../../../harness/judge/needs.ts';
import { touchedBy } from '../../../harness/proxy/path/bounds.ts';
import { runVirtualSession } from '../../../harness/session/virtualSession.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('what a replay needs');

const SIZE_BYTES = 800;
/** What a datagram of 800 bytes counts for. */
const HELD_BYTES = 1024;

const streamOf = (lastCount: number, intervalNs: number): PlannedStream => ({
  lastCount,
  intervalUs: intervalNs / 1e3,
  sizeBytes: () => SIZE_BYTES,
  sendNs: (count) => (count - 1) * intervalNs,
  mediaTimeNs: (count) => (count - 1) * intervalNs,
});

test('the reach is how far an arrival lies behind the highest count before it', () => {
  for (const [counts, reach] of [
    [[], 0],
    [[1, 2, 3], 0],
    [[3, 1, 2], 2],
    [[5, 5, 2, 9, 9, 1], 8],
  ] as const)
    assert.is(reachOf({ counts: Uint32Array.from(counts) }), reach);
});

test('memory is that of what has been sent and has not left, at its most', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gapNs: fc.nat(5), delayNs: fc.nat(30), copies: fc.nat(2), bytes: fc.nat(9) }), {
        maxLength: 40,
      }),
      (datagrams) => {
        let timeNs = 0;
        const sent = datagrams.map(({ gapNs, delayNs, bytes }) => {
          timeNs += gapNs;
          return { sentNs: timeNs, leavesNs: timeNs + delayNs, bytes };
        });
        const rows = sent
          .flatMap(({ leavesNs }, k) =>
            Array.from({ length: 1 + (datagrams[k]?.copies ?? 0) }, () => ({ count: k + 1, leavesNs })),
          )
          .toSorted((a, b) => a.leavesNs - b.leavesNs);
        const at = (count: number): (typeof sent)[number] => sent[count - 1] as (typeof sent)[number];
        const got = peakBytes(
          {
            firstCount: 1,
            lastCount: sent.length,
            sizeBytes: (count) => at(count).bytes,
            sendNs: (count) => at(count).sentNs,
          },
          {
            counts: Uint32Array.from(rows, ({ count }) => count),
            timesNs: Float64Array.from(rows, ({ leavesNs }) => leavesNs),
          },
          (bytes) => bytes + 1,
        );
        const most = Math.max(
          0,
          ...sent.map(({ sentNs: nowNs }, k) =>
            sent.reduce(
              (sum, { sentNs, leavesNs, bytes }, other) =>
                other <= k && sentNs <= nowNs && leavesNs > nowNs ? sum + bytes + 1 : sum,
              0,
            ),
          ),
        );
        assert.is(got, most);
      },
    ),
    { seed: 73, numRuns: 500 },
  );
});

test('ten seconds of delay at 8000 a second need 80,000 places a client, and what is missing is said', async () => {
  const stream = streamOf(90_000, 125_000);
  const impairment = readImpairment({ seed: '7', down: { delay: '10s' }, delayMemoryBytes: 2 ** 26 });
  const needs = needsOf(stream, impairment, 2);
  assert.is(needs.memoryBytes, 2 * 80_000 * HELD_BYTES);
  await assertRefusal(() => checkMemory(needs, impairment, 2), 'value-range | --delay-memory', '157MiB');
  // With so much it fits; and what surely fits is not worked out.
  checkMemory(needs, { ...impairment, delayMemoryBytes: 157 * 2 ** 20 }, 2);
  assert.is(needsOf(stream, { ...impairment, delayMemoryBytes: 2 ** 30 }, 2).memoryBytes, 0);
  assert.is(
    needsOf({ ...stream, sendNs: () => 0 }, impairment, 2).memoryBytes,
    0,
    'flat out it is not known',
  );
});

test('a stream that the schedule reorders farther than the usual window is measured to the count', async () => {
  // A held datagram waits for 1000 passes, of which there is one in a hundred: about 100,000 counts.
  const messages = 260_000;
  const stream = streamOf(messages, 1000);
  const impairment = readImpairment({ seed: '7', down: { reorder: '99%', reorderDistance: '1000' } });
  const { windowCounts } = needsOf(stream, impairment, 1);
  assert.is(windowCounts, 131_072);
  const run = (counts: number): ReturnType<typeof runVirtualSession> =>
    runVirtualSession({
      clients: 1,
      source: { kind: 'bank', messages, intervalNs: 1000, datagramSizeBytes: SIZE_BYTES },
      speed: 1,
      impairment,
      check: false,
      tmaxNs: 1e6,
      windowCounts: counts,
    });
  const result = await run(windowCounts);
  const flow = result.proxy?.report.flows[0];
  assert.equal(flow && touchedBy(flow.down.struck), { times: false, order: false });
  const { comparison } = judgeSession(result, stream, impairment.down, impairment.seed, 'exact');
  assert.equal(
    comparison.filter(({ verdict }) => verdict === 'mismatch'),
    [],
  );
  const reordered = comparison.find(({ metric }) => metric === 'reordered');
  assert.is(reordered?.verdict, 'match');
  assert.ok((reordered?.measured as number) > 200_000);
});

test.run();
