/**
 * The proxy's counters of one direction of one flow: plain data for the ledger.
 */
import { sum } from '../../../src/base/figures.ts';
import { DROP_CAUSES } from '../../impairment/causes.ts';
import { addStruck, noneStruck } from './bounds.ts';
import type { StruckBounds } from './bounds.ts';
import { addLate, noneLate } from './lateness.ts';
import type { LateCounts } from './lateness.ts';

export interface DirectionCounters {
  /** Datagrams with an index that arrived, without the proxy's copies. */
  arrived: number;
  /** Payload bytes of those. */
  arrivedBytes: number;
  /** Of those, datagrams with an index that had arrived before. */
  repeated: number;
  /** Copies made by the proxy. */
  duplicated: number;
  /** Deliberate drops, copies included, by code of the cause. */
  readonly droppedByCause: Float64Array;
  /** Of those with an index: handed to the transport, copies included. */
  forwarded: number;
  /** Datagrams with an index that the transport refused, or failed to send later; of control datagrams only refused ones. */
  refused: number;
  /** Datagrams and copies still held when the flow was closed. */
  heldAtEnd: number;
  /** Control datagrams that arrived; no other counter includes them. */
  control: number;
  /** Datagrams that passed unimpaired because they have no index, or an implausible one. */
  unindexed: number;
  /** Highest index that arrived; 0 before the first. */
  highestIndex: number;
  /** The stream's last index, after its end was announced; null before. */
  lastIndex: number | null;
  /** Limits that were reached, so that something left in another way than scheduled. */
  readonly struck: StruckBounds;
  /** How late those with an index left. */
  readonly late: LateCounts;
}

export const directionCounters = (): DirectionCounters => ({
  arrived: 0,
  arrivedBytes: 0,
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
  struck: noneStruck(),
  late: noneLate(),
});

/** Adds to the sum of several flows; indices are not added. */
export function addCounters(total: DirectionCounters, more: DirectionCounters): void {
  total.arrived += more.arrived;
  total.arrivedBytes += more.arrivedBytes;
  total.repeated += more.repeated;
  total.duplicated += more.duplicated;
  for (const [cause, count] of more.droppedByCause.entries())
    total.droppedByCause[cause] = (total.droppedByCause[cause] as number) + count;
  total.forwarded += more.forwarded;
  total.refused += more.refused;
  total.heldAtEnd += more.heldAtEnd;
  total.control += more.control;
  total.unindexed += more.unindexed;
  addStruck(total.struck, more.struck);
  addLate(total.late, more.late);
}

/** Drops by all causes. */
export const droppedTotal = ({ droppedByCause }: DirectionCounters): number => sum(droppedByCause);
