/**
 * Whether a client has proved its address, and how much may be sent to it before: no more datagrams and bytes than it sent.
 * The protocol's handshake decides what may be sent, and what proves the address.
 */
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import { sendControl } from '../../../src/net/endpoint.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';

export class Trust {
  /** The address is proved, or accepted without proof. */
  isVerified: boolean;
  readonly #withhold: () => void;
  /** Bytes received from the address minus bytes sent to it. */
  #bytes = 0;
  #datagrams = 0;

  /** @param withhold called for every datagram that must not be sent */
  constructor(isVerified: boolean, withhold: () => void) {
    this.isVerified = isVerified;
    this.#withhold = withhold;
  }

  /** A datagram came from the client's address. */
  noteArrival(sizeBytes: number): void {
    this.#bytes += sizeBytes;
    this.#datagrams += 1;
  }

  /** A datagram for the client must not be sent. */
  withhold(): void {
    this.#withhold();
  }

  /** The sink towards an unverified client: it takes no more than the client may get; the rest counts as refused. */
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
