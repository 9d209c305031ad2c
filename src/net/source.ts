/**
 * The interface of the source of a stream's datagrams: a simulated match or a recording.
 */
import type { DatagramBatch } from './batch.ts';

export interface StreamSource {
  /** Datagrams in the stream; Infinity for one that never ends. Their counts are 1 .. total. */
  readonly total: number;
  /** Media time between datagrams, nanoseconds, as announced to receivers; 0 if it is not uniform. */
  readonly intervalNs: number;
  /**
   * Planned offset of a datagram from the stream's start, nanoseconds of media time. It never decreases with rising
   * count.
   */
  mediaTimeNs(count: number): number;
  /** Appends datagram `count` to the batch with that due time. False, and nothing changed, when it does not fit. */
  append(batch: DatagramBatch, count: number, dueNs: number): boolean;
  /** Gives back what it holds open, such as a file; its server has ended. */
  close?(): void;
}

/**
 * Planned sending time, nanoseconds since the stream's start. Speed 2 plays twice as fast; speed 0 means
 * flat out: everything is due at once.
 */
export function sendOffsetNs(mediaTimeNs: number, speed: number): number {
  return speed === 0 ? 0 : mediaTimeNs / speed;
}

/** What a receiver knows of the sending times of a uniform stream. */
export interface SendPlan {
  /** Media time between two counts, nanoseconds; NaN when there is no plan. */
  readonly intervalNs: number;
  readonly speed: number;
}

export const NO_PLAN: SendPlan = { intervalNs: Number.NaN, speed: 1 };

/** Planned sending time of a count, nanoseconds since the stream's start; NaN when there is no plan. */
export function plannedNs(plan: SendPlan, count: number): number {
  return ((count - 1) * plan.intervalNs) / plan.speed;
}
