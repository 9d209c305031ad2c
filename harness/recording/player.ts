/**
 * Streams datagrams to the first client that asks, for programs without registration.
 *
 * The first datagram to arrive, whatever its content, starts the stream and determines its receiver; later ones are
 * ignored. Every datagram is sent unchanged, at its planned time; no end is announced. Calling order as in
 * src/net/endpoint.ts; it uses port 0 only.
 */
import { DatagramBatch, MAX_DATAGRAM_BYTES } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { sendOffsetNs } from '../../src/net/source.ts';
import type { StreamSource } from '../../src/net/source.ts';

/** Maximum number of datagrams per turn: as many as a reader takes at once, so that a fast stream does not overrun it. */
export const TURN_DATAGRAMS = 32;

export class OpenSender implements Endpoint {
  /** The caller decides when the receiver has seen enough. */
  readonly finished = false;
  readonly #source: StreamSource;
  readonly #speed: number;
  readonly #batch = new DatagramBatch(TURN_DATAGRAMS, TURN_DATAGRAMS * 2048 + MAX_DATAGRAM_BYTES);
  #peer: Peer | null = null;
  #startNs = 0;
  #next = 1;

  /** @param speed 1 as planned, 2 twice as fast, 0 flat out */
  constructor(source: StreamSource, speed: number) {
    this.#source = source;
    this.#speed = speed;
  }

  handleDatagrams(nowNs: number, _port: number, batch: DatagramBatch, from: number): void {
    if (this.#peer !== null) return;
    this.#peer = batch.sources[from] as Peer;
    this.#startNs = nowNs;
  }

  handleTimeout(nowNs: number): void {
    const batch = this.#batch;
    while (this.nextTimeoutNs() <= nowNs && this.#source.append(batch, this.#next, this.nextTimeoutNs())) {
      this.#next += 1;
    }
  }

  nextTimeoutNs(): number {
    if (this.#peer === null || this.#next > this.#source.total) return Number.POSITIVE_INFINITY;
    return this.#startNs + sendOffsetNs(this.#source.mediaTimeNs(this.#next), this.#speed);
  }

  drain(sink: DatagramSink): void {
    const batch = this.#batch;
    if (this.#peer !== null && batch.count > 0) sink.send(0, this.#peer, batch, 0, batch.count);
    batch.clear();
  }
}
