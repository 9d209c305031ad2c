/**
 * Many streaming clients as one endpoint: client k (from 0) has port k. Each is a complete client, with its own address,
 * registration and statistics; they share the process, the host and its timer.
 *
 * Calling order as in src/net/endpoint.ts. The cost of an arrival does not depend on the number of clients; only a
 * timeout looks at all of them.
 */
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import type { ClientEndpoint } from '../../src/stream/clientEndpoint.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';

export class ClientGroup implements Endpoint {
  readonly #clients: readonly ClientEndpoint[];
  /** Client → time of its next timeout. */
  readonly #nextNs: Float64Array;
  /** The smallest of these, or an earlier time: a timeout that comes too early does nothing. */
  #earliestNs = 0;
  /** Clients that may have something to send. */
  readonly #touched = new Set<number>();
  readonly #unfinished: Set<number>;
  readonly #sink = new PortSink();

  constructor(clients: readonly ClientEndpoint[]) {
    this.#clients = clients;
    this.#nextNs = new Float64Array(clients.length);
    this.#unfinished = new Set(clients.keys());
  }

  get finished(): boolean {
    return this.#unfinished.size === 0;
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    this.#client(port).handleDatagrams(nowNs, 0, batch, from, to);
    this.#note(port);
  }

  handleTimeout(nowNs: number): void {
    if (nowNs < this.#earliestNs) return;
    this.#earliestNs = Number.POSITIVE_INFINITY;
    for (let k = 0; k < this.#clients.length; k += 1) {
      if (nowNs >= (this.#nextNs[k] as number)) this.#client(k).handleTimeout(nowNs);
      this.#note(k);
    }
  }

  nextTimeoutNs(): number {
    return this.#earliestNs;
  }

  drain(sink: DatagramSink): void {
    for (const k of this.#touched) this.#client(k).drain(this.#sink.through(sink, k));
    this.#touched.clear();
  }

  /** All clients leave now. */
  interrupt(nowNs: number): void {
    for (const [k, client] of this.#clients.entries()) {
      client.interrupt(nowNs);
      this.#note(k);
    }
  }

  #client(k: number): ClientEndpoint {
    const client = this.#clients[k];
    if (client === undefined) throw new Error(`there is no client at port ${k}`);
    return client;
  }

  #note(k: number): void {
    const client = this.#client(k);
    const nextNs = client.nextTimeoutNs();
    this.#nextNs[k] = nextNs;
    if (nextNs < this.#earliestNs) this.#earliestNs = nextNs;
    this.#touched.add(k);
    if (client.finished) this.#unfinished.delete(k);
  }
}

/** Maps a client's port 0 to its port of the group. */
class PortSink implements DatagramSink {
  #sink: DatagramSink | null = null;
  #port = 0;

  through(sink: DatagramSink, port: number): this {
    this.#sink = sink;
    this.#port = port;
    return this;
  }

  send(_port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    return this.#sink?.send(this.#port, peer, batch, from, to) ?? 0;
  }
}
