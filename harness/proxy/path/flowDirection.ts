/**
 * One direction of a flow: the protocol's reader classifies each datagram, and each stream has its own pipeline.
 *
 * Datagrams with an index go to their stream's pipeline, control datagrams pass or have their own schedule, the rest
 * passes. Pipelines are created when needed, so an unused direction needs little memory.
 */
import { sum } from '../../../src/base/figures.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import { sendOffsetNs } from '../../../src/net/source.ts';
import { longestStayNs } from '../../impairment/analytic.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { settingsOver } from '../../impairment/phases.ts';
import type { Direction, ScheduleKey } from '../../impairment/schedule.ts';
import { CONTROL } from '../../protocols/indexReader.ts';
import type { IndexReader, StreamNews } from '../../protocols/indexReader.ts';
import { AnnouncedEnds } from '../flows/announcedEnds.ts';
import { addCounters, directionCounters } from './counters.ts';
import type { DirectionCounters } from './counters.ts';
import type { FateSource } from '../told/fateLines.ts';
import type { WayTap } from '../../recording/tap/wayTap.ts';
import { impairsControl } from '../proxyOptions.ts';
import type { DirectionOptions } from '../proxyOptions.ts';
import type { FlowStart, FlowSurroundings } from './flowSurroundings.ts';
import type { SharedDirection } from './sharedDirection.ts';
import { SAME_IN_A_ROW } from '../flows/flowWatch.ts';
import { Passing } from './passing.ts';
import { isTimed } from './streamBeginning.ts';
import { emptySource, makeStream } from './streamPipeline.ts';
import type { StreamAbout, StreamPipeline } from './streamPipeline.ts';
import type { FirstIndex } from '../changes/journalLines.ts';

export class FlowDirection {
  /** Counters of the first stream; they also count control and unindexed datagrams. */
  readonly counters = directionCounters();
  /** Counters of control datagrams; null if these are not impaired. */
  readonly controlCounters: DirectionCounters | null;
  readonly #options: DirectionOptions;
  /** The settings now. */
  #config: ImpairmentConfig;
  readonly #flow: number;
  readonly #direction: Direction;
  readonly #reader: IndexReader;
  readonly #start: FlowStart;
  readonly #found: FlowSurroundings['found'];
  readonly #struck: FlowSurroundings['struck'];
  readonly #touch: FlowSurroundings['touch'];
  readonly #shared: SharedDirection | null;
  #hasFoundMany = false;
  #hasFoundSame = false;
  /** By stream, the first at 0. */
  readonly #streams: StreamPipeline[] = [];
  #control: StreamPipeline | null = null;
  readonly #way: WayTap | null;
  readonly #passing: Passing;
  #controlArrivals = 0;
  /** When it was closed; Infinity before. */
  #closedNs = Number.POSITIVE_INFINITY;
  #nowNs = 0;
  /** Arrival and index of the datagram being handled. */
  #arrivalNs = 0;
  #index = 0;
  /** The stream's media times; null if unknown. */
  #plannedNs: ((index: number) => number) | null = null;
  #speed = 1;
  readonly #ends = new AnnouncedEnds();

  constructor(options: DirectionOptions, about: FlowSurroundings) {
    const { flow, direction, reader, start, way, found, struck, touch } = about;
    this.#options = options;
    this.#config = options.changes.of(flow)[direction];
    this.#flow = flow;
    this.#direction = direction;
    this.#reader = reader;
    this.#start = start;
    this.#way = way;
    this.#passing = new Passing(way?.stream() ?? null);
    this.#found = found;
    this.#struck = struck;
    this.#touch = touch;
    this.#shared = options.shared[direction];
    this.controlCounters = impairsControl(options) ? directionCounters() : null;
  }

  /** Datagrams that have arrived and not left yet. */
  get pending(): number {
    let pending = this.#ends.count;
    for (const { pipeline } of this.#pipelines()) pending += pipeline.pending;
    return pending;
  }

  /** Whether its stream has ended. */
  get ended(): boolean {
    return this.#streams[0]?.pipeline.ended === true;
  }

  /** Number of datagrams with an index, of all streams. */
  get arrived(): number {
    const isOne = this.#streams.length < 2;
    return isOne ? this.counters.arrived : sum(this.streamCounters().map(({ arrived }) => arrived));
  }

  /** Number of datagrams that do not show that the protocol is the right one. */
  get unread(): number {
    const { unindexed, control } = this.counters;
    return this.#options.protocol[this.#direction].unread?.isControl === true
      ? unindexed + control
      : unindexed;
  }

  /** Counters of each stream; of the first one, if none has begun. */
  streamCounters(): DirectionCounters[] {
    if (this.#streams.length === 0) return [this.counters];
    return this.#streams.map(({ pipeline }) => pipeline.counters);
  }

  /** The sum of all streams; without indices if there are several. */
  totalCounters(): DirectionCounters {
    if (this.#streams.length < 2) return this.counters;
    const total = directionCounters();
    for (const counters of this.streamCounters()) addCounters(total, counters);
    return total;
  }

  /**
   * Takes one datagram: a row of a batch that stays unchanged until `wake`. Returns false for one that came after the
   * close and would have to wait.
   */
  handle(nowNs: number, batch: DatagramBatch, row: number): boolean {
    this.#nowNs = nowNs;
    const reader = this.#reader;
    const arrivalNs = batch.timesNs[row] as number;
    const index = reader.read(batch.bytes, batch.offsets[row] as number, batch.lengths[row] as number);
    this.#arrivalNs = arrivalNs;
    if (reader.news !== null) this.#learn(nowNs, reader.news);
    if (index > 0) {
      if (arrivalNs > this.#closedNs && this.#delays) {
        this.#passing.noteIgnored(batch, row);
        return false;
      }
      if (Number.isNaN(this.#start.arrivalNs)) this.#start.arrivalNs = arrivalNs;
      this.#shared?.begin(arrivalNs);
      this.#index = index;
      if (reader.repeat > 1) this.#lookAtRepeat(reader);
      if (this.#stream(reader.stream).pipeline.handle(index, batch, row, reader.repeat)) return true;
    }
    if (index !== CONTROL) {
      this.counters.unindexed += 1;
      if (reader.refusedStreams > 0) this.#lookAtStreams();
      this.#passing.note(batch, row);
      this.#passing.put(batch, row);
    } else if (reader.news?.lastIndex === undefined) this.handleControl(batch, row, true);
    else {
      this.counters.control += 1;
      if (this.controlCounters === null) this.#passing.note(batch, row);
      this.#ends.keep(this.#nextControlIndex(), batch, row);
    }
    return true;
  }

  /**
   * New settings, from the next index of each stream on.
   * @param number of the epoch
   * @returns where it begins in each stream; nothing where nothing changes
   */
  change(number: number, config: ImpairmentConfig): FirstIndex[] {
    const { changes } = this.#options;
    if (config === this.#config && !changes.isLeavingPhases) return [];
    const control = changes.controlOf(config);
    const isControlChanged = changes.isLeavingPhases || control !== changes.controlOf(this.#config);
    this.#config = config;
    const firstIndices = this.#streams.map(({ pipeline }, k): FirstIndex => {
      const index = pipeline.change(number, config);
      return changes.firstIndex(this.#keyOf(k + 1), index);
    });
    if (this.#control !== null && isControlChanged)
      firstIndices.push(changes.firstIndex(this.#controlKey, this.#control.pipeline.change(number, control)));
    return firstIndices;
  }

  /** Takes one control datagram. @param mayCopy false if it must not be copied, whatever is scheduled */
  handleControl(batch: DatagramBatch, row: number, mayCopy: boolean): void {
    this.counters.control += 1;
    if (this.controlCounters === null) this.#passing.note(batch, row);
    this.#sendControl(this.#nextControlIndex(), batch, row, mayCopy);
  }

  /** @param heardNs as for a pipeline */
  wake(nowNs: number, heardNs = nowNs): void {
    this.#nowNs = nowNs;
    for (const { pipeline } of this.#streams) pipeline.wake(nowNs, heardNs);
    this.#control?.pipeline.wake(nowNs, heardNs);
  }

  nextWakeNs(): number {
    let nextNs = this.#control?.pipeline.nextWakeNs() ?? Number.POSITIVE_INFINITY;
    for (const { pipeline } of this.#streams) {
      const wakeNs = pipeline.nextWakeNs();
      if (wakeNs < nextNs) nextNs = wakeNs;
    }
    return nextNs;
  }

  /** Sends everything that may leave now to one peer. Returns the number of datagrams. */
  drain(sink: DatagramSink, port: number, peer: Peer): number {
    // Control first: a client should be registered before stream datagrams of the same step arrive.
    let count = this.#drainControl(sink, port, peer);
    let pending = 0;
    for (const { pipeline } of this.#streams) {
      count += pipeline.drain(sink, port, peer);
      pending += pipeline.pending;
    }
    if (this.#ends.count === 0 || pending > 0) return count;
    this.#ends.release((index, batch, row) => this.#sendControl(index, batch, row, true));
    return count + this.#drainControl(sink, port, peer);
  }

  /** Releases everything held: no further datagrams are expected. */
  close(nowNs: number): void {
    this.#closedNs = Math.min(this.#closedNs, nowNs);
    this.#index = 0;
    for (const { pipeline } of this.#pipelines()) pipeline.close(nowNs);
  }

  /** When the last of what has arrived leaves at the latest, once it is closed, nanoseconds; −Infinity for nothing. */
  lastDepartureNs(nowNs: number): number {
    let lastNs = Number.NEGATIVE_INFINITY;
    for (const { pipeline } of this.#pipelines()) lastNs = Math.max(lastNs, pipeline.lastDepartureNs());
    if (this.#ends.count === 0 || this.controlCounters === null) return lastNs;
    // An announced end is delayed from its arrival, and leaves behind the rest.
    const { changes } = this.#options;
    const longestNs = this.#settings.map((config) => longestStayNs(changes.controlOf(config), 0));
    return Math.max(lastNs, nowNs + Math.max(...longestNs));
  }

  /** Datagrams with an index, and copies, that have not left. */
  get waiting(): number {
    return sum(this.#streams.map(({ pipeline }) => pipeline.waiting()));
  }

  /** Counts what is left as held at the end. */
  abandon(): void {
    for (const { pipeline } of this.#pipelines()) pipeline.abandon();
  }

  /** Corrects the counters for forwarded datagrams that were not sent. */
  noteSendFailure(datagrams: number): void {
    let left = datagrams;
    for (const counters of this.streamCounters()) {
      const failed = Math.min(left, counters.forwarded);
      counters.forwarded -= failed;
      counters.refused += failed;
      left -= failed;
    }
  }

  /** The sources of its streams' fate files; the first stream always has one. */
  fateSources(): FateSource[] {
    if (this.#options.keepFates !== true) return [];
    if (this.#streams.length === 0 && this.#options.protocol[this.#direction].isIndexed)
      return [emptySource(this.#keyOf(1), this.#config)];
    return this.#streams.flatMap(({ fates }) => fates?.() ?? []);
  }

  /** The sources of its control datagrams' fate files, if these are impaired. */
  controlFateSources(): FateSource[] {
    if (this.#options.keepFates !== true || this.controlCounters === null) return [];
    if (this.#control !== null) return [this.#control.fates?.() ?? []].flat();
    return [emptySource(this.#controlKey, this.#options.changes.controlOf(this.#config))];
  }

  /** Those that may hold now: with phases, any of them. */
  get #settings(): readonly ImpairmentConfig[] {
    const { changes, impairment } = this.#options;
    return changes.isInPhases ? settingsOver(impairment, this.#direction) : [this.#config];
  }

  /** Whether datagrams with an index wait for a time. */
  get #delays(): boolean {
    return this.#settings.some(isTimed);
  }

  #lookAtRepeat({ sameInARow }: IndexReader): void {
    if (sameInARow < SAME_IN_A_ROW) return;
    if (!this.#hasFoundSame) this.#found('same index');
    this.#hasFoundSame = true;
  }

  #lookAtStreams(): void {
    if (!this.#hasFoundMany) this.#found('many streams');
    this.#hasFoundMany = true;
  }

  #pipelines(): StreamPipeline[] {
    return this.#control === null ? this.#streams : [...this.#streams, this.#control];
  }

  #stream(stream: number): StreamPipeline {
    while (this.#streams.length < stream) {
      const number = this.#streams.length + 1;
      const first = number === 1;
      this.#streams.push(
        this.#make(this.#keyOf(number), this.#config, first ? '' : `stream ${number}, `, {
          counters: first ? this.counters : directionCounters(),
          endIsAnnounced: this.#options.protocol[this.#direction].endIsAnnounced,
          shared: this.#shared?.part(this.#flow, number, this.#touch) ?? null,
        }),
      );
    }
    return this.#streams[stream - 1] as StreamPipeline;
  }

  #keyOf(stream: number): ScheduleKey {
    const key = { seed: this.#options.impairment.seed, flow: this.#flow, direction: this.#direction };
    return stream === 1 ? key : { ...key, stream };
  }

  get #controlKey(): ScheduleKey {
    const { seed } = this.#options.impairment;
    return { seed, flow: this.#flow, direction: `${this.#direction}-control` };
  }

  #controlPipeline(): StreamPipeline {
    this.#control ??= this.#make(
      this.#controlKey,
      this.#options.changes.controlOf(this.#config),
      'control, ',
      { counters: this.controlCounters as DirectionCounters, endIsAnnounced: false, isControl: true },
    );
    return this.#control;
  }

  #make(
    key: ScheduleKey,
    config: ImpairmentConfig,
    name: string,
    about: Pick<StreamAbout, 'counters' | 'endIsAnnounced' | 'shared' | 'isControl'>,
  ): StreamPipeline {
    const made = makeStream(this.#options, this.#nowNs, key, config, {
      ...about,
      struck: this.#struck,
      tap: this.#way?.stream(name) ?? null,
      mediaTimeNs: (index) => this.#mediaTimeNs(index),
      phaseTimeNs: (index) => (about.isControl === true ? this.#sinceStartNs : this.#mediaTimeNs(index)),
      nowNs: () => this.#nowNs,
      plannedNs: () => this.#plannedNs,
    });
    if (this.#closedNs < Number.POSITIVE_INFINITY) made.pipeline.close(this.#nowNs);
    return made;
  }

  /**
   * By the plan if there is one; else from the datagram itself, so a missing one has none; else by arrival, relative to the
   * flow's first datagram. Where flows share outages and there is no plan, by arrival, relative to the first of all.
   */
  #mediaTimeNs(index: number): number {
    if (this.#plannedNs !== null) return this.#plannedNs(index);
    if (this.#shared !== null) return this.#shared.sinceStartNs(this.#arrivalNs) * this.#speed;
    const { mediaTimeNs } = this.#reader;
    if (!Number.isNaN(mediaTimeNs)) return index === this.#index ? mediaTimeNs : Number.NaN;
    return this.#sinceStartNs;
  }

  /** Time since the flow's first datagram with an index; NaN before. */
  get #sinceStartNs(): number {
    return (this.#arrivalNs - this.#start.arrivalNs) * this.#speed;
  }

  #learn(nowNs: number, { firstIndex, plan, lastIndex }: StreamNews): void {
    const { pipeline } = this.#stream(1);
    if (plan !== undefined) {
      const { intervalNs, speed } = plan;
      const planned = intervalNs > 0 ? (index: number): number => (index - 1) * intervalNs : null;
      const plannedNs = this.#options.mediaTimeNs ?? planned;
      this.#plannedNs = plannedNs;
      this.#speed = speed > 0 ? speed : 1;
      // Flat out, all datagrams are planned for the same time, whatever their media time.
      if (speed === 0) pipeline.followPlan(() => 0);
      else if (plannedNs !== null) pipeline.followPlan((index) => sendOffsetNs(plannedNs(index), speed));
    }
    if (firstIndex !== undefined) pipeline.promise(firstIndex);
    if (lastIndex !== undefined) pipeline.end(nowNs, lastIndex);
  }

  /** The index of a control datagram: its order of arrival. */
  #nextControlIndex(): number {
    this.#controlArrivals += 1;
    return this.#controlArrivals;
  }

  #sendControl(index: number, batch: DatagramBatch, row: number, mayCopy: boolean): void {
    if (this.controlCounters === null) this.#passing.put(batch, row);
    else this.#controlPipeline().pipeline.handle(index, batch, row, 1, mayCopy);
  }

  #drainControl(sink: DatagramSink, port: number, peer: Peer): number {
    const count = this.#passing.drain(sink, port, peer);
    return count + (this.#control?.pipeline.drain(sink, port, peer, true) ?? 0);
  }
}
