/**
 * From a session's reports to comparison and ledger: configured, expected, measured, and what happened to every datagram.
 *
 * It combines what others counted and computed; compare.ts gives the verdicts.
 */
import { NO_PACE } from '../../src/base/progress.ts';
import type { Pace } from '../../src/base/progress.ts';
import { figuresOf } from '../../src/metrics/absent.ts';
import { delaysSince } from '../../src/service/reports.ts';
import type { NetworkReport } from '../../src/net/network.ts';
import { NO_IMPAIRMENT } from '../impairment/config.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { FIRST_EPOCH } from '../impairment/epochs.ts';
import type { DirectionPhase } from '../impairment/phases.ts';
import { cutOff, flowOf, ledgerCauseRows, ledgerInput, ledgerRow } from './accounting.ts';
import type { LedgerCauseRow, LedgerRow } from './accounting.ts';
import { compareMetrics } from './compare.ts';
import type { ComparisonRow } from './compare.ts';
import { expectedMetrics } from '../expected/expected.ts';
import type { Expected } from '../expected/expected.ts';
import { expectedDeliveries } from '../expected/expectedArrivals.ts';
import type { ExpectedDelivery, ExpectedFlow } from '../expected/expectedArrivals.ts';
import type { ExpectedMetrics } from '../expected/expectedValue.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName, Statistics } from '../../src/metrics/catalogue.ts';
import type { SessionResult } from '../session/session.ts';
import { describeLate } from '../proxy/path/lateness.ts';
import { CONFIGURED_OVER_PHASES, configuredOver } from './configuredOver.ts';
import { flowColumns } from './flowColumns.ts';
import type { FlowColumns } from './flowColumns.ts';
import type { Configured } from './configured.ts';
import { describeDoubts, doubtedMetrics, linkDoubts } from './linkDoubts.ts';
import { deliveryOf, epochsOf, isLinkShared, plannedFlow } from './plannedFlows.ts';
import type { PlannedStream } from './plannedFlows.ts';
import { controlNoise, withBands } from './timingBands.ts';
import { untrustedBy } from './untrusted.ts';
import type { MachineNoise } from './timingBands.ts';

export type { PlannedStream } from './plannedFlows.ts';

/** A stream of which no datagram is known: what came of it is counted, and compared with nothing. */
export type UnjudgedStream = Pick<PlannedStream, 'lastCount' | 'intervalUs'>;

/**
 * What is known of arrival times: they follow from the plan alone (`exact`, on the virtual clock), or are known within the
 * noise of a control run, or not at all (`unknown`).
 */
export type Timing = 'exact' | 'unknown' | MachineNoise;

/** A displacement of one client's arrivals, and the number of arrivals with it (RFC 5236). */
export interface DensityRow {
  readonly displacement: number;
  readonly count: number;
  readonly flow: number;
  readonly direction: string;
  /** Null at a proxy by itself. */
  readonly client: number | null;
}

export interface Judgement {
  readonly comparison: readonly ComparisonRow[];
  readonly ledger: readonly LedgerRow[];
  readonly causes: readonly LedgerCauseRow[];
  /** Remarks for the reader: exceeded limits, parts that could not be judged. */
  readonly remarks: readonly string[];
  /** What is wrong besides the rows: clients whose payloads are not the recorded ones. */
  readonly faults: readonly string[];
  /** When the first datagram was due, nanoseconds since the run's epoch; null if the stream never started. */
  readonly streamStartNs: number | null;
  /** How datagrams were sent and received, and which features were missing: the notes of all parts, each once. */
  readonly network: readonly string[];
  /** By client: displacement → unique arrivals with it (RFC 5236). */
  readonly reorderDensity: readonly DensityRow[];
  /** Accepted arrivals that differ from the recorded bytes; corrupted ones are never accepted. */
  readonly differentPayloads: number;
  /** What each client measured, by client number; delays from the stream's start. */
  readonly measured: readonly Statistics[];
  /** Datagram by datagram, of the clients that kept their arrivals. */
  readonly columns: readonly FlowColumns[];
}

/** The expected side of one client, from the schedule and the stream only. @param delivery at a shared link */
function expectFlow(
  flow: ExpectedFlow,
  delivery: ExpectedDelivery | undefined,
  timing: Timing,
  stallUs: number,
): Expected {
  const { arrivals } = delivery ?? deliveryOf(flow);
  const expected = expectedMetrics(flow.stream, arrivals, timing !== 'unknown');
  if (timing === 'unknown' || timing === 'exact') return expected;
  const { timesNs } = arrivals;
  const durationUs = timesNs.length === 0 ? 0 : ((timesNs.at(-1) as number) - (timesNs[0] as number)) / 1e3;
  return { ...expected, metrics: withBands(expected.metrics, timing, stallUs, durationUs) };
}

/** What each client has to receive where all use one link; null where each has its own. Ties go by the flow's number. */
function overSharedLink(
  { clients }: SessionResult,
  plannedFor: (one: SessionResult['clients'][number]) => ExpectedFlow,
  settings: readonly ImpairmentConfig[],
): ReadonlyMap<number, ExpectedDelivery> | null {
  if (!isLinkShared(settings)) return null;
  const inOrder = clients.toSorted((a, b) => a.client - b.client);
  const deliveries = expectedDeliveries(inOrder.map(plannedFor), settings[0]?.rate ?? null);
  return new Map(inOrder.map(({ client }, k) => [client, deliveries[k] as ExpectedDelivery]));
}

/** What the machine itself adds to delays, from a session without impairment; null if it measured none. */
export function noiseOf(control: SessionResult): MachineNoise | null {
  const { startNs } = control.server.report;
  return controlNoise(control.clients.map(({ report }) => delaysSince(report.statistics, startNs)));
}

/** The transports of a session: one name if all parts used the same. */
export function transportsOf(result: SessionResult): string {
  return [...new Set(networksOf(result).map(({ transport }) => transport))].join('+');
}

const networksOf = ({ server, proxy, clients }: SessionResult): NetworkReport[] => [
  server.report.network,
  ...(proxy === null ? [] : [proxy.report.network]),
  ...clients.map(({ report }) => report.network),
];

/** Each client's reorder density, by rising displacement. */
const densityOf = (result: SessionResult): DensityRow[] =>
  result.clients.flatMap(({ client, report }) => {
    if (cutOff(result, client) !== null) return [];
    return report.reorderDensity.map(([displacement, count]) => ({
      displacement,
      count,
      flow: client,
      direction: 'down',
      client,
    }));
  });

/** How far a stream got that was ended early, and its planned length. */
export interface Shortened {
  readonly lastCount: number;
  /** Null where nobody knows, as at a proxy by itself. */
  readonly of: number | null;
}

/** As a line says it. */
export const describeShortened = ({ lastCount, of }: Shortened): string =>
  of === null ? `${lastCount} datagrams` : `${lastCount} of ${of} datagrams`;

/**
 * How far a stream got that was ended early, and its planned length; null if it was complete. A shortened stream is judged
 * as a shorter one: its clients were told where it ended.
 */
export function shortenedTo(
  { interrupted, server }: SessionResult,
  { lastCount: of }: UnjudgedStream,
): Shortened | null {
  const { lastCount } = server.report;
  return interrupted && lastCount < of ? { lastCount, of } : null;
}

/** A stream that tells how far work on it is: of a datagram that passes one asks several times when it was sent. */
export const pacedStream = (stream: PlannedStream, pace: Pace): PlannedStream => ({
  ...stream,
  sendNs: (count) => {
    pace.tick();
    return stream.sendNs(count);
  },
});

/** How often it is asked of each datagram of a client, about. */
const TOUCHES = 4;

/**
 * @param planned with `UnjudgedStream` nothing is expected: figures are those that were measured, and the account
 * @param config that it begins with
 * @param pace told of each client's datagrams
 * @param phases all of them, if the conditions change
 */
export function judgeSession(
  result: SessionResult,
  planned: PlannedStream | UnjudgedStream,
  config: ImpairmentConfig,
  seed: string,
  timing: Timing,
  pace: Pace = NO_PACE,
  phases: readonly DirectionPhase[] = [{ number: FIRST_EPOCH, atNs: 0, config }],
): Judgement {
  const settings = phases.map((phase) => phase.config);
  const lastCount = shortenedTo(result, planned)?.lastCount ?? planned.lastCount;
  const stream = 'sizeBytes' in planned ? { ...pacedStream(planned, pace), lastCount } : null;
  const comparison: ComparisonRow[] = [];
  const ledger: LedgerRow[] = [];
  const causes: LedgerCauseRow[] = [];
  const remarks = [...new Set(networksOf(result).flatMap(({ notes }) => notes.slice(1)))];
  const measured: Statistics[] = [];
  const columns: FlowColumns[] = [];
  // First count → what is expected. Without impairment all clients have the same; a machine's noise differs.
  const sameForAll =
    config === NO_IMPAIRMENT && settings.length === 1 && typeof timing === 'string'
      ? new Map<number, Expected>()
      : null;
  const faults: string[] = [];
  let differentPayloads = 0;
  const told = new Set(result.clients.map(({ client }) => client));
  if (result.interrupted) {
    for (const id of new Set(result.server.report.clients.map((served) => served.id)))
      if (!told.has(id)) remarks.push(`client ${id} gave no report, and is left out`);
  }
  const plannedFor =
    (planOf: PlannedStream) =>
    ({ client, report }: SessionResult['clients'][number]): ExpectedFlow =>
      plannedFlow(planOf, report.nextCount ?? 1, phases, seed, client);
  if (settings.length > 1) remarks.push(CONFIGURED_OVER_PHASES);
  const deliveries = stream === null ? null : overSharedLink(result, plannedFor(stream), settings);
  const doubts = deliveries === null ? [] : linkDoubts(result);
  remarks.push(...describeDoubts(doubts));
  for (const one of result.clients) {
    const { client, report, stallNs } = one;
    pace.begin(lastCount, TOUCHES);
    const flow = flowOf(result, client);
    const statistics = delaysSince(report.statistics, result.server.report.startNs);
    measured.push(statistics);
    const input = ledgerInput(result, client);
    const row = ledgerRow(input);
    ledger.push(row);
    causes.push(...ledgerCauseRows(input));
    const reason = cutOff(result, client);
    const untrusted = new Set<MetricName>(reason === null ? doubtedMetrics(doubts, client) : METRIC_NAMES);
    if (flow !== undefined) {
      const { metrics, remark } = untrustedBy(flow.down.struck, settings);
      for (const name of metrics) untrusted.add(name);
      const notes = [remark, timing === 'exact' ? null : describeLate(flow.down.late, config)];
      remarks.push(
        ...notes.flatMap((note) => (note === null ? [] : [`client ${client}, in the proxy: ${note}`])),
      );
    }
    const stallUs = ((result.server.stallNs ?? 0) + (result.proxy?.stallNs ?? 0) + (stallNs ?? 0)) / 1e3;
    const firstCount = report.nextCount ?? 1;
    let configured: Configured = {};
    let expected: ExpectedMetrics = {};
    if (stream !== null) {
      const ofFlow =
        sameForAll?.get(firstCount) ??
        expectFlow(plannedFor(stream)(one), deliveries?.get(client), timing, stallUs);
      sameForAll?.set(firstCount, ofFlow);
      expected = ofFlow.metrics;
      const { unique } = expected;
      configured = configuredOver(
        epochsOf(phases, stream, firstCount),
        firstCount,
        lastCount,
        unique?.value ?? 0,
        stream.sizeBytes,
      );
      remarks.push(...outlierRemarks(`client ${client}`, configured, expected));
    }
    comparison.push(
      ...compareMetrics({
        flow: client,
        direction: 'down',
        client,
        intervalUs: planned.intervalUs,
        configured,
        expected,
        measured: figuresOf(statistics),
        untrusted,
        ledger: row,
      }),
    );
    if (report.kept === 'too many')
      remarks.push(
        `client ${client} had more arrivals than are kept, so the report's page has no single datagrams of it`,
      );
    else if (stream !== null && report.kept !== null && result.server.report.startNs !== null) {
      const own = plannedFor(stream)(one);
      const leaving = settings.every(({ rate }) => rate === null)
        ? null
        : (deliveries?.get(client) ?? deliveryOf(own)).arrivals.counts;
      const who = { flow: client, direction: 'down', client };
      columns.push(flowColumns(who, own, report.kept, result.server.report.startNs, leaving));
    }
    if (reason !== null) remarks.push(`client ${client}: ${reason}, so nothing is measured`);
    else if (report.reason !== 'end of stream')
      remarks.push(`client ${client} ended early: ${report.reason}`);
    const different = report.payloads?.different ?? 0;
    if (different > 0) {
      differentPayloads += different;
      faults.push(
        `client ${client}: ${different} of ${report.payloads?.compared} payloads are not the recorded ones`,
      );
    }
  }
  return {
    comparison,
    ledger,
    causes,
    remarks,
    faults,
    differentPayloads,
    measured,
    columns,
    streamStartNs: result.server.report.startNs,
    network: [...new Set(networksOf(result).flatMap(({ notes }) => notes))],
    reorderDensity: densityOf(result),
  };
}

/** Remarks on a drawn schedule that deviates so far that the knob itself looks wrong. */
export function outlierRemarks(whose: string, configured: Configured, expected: ExpectedMetrics): string[] {
  return METRIC_NAMES.flatMap((name) => {
    const range = configured[name];
    const value = expected[name]?.value ?? null;
    if (range === undefined || value === null) return [];
    // Times are sums of fractions, whose last bits are rounding.
    const slack = METRICS[name].unit === 'us' ? 1e-3 : 1e-9 * Math.abs(value);
    if (value >= range.low - slack && value <= range.high + slack) return [];
    return [
      `${whose}: the schedule gives ${name} ${value}, outside ${range.low}..${range.high} of the knobs`,
    ];
  });
}
