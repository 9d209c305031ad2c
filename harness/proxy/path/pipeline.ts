/**
 * One direction of one flow: gives every datagram its fate and puts what survives into a queue, in order.
 *
 * The stages are those of harness/impairment, in their fixed order: outage, mtu, drop after, drop, corrupt, duplicate,
 * hold, delay, rate; what is spared passes them all. Bytes and times are arguments, and `drain` sends what is queued. Decisions depend
 * only on the index, the size and the schedule, never on content or chance.
 *
 * Calling order: `handle` for each datagram, `end` when the stream's end is announced, `wake` after every batch and
 * at `nextWakeNs`, `drain`; `close` when no more datagrams are expected, then `abandon`.
 */
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Epoch } from '../../impairment/epochs.ts';
import { ReorderBuffer } from '../../impairment/reorderBuffer.ts';
import type { Schedule } from '../../impairment/schedule.ts';
import { SizeCauses } from '../../impairment/stages/dropAfter.ts';
import { isSpared } from '../../impairment/stages/spare.ts';
import type { Bound } from './bounds.ts';
import { directionCounters } from './counters.ts';
import type { DirectionCounters } from './counters.ts';
import { Departures } from './departures.ts';
import type { FateNotes } from '../told/fateNotes.ts';
import { HeldDatagrams } from './heldDatagrams.ts';
import { noteLate } from './lateness.ts';
import { NOT_NOTED } from '../told/traffic.ts';
import type { StreamTraffic } from '../told/traffic.ts';
import type { StreamTap } from '../../recording/tap/wayTap.ts';
import type { PipelineSurroundings } from './pipelineSurroundings.ts';
import { StreamBeginning, isTimed } from './streamBeginning.ts';
import { MAX_FIRST_INDEX, MAX_INDEX_JUMP } from './indexLimits.ts';
import { StreamEpochs } from './streamEpochs.ts';
import type { ComingPhases } from './streamEpochs.ts';
import type { SendTimes, TimedStages } from './timedStages.ts';

export class Pipeline {
  readonly counters: DirectionCounters;
  /** Whether the stream's end was announced and no datagram has arrived since. */
  ended = false;
  readonly #holdMaxNs: number;
  readonly #endIsAnnounced: boolean;
  readonly #notes: FateNotes | null;
  readonly #traffic: StreamTraffic | null;
  readonly #tap: StreamTap | null;
  readonly #schedule: Schedule;
  readonly #out: Departures;
  readonly #holds = new ReorderBuffer();
  readonly #held: HeldDatagrams;
  readonly #epochs: StreamEpochs;
  readonly #sizes = new SizeCauses();
  /** Delay and link; null if both have always been off. */
  #timed: TimedStages | null = null;
  readonly #beginning: StreamBeginning;
  /** The next index in order. */
  #next = 1;
  #closed = false;
  /** Number of datagrams flushed because the stream seemed over, and what said so; if it continues, they left early. */
  #flushed = 0;
  #flushedBy: Bound = 'end';
  readonly #found: (bound: Bound) => void;
  /** Whether time jumps, so that nothing is late. */
  readonly #isVirtual: boolean;
  /** Time of the last step. */
  #nowNs = 0;
  /** When the last datagram arrived; NaN before the first. */
  #lastArrivalNs = Number.NaN;

  constructor(schedule: Schedule, about: PipelineSurroundings) {
    const { holdMaxNs, notes, held = new HeldDatagrams(), struck = () => undefined, shared = null } = about;
    this.#schedule = schedule;
    this.#holdMaxNs = holdMaxNs;
    this.#endIsAnnounced = about.endIsAnnounced;
    this.#notes = notes;
    this.#traffic = about.traffic ?? null;
    this.#tap = about.tap ?? null;
    this.#held = held;
    this.#out = new Departures(held, this.#tap, this.#traffic, about.waits ?? null);
    this.#found = struck;
    this.#isVirtual = about.isVirtual === true;
    this.counters = about.counters ?? directionCounters();
    this.#beginning = new StreamBeginning({
      held,
      counters: this.counters,
      notes,
      holdMaxNs,
      send: (slot: number, timeNs: number): void => this.#out.putHeld(slot, timeNs),
      dropped: (slot: number, timeNs: number): void => this.#noteQueueDrop(slot, timeNs),
      noteTime: (nowNs: number): void => void (this.#nowNs = nowNs),
      strike: (bound: Bound): void => this.#strike(bound, 1),
      shared,
    });
    // Without a report nobody asks for fates of long ago, but what comes very late.
    const forgets = notes === null && this.#traffic === null;
    this.#epochs = new StreamEpochs(
      schedule,
      this.#began,
      forgets ? () => this.#strike('forgotten', 1) : null,
    );
    this.#timed = this.#beginning.firstStages(schedule.config, schedule.epochAt(1));
  }

  /** Datagrams that have arrived and are neither queued nor dropped yet. */
  get pending(): number {
    return this.#holds.heldCount + (this.#timed?.pending ?? 0);
  }

  /** Highest index known of the stream; 0 if there is none. */
  get lastIndex(): number {
    return Math.max(this.counters.highestIndex, this.counters.lastIndex ?? 0);
  }

  /** The first index is promised, so a stream that is joined late is accepted. */
  promise(firstIndex: number): void {
    if (!Number.isNaN(this.#lastArrivalNs) || firstIndex > MAX_FIRST_INDEX) return;
    this.#next = firstIndex;
    if (this.#traffic !== null) this.#traffic.firstIndex = firstIndex;
  }

  /** New settings from the next index on. Returns that index. @param number of the epoch, above all before */
  change(number: number, config: ImpairmentConfig): number {
    this.#epochs.begin({ number, firstIndex: this.#next, config });
    return this.#next;
  }

  /** Epochs whose first indices are known in advance, in order; without any, those that begin at times. */
  expect(epochs: readonly Epoch[], phases: ComingPhases | null): void {
    this.#epochs.expect(epochs);
    this.#epochs.reach(this.#next);
    if (epochs.length === 0 && phases !== null) this.#epochs.followPhases(phases);
  }

  readonly #began = ({ firstIndex, number, config }: Epoch, before: ImpairmentConfig): void => {
    this.#notes?.follow(config);
    // What leaves before the first one of the epoch has no delay and no link.
    if (isTimed(config)) this.#timed ??= this.#beginning.stages(before, number - 1);
    this.#timed?.change(firstIndex, number, config);
  };

  /** The stream's plan is known: the time-based stages use it. */
  followPlan(plan: SendTimes): void {
    this.#beginning.followPlan(plan, this.#timed);
    if (this.#traffic !== null) this.#traffic.plannedNs = plan;
  }

  /** Time of the next `wake`, on the clock of arrivals, nanoseconds; Infinity if nothing is due. */
  nextWakeNs(): number {
    const timedNs = this.#timed?.nextWakeNs() ?? Number.POSITIVE_INFINITY;
    return Math.min(timedNs, this.#quietUntilNs());
  }

  /**
   * Takes datagram `index`, a row of a batch that stays unchanged until `wake`.
   * @param repeat 1 for the first datagram with that index; a repeat has its own fate, and does not count as a pass
   * @param mayCopy false if it must not be copied, whatever is scheduled
   * @returns false if the index is implausible; then nothing was done
   */
  handle(index: number, batch: DatagramBatch, row: number, repeat = 1, mayCopy = true): boolean {
    if (index - this.#next > MAX_INDEX_JUMP) return false;
    if (repeat > 1) this.#handleRepeat(index, batch, row, repeat);
    else this.#handleFirst(index, batch, row, mayCopy);
    return true;
  }

  #handleFirst(index: number, batch: DatagramBatch, row: number, mayCopy: boolean): void {
    const { counters } = this;
    const schedule = this.#schedule;
    const arrivalNs = batch.timesNs[row] as number;
    const isLate = index < this.#next;
    if (this.#beginning.index === 0) this.#beginning.note(index, arrivalNs, this.#timed);
    this.#lastArrivalNs = arrivalNs;
    if (!isLate) {
      if (this.ended || this.#flushed > 0) this.#resume();
      while (this.#next < index) this.#skip(arrivalNs);
      if (index >= this.#epochs.nextAt) this.#epochs.reach(index);
      this.#next = index + 1;
      counters.highestIndex = index;
    }
    const config = this.#epochs.of(index);
    counters.arrived += 1;
    const entry = this.#enter(index, 1, batch, row);
    const fate = schedule.at(index);
    const lengthBytes = batch.lengths[row] as number;
    const cause = this.#sizes.next(schedule.dropCause[fate] as number, config, index, lengthBytes);
    this.#notes?.noteArrival(index, lengthBytes, 1, cause);
    if (cause !== 0) {
      this.#tap?.dropped(batch, row, index, 1, cause);
      counters.droppedByCause[cause] = (counters.droppedByCause[cause] as number) + 1;
      return;
    }
    const copies = mayCopy ? (schedule.copies[fate] as number) : 0;
    const distance = schedule.hold[fate] as number;
    counters.duplicated += copies;
    const isHeld = this.#mayHold(distance, lengthBytes);
    const corrupt = schedule.corrupt[fate] as number;
    const delayNs = schedule.delayNs[fate] as number;
    this.#tap?.entered(batch, row, index, 1, copies, distance, isHeld, corrupt, delayNs);
    if (isHeld) {
      const slot = this.#held.keep(index, batch, row, copies, corrupt, delayNs, 1, entry, distance);
      this.#holds.hold(index, slot, distance);
      return;
    }
    if (this.#isTimed(config, index)) {
      const slot = this.#held.keep(index, batch, row, copies, corrupt, delayNs, 1, entry);
      this.#timed?.enter(slot, index, arrivalNs);
    } else this.#out.putRows(index, 1, batch, row, copies, corrupt, entry);
    if (!isLate) this.#pass(index, arrivalNs);
  }

  #handleRepeat(index: number, batch: DatagramBatch, row: number, repeat: number): void {
    const { counters } = this;
    const arrivalNs = batch.timesNs[row] as number;
    this.#lastArrivalNs = arrivalNs;
    counters.arrived += 1;
    counters.repeated += 1;
    const entry = this.#enter(index, repeat, batch, row);
    const schedule = this.#schedule;
    const { dropCause, copies, hold, corrupt, delayNs } = schedule.repeat(index, repeat);
    const config = this.#epochs.of(index);
    const cause = this.#sizes.next(dropCause, config, index, batch.lengths[row] as number);
    this.#notes?.noteArrival(index, batch.lengths[row] as number, repeat, cause);
    if (cause !== 0) {
      this.#tap?.dropped(batch, row, index, repeat, cause);
      counters.droppedByCause[cause] = (counters.droppedByCause[cause] as number) + 1;
      return;
    }
    counters.duplicated += copies;
    const isHeld = this.#mayHold(hold, batch.lengths[row] as number);
    this.#tap?.entered(batch, row, index, repeat, copies, hold, isHeld, corrupt, delayNs);
    if (!isHeld && !this.#isTimed(config, index)) {
      this.#out.putRows(index, repeat, batch, row, copies, corrupt, entry);
      return;
    }
    const waits = isHeld ? hold : 0;
    const slot = this.#held.keep(index, batch, row, copies, corrupt, delayNs, repeat, entry, waits);
    if (isHeld) this.#holds.hold(index, slot, hold);
    else this.#leaveHold(slot, index, arrivalNs);
  }

  /**
   * Whether a datagram goes through delay and link: also where both are off now, for it turns the link off, and leaves behind
   * what the link still has by then. A step may be ahead of that time, so what is pending now does not tell.
   */
  #isTimed(config: ImpairmentConfig, index: number): boolean {
    return this.#timed !== null && !isSpared(config, index);
  }

  /** Whether a datagram is held back: its fate says so, the stream goes on, and there is memory for it. */
  #mayHold(distance: number, lengthBytes: number): boolean {
    if (distance === 0 || this.ended) return false;
    if (this.#held.hasRoomFor(lengthBytes)) return true;
    this.#strike('memoryHold', 1);
    return false;
  }

  readonly #noteLate = (timeNs: number): void => noteLate(this.counters.late, this.#nowNs - timeNs);

  #strike(bound: Bound, count: number): void {
    const { struck } = this.counters;
    if (struck[bound] === 0) this.#found(bound);
    struck[bound] += count;
  }

  /** Sends everything queued to one peer. Returns the number of datagrams. @param isControl as in SendQueue */
  drain(sink: DatagramSink, port: number, peer: Peer, isControl = false): number {
    const { count } = this.#out;
    if (count === 0) return 0;
    if (this.#isVirtual) noteLate(this.counters.late, 0, count);
    else this.#out.eachTime(this.#noteLate);
    const refused = this.#out.drain(sink, port, peer, isControl);
    this.counters.forwarded += count - refused;
    this.counters.refused += refused;
    this.#traffic?.sent(this.#nowNs);
    return count;
  }

  /**
   * The stream has ended: missing datagrams count as lost, and nothing waits for a later index.
   * @param lastIndex as announced, null if unknown
   */
  end(nowNs: number, lastIndex: number | null): void {
    if (lastIndex !== null && lastIndex - this.#next <= MAX_INDEX_JUMP) {
      this.counters.lastIndex = lastIndex;
      while (this.#next <= lastIndex) this.#skip(this.#lastArrivalNs);
    }
    const byNs = this.#closed && !this.#endIsAnnounced ? nowNs : this.#lastArrivalNs;
    this.#traffic?.mark('end', byNs, lastIndex);
    if (this.ended) return;
    this.ended = true;
    this.#flush('end', byNs);
    this.wake(nowNs);
  }

  /** Like `end`, but final: later datagrams are sent without holding them. */
  close(nowNs: number): void {
    this.#closed = true;
    this.#traffic?.mark('close', nowNs);
    this.end(nowNs, null);
  }

  /** When the last of what has arrived leaves at the latest, once it has ended, nanoseconds; −Infinity for nothing. */
  lastDepartureNs(): number {
    return this.#timed?.lastDepartureNs() ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Releases what is due.
   * @param heardNs everything that arrived by this time has come in; by default all that arrived by now
   */
  wake(nowNs: number, heardNs = nowNs): void {
    this.#nowNs = nowNs;
    this.#out.settle();
    if (this.#quietUntilNs() <= Math.min(nowNs, heardNs)) {
      this.#traffic?.mark('quiet', nowNs);
      this.#flush('quiet', nowNs);
    }
    this.#timed?.wake(nowNs, heardNs, this.#next, this.ended);
  }

  /** Datagrams and copies that have not left. */
  waiting(): number {
    let count = this.#out.count + (this.#timed?.waitingCount() ?? 0);
    this.#holds.forEach((slot) => (count += 1 + this.#held.copies(slot)));
    return count;
  }

  /** Counts what is left as held at the end: nobody is there to send to. */
  abandon(): void {
    if (this.#traffic !== null) this.#traffic.epochs = this.#schedule.epochs;
    this.counters.heldAtEnd += this.waiting();
    this.#out.clear();
    this.#timed?.abandon();
    const left = this.#holds.flush();
    for (let k = 0; k < left; k += 1) this.#held.giveBack(this.#holds.released[k] as number);
  }

  /** The stream continues although it seemed over: what was flushed left early. */
  #resume(): void {
    if (this.#flushed > 0) this.#strike(this.#flushedBy, this.#flushed);
    this.#flushed = 0;
    if (this.#closed) return;
    this.ended = false;
    this.counters.lastIndex = null;
  }

  /** When held datagrams stop waiting for a later one. */
  #quietUntilNs(): number {
    return this.#endIsAnnounced || this.#holds.heldCount === 0
      ? Number.POSITIVE_INFINITY
      : this.#lastArrivalNs + this.#holdMaxNs;
  }

  /** Releases everything held for later datagrams, in index order. @param by says that no more are expected */
  #flush(by: Bound, timeNs: number): void {
    const last = this.#next - 1;
    const count = this.#holds.flush();
    this.#flushed += count;
    this.#flushedBy = by;
    for (let k = 0; k < count; k += 1) this.#leaveHold(this.#holds.released[k] as number, last, timeNs);
  }

  /** A missing index counts as sent if its fate was to pass. */
  #skip(arrivalNs: number): void {
    const index = this.#next;
    this.#next += 1;
    if (index >= this.#epochs.nextAt) this.#epochs.reach(index);
    if (this.#holds.heldCount === 0) return;
    const fate = this.#schedule.at(index);
    if (this.#schedule.dropCause[fate] === 0 && this.#schedule.hold[fate] === 0) this.#pass(index, arrivalNs);
  }

  /** After a plain pass: releases the datagrams whose distance is reached. */
  #pass(index: number, arrivalNs: number): void {
    if (this.#holds.heldCount === 0) return;
    const count = this.#holds.pass();
    for (let k = 0; k < count; k += 1) this.#leaveHold(this.#holds.released[k] as number, index, arrivalNs);
  }

  /** Notes a datagram that enters; returns the number of its entry. */
  #enter(index: number, repeat: number, batch: DatagramBatch, row: number): number {
    this.counters.arrivedBytes += batch.lengths[row] as number;
    if (this.#traffic === null) return NOT_NOTED;
    return this.#traffic.enter(index, repeat, batch.lengths[row] as number, batch.timesNs[row] as number);
  }

  /** From the reorder buffer to the time-based stages, or straight out if these are off. */
  #leaveHold(slot: number, index: number, arrivalNs: number): void {
    if (this.#timed !== null) return this.#timed.enter(slot, index, arrivalNs);
    for (let copy = this.#held.copies(slot); copy >= 0; copy -= 1) this.#out.putHeld(slot, arrivalNs);
    this.#held.giveBack(slot);
  }

  #noteQueueDrop(slot: number, timeNs: number): void {
    const held = this.#held;
    const [index, repeat, isCopy] = [held.index(slot), held.repeat(slot), held.noteGone(slot) > 0];
    this.#notes?.noteQueueDrop(index, repeat);
    if (this.#tap === null) return;
    const start = held.start(slot);
    this.#tap.queueDropped(held.bytes(slot), start, held.lengthBytes(slot), timeNs, index, repeat, isCopy);
  }
}
