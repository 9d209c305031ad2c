/**
 * Whether a client has proved its address, and what may be sent there before it has.
 *
 * Pure. To the server every client of a proxy is the proxy, so what the server checks says nothing about the client's
 * address: the proxy checks it again. The proof is the server's own token, shown by who was carried it: no two
 * challenges have the same one, so it was read at that address. Until then challenges may leave towards it and nothing
 * else, no more datagrams and no more bytes than came in its name.
 */
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import { sendControl } from '../../src/net/endpoint.ts';
import type { DatagramSink } from '../../src/net/endpoint.ts';

/** Tokens remembered, the latest: a client that asks again shows one of the last it was sent. */
const MAX_TOKENS = 16;

export class Trust {
  /** The address is proved, or believed without proof. */
  isVerified: boolean;
  readonly #withhold: () => void;
  readonly #tokens: string[] = [];
  /** Tokens that former clients of the same upstream port were carried, the latest: one list, handed on from each to the next. */
  #spent: string[] = [];
  /** What came in its name less what has left towards it. */
  #bytes = 0;
  #datagrams = 0;

  /** @param withhold told of every datagram that must not leave */
  constructor(isVerified: boolean, withhold: () => void) {
    this.isVerified = isVerified;
    this.#withhold = withhold;
  }

  /** A datagram came in the client's name. */
  noteArrival(sizeBytes: number): void {
    this.#bytes += sizeBytes;
    this.#datagrams += 1;
  }

  /** What was carried to another client through the same upstream port proves nothing about this one, should it come twice. */
  follow(former: Trust): void {
    this.#spent = former.#spent;
    for (const token of former.#tokens) {
      if (this.#spent.push(token) > MAX_TOKENS) this.#spent.shift();
    }
  }

  /** The server's challenge is to be carried to the client; false when it was carried to another one before. */
  noteChallenge(token: string): boolean {
    if (this.#spent.includes(token)) return false;
    if (this.#tokens.push(token) > MAX_TOKENS) this.#tokens.shift();
    return true;
  }

  /** Whether the client was carried this token: then it has read it. */
  wasCarried(token: string): boolean {
    return this.#tokens.includes(token);
  }

  /** Something for the client must not leave. */
  withhold(): void {
    this.#withhold();
  }

  /** The way to a client that is not verified: what it has no claim to ends here, and counts as not taken. */
  gate(sink: DatagramSink): DatagramSink {
    return {
      send: (port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number => {
        let taken = 0;
        for (let row = from; row < to; row += 1) {
          const sizeBytes = batch.lengths[row] as number;
          if (this.#datagrams < 1 || this.#bytes < sizeBytes) {
            this.#withhold();
            continue;
          }
          this.#datagrams -= 1;
          this.#bytes -= sizeBytes;
          taken += sendControl(sink, port, peer, batch, row, row + 1);
        }
        return taken;
      },
    };
  }
}
