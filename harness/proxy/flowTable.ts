/**
 * The flows of a proxy: by number, by client and by upstream port; candidates; and closed flows.
 *
 * It opens, hands over and closes flows, and requests upstream ports; the endpoint decides who may have a flow.
 */
import { isLoopback } from '../../src/base/loopback.ts';
import { peerKey } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import { fateFileName } from '../impairment/fates.ts';
import { Candidates } from './candidates.ts';
import { ClosedFlows, reportOf } from './closedFlows.ts';
import type { EarlierFlows, FlowReport } from './closedFlows.ts';
import type { FateSource } from './fateLines.ts';
import { Flow } from './flow.ts';
import { impairsControl } from './flowDirection.ts';
import { FlowTimes } from './flowTimes.ts';
import { OwnPorts } from './ownPorts.ts';
import type { IsLocal } from './ownPorts.ts';
import type { FlowOptions } from './proxyOptions.ts';

export const MAX_FLOWS = 1024;
/** Time after which a silent candidate is closed. */
const CANDIDATE_IDLE_NS = 10e9;
/** Candidates come after all flows, and those on loopback first: added to the place of a candidate. */
const NEAR_ORDER = 2 ** 48;
const DISTANT_ORDER = 2 ** 49;
const nowhere: IsLocal = () => false;

export const clientKey = (port: number, peer: Peer): string => `${port}|${peerKey(peer)}`;

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
  readonly #tell: TellFlow;
  readonly #closed: ClosedFlows;
  /** Null until first needed: by then all listening ports are open. */
  #own: OwnPorts | null = null;
  /** By number. */
  readonly #flows = new Map<number, Flow>();
  readonly #times = new FlowTimes();
  /** Number of flows and candidates that ever got a place. */
  #placed = 0;
  /** Flows in which something may wait to leave, once the end has been asked for. */
  #unsent: Set<Flow> | null = null;
  readonly #candidates = new Candidates();
  readonly #byClient = new Map<string, Flow>();
  readonly #byUpstream = new Map<number, Flow>();
  /** Flows that wait for an upstream port, by the number of the request. */
  readonly #openings = new Map<number, Flow>();
  #asked = 0;

  constructor(options: FlowOptions, tell: TellFlow) {
    this.#options = options;
    this.#tell = tell;
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
    return this.#byClient.get(clientKey(port, client));
  }

  ofUpstream(port: number): Flow | undefined {
    return this.#byUpstream.get(port);
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

  /** Time of the next wake of any flow, nanoseconds. */
  get nextNs(): number {
    return this.#times.nextNs;
  }

  /** The flows that must wake by now, in their order; `note` them afterwards. */
  due(nowNs: number): Flow[] {
    return this.#times.due(nowNs);
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
  isOwn(peer: Peer): boolean {
    return this.#ownPorts()?.has(peer) ?? false;
  }

  /**
   * Whether a flow number is free. A flow whose stream has ended is replaced at once, one whose client was killed soon.
   * @param arrivalNs arrival of the new client's datagram
   */
  placeFor(number: number, arrivalNs: number): 'free' | 'taken' | 'full' {
    const former = this.#flows.get(number);
    if (former !== undefined) return former.isOver || former.isForsaken(arrivalNs) ? 'free' : 'taken';
    return this.#flows.size < (this.#options.maxFlows ?? MAX_FLOWS) ? 'free' : 'full';
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
    const flow = new Flow({ ...from, server }, this.#options);
    this.#byClient.set(clientKey(flow.listenPort, flow.client), flow);
    this.#times.add(flow);
    if (flow.isTrusted) this.#admit(flow);
    else this.#addCandidate(flow);
    if (leaving === null) this.#ask(flow);
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
    this.#release(candidate);
  }

  upstreamOpened(opening: number, port: number): void {
    const flow = this.#openings.get(opening);
    const { closeUpstream, localPeer } = this.#options;
    // The flow that requested it may be closed by now.
    if (flow === undefined) return closeUpstream?.(port);
    this.#openings.delete(opening);
    flow.opening = 0;
    flow.upstreamPort = port;
    this.#byUpstream.set(port, flow);
    if (localPeer !== undefined) this.#ownPorts()?.add(localPeer(port));
    this.touch(flow);
    if (flow.isTrusted) this.#tell(flow, null);
  }

  /** Closes and returns the flow that requested the port; undefined if it is closed already. */
  upstreamFailed(opening: number): Flow | undefined {
    const flow = this.#openings.get(opening);
    if (flow === undefined) return undefined;
    if (this.#candidates.delete(flow)) this.#release(flow);
    else this.#close(flow);
    return flow;
  }

  /** Closes idle flows. */
  sweep(nowNs: number): void {
    const { idleNs = 60e9 } = this.#options;
    for (const flow of this.#times.takeSilent(nowNs, idleNs)) this.#close(flow);
    const longestNs = Math.min(idleNs, CANDIDATE_IDLE_NS);
    this.#candidates.forEach((flow) => {
      const isIdle = nowNs - flow.lastActiveNs >= longestNs && flow.nextWakeNs() === Number.POSITIVE_INFINITY;
      if (isIdle) this.giveUp(flow);
    });
  }

  reports(): FlowReport[] {
    const open = [...this.#flows.values()].map(reportOf);
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

  #ask(flow: Flow): void {
    this.#asked += 1;
    flow.opening = this.#asked;
    this.#openings.set(this.#asked, flow);
    this.#options.openUpstream(this.#asked, flow.route.asked);
  }

  /**
   * A candidate is replaced by another one, which takes over its upstream port, open or requested. At most a challenge is
   * still under way there for the former candidate, and only its addressee can use it.
   */
  #handOver(leaving: Flow, flow: Flow): void {
    flow.upstreamPort = leaving.upstreamPort;
    leaving.upstreamPort = -1;
    if (leaving.protocol.handshake !== null) flow.protocol.handshake?.follow(leaving.protocol.handshake);
    if (flow.upstreamPort >= 0) this.#byUpstream.set(flow.upstreamPort, flow);
    if (leaving.opening > 0) this.#openings.set(leaving.opening, flow);
    flow.opening = leaving.opening;
    leaving.opening = 0;
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
    this.#release(flow);
    const report = this.#closed.add(flow);
    if (flow.upstreamPort >= 0) this.#tell(flow, report);
  }

  #release(flow: Flow): void {
    const { closeUpstream, localPeer } = this.#options;
    this.#byClient.delete(clientKey(flow.listenPort, flow.client));
    this.touched.delete(flow);
    this.#times.delete(flow);
    this.#openings.delete(flow.opening);
    if (flow.upstreamPort < 0) return;
    this.#byUpstream.delete(flow.upstreamPort);
    if (localPeer !== undefined) this.#own?.delete(localPeer(flow.upstreamPort));
    closeUpstream?.(flow.upstreamPort);
  }

  /** The proxy's own ports; null if unknown. */
  #ownPorts(): OwnPorts | null {
    const { localPeer, isLocal = nowhere, listening } = this.#options;
    if (this.#own !== null || localPeer === undefined) return this.#own;
    this.#own = new OwnPorts(isLocal);
    for (let port = 0; port < listening; port += 1) this.#own.add(localPeer(port));
    return this.#own;
  }
}
