/**
 * Whether a client has proved its address, and how much may be sent there before it has: no more datagrams and no more
 * bytes than came in its name. What may be sent, and what proves the address, its protocol's handshake says.
 */
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import { sendControl } from '../../src/net/endpoint.ts';
import type { DatagramSink } from '../../src/net/endpoint.ts';

export class Trust {
  /** The address is proved, or believed without proof. */
  isVerified: boolean;
  readonly #withhold: () => void;
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
