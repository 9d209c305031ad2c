/**
 * A transport's ports by number: those that are open, and what is still to be known of those that are closed.
 *
 * A number is never given twice. Of closed ports it keeps figures, and only of the last few thousand, so that a proxy
 * whose clients come and go for days does not grow. It touches no socket.
 */
import type { Peer } from './batch.ts';

interface ClosedPort {
  readonly local: Peer;
  /** What the kernel had dropped when it was closed; null where that is unknown. */
  readonly drops: number | null;
  readonly coalesces: boolean;
}

/** As the interface Transport promises; more than a proxy keeps reports of. */
const MAX_CLOSED = 4096;

export class PortTable<P extends { readonly local: Peer }> {
  readonly #open = new Map<number, P>();
  /** In order of closing. */
  readonly #closed = new Map<number, ClosedPort>();
  #count = 0;

  /** @param make gives what to keep of the port with that number */
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

  /** Figures of a port that is closed; undefined when that was too long ago. */
  closed(number: number): ClosedPort | undefined {
    return this.#closed.get(number);
  }

  localPeer(number: number): Peer {
    const port = this.find(number) ?? this.#closed.get(number);
    if (port === undefined) throw new Error(`port ${number} was closed too long ago`);
    return port.local;
  }

  /** Forgets a port but for its figures. */
  close(number: number, figures: ClosedPort): void {
    this.#open.delete(number);
    this.#closed.set(number, figures);
    if (this.#closed.size <= MAX_CLOSED) return;
    const [oldest] = this.#closed.keys();
    this.#closed.delete(oldest as number);
  }

  /** Those that are open. */
  values(): IterableIterator<P> {
    return this.#open.values();
  }
}
