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
  /** Called now and then by work that leaves timers no time: what is shown may be drawn again. */
  breathe?(): void;
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

/** Told of work in one piece, of which each datagram is touched several times. */
export interface Pace {
  /** A part of the work begins: so many datagrams, each of which is touched about so often. */
  begin(datagrams: number, touches: number): void;
  /** A datagram is touched. */
  tick(): void;
}

/** For whoever does not count. */
export const NO_PACE: Pace = { begin: () => undefined, tick: () => undefined };

/** Touches between two times at which something may be drawn. */
const STRIDE = 1 << 16;

/** Counts such work, as datagrams of which all is done, and lets it be drawn in between. */
export class Paced implements Pace {
  readonly #of: number;
  readonly #progress: Progress;
  /** Datagrams of the parts that are done, and of the one under way. */
  #done = 0;
  #part = 0;
  #touches = 1;
  /** Of the part under way. */
  #ticks = 0;

  /** @param of datagrams in all */
  constructor(of: number, progress: Progress) {
    this.#of = of;
    this.#progress = progress;
  }

  begin(datagrams: number, touches: number): void {
    this.#done += this.#part;
    this.#part = datagrams;
    this.#touches = touches;
    this.#ticks = 0;
  }

  tick(): void {
    this.#ticks += 1;
    if (this.#ticks % STRIDE === 0) this.#progress.breathe?.();
  }

  readonly look = (): Reading => {
    // How often a datagram is touched hangs on what becomes of it.
    const done = this.#done + Math.min(this.#part, Math.floor(this.#ticks / this.#touches));
    return { done: Math.min(done, this.#of), of: this.#of, unit: 'datagrams', counts: {} };
  };
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
