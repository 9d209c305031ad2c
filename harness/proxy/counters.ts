/**
 * What the proxy counted of one direction of one flow: plain data for the ledger.
 */
import { sum } from '../../src/base/figures.ts';
import { DROP_CAUSES } from '../impairment/causes.ts';

export interface DirectionCounters {
  /** Datagrams that arrived and have an index; copies made here are not among them. */
  arrived: number;
  /** Of those, datagrams whose index had come before. */
  repeated: number;
  /** Copies made here. */
  duplicated: number;
  /** Dropped on purpose, copies included, by code of the cause. */
  readonly droppedByCause: Float64Array;
  /** Of those with an index: handed to the transport, copies included. */
  forwarded: number;
  /** Of those with an index: not taken by the transport, or failed after it was; of control datagrams only the former. */
  refused: number;
  /** Datagrams and copies that were held when the flow was closed and never left. */
  heldAtEnd: number;
  /** Control datagrams that arrived; they are counted nowhere else. */
  control: number;
  /** Datagrams that passed unimpaired because they have no index, or one that could not be believed. */
  unindexed: number;
  /** Highest index that arrived; 0 before the first. */
  highestIndex: number;
  /** The stream's last index, once its end was announced; null before. */
  lastIndex: number | null;
}

export const directionCounters = (): DirectionCounters => ({
  arrived: 0,
  repeated: 0,
  duplicated: 0,
  droppedByCause: new Float64Array(DROP_CAUSES.length),
  forwarded: 0,
  refused: 0,
  heldAtEnd: 0,
  control: 0,
  unindexed: 0,
  highestIndex: 0,
  lastIndex: null,
});

/** Adds to a sum of several flows, whose indices mean nothing together. */
export function addCounters(total: DirectionCounters, more: DirectionCounters): void {
  total.arrived += more.arrived;
  total.repeated += more.repeated;
  total.duplicated += more.duplicated;
  for (const [cause, count] of more.droppedByCause.entries())
    total.droppedByCause[cause] = (total.droppedByCause[cause] as number) + count;
  total.forwarded += more.forwarded;
  total.refused += more.refused;
  total.heldAtEnd += more.heldAtEnd;
  total.control += more.control;
  total.unindexed += more.unindexed;
}

/** Dropped for any cause. */
export const droppedTotal = ({ droppedByCause }: DirectionCounters): number => sum(droppedByCause);
