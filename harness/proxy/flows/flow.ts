/**
 * One flow through the proxy: a client on one side, the server on the other, with the impairment of each direction.
 *
 * The protocol says what a datagram is, and what may be sent to an unverified client. A flow that has carried only the
 * beginning of a registration needs little memory.
 */
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { WayTap } from '../../recording/tap/wayTap.ts';
import type { FlowProtocol } from '../../protocols/protocol.ts';
import type { DirectionCounters } from '../path/counters.ts';
import type { FlowConditions } from '../../impairment/conditions.ts';
import type { FirstIndex } from '../changes/journalLines.ts';
import type { FateSource } from '../told/fateLines.ts';
import { FlowDirection } from '../path/flowDirection.ts';
import type { FlowOptions } from '../proxyOptions.ts';
import { isLoopCheck } from '../ports/loopChecks.ts';
import { Route } from '../ports/route.ts';
import { FlowWatch } from './flowWatch.ts';
import type { WatchedFor } from './flowWatch.ts';
import { FlowRebinds } from '../ports/rebinding.ts';
import { settingsOver } from '../../impairment/phases.ts';
import { rebindTimesNs } from '../../impairment/stages/rebind.ts';
import type { Trust } from './trust.ts';

/** Number of silent keep-alive periods after which a client may be replaced by another one. */
const MISSED_ALIVES = 3;

export class Flow {
  readonly number: number;
  /** Listening port that the client's datagrams arrive on, from 0. */
  readonly listenPort: number;
  /** Upstream port; −1 until it is open. */
  upstreamPort = -1;
  /** The number of its request for one; 0 if there is none under way. */
  opening = 0;
  readonly client: Peer;
  readonly openedNs: number;
  /** When a datagram last came from either side, nanoseconds. */
  lastActiveNs: number;
  /** Its place among all flows: of several that are due, those with a lower one come first. */
  order = 0;
  /** For FlowTimes: its number there, −1 for none; and whether it waits until nothing is held, to be given a place again. */
  slot = -1;
  isParked = false;
  readonly protocol: FlowProtocol;
  /** Whether the client is verified, and what may be sent to it; null if the protocol has no registration. */
  readonly trust: Trust | null;
  readonly down: FlowDirection;
  readonly up: FlowDirection;
  readonly watch: FlowWatch;
  readonly route: Route;
  /** Its moves to other upstream ports; null as long as none is to come. */
  rebinds: FlowRebinds | null;
  /** Datagrams that were refused where they were sent to (ICMP), as far as the system told. */
  upstreamRefusals = 0;
  /** Counters of control datagrams; null if these are not impaired. */
  readonly controlCounters: Readonly<Record<Direction, DirectionCounters>> | null;
  /**
   * Arrival of the client's last datagram: the server continues for a while without the client. It is the time of arrival,
   * so that a delay of the proxy itself does not count as silence.
   */
  #lastHeardNs: number;
  #nowNs: number;
  /** What a capture sees of the way up; null without one. */
  readonly #upTap: WayTap | null;

  /**
   * @param from what it is opened for
   * @param touch called with it when it is to be drained, and asked when it must wake
   */
  constructor(
    from: {
      /** 1 or more. */
      readonly number: number;
      readonly listenPort: number;
      readonly client: Peer;
      readonly server: Peer;
      readonly nowNs: number;
      readonly protocol: FlowProtocol;
      readonly trust: Trust | null;
      readonly watched: WatchedFor;
    },
    options: FlowOptions,
    touch: (flow: Flow) => void,
  ) {
    const { number, listenPort, client, server, nowNs, protocol, trust, watched } = from;
    this.number = number;
    this.listenPort = listenPort;
    this.client = client;
    this.openedNs = nowNs;
    this.lastActiveNs = nowNs;
    this.#lastHeardNs = nowNs;
    this.#nowNs = nowNs;
    this.protocol = protocol;
    this.trust = trust;
    this.route = new Route(server, options);
    const { impairment } = options;
    const rebindsNs = rebindTimesNs([...settingsOver(impairment, 'down'), ...settingsOver(impairment, 'up')]);
    this.rebinds = rebindsNs.length === 0 ? null : new FlowRebinds(nowNs, rebindsNs);
    const start = { arrivalNs: Number.NaN };
    const wayOf = (direction: Direction): WayTap | null =>
      options.capture?.way({ number, client }, () => this.route.asked, direction === 'up') ?? null;
    const ways = { down: wayOf('down'), up: wayOf('up') };
    this.#upTap = ways.up;
    const oneWay = (direction: Direction): FlowDirection =>
      new FlowDirection(options, {
        flow: number,
        direction,
        reader: protocol[direction],
        start,
        way: ways[direction],
        found: (kind) => this.watch.note({ kind, direction }),
        touch: () => touch(this),
        struck: (bound) => this.watch.note({ kind: 'bound struck', direction, bound }),
      });
    const down = oneWay('down');
    const up = oneWay('up');
    this.down = down;
    this.up = up;
    this.watch = new FlowWatch({ down, up }, watched);
    this.controlCounters =
      down.controlCounters === null || up.controlCounters === null
        ? null
        : { down: down.controlCounters, up: up.controlCounters };
  }

  /** Whether everything may be sent to the client. */
  get isTrusted(): boolean {
    return this.trust === null || this.trust.isVerified;
  }

  /** Datagrams that have arrived and not left yet. */
  get pending(): number {
    return this.down.pending + this.up.pending;
  }

  /** Whether its stream has ended and everything has left. */
  get isOver(): boolean {
    return this.down.ended && this.pending === 0;
  }

  /** Whether this client had been silent for so long when another one's datagram arrived that it must be gone. */
  isForsaken(arrivalNs: number): boolean {
    return this.silenceNs(arrivalNs) >= MISSED_ALIVES * this.protocol.keepAliveNs;
  }

  /** How long this client had been silent when a datagram arrived, nanoseconds. */
  silenceNs(arrivalNs: number): number {
    return arrivalNs - this.#lastHeardNs;
  }

  /** New conditions, as `FlowDirection.change`. */
  change(number: number, { down, up }: FlowConditions): FirstIndex[] {
    return [...this.down.change(number, down), ...this.up.change(number, up)];
  }

  /** Takes one datagram from the server: a row of a batch that stays unchanged until `wake`. False if it is too late. */
  handleDown(nowNs: number, batch: DatagramBatch, row: number): boolean {
    const isCheck = isLoopCheck(batch, row);
    if (!isCheck) this.watch.noteAnswer();
    if (!isCheck) this.route.noteAnswer();
    if (this.trust !== null && !this.trust.isVerified) return this.#carry(this.trust, batch, row);
    this.lastActiveNs = nowNs;
    return this.down.handle(nowNs, batch, row);
  }

  /** Takes one datagram from the client: a row of a batch that stays unchanged until `wake`. False if it is too late. */
  handleUp(nowNs: number, batch: DatagramBatch, row: number): boolean {
    this.lastActiveNs = nowNs;
    this.#lastHeardNs = batch.timesNs[row] as number;
    return this.up.handle(nowNs, batch, row);
  }

  /** Releases what is due. Call it at `nextWakeNs`, when everything that has arrived was handled. */
  wake(nowNs: number): void {
    this.#nowNs = nowNs;
    this.down.wake(nowNs);
    this.up.wake(nowNs);
  }

  /**
   * Releases what is due after a batch, of what must not wait for datagrams that have arrived but were not read yet.
   * @param direction of the batch: of the other one nothing is known
   * @param heardNs when the last datagram of the batch arrived
   */
  wakeAfter(nowNs: number, direction: Direction, heardNs: number): void {
    this.#nowNs = nowNs;
    this.down.wake(nowNs, direction === 'down' ? heardNs : Number.NEGATIVE_INFINITY);
    this.up.wake(nowNs, direction === 'up' ? heardNs : Number.NEGATIVE_INFINITY);
  }

  nextWakeNs(): number {
    return Math.min(this.down.nextWakeNs(), this.up.nextWakeNs());
  }

  /** @param listenPort the port towards the client, as the sink numbers it */
  drain(sink: DatagramSink, listenPort: number): void {
    const towards = this.trust === null || this.trust.isVerified ? sink : this.trust.gate(sink);
    this.down.drain(towards, listenPort, this.client);
    if (this.upstreamPort >= 0 && this.up.drain(sink, this.upstreamPort, this.route.to) > 0)
      this.watch.begin(this.#nowNs);
  }

  /** It has moved to another upstream port. */
  noteMoved(port: number): void {
    this.#upTap?.moved?.(port);
  }

  /** Releases everything held: no further datagrams are expected. */
  close(nowNs: number): void {
    this.down.close(nowNs);
    this.up.close(nowNs);
  }

  /** When the last of what has arrived leaves at the latest, once it is closed, nanoseconds; −Infinity for nothing. */
  lastDepartureNs(nowNs: number): number {
    return Math.max(this.down.lastDepartureNs(nowNs), this.up.lastDepartureNs(nowNs));
  }

  /** Counts what is left as held at the end. */
  abandon(): void {
    this.down.abandon();
    this.up.abandon();
  }

  /** The sources of the flow's fate files. */
  fateSources(): FateSource[] {
    const { down, up } = this;
    return [
      ...down.fateSources(),
      ...up.fateSources(),
      ...down.controlFateSources(),
      ...up.controlFateSources(),
    ];
  }

  /**
   * Handles a datagram of the server for an unverified client. It may be meant for the former client of the port: it gets
   * no index, and is forwarded only if the protocol's handshake says so. No copies: one datagram is sent for one received.
   */
  #carry(trust: Trust, batch: DatagramBatch, row: number): true {
    const { bytes, offsets, lengths } = batch;
    const isCarried = this.protocol.handshake?.carries(bytes, offsets[row] as number, lengths[row] as number);
    if (isCarried === true || isLoopCheck(batch, row)) this.down.handleControl(batch, row, false);
    else trust.withhold();
    return true;
  }
}
