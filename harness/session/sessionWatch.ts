/**
 * What a session shows of itself while it runs, to whoever watches it: the match as its server and each of its clients have it,
 * and what the network did to each stream. Plain data: it can be sent from one process to another.
 */
import type { SeenMatch } from '../../src/display/seenMatch.ts';
import type { Statistics } from '../../src/metrics/catalogue.ts';

/** What the network did to a stream; null is not measured. */
export interface SeenFigures {
  readonly received: number | null;
  readonly lost: number | null;
  readonly duplicates: number | null;
  readonly reordered: number | null;
  readonly lateUs: number | null;
  readonly jitterUs: number | null;
}

export interface RoleLook {
  /** Null before the first datagram. */
  readonly match: SeenMatch | null;
  /** Null before it is registered, and of a server. */
  readonly figures: SeenFigures | null;
  /** Of a client: whether it knows the end of the stream. */
  readonly isOver: boolean;
}

export interface SessionLook {
  readonly server: RoleLook | null;
  /** By client number; null of one that has not answered yet. */
  readonly clients: readonly (RoleLook | null)[];
}

export interface SessionWatch {
  /** The most clients that are looked at: those with the lowest numbers. */
  readonly mostClients: number;
  /** A session streams from now on. Returns a function that ends that. @param clients how many it has */
  begin(clients: number, look: () => SessionLook): () => void;
}

export const seenFigures = ({
  received,
  lost,
  duplicates,
  reordered,
  pdv_max_us: lateUs,
  jitter_us: jitterUs,
}: Statistics): SeenFigures => ({ received, lost, duplicates, reordered, lateUs, jitterUs });
