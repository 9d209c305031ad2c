/**
 * What a pipeline needs of its direction.
 */
import type { StreamTap } from '../../recording/tap/wayTap.ts';
import type { FateNotes } from '../told/fateNotes.ts';
import type { StreamTraffic } from '../told/traffic.ts';
import type { Bound } from './bounds.ts';
import type { DirectionCounters } from './counters.ts';
import type { HeldDatagrams } from './heldDatagrams.ts';
import type { LateCounts } from './lateness.ts';
import type { SharedPart } from './timedStages.ts';

export interface PipelineSurroundings {
  /** Longest wait for a missing datagram, nanoseconds. */
  readonly holdMaxNs: number;
  /** Whether the stream's end is announced. If not, held datagrams wait no longer than the longest wait. */
  readonly endIsAnnounced: boolean;
  /** Receives what a fate file needs; null for no fate file. */
  readonly notes: FateNotes | null;
  /** Receives what enters and what leaves; default none. */
  readonly traffic?: StreamTraffic | null;
  /** The counters to use; default new ones. */
  readonly counters?: DirectionCounters;
  /** Memory for what is held; default one of its own, without a limit. */
  readonly held?: HeldDatagrams;
  /** Called with each bound that strikes, once. */
  readonly struck?: (bound: Bound) => void;
  /** Whether time jumps from event to event, so that nothing is ever late. Default false. */
  readonly isVirtual?: boolean;
  /** Its part in a link that all flows share; default none: a link of its own. */
  readonly shared?: SharedPart | null;
  /** Sees what comes and leaves; default nobody. */
  readonly tap?: StreamTap | null;
  /** Counts how long what is held or delayed is to wait; default nobody. */
  readonly waits?: LateCounts | null;
}
