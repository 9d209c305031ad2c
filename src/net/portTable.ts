/**
 * The ports of a transport by number: the open ports, and the figures of closed ones.
 *
 * Numbers are never reused. Figures are kept only of the last few thousand closed ports, so that a proxy whose clients
 * come and go for days does not grow. It touches no socket.
 */
import type { Peer } from './batch.ts';

interface ClosedPort {
  readonly local: Peer;
  /** The kernel's drop counter when it was closed; null where unknown. */
  readonly drops: number | null;
  readonly coalesces: boolean;
}

/** As documented by Transport; more than a proxy keeps reports of. */
const MAX_CLOSED = 4096;

export class PortTable<P extends { readonly local: Peer }> {
  readonly #open = new Map<number, P>();
  /** In order of closing. */
  readonly #closed = new Map<number, ClosedPort>();
  #count = 0;

  /** @param make makes the entry for the port with that number */
  add(make: (number: number) => P): P {
    const port = make(this.#count);
    this.#open.set(this.#count, port);
    this.#count += 1;
    return port;
  }

  /** Undefined for a port that is closed; throws for a number that no port has had. */
  find(number: number): P | undefined {
    const port = this.#open.get(number);
    if (port === undefined && !(number >= 0 && number < this.#count))
      throw new Error(`port ${number} was never opened`);
    return port;
  }

  /** Figures of a closed port; undefined when they are no longer kept. */
  closed(number: number): ClosedPort | undefined {
    return this.#closed.get(number);
  }

  localPeer(number: number): Peer {
    const port = this.find(number) ?? this.#closed.get(number);
    if (port === undefined) throw new Error(`port ${number} was closed too long ago`);
    return port.local;
  }

  /** Removes a port and keeps its figures. */
  close(number: number, figures: ClosedPort): void {
    this.#open.delete(number);
    this.#closed.set(number, figures);
    if (this.#closed.size <= MAX_CLOSED) return;
    const [oldest] = this.#closed.keys();
    this.#closed.delete(oldest as number);
  }

  /** Number of open ports. */
  get size(): number {
    return this.#open.size;
  }

  /** The open ports. */
  values(): IterableIterator<P> {
    return this.#open.values();
  }
}
