/**
 * The upstream of a proxy: where new flows go, flows that move with their answers, and refusals (ICMP).
 *
 * Its address may be that of a name, which is looked up again and again by whoever runs the proxy. Flows that stand stay
 * where they are. Each event is told once a flow, or once a change.
 */
import type { Peer } from '../../../src/net/batch.ts';
import type { ProxyEvent } from '../told/events.ts';
import type { Flow } from '../flows/flow.ts';
import type { ProxyOptions } from '../proxyOptions.ts';
import { isSamePeer } from './route.ts';

type Tell = (event: ProxyEvent, nowNs: number) => void;

export class Upstream {
  /** Where new flows go. */
  server: Peer;
  readonly #options: ProxyOptions;
  readonly #tell: Tell;
  /** Flows whose first refusal was told, and whose first move. */
  readonly #refused = new WeakSet<Flow>();
  readonly #moved = new WeakSet<Flow>();
  /** When the name is to be looked up next, nanoseconds; Infinity while that is being done, or without one. */
  nextNs: number;
  #isLost = false;

  constructor(options: ProxyOptions, tell: Tell) {
    this.server = options.server;
    this.#options = options;
    this.#tell = tell;
    this.nextNs = options.resolveEveryNs === undefined ? Number.POSITIVE_INFINITY : Number.NaN;
  }

  /** Whether a datagram from this peer at a flow's upstream port is an answer; the flow may move there. */
  takes(nowNs: number, flow: Flow, from: Peer): boolean {
    const { route } = flow;
    if (!route.accepts(from)) return false;
    const left = route.to;
    if (route.moveTo(from)) this.#tellMove(nowNs, flow, left, 'answered');
    return true;
  }

  /** A datagram of a flow's client is about to be forwarded. */
  noteAsked(nowNs: number, flow: Flow): void {
    const left = flow.route.to;
    if (flow.route.noteAsked(nowNs)) this.#tellMove(nowNs, flow, left, 'silent');
  }

  /**
   * Datagrams of a flow were refused.
   * @returns whether by the upstream that was named, and not by an address that the flow had moved to
   */
  noteRefused(nowNs: number, flow: Flow, by: Peer, count: number): boolean {
    const { route } = flow;
    flow.upstreamRefusals += count;
    flow.watch.noteAnswer();
    const isAway = route.isAway && isSamePeer(by, route.to);
    if (isAway) {
      route.goBack();
      this.#tellMove(nowNs, flow, by, 'refused');
    } else if (!this.#refused.has(flow)) {
      this.#refused.add(flow);
      this.#tell({ kind: 'upstream refused', flow: flow.number, client: flow.client, upstream: by }, nowNs);
    }
    return !isAway && isSamePeer(by, route.asked);
  }

  /** Has the name looked up when that is due. */
  handleTimeout(nowNs: number): void {
    const { resolveEveryNs, resolveUpstream } = this.#options;
    if (Number.isNaN(this.nextNs)) this.nextNs = nowNs + (resolveEveryNs as number);
    if (nowNs < this.nextNs) return;
    this.nextNs = Number.POSITIVE_INFINITY;
    resolveUpstream?.(this.server.address);
  }

  /** The name has this address now. */
  resolved(nowNs: number, address: string): void {
    this.#lookUpLater(nowNs);
    const former = this.server;
    if (this.#isLost) this.#tell({ kind: 'upstream found', upstream: { ...former, address } }, nowNs);
    this.#isLost = false;
    if (address === former.address) return;
    this.server = { address, port: former.port };
    this.#tell({ kind: 'upstream renamed', from: former, to: this.server }, nowNs);
  }

  /** The name has no address, or none that can be used: the one before is kept. @param reason for people */
  unresolved(nowNs: number, reason: string): void {
    this.#lookUpLater(nowNs);
    if (this.#isLost) return;
    this.#isLost = true;
    this.#tell({ kind: 'upstream lost', upstream: this.server, reason }, nowNs);
  }

  #lookUpLater(nowNs: number): void {
    this.nextNs = nowNs + (this.#options.resolveEveryNs ?? Number.POSITIVE_INFINITY);
  }

  /** Told at the first move of a flow; it may move with every answer. */
  #tellMove(nowNs: number, flow: Flow, from: Peer, why: 'answered' | 'refused' | 'silent'): void {
    if (why === 'answered') {
      if (this.#moved.has(flow)) return;
      this.#moved.add(flow);
    }
    const { number, client, route } = flow;
    this.#tell({ kind: 'upstream moved', flow: number, client, from, to: route.to, why }, nowNs);
  }
}
