/**
 * One flow through the proxy: a client on one side, the server on the other, and an impairer each way.
 *
 * Sans I/O. It knows the protocol only as far as it was told to: for `matchstream` the index is the message's count,
 * control datagrams pass or have a schedule of their own, and the registration's answer gives the plan that
 * time-based stages go by; for `any` every datagram counts, in order of arrival.
 */
import { MAX_CONTROL_BYTES, classify, decodeServerControl } from '../../src/protocol/control.ts';
import { readCount } from '../../src/protocol/stream.ts';
import { DatagramBatch } from '../../src/stream/batch.ts';
import type { Peer } from '../../src/stream/batch.ts';
import { BatchQueue } from '../../src/stream/batchQueue.ts';
import type { DatagramSink } from '../../src/stream/machine.ts';
import { sendOffsetNs } from '../../src/stream/source.ts';
import { controlConfig } from '../impairment/config.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { Schedule } from '../impairment/schedule.ts';
import type { Direction, ScheduleDirection } from '../impairment/schedule.ts';
import type { FateSource } from './fateLines.ts';
import { FateNotes } from './fateNotes.ts';
import { Impairer } from './impairer.ts';

export type ProxyProtocol = 'matchstream' | 'any';

/** What all flows of a proxy share. */
export interface FlowSettings {
  readonly protocol: ProxyProtocol;
  readonly seed: string;
  readonly impairments: Readonly<Record<Direction, ImpairmentConfig>>;
  /** Longest wait for a datagram that should have come, nanoseconds. */
  readonly holdMaxNs: number;
  /** Whether control datagrams are impaired too, by schedules of their own. */
  readonly impairControl: boolean;
  /** Keep what fate files need. */
  readonly keepFates?: boolean;
  /**
   * Media time of an index, nanoseconds, where the caller knows the stream: a recording's times. Without it they are
   * as the registration says; and where that names no interval, or there is none, time is told by arrivals.
   */
  readonly mediaTimeNs?: (index: number) => number;
}

/** A client says every so often that it is there: as the registration's answer told it, and this before the answer. */
const KEEP_ALIVE_NS = 1e9;
/** Silent for so many of these periods, it has made room for another one. */
const MISSED_ALIVES = 3;

/** Repeats of the end that wait together; more are not needed. */
const MOST_ENDS = 16;

export class Flow {
  readonly number: number;
  /** Port that the client's datagrams arrive on. */
  readonly listenPort: number;
  /** Port towards the server; −1 until it is open. */
  upstreamPort = -1;
  readonly client: Peer;
  /** When either side was last heard, nanoseconds. */
  lastActiveNs: number;
  /**
   * When something last arrived from the client: the server goes on for a while without one. By the clock of arrivals,
   * so that a proxy that was held up takes its own pause for nobody's silence.
   */
  #lastHeardNs: number;
  /** How often the client says that it is there; Infinity for one that does not, and whose silence means nothing. */
  #keepAliveNs: number;
  readonly down: Impairer;
  /** For `matchstream` nothing has an index on the way up, and this only counts. */
  readonly up: Impairer;
  /** Where control datagrams go; null when they pass. */
  readonly control: Readonly<Record<Direction, Impairer>> | null;
  readonly #settings: FlowSettings;
  readonly #sources: (() => FateSource)[] = [];
  /** What passes untouched. */
  readonly #passing: Readonly<Record<Direction, BatchQueue>> = {
    down: new BatchQueue(),
    up: new BatchQueue(),
  };
  /** Datagrams that are counted in order of arrival, so far. */
  readonly #arrivals: Record<ScheduleDirection, number> = {
    down: 0,
    up: 0,
    'down-control': 0,
    'up-control': 0,
  };
  /** The stream's media times; null while they are unknown. */
  #plannedNs: ((index: number) => number) | null = null;
  #speed = 1;
  /** Arrival of the datagram being handled, and of the stream's first. */
  #arrivalNs = 0;
  #firstArrivalNs = Number.NaN;
  /** Announced ends, waiting for everything that was scheduled before them, and their indices. */
  #ends: DatagramBatch | null = null;
  #endIndices: number[] = [];

  /** @param saysAlive whether the client repeats that it is there; original programs do not */
  constructor(
    number: number,
    listenPort: number,
    client: Peer,
    nowNs: number,
    settings: FlowSettings,
    saysAlive = true,
  ) {
    this.number = number;
    this.listenPort = listenPort;
    this.client = client;
    this.lastActiveNs = nowNs;
    this.#lastHeardNs = nowNs;
    this.#keepAliveNs = saysAlive ? KEEP_ALIVE_NS : Number.POSITIVE_INFINITY;
    this.#settings = settings;
    const { down, up } = settings.impairments;
    const isAny = settings.protocol === 'any';
    this.down = this.#impairer('down', down, true);
    this.up = this.#impairer('up', up, isAny);
    this.control =
      isAny || !settings.impairControl
        ? null
        : {
            down: this.#impairer('down-control', controlConfig(down), true),
            up: this.#impairer('up-control', controlConfig(up), true),
          };
  }

  /** Datagrams that have come in and have yet to leave. */
  get pending(): number {
    const control = this.control === null ? 0 : this.control.down.pending + this.control.up.pending;
    return this.down.pending + this.up.pending + control + (this.#ends?.count ?? 0);
  }

  /** Whether, when something arrived from another client, this one had been silent so long that it must be gone. */
  isForsaken(arrivalNs: number): boolean {
    return arrivalNs - this.#lastHeardNs >= MISSED_ALIVES * this.#keepAliveNs;
  }

  /** Takes one datagram from the server: a row of a batch that stays as it is until `wake`. */
  handleDown(nowNs: number, batch: DatagramBatch, row: number): void {
    this.lastActiveNs = nowNs;
    this.#arrivalNs = batch.timesNs[row] as number;
    if (this.#settings.protocol === 'any') return this.#handleAny('down', batch, row);
    const count = readCount(batch.bytes, batch.offsets[row] as number, batch.lengths[row] as number);
    if (count < 0) return this.#handleControl(nowNs, batch, row);
    if (count > 0) {
      if (Number.isNaN(this.#firstArrivalNs)) this.#firstArrivalNs = this.#arrivalNs;
      if (this.down.handle(count, batch, row)) return;
    }
    this.#passUnindexed(batch, row);
  }

  /** Takes one datagram from the client: a row of a batch that stays as it is until `wake`. */
  handleUp(nowNs: number, batch: DatagramBatch, row: number): void {
    this.lastActiveNs = nowNs;
    this.#arrivalNs = batch.timesNs[row] as number;
    this.#lastHeardNs = this.#arrivalNs;
    if (this.#settings.protocol === 'any') return this.#handleAny('up', batch, row);
    this.up.counters.control += 1;
    this.#sendControl('up', this.#nextArrival('up-control'), batch, row);
  }

  /** Releases what is due. Call it after every batch, and when `nextWakeNs` is reached. */
  wake(nowNs: number): void {
    this.down.wake(nowNs);
    this.up.wake(nowNs);
    this.control?.down.wake(nowNs);
    this.control?.up.wake(nowNs);
  }

  nextWakeNs(): number {
    const { control } = this;
    const streamNs = Math.min(this.down.nextWakeNs(), this.up.nextWakeNs());
    return control === null
      ? streamNs
      : Math.min(streamNs, control.down.nextWakeNs(), control.up.nextWakeNs());
  }

  drain(sink: DatagramSink, server: Peer): void {
    // An answer goes before the stream datagrams of the same step: a client should be registered when they come.
    this.#drainControl('down', sink, this.listenPort, this.client);
    this.down.drain(sink, this.listenPort, this.client);
    if (this.#ends !== null && this.#ends.count > 0 && this.down.pending === 0) {
      for (const [row, index] of this.#endIndices.entries())
        this.#sendControl('down', index, this.#ends, row);
      this.#drainControl('down', sink, this.listenPort, this.client);
      this.#ends.clear();
      this.#endIndices = [];
    }
    if (this.upstreamPort < 0) return;
    this.#drainControl('up', sink, this.upstreamPort, server);
    this.up.drain(sink, this.upstreamPort, server);
  }

  /** Nothing further is waited for: what is held for later datagrams leaves. */
  close(nowNs: number): void {
    this.down.close(nowNs);
    this.up.close(nowNs);
    this.control?.down.close(nowNs);
    this.control?.up.close(nowNs);
  }

  /** What is left will never leave, and is counted. */
  abandon(): void {
    this.down.abandon();
    this.up.abandon();
    this.control?.down.abandon();
    this.control?.up.abandon();
  }

  /** What the flow's fate files are made of. */
  fateSources(): FateSource[] {
    return this.#sources.map((source) => source());
  }

  #impairer(direction: ScheduleDirection, config: ImpairmentConfig, isUsed: boolean): Impairer {
    const { seed, holdMaxNs, keepFates = false, protocol } = this.#settings;
    const key = { seed, flow: this.number, direction };
    const notes = keepFates && isUsed ? new FateNotes(config) : null;
    const schedule = new Schedule(config, key, (index) => {
      const timeNs = this.#mediaTimeNs(index);
      notes?.noteMediaTime(index, timeNs);
      return timeNs;
    });
    const endIsAnnounced = protocol === 'matchstream' && direction === 'down';
    const impairer = new Impairer(schedule, { holdMaxNs, endIsAnnounced, notes });
    if (notes !== null) {
      this.#sources.push(() => ({
        key,
        config,
        notes,
        lastIndex: impairer.lastIndex,
        arrived: impairer.counters.arrived,
        mediaTimeNs: this.#plannedNs ?? asNoted(notes),
      }));
    }
    return impairer;
  }

  /** By the plan where there is one; else by arrival, from the stream's first datagram on. */
  #mediaTimeNs(index: number): number {
    if (this.#plannedNs !== null) return this.#plannedNs(index);
    return (this.#arrivalNs - this.#firstArrivalNs) * this.#speed;
  }

  #nextArrival(direction: ScheduleDirection): number {
    this.#arrivals[direction] += 1;
    return this.#arrivals[direction];
  }

  #handleAny(direction: Direction, batch: DatagramBatch, row: number): void {
    if (Number.isNaN(this.#firstArrivalNs)) this.#firstArrivalNs = this.#arrivalNs;
    this[direction].handle(this.#nextArrival(direction), batch, row);
  }

  #passUnindexed(batch: DatagramBatch, row: number): void {
    this.down.counters.unindexed += 1;
    this.#pass('down', batch, row);
  }

  #pass(direction: Direction, batch: DatagramBatch, row: number): void {
    const { bytes, offsets, lengths, timesNs } = batch;
    this.#passing[direction].put(
      bytes,
      offsets[row] as number,
      lengths[row] as number,
      timesNs[row] as number,
    );
  }

  /** A datagram from the server that is not of the stream: learns what it says, whatever becomes of it. */
  #handleControl(nowNs: number, batch: DatagramBatch, row: number): void {
    const lengthBytes = batch.lengths[row] as number;
    if (classify(batch.bytes, batch.offsets[row] as number, lengthBytes) !== 'control') {
      return this.#passUnindexed(batch, row);
    }
    this.down.counters.control += 1;
    const index = this.#nextArrival('down-control');
    const control = lengthBytes <= MAX_CONTROL_BYTES ? decodeServerControl(batch.payload(row)) : null;
    if (control?.ok === true) {
      const { value } = control;
      if (value.kind === 'registered') {
        this.#keepAliveNs = value.keepAliveMs * 1e6;
        this.#learnPlan(value.timing, value.nextCount);
      }
      if (value.kind === 'end' || value.kind === 'originalEnd') {
        this.down.end(nowNs, value.kind === 'end' ? value.count : null);
        return this.#waitWithEnd(index, batch, row);
      }
    }
    this.#sendControl('down', index, batch, row);
  }

  #learnPlan({ intervalUs, speed }: { intervalUs: number; speed: number }, nextCount: number): void {
    // The interval is whole nanoseconds; as microseconds it may have lost its last bit.
    const intervalNs = Math.round(intervalUs * 1e3);
    const planned = intervalNs > 0 ? (index: number): number => (index - 1) * intervalNs : null;
    const plannedNs = this.#settings.mediaTimeNs ?? planned;
    this.#plannedNs = plannedNs;
    this.#speed = speed > 0 ? speed : 1;
    this.down.promise(nextCount);
    // Flat out everything is planned for one instant, whatever its media time.
    if (speed === 0) this.down.followPlan(() => 0);
    else if (plannedNs !== null) this.down.followPlan((index) => sendOffsetNs(plannedNs(index), speed));
  }

  #waitWithEnd(index: number, batch: DatagramBatch, row: number): void {
    this.#ends ??= new DatagramBatch(MOST_ENDS, MOST_ENDS * MAX_CONTROL_BYTES);
    const { bytes, offsets, lengths, timesNs } = batch;
    const start = offsets[row] as number;
    if (this.#ends.append(bytes, start, lengths[row] as number, timesNs[row] as number)) {
      this.#endIndices.push(index);
    }
  }

  #sendControl(direction: Direction, index: number, batch: DatagramBatch, row: number): void {
    if (this.control === null) this.#pass(direction, batch, row);
    else this.control[direction].handle(index, batch, row);
  }

  #drainControl(direction: Direction, sink: DatagramSink, port: number, peer: Peer): void {
    const passing = this.#passing[direction];
    if (!passing.empty) passing.drain(sink, port, peer, true);
    this.control?.[direction].drain(sink, port, peer, true);
  }
}

/** A function of its own: one made in the flow would keep all of the flow for as long as its fates are. */
const asNoted =
  (notes: FateNotes): ((index: number) => number) =>
  (index) =>
    notes.mediaTimeNs(index);
