/** Programs of no protocol of ours, for tests: one that answers everything, and one that sends at given times. Not a test. */
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { SendQueue } from '../../../src/net/sendQueue.ts';
import type { DatagramSink, Endpoint } from '../../../src/net/endpoint.ts';
import { bytesOf, textOf } from './rows.ts';

export interface Heard {
  readonly from: Peer;
  readonly text: string;
  readonly timeNs: number;
}

/** Sends every datagram back, and writes it down. */
export class Echo implements Endpoint {
  readonly finished = false;
  readonly heard: Heard[] = [];
  readonly #queues = new Map<Peer, SendQueue>();

  handleDatagrams(_nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      const peer = batch.sources[row] as Peer;
      const timeNs = batch.timesNs[row] as number;
      this.heard.push({ from: peer, text: textOf(batch.payload(row)), timeNs });
      const queue = this.#queues.get(peer) ?? new SendQueue();
      this.#queues.set(peer, queue);
      queue.put(batch.bytes, batch.offsets[row] as number, batch.lengths[row] as number, timeNs);
    }
  }

  handleTimeout(): void {}

  nextTimeoutNs(): number {
    return Number.POSITIVE_INFINITY;
  }

  drain(sink: DatagramSink): void {
    for (const [peer, queue] of this.#queues) queue.drain(sink, 0, peer);
  }
}

/** Sends texts to a peer, each at its time, and writes down what it hears. */
export class Sender implements Endpoint {
  finished = false;
  readonly heard: Heard[] = [];
  readonly #peer: Peer;
  readonly #plan: { readonly atNs: number; readonly text: string }[];
  readonly #out = new DatagramBatch(256, 1 << 16);

  constructor(peer: Peer, plan: readonly { readonly atNs: number; readonly text: string }[]) {
    this.#peer = peer;
    this.#plan = [...plan];
  }

  handleDatagrams(_nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      const heard = { from: batch.sources[row] as Peer, text: textOf(batch.payload(row)) };
      this.heard.push({ ...heard, timeNs: batch.timesNs[row] as number });
    }
  }

  handleTimeout(nowNs: number): void {
    while ((this.#plan[0]?.atNs ?? Infinity) <= nowNs) {
      const { atNs, text } = this.#plan.shift() as { atNs: number; text: string };
      const bytes = bytesOf(text);
      this.#out.append(bytes, 0, bytes.length, atNs);
    }
  }

  nextTimeoutNs(): number {
    return this.#plan[0]?.atNs ?? Number.POSITIVE_INFINITY;
  }

  drain(sink: DatagramSink): void {
    if (this.#out.count > 0) sink.send(0, this.#peer, this.#out, 0, this.#out.count);
    this.#out.clear();
  }

  get texts(): string[] {
    return this.heard.map(({ text }) => text);
  }
}

/** `count` texts `NAME-1`, `NAME-2`, …, so far apart. */
export const series = (name: string, count: number, intervalNs: number, startNs = 0) =>
  Array.from({ length: count }, (_, k) => ({ atNs: startNs + k * intervalNs, text: `${name}-${k + 1}` }));
