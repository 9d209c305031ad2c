/** A small retransmitting protocol for the tests of simulations: go-back-N with cumulative acknowledgements and a FIN; and two bugs for it. */
import type { EndpointIo, ReceiveIo, SimulatedEndpoint } from '../../../../harness/testing/index.ts';

/** What is wrong with it. */
export type Bug =
  /** Each acknowledgement, a repeated one too, counts for one datagram. */
  | 'duplicate ACK'
  /** The FIN is sent once. */
  | 'lost FIN';

const DATA = 0;
const ACK = 1;
const FIN = 2;
const FIN_ACK = 3;
const WINDOW = 8;
const TIMEOUT_MS = 50;

const message = (kind: number, value = 0): Uint8Array => Uint8Array.of(kind, value);

export class Sender implements SimulatedEndpoint {
  isClosed = false;
  readonly #bug: Bug | null;
  readonly #total: number;
  /** The first that is not acknowledged, and the first that was not sent. */
  #base = 0;
  #next = 0;
  #finSent = false;
  #dueMs: number | null = null;

  constructor(total: number, bug: Bug | null = null) {
    this.#total = total;
    this.#bug = bug;
  }

  start(io: EndpointIo): void {
    this.#fill(io);
  }

  receive([kind, value = 0]: Uint8Array, io: ReceiveIo): void {
    if (kind === FIN_ACK) {
      this.isClosed = true;
      this.#dueMs = null;
    }
    if (kind !== ACK || this.isClosed) return;
    if (this.#bug === 'duplicate ACK') this.#base = Math.min(this.#base + 1, this.#total);
    else if (value > this.#base) this.#base = value;
    else return;
    this.#dueMs = io.nowMs + TIMEOUT_MS;
    this.#fill(io);
  }

  nextTimeoutMs(): number | null {
    return this.#dueMs;
  }

  timeout(io: EndpointIo): void {
    this.#next = this.#base;
    this.#dueMs = io.nowMs + TIMEOUT_MS;
    if (this.#finSent) io.send(message(FIN));
    else this.#fill(io);
  }

  #fill(io: EndpointIo): void {
    this.#dueMs ??= io.nowMs + TIMEOUT_MS;
    this.#next = Math.max(this.#next, this.#base);
    for (; this.#next < Math.min(this.#base + WINDOW, this.#total); this.#next += 1)
      io.send(message(DATA, this.#next));
    if (this.#base < this.#total || this.#finSent) return;
    this.#finSent = true;
    io.send(message(FIN));
    if (this.#bug === 'lost FIN') this.#dueMs = null;
  }
}

export class Receiver implements SimulatedEndpoint {
  readonly got: number[] = [];
  isClosed = false;

  receive([kind, value = 0]: Uint8Array, io: ReceiveIo): void {
    if (kind === FIN) {
      this.isClosed = true;
      io.send(message(FIN_ACK));
    }
    if (kind !== DATA) return;
    if (value === this.got.length) this.got.push(value);
    io.send(message(ACK, this.got.length));
  }
}
