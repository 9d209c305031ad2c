import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DROP_CAUSES } from '../../../harness/impairment/causes.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { ledgerRow } from '../../../harness/judge/accounting.ts';
import { compareMetrics } from '../../../harness/judge/compare.ts';
import { expectedMetrics } from '../../../harness/expected/expected.ts';
import { expectedDelivery } from '../../../harness/expected/expectedArrivals.ts';
import type { ExpectedDelivery } from '../../../harness/expected/expectedArrivals.ts';
import type { ExpectedStream } from '../../../harness/expected/expectedStream.ts';
import type { FlowReport } from '../../../harness/proxy/proxyEndpoint.ts';
import type { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import { struckOf } from './rows.ts';
import { BankStream, MS, SECOND, Stage, hashOf, payloadOf } from './stage.ts';
import type { Arrival } from './stage.ts';

const test = suite('a client behind the proxy sees what the schedule says');

interface Setting {
  readonly knobs: Readonly<Record<string, string | boolean>>;
  readonly count: number;
  readonly intervalNs: number;
  readonly speed: number;
  readonly seed: string;
  readonly quantumNs: number;
}

interface Outcome {
  readonly stream: readonly Arrival[];
  readonly metrics: StreamMetrics;
  readonly report: FlowReport;
  readonly sent: number;
  readonly startNs: number;
  readonly nextCount: number;
}

function play(setting: Setting): Outcome {
  const stage = new Stage({
    source: new BankStream(setting.count, setting.intervalNs),
    server: { speed: setting.speed },
    impairment: { seed: setting.seed },
    down: readKnobs(setting.knobs),
    quantumNs: setting.quantumNs,
  });
  const watcher = stage.watch();
  assert.ok(stage.network.run(3600 * SECOND), 'the run ends');
  assert.is(watcher.machine.reason, 'end of stream');
  const member = stage.server.members()[0];
  return {
    stream: watcher.stream(),
    metrics: watcher.metrics(),
    report: stage.report(1),
    sent: member?.sent ?? 0,
    startNs: stage.server.startNs,
    nextCount: member?.nextCount ?? 0,
  };
}

const offsetNs = ({ intervalNs, speed }: Setting, count: number): number =>
  speed === 0 ? 0 : ((count - 1) * intervalNs) / speed;

function scheduleOf(
  { knobs, seed, intervalNs }: Setting,
  config: ImpairmentConfig = readKnobs(knobs),
): Schedule {
  return new Schedule(config, { seed, flow: 1, direction: 'down' }, (index) => (index - 1) * intervalNs);
}

function streamOf(setting: Setting): ExpectedStream {
  return {
    firstCount: 1,
    lastCount: setting.count,
    sizeBytes: (count) => payloadOf(count).length,
    sendNs: (count) => offsetNs(setting, count),
  };
}

function expect(setting: Setting): ExpectedDelivery {
  const { delay, rate, mtuBytes, spare } = readKnobs(setting.knobs);
  return expectedDelivery(streamOf(setting), scheduleOf(setting), {
    keepOrder: delay?.keepOrder ?? true,
    mtuBytes,
    rate,
    spare,
  });
}

/** What each arrival must be: its time, and its bytes with the scheduled bit flipped. */
function expectedArrivals(setting: Setting, { arrivals }: ExpectedDelivery, startNs: number): string[] {
  const schedule = scheduleOf(setting);
  return Array.from(arrivals.counts, (count, row) => {
    const payload = payloadOf(count).slice();
    const draw = schedule.corrupt[schedule.at(count)] as number;
    if (draw >= 0) {
      const bit = Math.floor(draw * payload.length * 8);
      payload[bit >> 3] = (payload[bit >> 3] as number) ^ (1 << (bit & 7));
    }
    return `${count} at ${startNs + (arrivals.timesNs[row] as number)}: ${hashOf(payload)}`;
  });
}

const seen = (stream: readonly Arrival[], counts: Uint32Array): string[] =>
  stream.map(({ timeNs, payload }, row) => `${counts[row]} at ${timeNs}: ${hashOf(payload)}`);

const ratio = fc.constantFrom('0%', '1%', '10%', '30%');

const anyDrop = fc.oneof(
  fc.record({ drop: ratio }),
  fc.record({ dropExact: fc.constantFrom('5%/20', '1%/100') }),
  fc.record({ dropBurst: fc.constantFrom('5%,30%', '10%,50%,90%,5%') }),
  fc.record({ dropState: fc.constant('5%,30%,10%,40%,2%') }),
  fc.record({ drop: ratio, dropList: fc.constantFrom('1', '3,7,9-12', '2-5') }),
  fc.record({ drop: ratio, dropMaxRun: fc.constantFrom('1', '3') }),
  fc.record({ drop: ratio, mtu: fc.constantFrom('60', '90', '120') }),
  fc.record({ outage: fc.constantFrom('0ms..5ms', '10ms..30ms', '3ms..4ms,20ms..21ms') }),
);

const anySetting: fc.Arbitrary<Setting> = fc.record({
  knobs: fc
    .tuple(
      anyDrop,
      fc.record({
        duplicate: ratio,
        corrupt: fc.constantFrom('0%', '0%', '5%'),
        reorder: ratio,
        reorderDistance: fc.constantFrom('1', '1..3', '5..40'),
      }),
      fc.oneof(
        fc.constant({}),
        fc.record({
          delay: fc.constantFrom('0', '3ms'),
          jitter: fc.constantFrom('0', '2ms', '20ms'),
          distribution: fc.constantFrom('uniform', 'normal', 'pareto', 'paretonormal'),
          keepOrder: fc.boolean(),
        }),
      ),
      fc.constantFrom(
        {},
        { rate: '5mbit', queue: '3' },
        { rate: '1.7mbit', queue: '40' },
        { rate: '100mbit', queue: '0' },
      ),
      fc.constantFrom({}, {}, { spare: '1' }, { spare: '20' }),
    )
    .map(([drop, rest, delay, link, spare]) => ({ ...drop, ...rest, ...delay, ...link, ...spare })),
  count: fc.integer({ min: 1, max: 160 }),
  intervalNs: fc.constantFrom(1e4, 1e6, 3_333_333, 1_024_004),
  speed: fc.constantFrom(1, 1, 2, 3, 0),
  seed: fc.constantFrom('1', '2', '3', '4', '5'),
  quantumNs: fc.constantFrom(0, 0, 1e6, 1e7),
});

/** One pass over everything a run can be judged by. Returns it as text, to compare two runs. */
function judge(setting: Setting): string {
  const outcome = play(setting);
  const { stream, report, startNs } = outcome;
  const expected = expect(setting);
  const { counts } = expected.arrivals;
  assert.is(startNs, 0);
  assert.equal(struckOf(report.down), {});
  assert.equal(seen(stream, counts), expectedArrivals(setting, expected, startNs));

  const { account } = expected;
  const { down } = report;
  assert.is(outcome.sent, setting.count);
  assert.is(down.arrived, setting.count);
  assert.is(down.duplicated, account.duplicated);
  assert.is(down.forwarded, account.delivered);
  assert.is(down.lastIndex, setting.count);
  assert.is(down.heldAtEnd + down.refused + down.unindexed, 0);
  const byCause = DROP_CAUSES.map((cause, code) =>
    cause === 'queue' ? account.queueDropped : (account.droppedByCause[code] ?? 0),
  );
  assert.equal([...down.droppedByCause], byCause);

  const statistics = outcome.metrics.statistics();
  const delivered = (statistics.received ?? 0) + (statistics.corrupted ?? 0);
  const ledger = ledgerRow({
    flow: 1,
    direction: 'down',
    client: 1,
    sent: outcome.sent,
    delivered,
    kernel: { drops: 0, coalesced: false },
    proxy: { counters: down, kernel: { drops: 0, coalesced: false } },
  });
  assert.is(ledger.unexplained, 0);

  const timed = setting.speed !== 0;
  const rows = compareMetrics({
    flow: 1,
    direction: 'down',
    client: 1,
    intervalUs: setting.intervalNs / 1e3,
    configured: {},
    expected: expectedMetrics(streamOf(setting), expected.arrivals, timed).metrics,
    measured: statistics,
    untrusted: new Set(),
    ledger,
  });
  // A receiver works out sending times from an interval in microseconds: right to a picosecond, not to the last bit.
  const off = rows.filter(
    ({ verdict, unit, difference }) =>
      verdict === 'kernel drop' ||
      (verdict === 'mismatch' && !(unit === 'us' && Math.abs(difference as number) < 1e-6)),
  );
  assert.equal(off, []);
  assert.ok(rows.filter(({ verdict }) => verdict === 'match').length >= 12, 'the counts were compared');
  return JSON.stringify([
    seen(stream, counts),
    statistics,
    { ...report, down: { ...down, droppedByCause: byCause } },
  ]);
}

test('arrivals, times, bytes, metrics and the ledger are the expected ones, twice', () => {
  const struck = { drops: 0, copies: 0, held: 0, queue: 0, corrupted: 0 };
  fc.assert(
    fc.property(anySetting, (setting) => {
      assert.is(judge(setting), judge(setting));
      const { account, arrivals } = expect(setting);
      struck.drops += account.dropped;
      struck.copies += account.duplicated;
      struck.held += account.held;
      struck.queue += account.queueDropped;
      struck.corrupted += arrivals.corrupted.reduce((sum, one) => sum + one, 0);
    }),
    { seed: 41, numRuns: 220 },
  );
  for (const [knob, times] of Object.entries(struck)) assert.ok(times > 100, `${knob} struck ${times} times`);
});

test('how far wake-ups run ahead changes nothing', () => {
  fc.assert(
    fc.property(anySetting, (setting) => {
      const exact = play({ ...setting, quantumNs: 0 });
      const coarse = play({ ...setting, quantumNs: 2e7 });
      assert.equal(coarse.stream, exact.stream);
      assert.equal(coarse.report, exact.report);
    }),
    { seed: 42, numRuns: 40 },
  );
});

test('with every knob at zero the recorded bytes arrive when they are sent', () => {
  for (const knobs of [
    {},
    { drop: '0%', duplicate: '0%', corrupt: '0%', reorder: '0%', delay: '0', jitter: '0' },
  ]) {
    const setting = { knobs, count: 700, intervalNs: 12_345, speed: 1, seed: '1', quantumNs: 1e6 };
    const { stream, report } = play(setting);
    assert.is(stream.length, 700);
    for (const [k, { timeNs, payload }] of stream.entries()) {
      assert.is(timeNs, k * 12_345);
      assert.equal(payload, payloadOf(k + 1));
    }
    assert.is(report.down.forwarded, 700);
  }
});

test('the number reordered is the holds, less those that nothing passed before the end', () => {
  let held = 0;
  fc.assert(
    fc.property(
      fc.record({
        drop: ratio,
        duplicate: ratio,
        reorder: fc.constantFrom('1%', '10%', '40%', '80%'),
        reorderDistance: fc.constantFrom('1', '1..3', '5..40', '100'),
        delay: fc.constantFrom('0', '5ms'),
      }),
      fc.integer({ min: 1, max: 300 }),
      fc.constantFrom('1', '2', '3'),
      (knobs, count, seed) => {
        const setting = { knobs, count, intervalNs: MS, speed: 1, seed, quantumNs: 1e6 };
        const schedule = scheduleOf(setting);
        let expectedReordered = 0;
        let sinceLastPass = 0;
        for (let index = 1; index <= count; index += 1) {
          const row = schedule.at(index);
          if (schedule.dropCause[row] !== 0) continue;
          if (schedule.hold[row] === 0) {
            expectedReordered += sinceLastPass;
            sinceLastPass = 0;
          } else sinceLastPass += 1;
        }
        held += expectedReordered;
        assert.is(play(setting).metrics.statistics().reordered, expectedReordered);
      },
    ),
    { seed: 43, numRuns: 80 },
  );
  assert.ok(held > 1000);
});

test.run();
