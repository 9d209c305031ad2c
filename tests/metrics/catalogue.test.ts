/** The catalogue is data, every list of metrics has its names, and what it says of a metric is true of the one measured. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectedMetrics } from '../../harness/expected/expected.ts';
import { readExpectation } from '../../harness/judge/expectation.ts';
import { randomStream } from '../../src/base/random.ts';
import { formatStatistics } from '../../src/display/statisticsText.ts';
import { figuresOf } from '../../src/metrics/absent.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { evenStream } from '../harness/expected/fateTable.ts';
import type { ArrivedDatagram, Stream } from './oracle.ts';
import { generateStream, measure } from './sequences.ts';

const test = suite('the catalogue of metrics');

test('it is data: what is written to JSON and read back is the same', () => {
  assert.equal(JSON.parse(JSON.stringify(METRICS)), METRICS);
  assert.is(METRIC_NAMES.length, 55);
});

test('ratios are called so, and so are times and rates', () => {
  for (const name of METRIC_NAMES) {
    const { unit } = METRICS[name];
    for (const word of ['ratio', 'us', 'pps', 'bps'])
      assert.is(name.endsWith(`_${word}`), unit === word, name);
  }
});

test('a quantile says which, and only a quantile', () => {
  for (const name of METRIC_NAMES) {
    const { kind, quantile, quantileOf } = METRICS[name];
    assert.is(kind === 'quantile', quantile !== undefined, name);
    assert.is(kind === 'quantile' ? name.split('_')[0] : undefined, quantileOf, name);
    const [, digits] = /_p(\d+)_us$/.exec(name) ?? [];
    if (digits !== undefined) assert.is(quantile, Number(`0.${digits}`), name);
  }
});

test('every metric is measured, in the order of the catalogue, and shown so to a person', () => {
  const statistics = new StreamMetrics({ firstCount: 1 }).statistics();
  assert.equal(Object.keys(statistics), METRIC_NAMES);
  const lines = formatStatistics(figuresOf(statistics)).split('\n');
  assert.equal(
    lines.map((line) => line.split(' ')[0]),
    METRIC_NAMES,
  );
});

test('every metric is expected where times are known, but for those that only a receiver has an opinion of', () => {
  const arrivals = {
    counts: Uint32Array.of(1, 3, 2),
    corrupted: new Uint8Array(3),
    timesNs: Float64Array.of(1e6, 2e6, 3e6),
  };
  const { metrics } = expectedMetrics(evenStream(4), arrivals, true);
  assert.equal(
    METRIC_NAMES.filter((name) => metrics[name] === undefined),
    ['outside_window', 'before_first', 'unindexed', 'restarts'],
  );
  assert.equal(
    METRIC_NAMES.filter((name) => METRICS[name].isOfReceiver),
    ['outside_window', 'before_first', 'unindexed', 'restarts'],
  );
  assert.equal(
    Object.keys(metrics).filter((name) => !Object.hasOwn(METRICS, name)),
    [],
  );
});

test('every metric can be asked for', () => {
  for (const metric of METRIC_NAMES) {
    const expectation = readExpectation(`${metric}<=3`, '--expect');
    assert.equal(expectation, { metric, operator: '<=', value: 3 });
  }
});

test.run();

const truth = suite('what the catalogue says');

/** As a registered client sees it: a promised first count, an announced end, and a window that nothing falls out of. */
function registered(stream: Stream): Stream {
  const counts = stream.arrivals.map(({ count }) => count);
  const firstCount = stream.firstCount ?? Math.min(1, ...counts);
  return {
    ...stream,
    firstCount,
    windowCounts: 65_536,
    lastCount: Math.max(firstCount - 1, stream.lastCount ?? firstCount, ...counts),
  };
}

const STREAMS = Array.from({ length: 400 }, (_, k) =>
  registered(generateStream(`catalogue/${k}`, 60)),
).filter(
  ({ firstCount, lastCount, arrivals }) =>
    arrivals.length > 1 && (lastCount as number) - (firstCount as number) < 60_000,
);

/** The metrics that differ, each with by how much; null where there was no figure on one side. */
function changes(before: Statistics, after: Statistics): Map<MetricName, number | null> {
  const changed = new Map<MetricName, number | null>();
  for (const name of METRIC_NAMES) {
    const [a, b] = [before[name], after[name]];
    if (a !== b) changed.set(name, a === null || b === null ? null : b - a);
  }
  return changed;
}

truth('a datagram that is lost on its way moves a metric as its row says', () => {
  const { draw } = randomStream('catalogue/drop');
  const moved = new Set<MetricName>();
  for (const stream of STREAMS) {
    const struck = Math.floor(draw() * stream.arrivals.length);
    const arrivals = stream.arrivals.filter((_, k) => k !== struck);
    const changed = changes(measure(stream).statistics, measure({ ...stream, arrivals }).statistics);
    for (const [name, change] of changed) {
      moved.add(name);
      const { drop } = METRICS[name];
      if (drop === undefined) continue;
      assert.is.not(drop, 'none', name);
      assert.is.not(change, null, name);
      const by = (change as number) * (drop.startsWith('falls') ? -1 : 1);
      assert.ok(by > 0 && (by <= 1 || !drop.endsWith('by 1')), `${name} ${drop}: ${change}`);
    }
  }
  for (const name of ['received', 'unique', 'lost', 'loss_ratio', 'duplicates', 'replicated'] as const)
    assert.ok(moved.has(name), name);
});

/** The same datagrams, in another order, at the same times of arrival. */
function shuffled({ arrivals }: Stream, draw: () => number): ArrivedDatagram[] {
  const order = arrivals.map((_, k) => [draw(), k] as const).toSorted(([a], [b]) => a - b);
  return arrivals.map(({ arrivalNs }, k) => ({
    ...(arrivals[(order[k] as readonly [number, number])[1]] as ArrivedDatagram),
    arrivalNs,
  }));
}

truth(
  'another order of arrival changes what depends on order, and nothing else that depends on no time',
  () => {
    const { draw } = randomStream('catalogue/order');
    const moved = new Set<MetricName>();
    for (const stream of STREAMS) {
      const other = { ...stream, arrivals: shuffled(stream, draw) };
      for (const name of changes(measure(stream).statistics, measure(other).statistics).keys())
        moved.add(name);
    }
    const isOrdered = (name: MetricName): boolean => METRICS[name].isOrdered === true;
    assert.equal(
      METRIC_NAMES.filter((name) => isOrdered(name) && !moved.has(name)),
      [],
    );
    assert.equal(
      METRIC_NAMES.filter(
        (name) => moved.has(name) && METRICS[name].timing === undefined && !isOrdered(name),
      ),
      [],
    );
  },
);

truth('other times of arrival change what depends on time, and nothing else', () => {
  const { draw } = randomStream('catalogue/time');
  const moved = new Set<MetricName>();
  for (const stream of STREAMS) {
    let lateNs = 0;
    const arrivals = stream.arrivals.map((arrival) => {
      lateNs += draw() * 1e5;
      return { ...arrival, arrivalNs: arrival.arrivalNs + lateNs };
    });
    const other = { ...stream, arrivals };
    for (const name of changes(measure(stream).statistics, measure(other).statistics).keys()) moved.add(name);
  }
  assert.equal(
    METRIC_NAMES.filter((name) => moved.has(name)),
    METRIC_NAMES.filter((name) => METRICS[name].timing !== undefined),
  );
});

truth.run();
