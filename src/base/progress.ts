/**
 * How far work is, for whoever wants to look: work names its steps and hands over a function that reads figures which it
 * keeps anyway.
 *
 * Nothing is told per datagram: where nobody looks, a step costs two calls.
 */

/** What a step has done so far. Plain data: it can be sent from one process to another. */
export interface Reading {
  readonly done: number;
  /** How much there is to do; null where nobody knows. */
  readonly of: number | null;
  /** Of what: `datagrams`, `bytes`, `trials`. */
  readonly unit: string;
  /** Further counts, in the order in which they are shown: `lost` → 3. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Null before there is anything to read. */
export type Look = () => Reading | null;

export interface Progress {
  /** Begins a step, within the steps that have begun and not ended. Returns a function that ends it. */
  begin(doing: string, look: Look): () => void;
}

/** For whoever does not look. */
export const NO_PROGRESS: Progress = { begin: () => () => undefined };

/** A step whose figures nobody can read before its end. */
export const UNREAD: Look = () => null;

/** Does work as one step. */
export async function during<T>(
  progress: Progress,
  doing: string,
  look: Look,
  work: () => Promise<T>,
): Promise<T> {
  const end = progress.begin(doing, look);
  try {
    return await work();
  } finally {
    end();
  }
}

/** The same counts of several, added by name. */
export function addCounts(
  all: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const total: Record<string, number> = {};
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
}
