/**
 * What one direction of a flow needs of its flow.
 */
import type { Direction } from '../../impairment/schedule.ts';
import type { IndexReader } from '../../protocols/indexReader.ts';
import type { WayTap } from '../../recording/tap/wayTap.ts';
import type { Bound } from './bounds.ts';

/** Arrival of a flow's first datagram with an index, in either direction; NaN before. */
export interface FlowStart {
  arrivalNs: number;
}

export interface FlowSurroundings {
  readonly flow: number;
  readonly direction: Direction;
  readonly reader: IndexReader;
  readonly start: FlowStart;
  /** Sees what comes and leaves; null for nobody. */
  readonly way: WayTap | null;
  /** Called with a finding for the user, each once. */
  readonly found: (kind: 'many streams' | 'same index') => void;
  /** Called when something changed outside `wake`, at a link that all flows share. */
  readonly touch: () => void;
  /** Called with each bound that strikes, once a stream. */
  readonly struck: (bound: Bound) => void;
}
