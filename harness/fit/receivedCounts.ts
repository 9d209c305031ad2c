/**
 * The counts that arrived, as bits, without order and duplicates.
 *
 * Memory is allocated in pages, and only for pages with arrivals, so a stream that starts at a high count needs no more
 * than another.
 */
import { LossRunCounter } from './observedRuns.ts';

/** The highest count supported. */
export const MAX_COUNT = 2 ** 31;

export const PAGE_COUNTS = 1 << 15;
const PAGE_SHIFT = 15;
const WORD_COUNTS = 32;
/** Maximum number of pages, over all clients: as many as the highest count needs, 256 MiB. */
export const MAX_PAGES = MAX_COUNT / PAGE_COUNTS;

/** The counts that one client received. */
class ReceivedCounts {
  lowest = Infinity;
  highest = 0;
  /** The highest count known to have been sent; 0 if none is. */
  highestSent = 0;
  readonly #pages = new Map<number, Uint32Array>();
  #page: Uint32Array = new Uint32Array(0);
  #pageNumber = -1;

  /** Whether adding this count needs another page. */
  needsPage(count: number): boolean {
    const number = (count - 1) >>> PAGE_SHIFT;
    return number !== this.#pageNumber && !this.#pages.has(number);
  }

  handle(count: number): void {
    const bit = count - 1;
    const number = bit >>> PAGE_SHIFT;
    if (number !== this.#pageNumber) {
      let page = this.#pages.get(number);
      if (page === undefined) {
        page = new Uint32Array(PAGE_COUNTS / WORD_COUNTS);
        this.#pages.set(number, page);
      }
      this.#page = page;
      this.#pageNumber = number;
    }
    const word = (bit & (PAGE_COUNTS - 1)) >>> 5;
    this.#page[word] = (this.#page[word] as number) | (1 << (bit & 31));
    if (count < this.lowest) this.lowest = count;
    if (count > this.highest) this.highest = count;
  }

  /** The runs from the lowest count received to `last`. */
  runs(last: number): LossRunCounter {
    const runs = new LossRunCounter();
    for (let bit = this.lowest - 1; bit < last;) {
      const page = this.#pages.get(bit >>> PAGE_SHIFT);
      if (page === undefined) {
        const next = Math.min(last, ((bit >>> PAGE_SHIFT) + 1) * PAGE_COUNTS);
        runs.handle(true, next - bit);
        bit = next;
        continue;
      }
      const word = page[(bit & (PAGE_COUNTS - 1)) >>> 5] as number;
      const isUniform = word === 0 || word === 0xffff_ffff;
      if (isUniform && (bit & 31) === 0 && bit + WORD_COUNTS <= last) {
        runs.handle(word === 0, WORD_COUNTS);
        bit += WORD_COUNTS;
      } else {
        runs.handle(((word >>> (bit & 31)) & 1) === 0, 1);
        bit += 1;
      }
    }
    return runs;
  }
}

/** One client's trace, or that of another receiver with a number, as input of a fit. */
export interface ClientTrace {
  readonly client: number;
  /** The lowest count received. */
  readonly first: number;
  /** The last count of the stream: the given one, or the highest known to have been sent, or else received. */
  readonly last: number;
  readonly runs: LossRunCounter;
}

/** The arrivals of all clients. */
export class ReceivedByClient {
  readonly #clients = new Map<number, ReceivedCounts>();
  #pages = 0;

  /**
   * Adds an arrival, in any order.
   * @param count 1 to MAX_COUNT
   * @returns false if there is no more room
   */
  handle(client: number, count: number): boolean {
    const received = this.#of(client);
    if (received.needsPage(count)) {
      if (this.#pages === MAX_PAGES) return false;
      this.#pages += 1;
    }
    received.handle(count);
    return true;
  }

  /** Adds a count that was sent to a client, so that losses up to it show. */
  handleSent(client: number, count: number): void {
    const received = this.#of(client);
    if (count > received.highestSent) received.highestSent = count;
  }

  /** Clients to which something was sent, and nothing arrived. */
  get unheard(): number[] {
    return [...this.#clients].flatMap(([client, { highest }]) => (highest === 0 ? [client] : []));
  }

  /** Highest count of any client that arrived or was sent; 0 before an arrival. */
  get highest(): number {
    let highest = 0;
    for (const received of this.#clients.values())
      if (received.highest > 0) highest = Math.max(highest, received.highest, received.highestSent);
    return highest;
  }

  /**
   * One trace per client, clients rising.
   * @param last the stream's last count, at least `highest`; by default each client's own highest
   */
  traces(last: number | undefined): ClientTrace[] {
    return [...this.#clients]
      .filter(([, { highest }]) => highest > 0)
      .toSorted(([one], [other]) => one - other)
      .map(([client, received]) => {
        const end = last ?? Math.max(received.highest, received.highestSent);
        return { client, first: received.lowest, last: end, runs: received.runs(end) };
      });
  }

  #of(client: number): ReceivedCounts {
    let received = this.#clients.get(client);
    if (received === undefined) {
      received = new ReceivedCounts();
      this.#clients.set(client, received);
    }
    return received;
  }
}
