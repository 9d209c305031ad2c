/**
 * Configured, expected, measured for a proxy by itself: what entered each stream, what the schedule does to that, and what
 * left.
 *
 * `entered` is measured at the entry, `measured` at the exit, and `expected` is worked out from what entered, over the whole
 * list, by code that shares nothing with the proxy.
 */
import { counted } from '../../../src/base/figures.ts';
import { NO_PACE } from '../../../src/base/progress.ts';
import type { Pace } from '../../../src/base/progress.ts';
import { figuresOf } from '../../../src/metrics/absent.ts';
import type { Figure } from '../../../src/metrics/absent.ts';
import { METRIC_NAMES, METRICS } from '../../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../../src/metrics/catalogue.ts';
import { expectedMetrics } from '../../expected/expected.ts';
import { startNs } from '../../expected/enteredStream.ts';
import { lostBeforeHighest } from '../../expected/expectedExits.ts';
import type { ExpectedExits } from '../../expected/expectedExits.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { Protocol } from '../../protocols/protocol.ts';
import { describeLate, latenessOf } from '../../proxy/path/lateness.ts';
import type { ProxyReport } from '../../proxy/startProxy.ts';
import { MAX_NOTED, MAX_NOTED_INDEX, MAX_NOTED_STREAMS } from '../../proxy/told/traffic.ts';
import type { Traffic } from '../../proxy/told/traffic.ts';
import { LOST_BEFORE_HIGHEST, compareMetrics, verdictOf } from '../compare.ts';
import type { ComparisonRow } from '../compare.ts';
import { CONFIGURED_OVER_PHASES, configuredOver } from '../configuredOver.ts';
import type { Configured } from '../configured.ts';
import { outlierRemarks } from '../judge.ts';
import { streamName } from '../streamName.ts';
import type { DensityRow, Judgement } from '../judge.ts';
import { withLateness } from '../timingBands.ts';
import { untrustedBy } from '../untrusted.ts';
import type { LedgerRow } from '../accounting.ts';
import { exitsOfAll, fatesOf } from './exits.ts';
import type { StreamExits } from './exits.ts';
import { proxiedLedger } from './proxiedLedger.ts';
import type { FlowColumns } from '../flowColumns.ts';
import { streamColumns } from './streamColumns.ts';
import { listsByStream, lostBeforeHighestLeft, metricsAtEntry, metricsAtExit } from './streamLists.ts';
import type { StreamLists } from './streamLists.ts';

/** What is judged: a proxy that has ended, and its lists. */
export interface ProxiedRun {
  readonly report: ProxyReport;
  readonly traffic: Traffic;
  readonly protocol: Protocol;
  /** Whether it ran on the virtual clock, where nothing is late. */
  readonly isVirtual?: boolean;
}

/** Metrics at an entry where datagrams bear no numbers: what was lost, repeated or overtaken before is not known. */
const WITHOUT_NUMBERS: readonly MetricName[] = ['received', 'throughput_pps', 'throughput_bps'];

/** A row's ledger where drops by the kernel explain nothing: they come before the entry or after the exit. */
type NoDrops = LedgerRow;

/** How often each datagram of a stream is touched, about: lists, schedule, times, metrics, columns. */
const TOUCHES = 11;

/** @param pace told of each stream's datagrams */
export function judgeProxied(run: ProxiedRun, pace: Pace = NO_PACE): Judgement {
  const { report, traffic, protocol } = run;
  const directions = (['down', 'up'] as const).filter((direction) => protocol[direction].isIndexed);
  const ledger = proxiedLedger(report, directions);
  const comparison: ComparisonRow[] = [];
  const remarks: string[] = [...ledger.remarks];
  const measured: Statistics[] = [];
  const reorderDensity: DensityRow[] = [];
  const columns: FlowColumns[] = [];
  pace.begin(traffic.entries, TOUCHES);
  const used = listsByStream(traffic, pace).filter(
    ({ traffic: { entered, leftOut } }) => entered + leftOut > 0,
  );
  for (const one of exitsOfAll(used, traffic.leftOutStreams === 0, pace)) {
    const judged = judgeStream(one, run, pace);
    comparison.push(...judged.rows);
    remarks.push(...judged.remarks);
    measured.push(judged.measured);
    reorderDensity.push(...judged.density);
    columns.push(judged.columns);
  }
  remarks.push(...unnumberedRemarks(protocol, directions, comparison));
  if (traffic.leftOutStreams > 0)
    remarks.push(
      `the lists of the report take ${MAX_NOTED_STREAMS} streams: ${counted(traffic.leftOutStreams, 'stream')} more ` +
        `${traffic.leftOutStreams === 1 ? 'is' : 'are'} not compared`,
    );
  return {
    comparison,
    ledger: ledger.rows,
    causes: ledger.causes,
    remarks: [...new Set(remarks)],
    streamStartNs: null,
    network: report.network.notes,
    reorderDensity,
    faults: [],
    differentPayloads: 0,
    measured,
    columns,
  };
}

function unnumberedRemarks(
  protocol: Protocol,
  directions: readonly Direction[],
  comparison: readonly ComparisonRow[],
): string[] {
  return directions.flatMap((direction) => {
    const isSeen = comparison.some((row) => row.direction === direction);
    if (protocol[direction].isNumbered || !isSeen) return [];
    return [
      `${direction}: without numbers in the datagrams nothing is known of what was lost, repeated or overtaken before ` +
        'the entry, so that is not measured; expected and measured are over what entered',
    ];
  });
}

interface JudgedStream {
  readonly rows: readonly ComparisonRow[];
  readonly remarks: readonly string[];
  readonly measured: Statistics;
  readonly density: readonly DensityRow[];
  readonly columns: FlowColumns;
}

function judgeStream(
  { lists, exits, linkDoubt }: StreamExits,
  { protocol, isVirtual = false }: ProxiedRun,
  pace: Pace,
): JudgedStream {
  const { config, epochs, key, counters } = lists.traffic;
  const { flow, stream = 1 } = key;
  const direction = key.direction as Direction;
  const name = streamName(key);
  const { untrusted, remarks } = doubtsOf(name, lists, linkDoubt);
  const known = expectedMetrics(
    {
      firstCount: lists.entered.firstIndex,
      lastCount: lists.lastIndex,
      sizeBytes: (_count, row = 0) => lists.entered.sizesBytes[exits.rows[row] as number] as number,
      sendNs: (_count, row = 0) => {
        pace.tick();
        return (lists.entered.timesNs[exits.rows[row] as number] as number) - startNs(lists.entered);
      },
    },
    exits.arrivals,
    true,
  );
  const { timesNs } = exits.arrivals;
  const durationUs = ((timesNs.at(-1) ?? 0) - (timesNs[0] ?? 0)) / 1e3;
  const latestUs = latenessOf(counters.late).maxUs ?? 0;
  const expected = isVirtual ? known.metrics : withLateness(known.metrics, latestUs, durationUs);
  const configured = configuredOf(lists, expected.unique?.value ?? 0);
  const atExit = metricsAtExit(lists, pace);
  const measured = atExit.statistics();
  const entered = enteredFigures(lists, protocol[direction].isNumbered, pace);
  const ledger = noDrops(flow, direction);
  const rows = compareMetrics({
    flow,
    direction,
    client: null,
    intervalUs: null,
    configured,
    expected,
    measured: figuresOf(measured),
    untrusted,
    ledger,
    stream,
    entered,
  });
  return {
    rows: [...rows, gapRow(rows[0] as ComparisonRow, lists, exits, untrusted, entered, ledger)],
    remarks: [
      ...remarks,
      ...(epochs.length > 1 ? [`${name}: ${CONFIGURED_OVER_PHASES}`] : []),
      ...(isVirtual ? [] : [describeLate(counters.late, config)]).flatMap((note) =>
        note === null ? [] : [`${name}: ${note}`],
      ),
      ...outlierRemarks(name, configured, expected),
    ],
    measured,
    columns: streamColumns(
      lists,
      fatesOf(lists, pace),
      epochs.every(({ config: { rate } }) => rate === null) ? null : exits.rows,
    ),
    density: untrusted.has('reordered')
      ? []
      : [...atExit.reorderDensity()].map(([displacement, count]) => ({
          displacement,
          count,
          flow,
          direction,
          client: null,
        })),
  };
}

/** What is not known of a stream, and why. */
function doubtsOf(
  name: string,
  { traffic, entered }: StreamLists,
  linkDoubt: string | null,
): { readonly untrusted: ReadonlySet<MetricName>; readonly remarks: readonly string[] } {
  const { epochs, counters, leftOut } = traffic;
  const untrusted = new Set<MetricName>();
  const remarks: string[] = [];
  const doubt = (why: string, metrics: readonly MetricName[]): void => {
    for (const metric of metrics) untrusted.add(metric);
    remarks.push(`${name}: ${why}`);
  };
  if (counters.refused > 0)
    doubt(
      `the kernel did not take ${counted(counters.refused, 'datagram')}, and which is not known, so nothing is measured at the exit`,
      METRIC_NAMES,
    );
  if (counters.heldAtEnd > 0)
    doubt(
      `${counted(counters.heldAtEnd, 'datagram')} had not left at the end, so nothing is measured at the exit`,
      METRIC_NAMES,
    );
  if (leftOut > 0) {
    doubt(
      `the lists of the report end after ${counted(entered.indices.length, 'datagram')} of this stream, of ` +
        `${entered.indices.length + leftOut}; what is compared is that beginning, without order and times. They take indices ` +
        `up to ${MAX_NOTED_INDEX}, and ${MAX_NOTED} datagrams of all streams`,
      METRIC_NAMES.filter(
        (metric) => METRICS[metric].isOrdered === true || METRICS[metric].timing !== undefined,
      ),
    );
  }
  // What was held and let go, because none came or the stream ended, is in the lists, with its time.
  const { metrics, remark } = untrustedBy(
    { ...counters.struck, quiet: 0, end: 0 },
    epochs.map(({ config }) => config),
  );
  if (remark !== null) doubt(remark, metrics);
  if (linkDoubt !== null)
    doubt(
      linkDoubt,
      METRIC_NAMES.filter(
        (metric) => METRICS[metric].timing !== undefined || METRICS[metric].drop !== 'none',
      ),
    );
  return { untrusted, remarks };
}

/** The knobs say something only of a stream that came in whole and in order. */
function configuredOf({ entered, traffic: { epochs } }: StreamLists, unique: number): Configured {
  const { indices, sizesBytes, firstIndex } = entered;
  for (let row = 0; row < indices.length; row += 1) if (indices[row] !== firstIndex + row) return {};
  const last = firstIndex + indices.length - 1;
  return configuredOver(
    epochs,
    firstIndex,
    last,
    unique,
    (index) => sizesBytes[index - firstIndex] as number,
  );
}

function enteredFigures(
  lists: StreamLists,
  isNumbered: boolean,
  pace: Pace,
): Partial<Record<MetricName, Figure>> {
  const figures = figuresOf(metricsAtEntry(lists, pace).statistics());
  if (isNumbered) return figures;
  return Object.fromEntries(WITHOUT_NUMBERS.map((metric) => [metric, figures[metric]]));
}

const noDrops = (flow: number, direction: string): NoDrops => ({
  flow,
  direction,
  client: null,
  sent: null,
  duplicated: 0,
  dropped: 0,
  kernel_drops_proxy: 0,
  kernel_drops_client: 0,
  kernel_drop_events: 0,
  refused: 0,
  held_at_end: 0,
  delivered: null,
  unexplained: 0,
  late_p50_us: 'none',
  late_p99_us: 'none',
  late_max_us: 'none',
});

/** The losses that a receiver sees that goes by gaps. @param like a row of the same stream */
function gapRow(
  like: ComparisonRow,
  lists: StreamLists,
  exits: ExpectedExits,
  untrusted: ReadonlySet<MetricName>,
  entered: Partial<Record<MetricName, Figure>>,
  ledger: NoDrops,
): ComparisonRow {
  const value = lostBeforeHighest(lists.entered.firstIndex, exits.arrivals);
  const measured = untrusted.has('lost') ? null : lostBeforeHighestLeft(lists);
  return {
    ...like,
    metric: LOST_BEFORE_HIGHEST,
    unit: METRICS.lost.unit,
    configured: null,
    configured_low: null,
    configured_high: null,
    expected: value,
    expected_low: null,
    expected_high: null,
    measured,
    difference: measured === null ? null : measured - value,
    verdict: verdictOf('lost', { value, low: null, high: null }, measured, ledger),
    // At the entry nothing is known of what came after the highest.
    entered: entered.lost ?? null,
  };
}
