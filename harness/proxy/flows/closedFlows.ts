/**
 * Closed flows: reports and fates of the last ones, and the sums of earlier ones.
 */
import type { Peer } from '../../../src/net/batch.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { addCounters, directionCounters } from '../path/counters.ts';
import type { DirectionCounters } from '../path/counters.ts';
import type { FateSource } from '../told/fateLines.ts';
import type { Flow } from './flow.ts';

/** One flow's figures, for the ledger. */
export interface FlowReport {
  readonly flow: number;
  readonly client: Peer;
  /** Where the client's datagrams went in the end. */
  readonly upstream: Peer;
  readonly upstreamPort: number;
  readonly listenPort: number;
  /** Sum of all streams of a direction; `lastIndex` and `highestIndex` only if there is one stream. */
  readonly down: DirectionCounters;
  readonly up: DirectionCounters;
  /** Counters of each stream of a direction, at least one. */
  readonly streams: Readonly<Record<Direction, readonly DirectionCounters[]>>;
  /** Counters of control datagrams, if these are impaired. */
  readonly control: Readonly<Record<Direction, DirectionCounters>> | null;
  /** Datagrams that were refused where they were sent to (ICMP), as far as the system told. */
  readonly upstreamRefusals: number;
  /** Number of times that the server saw it from a new port. */
  readonly rebinds: number;
}

/** Sums of flows, such as of closed ones that are no longer reported one by one. */
export interface EarlierFlows {
  flows: number;
  readonly down: DirectionCounters;
  readonly up: DirectionCounters;
  readonly control: Readonly<Record<Direction, DirectionCounters>> | null;
  upstreamRefusals: number;
  rebinds: number;
}

/** Maximum number of closed flows that are reported one by one and have fate files. */
const MAX_CLOSED = 1024;

export const reportOf = (flow: Flow): FlowReport => ({
  flow: flow.number,
  client: flow.client,
  upstream: flow.route.to,
  upstreamPort: flow.upstreamPort,
  listenPort: flow.listenPort,
  down: flow.down.totalCounters(),
  up: flow.up.totalCounters(),
  streams: { down: flow.down.streamCounters(), up: flow.up.streamCounters() },
  control: flow.controlCounters,
  upstreamRefusals: flow.upstreamRefusals,
  rebinds: flow.rebinds?.count ?? 0,
});

/** Of an open flow: what has not left counts as held at the end. */
export function reportSoFar(flow: Flow): FlowReport {
  const report = reportOf(flow);
  const withWaiting = (direction: Direction): DirectionCounters => {
    const counters = report[direction];
    return { ...counters, heldAtEnd: counters.heldAtEnd + flow[direction].waiting };
  };
  return { ...report, down: withWaiting('down'), up: withWaiting('up') };
}

export class ClosedFlows {
  readonly earlier: EarlierFlows;
  /** The most recent ones, and the sources of their fate files. */
  readonly #recent: { readonly report: FlowReport; readonly fates: readonly FateSource[] }[] = [];
  readonly #forget: ((report: FlowReport) => void) | undefined;

  /** @param forget is called with a flow that will be reported only in the sums */
  constructor(impairsControl: boolean, forget?: (report: FlowReport) => void) {
    this.#forget = forget;
    this.earlier = noFlows(impairsControl);
  }

  /** Returns its report. */
  add(flow: Flow): FlowReport {
    const report = reportOf(flow);
    this.#recent.push({ report, fates: flow.fateSources() });
    if (this.#recent.length > MAX_CLOSED) this.#addUp(this.#recent.shift()?.report as FlowReport);
    return report;
  }

  /** Adds all of them to sums. */
  addUp(total: EarlierFlows): void {
    addFlows(total, this.earlier);
    for (const { report } of this.#recent) addFlows(total, report);
  }

  reports(): FlowReport[] {
    return this.#recent.map(({ report }) => report);
  }

  fateSources(): FateSource[] {
    return this.#recent.flatMap(({ fates }) => fates);
  }

  #addUp(report: FlowReport): void {
    this.#forget?.(report);
    addFlows(this.earlier, report);
  }
}

export const noFlows = (impairsControl: boolean): EarlierFlows => ({
  flows: 0,
  down: directionCounters(),
  up: directionCounters(),
  control: impairsControl ? { down: directionCounters(), up: directionCounters() } : null,
  upstreamRefusals: 0,
  rebinds: 0,
});

/** Adds an open flow to sums, without making a report of it. */
export function addOpen(total: EarlierFlows, { down, up, upstreamRefusals, rebinds }: Flow): void {
  total.flows += 1;
  total.upstreamRefusals += upstreamRefusals;
  total.rebinds += rebinds?.count ?? 0;
  addCounters(total.down, down.totalCounters());
  addCounters(total.up, up.totalCounters());
}

/** Adds a flow, or sums of several, to sums. */
export function addFlows(total: EarlierFlows, more: FlowReport | EarlierFlows): void {
  total.flows += 'flows' in more ? more.flows : 1;
  total.upstreamRefusals += more.upstreamRefusals;
  total.rebinds += more.rebinds;
  addCounters(total.down, more.down);
  addCounters(total.up, more.up);
  if (total.control === null || more.control === null) return;
  addCounters(total.control.down, more.control.down);
  addCounters(total.control.up, more.control.up);
}
