/**
 * The flows of a proxy: by number, by client and by upstream port; candidates; and closed flows.
 *
 * It opens, hands over and closes flows, and requests upstream ports; the endpoint decides who may have a flow.
 */
import { isLoopback } from '../../../src/base/loopback.ts';
import { peerKey } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { fateFileName } from '../../impairment/fates.ts';
import { Candidates } from './candidates.ts';
import { ClosedFlows, addOpen, reportOf, reportSoFar } from './closedFlows.ts';
import type { EarlierFlows, FlowReport } from './closedFlows.ts';
import type { FirstIndex } from '../changes/journalLines.ts';
import type { FateSource } from '../told/fateLines.ts';
import { Flow } from './flow.ts';
import { impairsControl } from '../proxyOptions.ts';
import { FlowTimes } from './flowTimes.ts';
import type { FlowOptions } from '../proxyOptions.ts';
import { SharedDirections } from '../path/sharedDirection.ts';
import { Rebinding } from '../ports/rebinding.ts';
import { AT_A_TIME, UpstreamPorts } from '../ports/upstreamPorts.ts';

export const MAX_FLOWS = 1024;
/** Time after which a silent candidate is closed. */
const CANDIDATE_IDLE_NS = 10e9;
/** Candidates come after all flows, and those on loopback first: added to the place of a candidate. */
const NEAR_ORDER = 2 ** 48;
const DISTANT_ORDER = 2 ** 49;
/**
 * Silence on both sides after which a flow may give way to a new client, nanoseconds, at the last time when everything that
 * had arrived was read.
 */
const GIVING_WAY_NS = 1e9;

const clientKey = (port: number, peer: Peer): string => `${port}|${peerKey(peer)}`;

/** @param closed the report of a flow that was closed; null for one that was opened */
type TellFlow = (flow: Flow, closed: FlowReport | null) => void;

export class FlowTable {
  /** Flows with a datagram or a due timeout since the last drain. */
  readonly touched = new Set<Flow>();
  /** Number of candidates that were closed unverified. */
  givenUp = 0;
  /** Number of flows that ever got a number. */
  admitted = 0;
  readonly #options: FlowOptions;
  readonly #shared: SharedDirections;
  readonly #tell: TellFlow;
  readonly #closed: ClosedFlows;
  /** By number. */
  readonly #flows = new Map<number, Flow>();
  readonly #times = new FlowTimes();
  /** Number of flows and candidates that ever got a place. */
  #placed = 0;
  /** Flows in which something may wait to leave, once the end has been asked for. */
  #unsent: Set<Flow> | null = null;
  readonly #candidates = new Candidates();
  readonly #byClient = new Map<string, Flow>();
  /** The flow that `ofClient` found last. */
  #lastHeard: Flow | undefined;
  readonly #upstreams: UpstreamPorts;
  /** Moves flows to other upstream ports. */
  readonly rebinding: Rebinding;
  /** Everything that had arrived by then has been read, nanoseconds. */
  #readNs = Number.NEGATIVE_INFINITY;

  constructor(options: Omit<FlowOptions, 'shared'>, tell: TellFlow) {
    this.#shared = new SharedDirections(options.impairment);
    this.#options = { ...options, shared: this.#shared };
    this.#tell = tell;
    this.#upstreams = new UpstreamPorts(options);
    this.rebinding = new Rebinding(options, this.#upstreams);
    this.#closed = new ClosedFlows(impairsControl(options), options.forget);
  }

  get earlier(): EarlierFlows {
    return this.#closed.earlier;
  }

  /** Number of clients that have requested a registration but not proved their address. */
  get candidates(): number {
    return this.#candidates.size;
  }

  ofClient(port: number, client: Peer): Flow | undefined {
    const last = this.#lastHeard;
    // A transport gives a peer the same object each time, and a comparison is far cheaper than a key.
    if (last !== undefined && last.client === client && last.listenPort === port) return last;
    this.#lastHeard = this.#byClient.get(clientKey(port, client));
    return this.#lastHeard;
  }

  /** The client's next datagram opens a new flow. This one goes on for answers until it is idle. */
  partFrom(flow: Flow): void {
    this.#lastHeard = undefined;
    this.#byClient.delete(clientKey(flow.listenPort, flow.client));
  }

  ofUpstream(port: number): Flow | undefined {
    return this.#upstreams.flowOf(port);
  }

  /** Whether each source address is a flow, and not each listening port. */
  get #isBySource(): boolean {
    return this.#options.protocol.admission === 'source';
  }

  get #maxFlows(): number {
    return this.#options.maxFlows ?? MAX_FLOWS;
  }

  get #isFull(): boolean {
    return this.#flows.size >= this.#maxFlows;
  }

  forEach(visit: (flow: Flow) => void): void {
    for (const flow of this.#flows.values()) visit(flow);
    if (this.#candidates.size > 0) this.#candidates.forEach(visit);
  }

  /** A flow has a datagram or a due timeout. */
  touch(flow: Flow): void {
    this.touched.add(flow);
    this.#unsent?.add(flow);
  }

  /** Call it after everything that may change when a flow must wake. */
  note(flow: Flow): void {
    this.#times.note(flow);
  }

  /** Time of the next wake of any flow or link, or of a request for ports, nanoseconds. */
  get nextNs(): number {
    return Math.min(this.#times.nextNs, this.#shared.nextNs, this.#upstreams.nextNs);
  }

  /**
   * Requests waiting ports, and does what is due at the links that all flows share. Call it when the flows have been woken.
   * @param isAllRead whether everything that has arrived was handled: else the links wait, for another flow may come first
   */
  settle(nowNs: number, isAllRead = true): void {
    if (isAllRead) this.#shared.wake(nowNs);
    this.#upstreams.askWaiting(nowNs);
  }

  /** New conditions for every flow. Returns where they begin in each stream, and the number of flows. */
  change(number: number): { readonly firstIndices: FirstIndex[]; readonly flows: number } {
    const firstIndices: FirstIndex[] = [];
    this.forEach((flow) => {
      const own = flow.change(number, this.#options.changes.of(flow.number));
      // A candidate has no number of its own yet.
      if (flow.isTrusted) for (const one of own) firstIndices.push(one);
    });
    return { firstIndices, flows: this.#flows.size };
  }

  /** The flows that must wake by now, in their order; `note` them afterwards. */
  due(nowNs: number): Flow[] {
    return this.#times.due(nowNs);
  }

  /** When everything has left the shared links at the latest, nanoseconds; −Infinity without any. */
  get linksEmptyNs(): number {
    return this.#shared.emptyNs;
  }

  /** The end was asked for: from now on `isEmpty` is known. */
  beginEnd(): void {
    this.#unsent ??= new Set(this.#flows.values());
  }

  /** Whether nothing is waiting to leave in any flow, once the end has been asked for. */
  get isEmpty(): boolean {
    if (this.#unsent === null) return false;
    for (const flow of this.#unsent) {
      if (flow.pending > 0 && this.#flows.get(flow.number) === flow) return false;
      this.#unsent.delete(flow);
    }
    return true;
  }

  /** Whether a datagram from this peer came from the proxy itself, if known. */
  isOwn(peer: Peer, arrivalNs: number): boolean {
    return this.#upstreams.isOwn(peer, arrivalNs);
  }

  /**
   * Whether a flow number is free. A flow whose stream has ended is replaced at once, one whose client was killed soon.
   * @param arrivalNs arrival of the new client's datagram
   */
  placeFor(number: number, arrivalNs: number): 'free' | 'taken' | 'full' | 'no port' {
    const former = this.#flows.get(number);
    if (former !== undefined) return former.isOver || former.isForsaken(arrivalNs) ? 'free' : 'taken';
    if (this.#isBySource && !this.#upstreams.mayOpen(arrivalNs)) return 'no port';
    return this.#isFull ? 'full' : 'free';
  }

  /**
   * Closes and returns the flow that has been silent for the longest, for a new client; null if all are in use: they hold or
   * delay datagrams, or somebody used them a moment ago.
   */
  makePlace(): Flow | null {
    const flow = this.#isBySource ? this.#times.mostSilent() : null;
    if (flow === null || flow.upstreamPort < 0) return null;
    if (this.#readNs - flow.lastActiveNs < GIVING_WAY_NS) return null;
    this.#close(flow);
    return flow;
  }

  /** The candidate to close before another one is added: see Candidates. */
  whoGivesWay(nowNs: number, address: string): Flow | null | 'nobody' {
    return this.#candidates.whoGivesWay(nowNs, address);
  }

  /**
   * Opens a flow for a new client: with its number if it is trusted, else as a candidate.
   * @param leaving the candidate that it replaces
   */
  open(from: ConstructorParameters<typeof Flow>[0], leaving: Flow | null): Flow {
    // The upstream port that it takes over is for the server that it was opened for.
    const server = leaving === null ? from.server : leaving.route.asked;
    const flow = new Flow({ ...from, server }, this.#options, (touched) => this.touch(touched));
    this.#lastHeard = undefined;
    this.#byClient.set(clientKey(flow.listenPort, flow.client), flow);
    this.#times.add(flow);
    if (flow.isTrusted) this.#admit(flow);
    else this.#addCandidate(flow);
    if (leaving === null) this.#upstreams.ask(flow, flow.openedNs);
    else this.#handOver(leaving, flow);
    return flow;
  }

  /** A candidate has proved its address: it gets its number, which must be free. */
  promote(flow: Flow): void {
    this.#candidates.delete(flow);
    this.#admit(flow);
    if (flow.upstreamPort >= 0) this.#tell(flow, null);
  }

  /** Closes a candidate that will not get its number. */
  giveUp(candidate: Flow): void {
    this.#candidates.delete(candidate);
    this.givenUp += 1;
    this.#release(candidate, false);
  }

  /** Closes a flow or candidate that must not go on. */
  remove(flow: Flow): void {
    if (this.#candidates.delete(flow)) this.giveUp(flow);
    else if (this.#flows.get(flow.number) === flow) this.#close(flow);
  }

  /** Closes the flow with a number. Returns whether there was one. */
  closeNumber(number: number): boolean {
    const flow = this.#flows.get(number);
    if (flow !== undefined) this.#close(flow);
    return flow !== undefined;
  }

  upstreamOpened(nowNs: number, opening: number, port: number): void {
    const flow = this.#upstreams.opened(opening, port);
    if (flow === undefined) return;
    this.touch(flow);
    if (flow.upstreamPort !== port) return this.rebinding.opened(nowNs, flow, port);
    if (flow.isTrusted) this.#tell(flow, null);
  }

  /**
   * Closes and returns the flow that requested the port; undefined if it is closed already, or has another one.
   * @param reason for people
   */
  upstreamFailed(nowNs: number, opening: number, reason: string | null): Flow | undefined {
    const flow = this.#upstreams.failed(nowNs, opening);
    if (flow === undefined) return undefined;
    if (flow.upstreamPort >= 0) return void this.rebinding.failed(nowNs, flow, reason);
    if (this.#candidates.delete(flow)) this.#release(flow, false);
    else this.#close(flow);
    return flow;
  }

  /**
   * Moves flows to other upstream ports: each that has one, or that of a number.
   * @param settled called once, with the number of those that have moved
   */
  rebind(nowNs: number, number: number | null, settled: (moved: number) => void): void {
    const flows = [...this.#flows.values()].filter((flow) => number === null || flow.number === number);
    let left = flows.length;
    let moved = 0;
    if (left === 0) settled(0);
    for (const flow of flows) {
      this.rebinding.ask(nowNs, flow, (hasMoved) => {
        left -= 1;
        if (hasMoved) moved += 1;
        if (left === 0) settled(moved);
      });
    }
  }

  /** Whether a sweep may find something to do. */
  needsSweep(nowNs: number): boolean {
    const { idleNs = 60e9 } = this.#options;
    // Near the limit it must be known who is silent.
    const isCrowded = this.#isBySource && this.#flows.size * 2 >= this.#maxFlows;
    return (
      isCrowded || this.candidates > 0 || this.#upstreams.lingers || this.#times.isAnySilent(nowNs, idleNs)
    );
  }

  /**
   * Closes idle flows, a few at a time.
   * @param nowNs a time by which everything that had arrived was read
   * @returns whether more are to be closed
   */
  sweep(nowNs: number): boolean {
    this.#readNs = nowNs;
    const { idleNs = 60e9 } = this.#options;
    const silent = this.#times.takeSilent(nowNs, idleNs, AT_A_TIME);
    for (const flow of silent) this.#close(flow);
    const isMore = silent.length === AT_A_TIME || this.#upstreams.sweep(nowNs);
    const longestNs = Math.min(idleNs, CANDIDATE_IDLE_NS);
    this.#candidates.forEach((flow) => {
      const isIdle = nowNs - flow.lastActiveNs >= longestNs && flow.nextWakeNs() === Number.POSITIVE_INFINITY;
      if (isIdle) this.giveUp(flow);
    });
    return isMore;
  }

  /** Adds what all flows have done so far to sums. Returns the open ones. */
  addUp(total: EarlierFlows): Flow[] {
    this.#closed.addUp(total);
    const open = [...this.#flows.values()];
    for (const flow of open) addOpen(total, flow);
    return open;
  }

  /** @param isRunning whether what has not left counts as held at the end: it is not counted yet */
  reports(isRunning = false): FlowReport[] {
    const ofOpen = isRunning ? reportSoFar : reportOf;
    const open = [...this.#flows.values()].map((flow) => ofOpen(flow));
    return [...this.#closed.reports(), ...open].toSorted((a, b) => a.flow - b.flow);
  }

  /** One source per file; of several flows with one number, the last that got a datagram. */
  fateSources(): FateSource[] {
    const open = [...this.#flows.values()].flatMap((flow) => flow.fateSources());
    const byFile = new Map<string, FateSource>();
    for (const source of [...this.#closed.fateSources(), ...open]) {
      const name = fateFileName(source.key);
      if (source.arrived > 0 || !byFile.has(name)) byFile.set(name, source);
    }
    return [...byFile.values()];
  }

  /**
   * A candidate is replaced by another one, which takes over its upstream port, open or requested. At most a challenge is
   * still under way there for the former candidate, and only its addressee can use it.
   */
  #handOver(leaving: Flow, flow: Flow): void {
    this.#upstreams.handOver(leaving, flow);
    if (leaving.protocol.handshake !== null) flow.protocol.handshake?.follow(leaving.protocol.handshake);
    this.giveUp(leaving);
  }

  /** Gives a flow its number, and closes the flow and candidates that had or wanted it. */
  #admit(flow: Flow): void {
    const former = this.#flows.get(flow.number);
    if (former !== undefined) this.#close(former);
    this.#candidates.forEach((other) => {
      if (other.listenPort === flow.listenPort) this.giveUp(other);
    });
    this.admitted += 1;
    this.#placed += 1;
    flow.order = this.#placed;
    this.#flows.set(flow.number, flow);
    this.#times.admit(flow);
  }

  #addCandidate(flow: Flow): void {
    this.#placed += 1;
    flow.order = this.#placed + (isLoopback(flow.client.address) ? NEAR_ORDER : DISTANT_ORDER);
    this.#candidates.add(flow);
  }

  #close(flow: Flow): void {
    flow.abandon();
    this.#flows.delete(flow.number);
    this.#release(flow, true);
    const report = this.#closed.add(flow);
    if (flow.upstreamPort >= 0) this.#tell(flow, report);
  }

  #release(flow: Flow, lingers: boolean): void {
    if (this.ofClient(flow.listenPort, flow.client) === flow) this.partFrom(flow);
    this.touched.delete(flow);
    this.#times.delete(flow);
    this.#upstreams.release(flow, lingers);
    this.rebinding.closed(flow);
  }
}
