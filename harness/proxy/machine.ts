/**
 * The UDP proxy, sans I/O: clients on its listening ports, one upstream port a flow, every flow impaired by its own
 * schedule.
 *
 * Calling order as in src/stream/machine.ts. Ports 0 .. listening - 1 are the listening ones; upstream ports are
 * opened on request (`openUpstream`, answered by `upstreamOpened` or `upstreamFailed`). For `matchstream` a listening
 * port is a flow, its number the port's, and a registration opens it, in place of a flow whose stream has ended or
 * whose client has missed three alives (3 s, unless the server asks for others), as a killed one does; for `any`
 * flows are numbered by first arrival.
 * Flows are capped, idle ones expire, and what comes from strangers is counted and ignored.
 */
import { MAX_CONTROL_BYTES, decodeClientControl } from '../../src/protocol/control.ts';
import type { DatagramBatch, Peer } from '../../src/stream/batch.ts';
import type { DatagramSink, Machine } from '../../src/stream/machine.ts';
import { fateFileName } from '../impairment/fates.ts';
import type { Direction } from '../impairment/schedule.ts';
import { addCounters, directionCounters } from './counters.ts';
import type { DirectionCounters } from './counters.ts';
import type { FateSource } from './fateLines.ts';
import { Flow } from './flow.ts';
import type { FlowSettings } from './flow.ts';

export interface ProxyOptions extends FlowSettings {
  readonly server: Peer;
  /** Listening ports, 1 or more. */
  readonly listening: number;
  /** Asks for an upstream port for a flow; answer at once or later. */
  readonly openUpstream: (flow: number) => void;
  /** Told that a flow's upstream port is needed no more. */
  readonly closeUpstream?: (port: number) => void;
  readonly maxFlows?: number;
  /** A flow that neither side has used for so long is closed, nanoseconds. */
  readonly idleNs?: number;
  readonly observe?: (event: ProxyEvent, nowNs: number) => void;
  /** Told of a closed flow that is from now on reported only as one of the earlier ones. */
  readonly forget?: (report: FlowReport) => void;
}

export type ProxyEvent =
  | {
      readonly kind: 'flow opened' | 'flow expired' | 'flow failed';
      readonly flow: number;
      readonly client: Peer;
    }
  | { readonly kind: 'flow refused'; readonly client: Peer; readonly reason: string };

/** One flow's figures, for the ledger. */
export interface FlowReport {
  readonly flow: number;
  readonly client: Peer;
  readonly upstreamPort: number;
  readonly listenPort: number;
  readonly down: DirectionCounters;
  readonly up: DirectionCounters;
  /** Of control datagrams, where these are impaired. */
  readonly control: Readonly<Record<Direction, DirectionCounters>> | null;
  /** How often a bound struck the stream, in either direction. */
  readonly boundStruck: number;
}

/** Closed flows that are no more reported one by one: their sums. */
export interface EarlierFlows {
  flows: number;
  readonly down: DirectionCounters;
  readonly up: DirectionCounters;
  readonly control: Readonly<Record<Direction, DirectionCounters>> | null;
  boundStruck: number;
}

const SWEEP_NS = 1e9;
const MOST_FLOWS = 1024;
/** Closed flows that are still reported one by one, and have fate files; those before them are added up. */
const MOST_CLOSED = 1024;
/** How many refused clients are remembered, so that each is named once. */
const MOST_REFUSED = 1024;

export class ProxyMachine implements Machine {
  finished = false;
  /** Datagrams from addresses that have no flow and got none, or that are not the server. */
  strangers = 0;
  readonly earlier: EarlierFlows;
  readonly #options: ProxyOptions;
  /** By number; a matchstream flow that expires keeps its place for the next client of its port. */
  readonly #flows = new Map<number, Flow>();
  readonly #byClient = new Map<string, Flow>();
  readonly #byUpstream = new Map<number, Flow>();
  /** Reports of closed flows, the most recent ones, and what their fate files are made of. */
  readonly #closed: { readonly report: FlowReport; readonly fates: readonly FateSource[] }[] = [];
  readonly #touched = new Set<Flow>();
  readonly #refusedClients = new Set<string>();
  #nextSweepNs = 0;
  #started = false;
  /** When it finishes at the latest; Infinity while it is not asked to. */
  #stopByNs = Number.POSITIVE_INFINITY;
  #opened = 0;

  constructor(options: ProxyOptions) {
    this.#options = options;
    const isControlled = options.protocol === 'matchstream' && options.impairControl;
    this.earlier = {
      flows: 0,
      down: directionCounters(),
      up: directionCounters(),
      control: isControlled ? { down: directionCounters(), up: directionCounters() } : null,
      boundStruck: 0,
    };
  }

  /** The flow's way to the server is open. */
  upstreamOpened(flow: number, port: number): void {
    const opened = this.#flows.get(flow);
    // The flow may be closed by now, or another one with a port of its own have its number.
    if (opened === undefined || opened.upstreamPort >= 0) return this.#options.closeUpstream?.(port);
    opened.upstreamPort = port;
    this.#byUpstream.set(port, opened);
    this.#touched.add(opened);
  }

  /** There is no way to the server: the flow is closed. */
  upstreamFailed(nowNs: number, flow: number): void {
    const failed = this.#flows.get(flow);
    if (failed !== undefined) this.#close(nowNs, failed, 'flow failed');
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    if (port < this.#options.listening) this.#handleClients(nowNs, port, batch, from, to);
    else this.#handleServer(nowNs, port, batch, from, to);
    for (const flow of this.#touched) flow.wake(nowNs);
  }

  handleTimeout(nowNs: number): void {
    if (!this.#started) {
      this.#started = true;
      this.#nextSweepNs = nowNs + SWEEP_NS;
    }
    for (const flow of this.#flows.values()) {
      if (flow.nextWakeNs() > nowNs) continue;
      flow.wake(nowNs);
      this.#touched.add(flow);
    }
    if (nowNs >= this.#nextSweepNs) this.#sweep(nowNs);
    if (nowNs >= this.#stopByNs || (this.#stopping && this.#isEmpty())) this.finished = true;
  }

  nextTimeoutNs(): number {
    if (this.finished) return Number.POSITIVE_INFINITY;
    if (!this.#started || (this.#stopping && this.#isEmpty())) return 0;
    let nextNs = Math.min(this.#nextSweepNs, this.#stopByNs);
    for (const flow of this.#flows.values()) {
      const wakeNs = flow.nextWakeNs();
      if (wakeNs < nextNs) nextNs = wakeNs;
    }
    return nextNs;
  }

  drain(sink: DatagramSink): void {
    for (const flow of this.#touched) flow.drain(sink, this.#options.server);
    this.#touched.clear();
  }

  /** The transport could not send some of what it had taken: datagrams of the stream, never control. */
  handleSendFailure(port: number, peer: Peer, datagrams: number): void {
    const isDown = port < this.#options.listening;
    const flow = isDown ? this.#byClient.get(clientKey(port, peer)) : this.#byUpstream.get(port);
    if (flow === undefined) return;
    const { counters } = isDown ? flow.down : flow.up;
    const failed = Math.min(datagrams, counters.forwarded);
    counters.forwarded -= failed;
    counters.refused += failed;
  }

  /** Lets everything held go out and finishes, within the longest wait; asked again, it finishes at once. */
  stop(nowNs: number): void {
    this.#stopByNs = this.#stopping ? nowNs : nowNs + this.#options.holdMaxNs;
    for (const flow of this.#flows.values()) {
      flow.close(nowNs);
      this.#touched.add(flow);
    }
  }

  /** Figures of every flow there was, but for the earlier ones, by number; call it at the end. */
  reports(): FlowReport[] {
    const open = [...this.#flows.values()].map(reportOf);
    return [...this.#closed.map(({ report }) => report), ...open].toSorted((a, b) => a.flow - b.flow);
  }

  /** What the fate files are made of, one each; of flows with one number the last that got a datagram. */
  fateSources(): FateSource[] {
    const open = [...this.#flows.values()].flatMap((flow) => flow.fateSources());
    const byFile = new Map<string, FateSource>();
    for (const source of [...this.#closed.flatMap(({ fates }) => fates), ...open]) {
      const name = fateFileName(source.key.flow, source.key.direction);
      if (source.arrived > 0 || !byFile.has(name)) byFile.set(name, source);
    }
    return [...byFile.values()];
  }

  /** Counts as held at the end what has not left, in every flow. */
  abandon(): void {
    for (const flow of this.#flows.values()) flow.abandon();
  }

  get #stopping(): boolean {
    return this.#stopByNs !== Number.POSITIVE_INFINITY;
  }

  #isEmpty(): boolean {
    for (const flow of this.#flows.values()) if (flow.pending > 0) return false;
    return true;
  }

  #handleClients(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    let lastPeer: Peer | undefined;
    let flow: Flow | undefined;
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row] as Peer;
      if (peer !== lastPeer) {
        lastPeer = peer;
        flow = this.#byClient.get(clientKey(port, peer));
      }
      flow ??= this.#open(nowNs, port, batch, row);
      if (flow === undefined) this.strangers += 1;
      else {
        this.#touched.add(flow);
        flow.handleUp(nowNs, batch, row);
      }
    }
  }

  #handleServer(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    const flow = this.#byUpstream.get(port);
    const { server } = this.#options;
    let lastPeer: Peer = server;
    let isServer = true;
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row] as Peer;
      if (peer !== lastPeer) {
        lastPeer = peer;
        isServer = peer.port === server.port && peer.address === server.address;
      }
      if (flow === undefined || !isServer) this.strangers += 1;
      else flow.handleDown(nowNs, batch, row);
    }
    if (flow !== undefined) this.#touched.add(flow);
  }

  #open(nowNs: number, port: number, batch: DatagramBatch, row: number): Flow | undefined {
    const { protocol, maxFlows = MOST_FLOWS } = this.#options;
    if (this.#stopping) return undefined;
    const request = protocol === 'matchstream' ? requestIn(batch, row) : null;
    if (request === 'none') return undefined;
    const client = batch.sources[row] as Peer;
    const number = protocol === 'matchstream' ? port + 1 : this.#opened + 1;
    // A client whose stream has ended makes room for the next one at once, one that was killed soon.
    const former = this.#flows.get(number);
    const isOver = former?.down.ended === true && former.pending === 0;
    if (former !== undefined && (isOver || former.isForsaken(batch.timesNs[row] as number)))
      this.#close(nowNs, former, 'flow expired');
    const reason = this.#flows.has(number)
      ? `flow ${number} has another client; give every client a port of its own, or wait until that one is silent`
      : this.#flows.size >= maxFlows
        ? `${maxFlows} flows are open`
        : null;
    if (reason !== null) {
      this.#refuse(nowNs, client, reason);
      return undefined;
    }
    const flow = new Flow(number, port, client, nowNs, this.#options, request !== 'originalRegister');
    this.#opened += 1;
    this.#flows.set(number, flow);
    this.#byClient.set(clientKey(port, client), flow);
    this.#options.observe?.({ kind: 'flow opened', flow: number, client }, nowNs);
    this.#options.openUpstream(number);
    return flow;
  }

  /** Says once a client, and for so many clients only, that it was refused. */
  #refuse(nowNs: number, client: Peer, reason: string): void {
    const key = clientKey(0, client);
    if (this.#refusedClients.has(key) || this.#refusedClients.size >= MOST_REFUSED) return;
    this.#refusedClients.add(key);
    this.#options.observe?.({ kind: 'flow refused', client, reason }, nowNs);
  }

  #sweep(nowNs: number): void {
    this.#nextSweepNs = nowNs + SWEEP_NS;
    const { idleNs = 60e9 } = this.#options;
    for (const flow of this.#flows.values()) {
      const isIdle = nowNs - flow.lastActiveNs >= idleNs && flow.nextWakeNs() === Number.POSITIVE_INFINITY;
      if (isIdle) this.#close(nowNs, flow, 'flow expired');
    }
  }

  #close(nowNs: number, flow: Flow, kind: 'flow expired' | 'flow failed'): void {
    flow.abandon();
    this.#flows.delete(flow.number);
    this.#byClient.delete(clientKey(flow.listenPort, flow.client));
    this.#byUpstream.delete(flow.upstreamPort);
    if (flow.upstreamPort >= 0) this.#options.closeUpstream?.(flow.upstreamPort);
    this.#touched.delete(flow);
    this.#closed.push({ report: reportOf(flow), fates: flow.fateSources() });
    if (this.#closed.length > MOST_CLOSED) this.#forget(this.#closed.shift()?.report as FlowReport);
    this.#options.observe?.({ kind, flow: flow.number, client: flow.client }, nowNs);
  }

  #forget(report: FlowReport): void {
    const { earlier } = this;
    this.#options.forget?.(report);
    earlier.flows += 1;
    earlier.boundStruck += report.boundStruck;
    addCounters(earlier.down, report.down);
    addCounters(earlier.up, report.up);
    if (earlier.control === null || report.control === null) return;
    addCounters(earlier.control.down, report.control.down);
    addCounters(earlier.control.up, report.control.up);
  }
}

/** What registration a datagram begins: nothing else opens a flow where the protocol is known. */
function requestIn(batch: DatagramBatch, row: number): 'register' | 'originalRegister' | 'none' {
  if ((batch.lengths[row] as number) > MAX_CONTROL_BYTES) return 'none';
  const control = decodeClientControl(batch.payload(row));
  const kind = control.ok ? control.value.kind : 'none';
  return kind === 'register' || kind === 'originalRegister' ? kind : 'none';
}

const clientKey = (port: number, peer: Peer): string => `${port}|${peer.address}|${peer.port}`;

const reportOf = (flow: Flow): FlowReport => ({
  flow: flow.number,
  client: flow.client,
  upstreamPort: flow.upstreamPort,
  listenPort: flow.listenPort,
  down: flow.down.counters,
  up: flow.up.counters,
  control: flow.control && { down: flow.control.down.counters, up: flow.control.up.counters },
  boundStruck: flow.down.boundStruck + flow.up.boundStruck,
});
