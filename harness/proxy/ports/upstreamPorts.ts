/**
 * The upstream ports of a proxy, one a flow: requested, handed over, and kept open for a while after their flow, so that
 * answers that come too late are counted. A flow may leave its port for another one: it still gets what comes there.
 *
 * Opening or closing one takes up to a tenth of a millisecond, so only a few are opened or closed at a time: a crowd of new
 * or idle flows must not hold up those that go on.
 *
 * When a port cannot be opened, no further one is requested until one has been closed, or some time has passed: otherwise
 * each datagram of a refused client would open a flow that fails.
 */
import type { Peer } from '../../../src/net/batch.ts';
import type { Flow } from '../flows/flow.ts';
import type { FlowRebinds } from './rebinding.ts';
import { OwnPorts } from './ownPorts.ts';
import type { IsLocal } from './ownPorts.ts';
import type { ProxyOptions } from '../proxyOptions.ts';

/** Time after a failure for which no port is requested, unless one has been closed, nanoseconds. */
const RETRY_NS = 10e9;
/** Longest time that a port stays open after its flow, nanoseconds; and the number of such ports. */
const LINGER_NS = 10e9;
const MAX_LINGERING = 256;
/** Number of ports opened or closed at a time, and the time between, nanoseconds. */
export const AT_A_TIME = 32;
const PAUSE_NS = 2e6;
const nowhere: IsLocal = () => false;

type PortOptions = Pick<
  ProxyOptions,
  | 'openUpstream'
  | 'closeUpstream'
  | 'localPeer'
  | 'isLocal'
  | 'listening'
  | 'idleNs'
  | 'maxPorts'
  | 'isVirtual'
>;

export class UpstreamPorts {
  readonly #options: PortOptions;
  readonly #flows = new Map<number, Flow>();
  /** Flows that wait for a port, by the number of the request. */
  readonly #openings = new Map<number, Flow>();
  /** Number of a request without an answer → when it was made, nanoseconds. */
  readonly #requestedNs = new Map<number, number>();
  #asked = 0;
  /** Flows whose ports are not requested yet. */
  readonly #waiting = new Set<Flow>();
  /** When ports were last requested, and how many then. */
  #turnNs = Number.NEGATIVE_INFINITY;
  #inTurn = 0;
  /** Ports that flows have left for others: what still comes there is theirs. */
  readonly #left = new Map<number, Flow>();
  /** Those, and ports of closed flows, the first closed first, and since when, nanoseconds; NaN until the next sweep. */
  readonly #lingering = new Map<number, number>();
  /** Null until first needed: by then all listening ports are open. */
  #own: OwnPorts | null = null;
  /** Number of ports that may be requested; finite after a failure. */
  #openable = Number.POSITIVE_INFINITY;
  #retryNs = Number.NEGATIVE_INFINITY;
  /** The flow that requested one although none was left; null if there is none. */
  #retry: Flow | null = null;

  constructor(options: PortOptions) {
    this.#options = options;
  }

  /** Undefined for a port whose flow is closed. */
  flowOf(port: number): Flow | undefined {
    return this.#flows.get(port) ?? this.#left.get(port);
  }

  /** Whether a datagram from this peer came from the proxy itself, if known. */
  isOwn(peer: Peer, arrivalNs: number): boolean {
    return this.#ownPorts()?.has(peer, arrivalNs) ?? false;
  }

  /** Whether a further port may be requested. */
  mayOpen(nowNs: number): boolean {
    return this.#openable > 0 || nowNs >= this.#retryNs;
  }

  /** Whether ports that no flow uses any more are still open. */
  get lingers(): boolean {
    return this.#lingering.size > 0;
  }

  /** When waiting ports are to be requested, nanoseconds. */
  get nextNs(): number {
    return this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : this.#turnNs + PAUSE_NS;
  }

  /** Requests a port, now or a little later. */
  ask(flow: Flow, nowNs: number): void {
    this.#trim(1);
    if (this.#openable > 0) this.#openable -= 1;
    else {
      this.#retry = flow;
      this.#retryNs = nowNs + RETRY_NS;
    }
    if (this.#waiting.size > 0 || !this.#hasTurn(nowNs)) this.#waiting.add(flow);
    else this.#request(flow, nowNs);
  }

  /** Requests ports that wait. */
  askWaiting(nowNs: number): void {
    for (const flow of this.#waiting) {
      if (!this.#hasTurn(nowNs)) return;
      this.#waiting.delete(flow);
      this.#request(flow, nowNs);
    }
  }

  #hasTurn(nowNs: number): boolean {
    if (this.#options.isVirtual === true) return true;
    if (nowNs - this.#turnNs >= PAUSE_NS) {
      this.#turnNs = nowNs;
      this.#inTurn = 0;
    }
    this.#inTurn += 1;
    return this.#inTurn <= AT_A_TIME;
  }

  #request(flow: Flow, nowNs: number): void {
    this.#asked += 1;
    flow.opening = this.#asked;
    this.#openings.set(this.#asked, flow);
    this.#requestedNs.set(this.#asked, nowNs);
    this.#options.openUpstream(this.#asked, flow.route.asked);
  }

  /** Returns the flow that requested it; undefined if that is closed by now, and the port is closed, too. */
  opened(opening: number, port: number): Flow | undefined {
    const flow = this.#openings.get(opening);
    const requestedNs = this.#requestedNs.get(opening);
    this.#requestedNs.delete(opening);
    if (flow !== undefined && flow === this.#retry) this.#openable = Number.POSITIVE_INFINITY;
    if (flow === undefined) {
      this.#close(port);
      return undefined;
    }
    this.#openings.delete(opening);
    flow.opening = 0;
    // A flow that has a port is to move to this one.
    if (flow.upstreamPort < 0) flow.upstreamPort = port;
    this.#flows.set(port, flow);
    const { localPeer } = this.#options;
    if (localPeer !== undefined) this.#ownPorts()?.add(localPeer(port), requestedNs);
    return flow;
  }

  /** Returns the flow that requested it; undefined if that is closed by now. */
  failed(nowNs: number, opening: number): Flow | undefined {
    this.#openable = 0;
    this.#retryNs = nowNs + RETRY_NS;
    this.#trim(0);
    const flow = this.#openings.get(opening);
    this.#openings.delete(opening);
    this.#requestedNs.delete(opening);
    if (flow !== undefined) flow.opening = 0;
    return flow;
  }

  /** A flow leaves its port for another one, which was opened for it. */
  move(flow: Flow, port: number): void {
    const left = flow.upstreamPort;
    flow.upstreamPort = port;
    this.#flows.delete(left);
    this.#left.set(left, flow);
    this.#lingering.set(left, Number.NaN);
    this.#trim(0);
  }

  /** A flow takes over another one's port, open or requested. */
  handOver(leaving: Flow, flow: Flow): void {
    flow.upstreamPort = leaving.upstreamPort;
    flow.opening = leaving.opening;
    leaving.upstreamPort = -1;
    leaving.opening = 0;
    if (flow.upstreamPort >= 0) this.#flows.set(flow.upstreamPort, flow);
    if (flow.opening > 0) this.#openings.set(flow.opening, flow);
    if (this.#waiting.delete(leaving)) this.#waiting.add(flow);
  }

  /** A flow is closed. @param lingers whether its port stays open for a while */
  release(flow: Flow, lingers: boolean): void {
    this.#openings.delete(flow.opening);
    this.#waiting.delete(flow);
    if (flow.rebinds !== null) this.#releaseOthers(flow, flow.rebinds);
    const port = flow.upstreamPort;
    if (port < 0) return;
    this.#flows.delete(port);
    if (!lingers) return this.#forget(port);
    this.#lingering.set(port, Number.NaN);
    this.#trim(0);
  }

  /** The ports that a closed flow has left, and the one that it would have moved to. */
  #releaseOthers(flow: Flow, { readyPort }: FlowRebinds): void {
    for (const [port, owner] of this.#left) if (owner === flow) this.#left.delete(port);
    if (readyPort < 0) return;
    this.#flows.delete(readyPort);
    this.#forget(readyPort);
  }

  /** Closes ports that have not been used for long enough. Returns whether some are left for later. */
  sweep(nowNs: number): boolean {
    const longestNs = Math.min(this.#options.idleNs ?? LINGER_NS, LINGER_NS);
    let closed = 0;
    for (const [port, sinceNs] of this.#lingering) {
      if (Number.isNaN(sinceNs)) this.#lingering.set(port, nowNs);
      else if (nowNs - sinceNs >= longestNs) {
        if (closed >= AT_A_TIME) return true;
        closed += 1;
        this.#forget(port);
      }
    }
    return false;
  }

  /** Closes ports that are not used any more and too many, several at once. @param wanted number of ports about to be opened */
  #trim(wanted: number): void {
    const { maxPorts = Number.POSITIVE_INFINITY } = this.#options;
    const isScarce = this.#openable !== Number.POSITIVE_INFINITY;
    const room = isScarce ? 0 : Math.min(MAX_LINGERING, maxPorts - this.#flows.size - wanted);
    if (this.#lingering.size <= room) return;
    // What the kernel dropped at them is then read at once.
    const target = Math.max(0, room - AT_A_TIME + 1);
    for (const port of this.#lingering.keys()) {
      if (this.#lingering.size <= target) return;
      this.#forget(port);
    }
  }

  #forget(port: number): void {
    const { localPeer } = this.#options;
    this.#lingering.delete(port);
    this.#left.delete(port);
    if (localPeer !== undefined) this.#own?.delete(localPeer(port));
    this.#close(port);
  }

  #close(port: number): void {
    this.#openable += 1;
    this.#options.closeUpstream?.(port);
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
