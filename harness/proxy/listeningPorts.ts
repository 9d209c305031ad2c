/**
 * The listening ports of a proxy: the number that each has now, and those that are closed for a while, so that the
 * kernel refuses their clients as the upstream refuses the proxy.
 *
 * It opens and closes nothing itself.
 */

/** What a refusal by the upstream leads to: it is counted and said, or the listening port is closed for a second as well. */
export type OnRefused = 'count' | 'close';

export const ON_REFUSED: readonly OnRefused[] = ['count', 'close'];

/** How long a port stays closed, and the time between attempts to open it again, nanoseconds. */
const CLOSED_NS = 1e9;
/** Number of attempts to open a port again. */
export const MAX_REOPENINGS = 60;

interface ListeningPort {
  /** As whoever runs the proxy numbers it; a closed port keeps its last number. */
  number: number;
  state: 'open' | 'closed' | 'opening' | 'lost';
  /** When to open it again, nanoseconds. */
  dueNs: number;
  /** Attempts that failed. */
  failed: number;
}

/** The calls that close and open a port; opening is answered by `opened` or `failed`. */
export interface PortMover {
  readonly closeListening?: (port: number) => void;
  readonly openListening?: (index: number) => void;
}

export class ListeningPorts {
  readonly #mover: PortMover;
  readonly #ports: ListeningPort[];
  readonly #indexOf = new Map<number, number>();
  /** When the next closed port is due; Infinity for none. */
  nextNs = Number.POSITIVE_INFINITY;

  /** @param count ports 0 .. count − 1 are open */
  constructor(count: number, mover: PortMover) {
    this.#mover = mover;
    this.#ports = Array.from({ length: count }, (_, number) => ({
      number,
      state: 'open',
      dueNs: Number.POSITIVE_INFINITY,
      failed: 0,
    }));
    for (let index = 0; index < count; index += 1) this.#indexOf.set(index, index);
  }

  /** Whether all are closed for good. */
  get areLost(): boolean {
    return this.#ports.every(({ state }) => state === 'lost');
  }

  /** The listening port with a number, from 0; undefined for another port. */
  indexOf(number: number): number | undefined {
    return this.#indexOf.get(number);
  }

  /** The number of a listening port; of a closed one the last, through which nothing is sent. */
  numberOf(index: number): number {
    return (this.#ports[index] as ListeningPort).number;
  }

  /** Closes a port for a while. Returns false if it is not open, or cannot be closed. */
  close(nowNs: number, index: number): boolean {
    const port = this.#ports[index] as ListeningPort;
    if (port.state !== 'open' || this.#mover.closeListening === undefined) return false;
    port.state = 'closed';
    this.#wait(nowNs, port);
    this.#mover.closeListening(port.number);
    return true;
  }

  /** Opens those that are due. */
  handleTimeout(nowNs: number): void {
    if (nowNs < this.nextNs) return;
    this.nextNs = Number.POSITIVE_INFINITY;
    for (const [index, port] of this.#ports.entries()) {
      if (port.dueNs <= nowNs) {
        port.dueNs = Number.POSITIVE_INFINITY;
        port.state = 'opening';
        this.#mover.openListening?.(index);
      }
      if (port.dueNs < this.nextNs) this.nextNs = port.dueNs;
    }
  }

  opened(index: number, number: number): void {
    const port = this.#ports[index] as ListeningPort;
    this.#indexOf.delete(port.number);
    this.#indexOf.set(number, index);
    Object.assign(port, { number, state: 'open', failed: 0 });
  }

  /** A port could not be opened again. Returns whether that will be tried again. */
  failed(nowNs: number, index: number): boolean {
    const port = this.#ports[index] as ListeningPort;
    port.failed += 1;
    if (port.failed >= MAX_REOPENINGS) port.state = 'lost';
    else this.#wait(nowNs, port);
    return port.state !== 'lost';
  }

  #wait(nowNs: number, port: ListeningPort): void {
    port.dueNs = nowNs + CLOSED_NS;
    if (port.dueNs < this.nextNs) this.nextNs = port.dueNs;
  }
}
