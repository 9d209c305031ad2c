/**
 * One flow through the proxy: a client on one side, the server on the other, and what is done to datagrams each way.
 *
 * Sans I/O. What a datagram is, its protocol says; and as long as the client has proved nothing, also what may be carried
 * to it. A flow that has carried nothing but the beginning of a registration is small.
 */
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import type { DatagramSink } from '../../src/net/endpoint.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { FlowProtocol } from '../protocols/protocol.ts';
import type { DirectionCounters } from './counters.ts';
import type { FateSource } from './fateLines.ts';
import { FlowDirection } from './flowDirection.ts';
import type { FlowOpening, ProxyOptions } from './proxyOptions.ts';
import { FlowWatch } from './flowWatch.ts';
import type { Trust } from './trust.ts';

/** Silent for so many keep-alive periods, a client has made room for another one. */
const MISSED_ALIVES = 3;

export class Flow {
  readonly number: number;
  /** Port that the client's datagrams arrive on. */
  readonly listenPort: number;
  /** Port towards the server; −1 until it is open. */
  upstreamPort = -1;
  readonly client: Peer;
  readonly openedNs: number;
  /** When either side was last heard, nanoseconds. */
  lastActiveNs: number;
  readonly protocol: FlowProtocol;
  /** Null where the protocol knows no registration. */
  readonly trust: Trust | null;
  readonly down: FlowDirection;
  readonly up: FlowDirection;
  readonly watch: FlowWatch;
  /** Of control datagrams; null when they pass. */
  readonly controlCounters: Readonly<Record<Direction, DirectionCounters>> | null;
  /**
   * When something last arrived from the client: the server goes on for a while without one. By the clock of arrivals,
   * so that a proxy that was held up takes its own pause for nobody's silence.
   */
  #lastHeardNs: number;
  #nowNs: number;

  constructor(opening: FlowOpening, options: ProxyOptions) {
    const { number, listenPort, client, nowNs, protocol, trust } = opening;
    this.number = number;
    this.listenPort = listenPort;
    this.client = client;
    this.openedNs = nowNs;
    this.lastActiveNs = nowNs;
    this.#lastHeardNs = nowNs;
    this.#nowNs = nowNs;
    this.protocol = protocol;
    this.trust = trust;
    const start = { arrivalNs: Number.NaN };
    const oneWay = (direction: Direction): FlowDirection =>
      new FlowDirection(options, {
        flow: number,
        direction,
        reader: protocol[direction],
        start,
        found: (kind) => this.watch.note({ kind, direction }),
      });
    const down = oneWay('down');
    const up = oneWay('up');
    this.down = down;
    this.up = up;
    this.watch = new FlowWatch({ down, up }, opening.watched);
    this.controlCounters =
      down.controlCounters === null || up.controlCounters === null
        ? null
        : { down: down.controlCounters, up: up.controlCounters };
  }

  /** Whether the client may be sent everything. */
  get isTrusted(): boolean {
    return this.trust === null || this.trust.isVerified;
  }

  /** Datagrams that have come in and have yet to leave. */
  get pending(): number {
    return this.down.pending + this.up.pending;
  }

  /** Whether its stream has ended and all of it has left. */
  get isOver(): boolean {
    return this.down.ended && this.pending === 0;
  }

  /** How often a bound struck a stream, in either direction. */
  get boundStruck(): number {
    return this.down.boundStruck + this.up.boundStruck;
  }

  /** Whether, when something arrived from another client, this one had been silent so long that it must be gone. */
  isForsaken(arrivalNs: number): boolean {
    return arrivalNs - this.#lastHeardNs >= MISSED_ALIVES * this.protocol.keepAliveNs;
  }

  /** Takes one datagram from the server: a row of a batch that stays as it is until `wake`. */
  handleDown(nowNs: number, batch: DatagramBatch, row: number): void {
    this.watch.noteAnswer();
    if (this.trust !== null && !this.trust.isVerified) return this.#carry(this.trust, batch, row);
    this.lastActiveNs = nowNs;
    this.down.handle(nowNs, batch, row);
  }

  /** Takes one datagram from the client: a row of a batch that stays as it is until `wake`. */
  handleUp(nowNs: number, batch: DatagramBatch, row: number): void {
    this.lastActiveNs = nowNs;
    this.#lastHeardNs = batch.timesNs[row] as number;
    this.up.handle(nowNs, batch, row);
  }

  /** Releases what is due. Call it after every batch, and when `nextWakeNs` is reached. */
  wake(nowNs: number): void {
    this.#nowNs = nowNs;
    this.down.wake(nowNs);
    this.up.wake(nowNs);
  }

  nextWakeNs(): number {
    return Math.min(this.down.nextWakeNs(), this.up.nextWakeNs());
  }

  drain(sink: DatagramSink, server: Peer): void {
    const towards = this.trust === null || this.trust.isVerified ? sink : this.trust.gate(sink);
    this.down.drain(towards, this.listenPort, this.client);
    if (this.upstreamPort >= 0 && this.up.drain(sink, this.upstreamPort, server) > 0)
      this.watch.begin(this.#nowNs);
  }

  /** Nothing further is waited for: what is held for later datagrams leaves. */
  close(nowNs: number): void {
    this.down.close(nowNs);
    this.up.close(nowNs);
  }

  /** What is left will never leave, and is counted. */
  abandon(): void {
    this.down.abandon();
    this.up.abandon();
  }

  /** What the flow's fate files are made of. */
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
   * What comes for a client that proved nothing may be meant for another one: it keeps no place for it, and only what its
   * protocol's handshake carries goes on. An address that is not proved gets one datagram for one; a copy would be two.
   */
  #carry(trust: Trust, batch: DatagramBatch, row: number): void {
    const { bytes, offsets, lengths } = batch;
    const isCarried = this.protocol.handshake?.carries(bytes, offsets[row] as number, lengths[row] as number);
    if (isCarried === true) this.down.handleControl(batch, row, false);
    else trust.withhold();
  }
}
