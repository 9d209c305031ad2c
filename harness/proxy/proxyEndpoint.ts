/**
 * The UDP proxy, sans I/O: clients on its listening ports, one upstream port a flow, every flow impaired by its own
 * schedule.
 *
 * Calling order as in src/net/endpoint.ts. Ports 0 .. listening - 1 are the listening ones; upstream ports are
 * opened on request (`openUpstream`, answered by `upstreamOpened` or `upstreamFailed`). For `any` the first datagram of
 * a client opens a flow, numbered by first arrival. For `matchstream` a listening port is a flow, its number the port's,
 * and goes to the first client that proves its address (trust.ts); until then those that asked are candidates, with an
 * upstream port each (candidates.ts). The port is free again once its stream has ended, or once its client has missed
 * three alives (3 s, unless the server asks for others), as a killed one does.
 * Flows are capped, idle ones expire, and whatever is not passed on is counted by why and said once.
 */
import { isLoopback } from '../../src/protocol/loopback.ts';
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { MAX_CANDIDATES } from './candidates.ts';
import { checkProxyOptions } from './checkProxy.ts';
import type { EarlierFlows, FlowReport } from './closedFlows.ts';
import { eventOf, readableHead } from './events.ts';
import type { ProxyEvent } from './events.ts';
import type { FateSource } from './fateLines.ts';
import type { Flow } from './flow.ts';
import { FlowTable, MAX_FLOWS, clientKey } from './flowTable.ts';
import type { FlowTableOptions } from './flowTable.ts';
import type { WatchedFor } from './flowWatch.ts';
import { Notices, nothingIgnored } from './ignored.ts';
import type { Ignored, IgnoredKind } from './ignored.ts';
import { isPlainRegister, requestIn } from './requests.ts';
import type { Registration } from './requests.ts';
import { Trust } from './trust.ts';

export type { EarlierFlows, FlowReport } from './closedFlows.ts';
export type { ProxyEvent } from './events.ts';

export interface ProxyOptions extends FlowTableOptions {
  readonly server: Peer;
  /** Let the original programs register from other machines too. */
  readonly allowUnverified?: boolean;
  /** How often idle flows are looked for, nanoseconds; 1 s. */
  readonly sweepNs?: number;
  readonly observe?: (event: ProxyEvent, nowNs: number) => void;
}

const SWEEP_NS = 1e9;

export class ProxyEndpoint implements Endpoint {
  finished = false;
  readonly #options: ProxyOptions;
  readonly #isControlled: boolean;
  readonly #watched: WatchedFor;
  readonly #flows: FlowTable;
  readonly #notices: Notices;
  readonly #ignored = nothingIgnored();
  #nowNs = 0;
  #nextSweepNs = 0;
  #started = false;
  /** When it finishes at the latest; Infinity while it is not asked to. */
  #stopByNs = Number.POSITIVE_INFINITY;

  constructor(options: ProxyOptions) {
    this.#options = checkProxyOptions(options);
    this.#isControlled = options.protocol === 'matchstream';
    this.#watched = watchedFor(options);
    const observe = (event: ProxyEvent, nowNs: number): void => options.observe?.(event, nowNs);
    this.#notices = new Notices(observe);
    this.#flows = new FlowTable(options, (kind, { number, client }) =>
      observe({ kind, flow: number, client }, this.#nowNs),
    );
  }

  get earlier(): EarlierFlows {
    return this.#flows.earlier;
  }

  /** What was not passed on, by why. */
  get ignored(): Ignored {
    return { ...this.#ignored, uncompleted: this.#flows.givenUp + this.#flows.candidates };
  }

  /** A way to the server that was asked for is open. */
  upstreamOpened(opening: number, port: number): void {
    this.#flows.upstreamOpened(opening, port);
  }

  /** There is no way to the server: who wanted it is closed. @param reason for people */
  upstreamFailed(nowNs: number, opening: number, reason: string | null = null): void {
    this.#nowNs = nowNs;
    const flow = this.#flows.upstreamFailed(opening);
    if (flow === undefined) return;
    const { number, client } = flow;
    this.#ignore('noUpstreamPort', client, () => ({ kind: 'flow failed', flow: number, client, reason }));
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    this.#nowNs = nowNs;
    if (port < this.#options.listening) this.#handleClients(nowNs, port, batch, from, to);
    else this.#handleServer(nowNs, port, batch, from, to);
    for (const flow of this.#flows.touched) this.#wake(nowNs, flow);
  }

  handleTimeout(nowNs: number): void {
    this.#nowNs = nowNs;
    if (!this.#started) {
      this.#started = true;
      this.#nextSweepNs = nowNs + this.#sweepNs;
    }
    this.#flows.forEach((flow) => {
      if (dueNs(flow) > nowNs) return;
      this.#wake(nowNs, flow);
      this.#flows.touched.add(flow);
    });
    if (nowNs >= this.#nextSweepNs) {
      this.#nextSweepNs = nowNs + this.#sweepNs;
      this.#flows.sweep(nowNs);
    }
    if (nowNs >= this.#stopByNs || (this.#stopping && this.#flows.isEmpty)) this.finished = true;
  }

  nextTimeoutNs(): number {
    if (this.finished) return Number.POSITIVE_INFINITY;
    if (!this.#started || (this.#stopping && this.#flows.isEmpty)) return 0;
    let nextNs = Math.min(this.#nextSweepNs, this.#stopByNs);
    this.#flows.forEach((flow) => {
      const wakeNs = dueNs(flow);
      if (wakeNs < nextNs) nextNs = wakeNs;
    });
    return nextNs;
  }

  drain(sink: DatagramSink): void {
    for (const flow of this.#flows.touched) flow.drain(sink, this.#options.server);
    this.#flows.touched.clear();
  }

  /** The transport could not send some of what it had taken: datagrams of the stream, never control. */
  handleSendFailure(port: number, peer: Peer, datagrams: number): void {
    const isDown = port < this.#options.listening;
    const flow = isDown ? this.#flows.ofClient(port, peer) : this.#flows.ofUpstream(port);
    if (flow === undefined) return;
    const counters = flow.counters[isDown ? 'down' : 'up'];
    const failed = Math.min(datagrams, counters.forwarded);
    counters.forwarded -= failed;
    counters.refused += failed;
  }

  /** Lets everything held go out and finishes, within the longest wait; asked again, it finishes at once. */
  stop(nowNs: number): void {
    this.#nowNs = nowNs;
    this.#stopByNs = this.#stopping ? nowNs : nowNs + this.#options.impairment.holdMaxNs;
    this.#flows.forEach((flow) => {
      flow.close(nowNs);
      this.#flows.touched.add(flow);
    });
  }

  /** Figures of every flow there was, but for the earlier ones, by number; call it at the end. */
  reports(): FlowReport[] {
    return this.#flows.reports();
  }

  /** What the fate files are made of, one each; of flows with one number the last that got a datagram. */
  fateSources(): FateSource[] {
    return this.#flows.fateSources();
  }

  /** Counts as held at the end what has not left, in every flow. */
  abandon(): void {
    this.#flows.forEach((flow) => flow.abandon());
  }

  get #sweepNs(): number {
    return this.#options.sweepNs ?? SWEEP_NS;
  }

  get #stopping(): boolean {
    return this.#stopByNs !== Number.POSITIVE_INFINITY;
  }

  #wake(nowNs: number, flow: Flow): void {
    flow.wake(nowNs);
    if (!flow.watch.isSettled) this.#look(nowNs, flow);
  }

  #handleClients(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    let lastPeer: Peer | undefined;
    let flow: Flow | undefined;
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row] as Peer;
      if (peer !== lastPeer) {
        lastPeer = peer;
        flow = this.#flows.ofClient(port, peer);
      }
      flow ??= this.#meet(nowNs, port, batch, row);
      if (flow === undefined) continue;
      if (this.#isControlled && !this.#passes(flow, batch, row)) {
        // It may be closed now.
        lastPeer = undefined;
        flow = undefined;
        continue;
      }
      this.#flows.touched.add(flow);
      flow.handleUp(nowNs, batch, row);
    }
  }

  #handleServer(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    const flow = this.#flows.ofUpstream(port);
    const { server } = this.#options;
    let lastPeer: Peer = server;
    let isServer = true;
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row] as Peer;
      if (peer !== lastPeer) {
        lastPeer = peer;
        isServer = isSame(peer, server);
      }
      if (!isServer) {
        this.#ignore('notUpstream', peer, () => ({ kind: 'not upstream', from: peer, upstream: server }));
      } else if (flow === undefined) this.#ignored.tooLate += 1;
      else flow.handleDown(nowNs, batch, row);
    }
    if (flow !== undefined) this.#flows.touched.add(flow);
  }

  /** A datagram from a client without a flow: opens one, or says why not. */
  #meet(nowNs: number, listenPort: number, batch: DatagramBatch, row: number): Flow | undefined {
    const client = batch.sources[row] as Peer;
    if (this.#stopping) {
      this.#ignored.tooLate += 1;
      return undefined;
    }
    if (isSame(client, this.#options.server) || this.#flows.isOwn(client)) {
      return this.#ignore('loop', client, () => ({ kind: 'loop', client }));
    }
    const request = this.#isControlled ? this.#registrationIn(client, batch, row) : null;
    if (request === undefined) return undefined;
    const number = this.#isControlled ? listenPort + 1 : this.#flows.admitted + 1;
    if (!this.#hasPlace(number, client, batch.timesNs[row] as number)) return undefined;
    // What it shows was not carried by a flow that is only to be opened.
    if (request?.kind === 'register' && request.token !== null) return this.#refuseToken(client);
    const isOriginal = request?.kind === 'originalRegister';
    const withhold = (): void => this.#ignore('withheld', client, () => ({ kind: 'withheld', client }));
    const trust = request === null ? null : new Trust(isOriginal, withhold);
    const leaving = trust === null || isOriginal ? null : this.#flows.whoGivesWay(nowNs, client.address);
    if (leaving !== null) {
      this.#notices.say(nowNs, 'crowded', '', () => ({ kind: 'crowded', most: MAX_CANDIDATES }));
      if (leaving === 'nobody') this.#ignored.crowded += 1;
      if (leaving === 'nobody') return undefined;
    }
    const opening = { number, listenPort, client, nowNs, isOriginal, trust, watched: this.#watched };
    return this.#flows.open(opening, leaving);
  }

  /** Whether a datagram of a matchstream client with a flow is passed on; until it is verified, each is judged. */
  #passes(flow: Flow, batch: DatagramBatch, row: number): boolean {
    const { client, trust } = flow;
    if (trust === null || trust.isVerified) {
      // The server would take it from the proxy's address; so it is judged, whatever else the client has proved.
      if (!isPlainRegister(batch, row) || this.#believes(client)) return true;
      this.#refuseOriginal(client);
      return false;
    }
    trust.noteArrival(batch.lengths[row] as number);
    const request = this.#registrationIn(client, batch, row);
    if (request === undefined) return false;
    if (request.kind === 'register') {
      if (request.token === null) return true;
      if (!trust.wasCarried(request.token)) this.#refuseToken(client);
      if (!trust.wasCarried(request.token)) return false;
    } else flow.becomeOriginal();
    if (!this.#hasPlace(flow.number, client, batch.timesNs[row] as number)) {
      this.#flows.giveUp(flow);
      return false;
    }
    trust.isVerified = true;
    this.#flows.promote(flow);
    return true;
  }

  /** A registration that may be passed on; undefined, and it is said, when a datagram is none. */
  #registrationIn(client: Peer, batch: DatagramBatch, row: number): Registration | undefined {
    const request = requestIn(batch, row);
    if (request === null) {
      const bytes = batch.payload(row);
      return this.#ignore('notOurs', client, () => ({
        kind: 'not ours',
        client,
        sizeBytes: bytes.length,
        head: readableHead(bytes),
      }));
    }
    const { kind } = request;
    if (kind === 'register') return request;
    if (kind !== 'originalRegister') {
      return this.#ignore('noFlow', client, () => ({ kind: 'no flow', client, what: kind }));
    }
    return this.#believes(client) ? request : this.#refuseOriginal(client);
  }

  /** Whether a flow may have this number now; says why not. */
  #hasPlace(number: number, client: Peer, arrivalNs: number): boolean {
    const place = this.#flows.placeFor(number, arrivalNs);
    if (place === 'taken') {
      this.#ignore('portTaken', client, () => ({ kind: 'port taken', client, flow: number }));
    }
    if (place === 'full') {
      const { maxFlows = MAX_FLOWS } = this.#options;
      this.#ignore('flowsFull', client, () => ({ kind: 'flows full', client, maxFlows }));
    }
    return place === 'free';
  }

  /** The server's own rule about who may register without a proof. */
  #believes(client: Peer): boolean {
    return this.#options.allowUnverified === true || isLoopback(client.address);
  }

  #refuseOriginal(client: Peer): undefined {
    return this.#ignore('unprovedOriginal', client, () => ({ kind: 'unproved original', client }));
  }

  #refuseToken(client: Peer): undefined {
    return this.#ignore('unknownToken', client, () => ({ kind: 'unknown token', client }));
  }

  #look(nowNs: number, flow: Flow): void {
    for (const finding of flow.watch.look(nowNs)) {
      this.#notices.say(nowNs, finding, '', () => eventOf(finding, flow, this.#options));
    }
  }

  /** Counts something that is not passed on, and says so once for each that it came from. */
  #ignore(why: IgnoredKind, from: Peer, event: () => ProxyEvent): undefined {
    this.#ignored[why] += 1;
    this.#notices.say(this.#nowNs, why, clientKey(0, from), event);
  }
}

const isSame = (a: Peer, b: Peer): boolean => a.port === b.port && a.address === b.address;

const dueNs = (flow: Flow): number => Math.min(flow.nextWakeNs(), flow.watch.nextNs());

/** What the flows of a proxy are watched for, by what is done to them. */
function watchedFor({ protocol, impairment }: ProxyOptions): WatchedFor {
  const down = formatKnobs(impairment.down) !== '';
  const up = formatKnobs(impairment.up) !== '';
  if (protocol === 'matchstream') return { spared: null, needsIndex: down };
  return { spared: down === up ? null : down ? 'up' : 'down', needsIndex: false };
}
