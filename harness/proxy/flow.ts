/**
 * One flow through the proxy: a client on one side, the server on the other, and an impairer each way.
 *
 * Sans I/O. It knows the protocol only as far as it was told to: for `matchstream` the index is the message's count,
 * control datagrams pass or have a schedule of their own, and the registration's answer gives the plan that
 * time-based stages go by; for `any` every datagram counts, in order of arrival. A flow that has carried nothing but
 * the beginning of a registration is small: impairers are made when they are needed.
 */
import { MAX_CONTROL_BYTES, classify, decodeServerControl } from '../../src/protocol/control.ts';
import { readCount } from '../../src/protocol/stream.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import { SendQueue } from '../../src/net/sendQueue.ts';
import type { DatagramSink } from '../../src/net/endpoint.ts';
import { sendOffsetNs } from '../../src/net/source.ts';
import { controlConfig } from '../impairment/config.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { Schedule } from '../impairment/schedule.ts';
import type { Direction, MediaTimes, ScheduleDirection } from '../impairment/schedule.ts';
import { directionCounters } from './counters.ts';
import type { DirectionCounters } from './counters.ts';
import type { FateSource } from './fateLines.ts';
import { FateNotes } from './fateNotes.ts';
import type { FlowOpening, FlowSettings } from './flowSettings.ts';
import { FlowWatch } from './flowWatch.ts';
import { Pipeline } from './pipeline.ts';
import { OriginalIndices } from './originalIndices.ts';
import type { Trust } from './trust.ts';

export type { FlowSettings, ProxyProtocol } from './flowSettings.ts';

/** A client says every so often that it is there: as the registration's answer told it, and this before the answer. */
const KEEP_ALIVE_NS = 1e9;
/** Silent for so many of these periods, it has made room for another one. */
const MISSED_ALIVES = 3;

/** Repeats of the end that wait together; more are not needed. */
const MAX_ENDS = 16;

const DIRECTIONS: readonly ScheduleDirection[] = ['down', 'up', 'down-control', 'up-control'];
const CONTROL = { down: 'down-control', up: 'up-control' } as const;

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
  readonly trust: Trust | null;
  readonly watch: FlowWatch;
  /** For `matchstream` nothing has an index on the way up, and that way only counts. */
  readonly counters: Readonly<Record<Direction, DirectionCounters>> = {
    down: directionCounters(),
    up: directionCounters(),
  };
  /** Of control datagrams; null when they pass. */
  readonly controlCounters: Readonly<Record<Direction, DirectionCounters>> | null;
  /**
   * When something last arrived from the client: the server goes on for a while without one. By the clock of arrivals,
   * so that a proxy that was held up takes its own pause for nobody's silence.
   */
  #lastHeardNs: number;
  /** How often the client says that it is there; Infinity for one that does not, and whose silence means nothing. */
  #keepAliveNs: number;
  #isOriginal: boolean;
  readonly #settings: FlowSettings;
  readonly #impairers: Record<ScheduleDirection, Pipeline | null> = {
    down: null,
    up: null,
    'down-control': null,
    'up-control': null,
  };
  /** Those that were made. */
  #inUse: Pipeline[] = [];
  #isClosed = false;
  readonly #sources = new Map<ScheduleDirection, () => FateSource>();
  /** What passes untouched. */
  readonly #passing: Readonly<Record<Direction, SendQueue>> = {
    down: new SendQueue(true),
    up: new SendQueue(true),
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
  readonly #originals = new OriginalIndices();
  /** Arrival of the datagram being handled, and of the stream's first. */
  #arrivalNs = 0;
  #firstArrivalNs = Number.NaN;
  #nowNs: number;
  /** Announced ends, waiting for everything that was scheduled before them, and their indices. */
  #ends: DatagramBatch | null = null;
  #endIndices: number[] = [];

  constructor(opening: FlowOpening, settings: FlowSettings) {
    const { number, listenPort, client, nowNs, isOriginal, trust } = opening;
    this.number = number;
    this.listenPort = listenPort;
    this.client = client;
    this.openedNs = nowNs;
    this.lastActiveNs = nowNs;
    this.#lastHeardNs = nowNs;
    this.#nowNs = nowNs;
    this.#keepAliveNs = isOriginal ? Number.POSITIVE_INFINITY : KEEP_ALIVE_NS;
    this.#isOriginal = isOriginal;
    this.trust = trust;
    this.#settings = settings;
    this.watch = new FlowWatch(this.counters, opening.watched);
    this.controlCounters =
      settings.protocol === 'any' || !settings.impairment.impairControl
        ? null
        : { down: directionCounters(), up: directionCounters() };
  }

  /** Whether the client may be sent everything. */
  get isTrusted(): boolean {
    return this.trust === null || this.trust.isVerified;
  }

  /** Datagrams that have come in and have yet to leave. */
  get pending(): number {
    let pending = this.#ends?.count ?? 0;
    for (const impairer of this.#inUse) pending += impairer.pending;
    return pending;
  }

  /** Whether its stream has ended and all of it has left. */
  get isOver(): boolean {
    return this.#impairers.down?.ended === true && this.pending === 0;
  }

  /** How often a bound struck the stream, in either direction. */
  get boundStruck(): number {
    return (this.#impairers.down?.boundStruck ?? 0) + (this.#impairers.up?.boundStruck ?? 0);
  }

  /** The client turns out to be one of the original programs. */
  becomeOriginal(): void {
    this.#isOriginal = true;
    this.#keepAliveNs = Number.POSITIVE_INFINITY;
  }

  /** Whether, when something arrived from another client, this one had been silent so long that it must be gone. */
  isForsaken(arrivalNs: number): boolean {
    return arrivalNs - this.#lastHeardNs >= MISSED_ALIVES * this.#keepAliveNs;
  }

  /** Takes one datagram from the server: a row of a batch that stays as it is until `wake`. */
  handleDown(nowNs: number, batch: DatagramBatch, row: number): void {
    // What comes for a client that proved nothing may be meant for another one, and keeps no place for it.
    if (this.isTrusted) this.lastActiveNs = nowNs;
    this.#arrivalNs = batch.timesNs[row] as number;
    this.watch.noteAnswer();
    if (this.#settings.protocol === 'any') return this.#handleAny('down', batch, row);
    const { bytes, offsets, lengths } = batch;
    let count = readCount(bytes, offsets[row] as number, lengths[row] as number);
    if (count < 0 && this.#isOriginal) count = this.#originalIndex(batch, row);
    if (count < 0) return this.#handleControl(nowNs, batch, row);
    if (!this.isTrusted) return this.trust?.withhold();
    if (count > 0) {
      if (Number.isNaN(this.#firstArrivalNs)) this.#firstArrivalNs = this.#arrivalNs;
      if (this.#impairer('down').handle(count, batch, row)) return;
    }
    this.#passUnindexed(batch, row);
  }

  /** Takes one datagram from the client: a row of a batch that stays as it is until `wake`. */
  handleUp(nowNs: number, batch: DatagramBatch, row: number): void {
    this.lastActiveNs = nowNs;
    this.#arrivalNs = batch.timesNs[row] as number;
    this.#lastHeardNs = this.#arrivalNs;
    if (this.#settings.protocol === 'any') return this.#handleAny('up', batch, row);
    this.counters.up.control += 1;
    this.#sendControl('up', this.#nextArrival('up-control'), batch, row);
  }

  /** Releases what is due. Call it after every batch, and when `nextWakeNs` is reached. */
  wake(nowNs: number): void {
    this.#nowNs = nowNs;
    for (const impairer of this.#inUse) impairer.wake(nowNs);
  }

  nextWakeNs(): number {
    let nextNs = Number.POSITIVE_INFINITY;
    for (const impairer of this.#inUse) {
      const wakeNs = impairer.nextWakeNs();
      if (wakeNs < nextNs) nextNs = wakeNs;
    }
    return nextNs;
  }

  drain(sink: DatagramSink, server: Peer): void {
    this.#drainDown(this.isTrusted ? sink : (this.trust as Trust).gate(sink));
    if (this.upstreamPort < 0) return;
    const control = this.#drainControl('up', sink, this.upstreamPort, server);
    const stream = this.#impairers.up?.drain(sink, this.upstreamPort, server) ?? 0;
    if (control + stream > 0) this.watch.begin(this.#nowNs);
  }

  /** Nothing further is waited for: what is held for later datagrams leaves. */
  close(nowNs: number): void {
    this.#isClosed = true;
    for (const impairer of this.#inUse) impairer.close(nowNs);
  }

  /** What is left will never leave, and is counted. */
  abandon(): void {
    for (const impairer of this.#inUse) impairer.abandon();
  }

  /** What the flow's fate files are made of. */
  fateSources(): FateSource[] {
    const { keepFates = false, protocol } = this.#settings;
    if (!keepFates) return [];
    const isUsed = (direction: ScheduleDirection): boolean =>
      direction === 'down' || (direction === 'up' ? protocol === 'any' : this.controlCounters !== null);
    return DIRECTIONS.filter(isUsed).map((direction) => {
      this.#impairer(direction);
      return (this.#sources.get(direction) as () => FateSource)();
    });
  }

  #drainDown(sink: DatagramSink): void {
    const { down } = this.#impairers;
    // An answer goes before the stream datagrams of the same step: a client should be registered when they come.
    this.#drainControl('down', sink, this.listenPort, this.client);
    down?.drain(sink, this.listenPort, this.client);
    if (this.#ends === null || this.#ends.count === 0 || (down?.pending ?? 0) > 0) return;
    for (const [row, index] of this.#endIndices.entries()) this.#sendControl('down', index, this.#ends, row);
    this.#drainControl('down', sink, this.listenPort, this.client);
    this.#ends.clear();
    this.#endIndices = [];
  }

  #impairer(direction: ScheduleDirection): Pipeline {
    const made = this.#impairers[direction];
    if (made !== null) return made;
    const { impairment } = this.#settings;
    const way: Direction = direction === 'down' || direction === 'down-control' ? 'down' : 'up';
    const impairer =
      direction === way
        ? this.#make(direction, impairment[way], this.counters[way])
        : this.#make(direction, controlConfig(impairment[way]), this.controlCounters?.[way]);
    this.#impairers[direction] = impairer;
    // In a fixed order, whichever was needed first.
    this.#inUse = DIRECTIONS.flatMap((one) => this.#impairers[one] ?? []);
    if (this.#isClosed) impairer.close(this.#nowNs);
    return impairer;
  }

  #make(direction: ScheduleDirection, config: ImpairmentConfig, counters?: DirectionCounters): Pipeline {
    const { impairment, keepFates = false, protocol } = this.#settings;
    const { seed, holdMaxNs } = impairment;
    const key = { seed, flow: this.number, direction };
    const notes = keepFates ? new FateNotes(config) : null;
    const schedule = new Schedule(config, key, (index, repeat) => {
      const timeNs = this.#mediaTimeNs(index);
      notes?.noteMediaTime(index, timeNs, repeat);
      return timeNs;
    });
    const endIsAnnounced = protocol === 'matchstream' && direction === 'down';
    const isControl = direction === 'down-control' || direction === 'up-control';
    const about = { holdMaxNs, endIsAnnounced, notes, isControl, ...(counters && { counters }) };
    const impairer = new Pipeline(schedule, about);
    if (notes !== null) {
      this.#sources.set(direction, () => ({
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
    this.#impairer(direction).handle(this.#nextArrival(direction), batch, row);
  }

  #originalIndex(batch: DatagramBatch, row: number): number {
    const isFirst = !this.#originals.hasBegun;
    const index = this.#originals.indexOf(batch, row);
    // Nobody promises the first count, so the first that is seen is believed.
    if (isFirst && index >= 0) this.#impairer('down').promise(index);
    return index;
  }

  #passUnindexed(batch: DatagramBatch, row: number): void {
    if (!this.isTrusted) return this.trust?.withhold();
    this.counters.down.unindexed += 1;
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
    const control = lengthBytes <= MAX_CONTROL_BYTES ? decodeServerControl(batch.payload(row)) : null;
    if (!this.isTrusted) {
      // Whatever else the server says is for another client, which had this port before.
      const isOwn = control?.ok === true && control.value.kind === 'challenge';
      if (!isOwn || this.trust?.noteChallenge(control.value.token) !== true) return this.trust?.withhold();
    }
    this.counters.down.control += 1;
    const index = this.#nextArrival('down-control');
    if (control?.ok === true) {
      const { value } = control;
      if (value.kind === 'registered') {
        this.#keepAliveNs = value.keepAliveMs * 1e6;
        this.#learnPlan(value.timing, value.nextCount);
      }
      if (value.kind === 'end' || value.kind === 'originalEnd') {
        this.#impairer('down').end(nowNs, value.kind === 'end' ? value.count : null);
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
    const down = this.#impairer('down');
    down.promise(nextCount);
    // Flat out everything is planned for one instant, whatever its media time.
    if (speed === 0) down.followPlan(() => 0);
    else if (plannedNs !== null) down.followPlan((index) => sendOffsetNs(plannedNs(index), speed));
  }

  #waitWithEnd(index: number, batch: DatagramBatch, row: number): void {
    this.#ends ??= new DatagramBatch(MAX_ENDS, MAX_ENDS * MAX_CONTROL_BYTES);
    const { bytes, offsets, lengths, timesNs } = batch;
    const start = offsets[row] as number;
    if (this.#ends.append(bytes, start, lengths[row] as number, timesNs[row] as number)) {
      this.#endIndices.push(index);
    }
  }

  #sendControl(direction: Direction, index: number, batch: DatagramBatch, row: number): void {
    if (this.controlCounters === null) return this.#pass(direction, batch, row);
    // An address that is not proved gets one datagram for one; a copy would be two.
    const mayCopy = direction === 'up' || this.isTrusted;
    this.#impairer(CONTROL[direction]).handle(index, batch, row, 1, mayCopy);
  }

  /** Returns how many datagrams that was. */
  #drainControl(direction: Direction, sink: DatagramSink, port: number, peer: Peer): number {
    const passing = this.#passing[direction];
    const { count } = passing;
    if (count > 0) passing.drain(sink, port, peer, true);
    return count + (this.#impairers[CONTROL[direction]]?.drain(sink, port, peer, true) ?? 0);
  }
}

/** A function of its own: one made in the flow would keep all of the flow for as long as its fates are. */
const asNoted =
  (notes: FateNotes): MediaTimes =>
  (index, repeat) =>
    notes.mediaTimeNs(index, repeat);
