/**
 * The UDP proxy's endpoint: clients on its listening ports, one upstream port per flow, each flow impaired by its own schedule.
 *
 * Calling order as in src/net/endpoint.ts. Ports 0 .. listening - 1 are the listening ones; upstream ports are opened on request
 * (`openUpstream`, answered by `upstreamOpened` or `upstreamFailed`). Without a registration the first datagram of a client opens a
 * flow, numbered by first arrival. With one, each listening port is a flow with the port's number, for the first client that proves
 * its address (trust.ts); until then the clients that asked are candidates, with an upstream port each (candidates.ts). The port is
 * free again when its stream has ended, or its client has missed three keep-alives. Flows are limited, idle ones expire, and what
 * is not passed on is counted by reason and reported once.
 */
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { settingsOver } from '../impairment/phases.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { Conditions } from '../impairment/conditions.ts';
import { Changes } from './changes/changes.ts';
import type { AppliedChange } from './changes/changes.ts';
import { Journal } from './changes/journal.ts';
import { checkProxyOptions } from './checkProxy.ts';
import { Ending } from './ending.ts';
import { Admission } from './flows/admission.ts';
import type { EarlierFlows, FlowReport } from './flows/closedFlows.ts';
import { eventOf } from './told/events.ts';
import type { ProxyEvent } from './told/events.ts';
import type { FateSource } from './told/fateLines.ts';
import type { Flow } from './flows/flow.ts';
import { FlowTable } from './flows/flowTable.ts';
import { HeldDatagrams } from './path/heldDatagrams.ts';
import { watchedFor } from './flows/flowWatch.ts';
import type { WatchedFor } from './flows/flowWatch.ts';
import { Ignoring } from './told/ignored.ts';
import type { Ignored } from './told/ignored.ts';
import { ListeningPorts } from './ports/listeningPorts.ts';
import { LoopChecks } from './ports/loopChecks.ts';
import { ordersByArrival } from './proxyOptions.ts';
import type { ProxyOptions } from './proxyOptions.ts';
import { isSamePeer } from './ports/route.ts';
import { Upstream } from './ports/upstream.ts';
import { SweepTimes } from './flows/sweepTimes.ts';

export type { EarlierFlows, FlowReport } from './flows/closedFlows.ts';
export type { ProxyEvent } from './told/events.ts';
export type { ProxyOptions } from './proxyOptions.ts';

const DIRECTIONS: readonly Direction[] = ['down', 'up'];

export class ProxyEndpoint implements Endpoint {
  finished = false;
  /** Once it does, it stays so: what is held keeps its delay. */
  ordersByArrival: boolean;
  readonly journal: Journal;
  readonly #changes: Changes;
  readonly listening: ListeningPorts;
  readonly upstream: Upstream;
  readonly #options: ProxyOptions;
  readonly #flows: FlowTable;
  readonly #ending: Ending;
  readonly #loops: LoopChecks;
  readonly #observe: (event: ProxyEvent, nowNs: number) => void;
  /** Silence of a client after which its next datagram opens a new flow, nanoseconds. */
  readonly #newFlowAfterNs: number;
  readonly #ignoring: Ignoring;
  readonly #admission: Admission;
  #watched: WatchedFor;
  readonly #sweeps: SweepTimes;

  constructor(options: ProxyOptions) {
    this.#options = checkProxyOptions(options);
    this.ordersByArrival = ordersByArrival(
      DIRECTIONS.flatMap((way) => settingsOver(options.impairment, way)),
      options.protocol,
    );
    this.#sweeps = new SweepTimes(options.sweepNs);
    this.#newFlowAfterNs = options.newFlowAfterNs ?? Number.POSITIVE_INFINITY;
    this.#observe = (event, nowNs) => {
      if (event.kind === 'flow rebound') this.journal.action(nowNs, { action: 'rebind', flow: event.flow });
      options.observe?.(event, nowNs);
    };
    this.#ignoring = new Ignoring(options.protocol, this.#observe);
    this.listening = new ListeningPorts(options, this.#observe);
    this.upstream = new Upstream(options, this.#observe);
    this.#loops = new LoopChecks(options.random ?? ((sizeBytes) => new Uint8Array(sizeBytes)));
    const held = new HeldDatagrams(options.impairment.delayMemoryBytes);
    const { impairment, protocol, timeline = null } = options;
    this.journal = options.journal ?? new Journal(impairment, protocol.text);
    this.#changes = new Changes(impairment, {
      journal: this.journal,
      timeline,
      hasLives: protocol.admission !== 'source',
      unknown: (flow, nowNs) => this.#observe({ kind: 'not in timeline', flow }, nowNs),
    });
    this.#flows = new FlowTable(
      { ...options, observe: this.#observe, held, changes: this.#changes },
      ({ number: flow, client }, report) =>
        this.#observe(
          report === null
            ? { kind: 'flow opened', flow, client }
            : { kind: 'flow expired', flow, client, report },
          this.#ignoring.nowNs,
        ),
    );
    this.#ending = new Ending(this.#flows, options.isVirtual === true);
    this.#watched = watchedFor((way) => settingsOver(options.impairment, way), options.protocol);
    this.#admission = new Admission(options, {
      flows: this.#flows,
      upstream: this.upstream,
      loops: this.#loops,
      ending: this.#ending,
      ignoring: this.#ignoring,
      watched: () => this.#watched,
    });
  }

  /** The number of the last change; 1 before the first. */
  get epoch(): number {
    return this.#changes.number;
  }

  /** What the conditions are now. */
  get conditions(): Conditions {
    return this.#changes.conditions;
  }

  /**
   * New conditions, for every open flow from the next index of each stream on, and for those that open later.
   * @throws UsageError for conditions that cannot hold from now on; then nothing has changed
   */
  change(nowNs: number, conditions: Conditions): AppliedChange {
    const { protocol } = this.#options;
    const applied = this.#changes.change(nowNs, conditions, (number) => {
      const whole = this.#changes.whole(conditions);
      this.ordersByArrival ||= ordersByArrival([whole.down, whole.up], protocol);
      this.#watched = watchedFor((way) => [whole[way]], protocol);
      this.#flows.forEach((flow) => flow.watch.watchOnlyFor(this.#watched));
      return this.#flows.change(number);
    });
    this.#observe({ kind: 'conditions changed', number: applied.number, conditions }, nowNs);
    return applied;
  }

  /** @throws UsageError for conditions that cannot hold from now on */
  check(conditions: Conditions): void {
    this.#changes.check(conditions);
  }

  /** Closes an open flow. Returns whether there was one. */
  closeFlow(nowNs: number, number: number): boolean {
    this.#ignoring.nowNs = nowNs;
    return this.#flows.closeNumber(number);
  }

  get earlier(): EarlierFlows {
    return this.#flows.earlier;
  }

  /** Adds what all flows have done so far to sums. Returns the open ones. */
  addUp(total: EarlierFlows): Flow[] {
    return this.#flows.addUp(total);
  }

  /** What was not passed on, by reason. */
  get ignored(): Ignored {
    return { ...this.#ignoring.counts, uncompleted: this.#flows.givenUp + this.#flows.candidates };
  }

  /** A requested upstream port is open. */
  upstreamOpened(opening: number, port: number, nowNs = this.#ignoring.nowNs): void {
    this.#flows.upstreamOpened(nowNs, opening, port);
  }

  /** The upstream port cannot be opened: the flow that requested it is closed. @param reason for people */
  upstreamFailed(nowNs: number, opening: number, reason: string | null = null): void {
    this.#ignoring.nowNs = nowNs;
    const flow = this.#flows.upstreamFailed(nowNs, opening, reason);
    if (flow === undefined) return;
    const { number, client } = flow;
    this.#ignoring.ignore('noUpstreamPort', client, () => ({
      kind: 'flow failed',
      flow: number,
      client,
      reason,
    }));
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    this.#ignoring.nowNs = nowNs;
    const listenPort = this.listening.indexOf(port);
    if (listenPort !== undefined) this.#handleClients(nowNs, listenPort, batch, from, to);
    else this.#handleServer(nowNs, port, batch, from, to);
    this.#wakeTouched(nowNs, listenPort === undefined ? 'down' : 'up', batch.timesNs[to - 1] ?? nowNs);
    this.#flows.settle(nowNs, this.#options.isVirtual === true);
    if (this.#ending.isAsked) this.#ending.extend(nowNs);
  }

  handleTimeout(nowNs: number): void {
    this.#ignoring.nowNs = nowNs;
    for (const flow of this.#flows.due(nowNs)) {
      this.#wake(nowNs, flow);
      this.#flows.touch(flow);
    }
    this.#flows.settle(nowNs);
    if (!this.#ending.isAsked) this.upstream.handleTimeout(nowNs);
    if (!this.#ending.isAsked) this.listening.handleTimeout(nowNs);
    if (this.listening.areLost && !this.#ending.isAsked) this.stop(nowNs);
    if (nowNs >= this.#sweeps.nextNs) {
      const sweepNs = this.#sweeps.step(nowNs, () => this.#flows.needsSweep(nowNs));
      if (!Number.isNaN(sweepNs) && this.#flows.sweep(sweepNs)) this.#sweeps.goOn(nowNs, sweepNs);
    }
    if (this.#ending.isOver(nowNs)) this.finished = true;
  }

  nextTimeoutNs(): number {
    if (this.finished) return Number.POSITIVE_INFINITY;
    if (!this.#sweeps.hasStarted) return 0;
    if (this.#ending.isEmpty) return this.#ending.readByNs;
    const nextNs = Math.min(this.#sweeps.nextNs, this.#ending.byNs, this.#flows.nextNs);
    return this.#ending.isAsked ? nextNs : Math.min(nextNs, this.listening.nextNs, this.upstream.nextNs);
  }

  drain(sink: DatagramSink): void {
    for (const flow of this.#flows.touched) {
      flow.drain(sink, this.listening.numberOf(flow.listenPort));
      this.#flows.note(flow);
    }
    this.#flows.touched.clear();
    this.#loops.drain(sink, (listenPort) => this.listening.numberOf(listenPort));
  }

  handleSendFailure(port: number, peer: Peer, datagrams: number): void {
    const listenPort = this.listening.indexOf(port);
    if (listenPort === undefined) this.#flows.ofUpstream(port)?.up.noteSendFailure(datagrams);
    else this.#flows.ofClient(listenPort, peer)?.down.noteSendFailure(datagrams);
  }

  handleRefused(nowNs: number, port: number, peer: Peer, count: number): void {
    this.#ignoring.nowNs = nowNs;
    const flow = this.#flows.ofUpstream(port);
    if (flow === undefined) return;
    const isByNamed = this.upstream.noteRefused(nowNs, flow, peer, count);
    this.#flows.note(flow);
    if (!isByNamed || this.#options.onRefused !== 'close' || this.#ending.isAsked) return;
    this.listening.close(nowNs, flow.listenPort);
  }

  /** Finishes when everything has left that has arrived; a second call finishes at once. */
  stop(nowNs: number): void {
    this.#ignoring.nowNs = nowNs;
    const awaited = this.#ending.ask(nowNs);
    if (awaited !== null) this.#observe({ kind: 'end awaits', ...awaited }, nowNs);
  }

  /** The server sees all flows, or one, from new ports. @param settled called once, with the number of flows that moved */
  rebind(nowNs: number, flow: number | null, settled: (moved: number) => void): void {
    this.#flows.rebind(nowNs, flow, settled);
  }

  /** Reports of all flows except the earlier ones, by number; call it at the end. */
  reports(isRunning = false): FlowReport[] {
    return this.#flows.reports(isRunning);
  }

  /** Sources of the fate files, one each; of several flows with one number, the last that got a datagram. */
  fateSources(): FateSource[] {
    return this.#flows.fateSources();
  }

  /** Counts what has not left as held at the end, in every flow. */
  abandon(): void {
    this.#flows.forEach((flow) => flow.abandon());
  }

  /** When it must wake next is noted when it is drained. */
  #wake(nowNs: number, flow: Flow): void {
    flow.wake(nowNs);
    if (flow.rebinds !== null) this.#flows.rebinding.wake(nowNs, flow);
    if (!flow.watch.isSettled) this.#look(nowNs, flow);
  }

  /**
   * After a batch. Its socket may have more that arrived before now, which a simulated one never has.
   * @param heardNs when the last datagram of the batch arrived
   */
  #wakeTouched(nowNs: number, direction: Direction, heardNs: number): void {
    for (const flow of this.#flows.touched) {
      if (this.#options.isVirtual === true) flow.wake(nowNs);
      else flow.wakeAfter(nowNs, direction, heardNs);
      if (flow.rebinds !== null) this.#flows.rebinding.wake(nowNs, flow);
      if (!flow.watch.isSettled) this.#look(nowNs, flow);
    }
  }

  #handleClients(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    const { tap } = this.#options;
    let lastPeer: Peer | undefined;
    let flow: Flow | undefined;
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row] as Peer;
      if (peer !== lastPeer) {
        lastPeer = peer;
        flow = this.#flows.ofClient(port, peer);
      }
      if (flow !== undefined && flow.silenceNs(batch.timesNs[row] as number) >= this.#newFlowAfterNs) {
        this.#flows.partFrom(flow);
        flow = undefined;
      }
      flow ??= this.#admission.meet(nowNs, port, batch, row);
      if (flow === undefined) continue;
      if (flow.trust !== null && !this.#admission.passes(flow, flow.trust, batch, row)) {
        // It may be closed now.
        lastPeer = undefined;
        flow = undefined;
        continue;
      }
      this.#flows.touch(flow);
      if (flow.route.isAway) this.upstream.noteAsked(nowNs, flow);
      tap?.note(flow, flow.route.asked, true, batch, row);
      if (!flow.handleUp(nowNs, batch, row)) this.#ignoring.counts.tooLate += 1;
    }
  }

  #handleServer(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    const flow = this.#flows.ofUpstream(port);
    const upstream = flow?.route.asked ?? this.upstream.server;
    const { tap } = this.#options;
    let lastPeer: Peer | undefined;
    let isServer = true;
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row] as Peer;
      if (peer !== lastPeer) {
        lastPeer = peer;
        isServer = flow === undefined ? isSamePeer(peer, upstream) : this.upstream.takes(nowNs, flow, peer);
      }
      if (!isServer) {
        this.#ignoring.ignore('notUpstream', peer, () => ({ kind: 'not upstream', from: peer, upstream }));
      } else if (flow === undefined) this.#ignoring.counts.tooLate += 1;
      else if (!this.#takesCheck(nowNs, flow, batch, row)) {
        tap?.note(flow, flow.route.asked, false, batch, row);
        if (!flow.handleDown(nowNs, batch, row)) this.#ignoring.counts.tooLate += 1;
      }
    }
    if (flow !== undefined) this.#flows.touch(flow);
  }

  /** Takes a check for a loop of this proxy's, which ends here. */
  #takesCheck(nowNs: number, flow: Flow, batch: DatagramBatch, row: number): boolean {
    const back = this.#loops.take(nowNs, flow, batch, row);
    if (back === undefined || back === null) return back === null;
    this.#observe(
      { kind: 'own datagrams', flow: flow.number, client: back.client, to: flow.route.to },
      nowNs,
    );
    this.#flows.remove(back);
    return true;
  }

  #look(nowNs: number, flow: Flow): void {
    for (const finding of flow.watch.look(nowNs)) {
      const direction = 'direction' in finding ? finding.direction : '';
      const who = 'bound' in finding ? `${direction} ${finding.bound}` : direction;
      this.#ignoring.say(finding.kind, who, () => eventOf(finding, flow, this.#options.protocol));
    }
  }
}
