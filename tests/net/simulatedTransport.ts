/**
 * A network in memory as a transport, for the contract. What is sent is delivered in a later turn of the event loop,
 * as sockets do it. Not a test.
 */
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { Endpoint } from '../../src/net/endpoint.ts';
import type { SimulatedHost, SimulatedNetwork } from '../../src/net/simulated.ts';
import type { OpenOptions, Transport } from '../../src/net/transport.ts';

export class SimulatedTransport implements Transport {
  readonly name = 'simulated';
  onBatch: (port: number, batch: DatagramBatch) => void = () => undefined;
  /** Never called: a network in memory knows at once. */
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void = () => undefined;
  onRefused: (port: number, peer: Peer, count: number) => void = () => undefined;
  readonly unanswerable = 0;
  readonly congested = false;
  readonly #network: SimulatedNetwork;
  readonly #host: SimulatedHost;
  readonly #arrived: { readonly port: number; readonly batch: DatagramBatch }[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(network: SimulatedNetwork) {
    this.#network = network;
    const machine: Endpoint = {
      finished: false,
      handleDatagrams: (_nowNs, port, batch) => void this.#arrived.push({ port, batch: copyOf(batch) }),
      handleRefused: (_nowNs, port, peer, count) => this.onRefused(port, peer, count),
      handleTimeout: () => undefined,
      nextTimeoutNs: () => Number.POSITIVE_INFINITY,
      drain: () => undefined,
    };
    this.#host = this.#network.join(machine, false);
  }

  open(options: OpenOptions): Promise<number> {
    return Promise.resolve(this.#host.open(options));
  }

  localPeer(port: number): Peer {
    return this.#host.localPeer(port);
  }

  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    if (this.#closed) return 0;
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      this.#network.settle(this.#host);
      // Only now: what is sent from there has a turn of its own.
      for (const arrived of this.#arrived.splice(0))
        if (!this.#closed) this.onBatch(arrived.port, arrived.batch);
    });
    return this.#host.send(port, peer, batch, from, to);
  }

  closePort(): void {
    throw new Error('a port in memory is closed with its host');
  }

  kernelDrops(port: number): number {
    return this.#host.dropped(port);
  }

  coalesces(port: number): boolean {
    this.#host.localPeer(port);
    return false;
  }

  notes(): readonly string[] {
    return ['UDP by a network in memory'];
  }

  close(): Promise<void> {
    this.#closed = true;
    clearImmediate(this.#immediate);
    this.#network.vanish(this.#host);
    return Promise.resolve();
  }
}

function copyOf({ count, bytes, offsets, lengths, timesNs, sources }: DatagramBatch): DatagramBatch {
  const copy = new DatagramBatch(count, bytes.length);
  for (let row = 0; row < count; row += 1) {
    copy.append(bytes, offsets[row] as number, lengths[row] as number, timesNs[row] as number, sources[row]);
  }
  return copy;
}
