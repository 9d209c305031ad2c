/** For tests: what was handed to a sink, as text, and batches made from text. */
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { DatagramSink } from '../../src/net/endpoint.ts';

export interface Sent {
  readonly port: number;
  readonly peer: Peer;
  readonly text: string;
  readonly timeNs: number;
}

/** Takes `most` datagrams a call and refuses the rest. */
export class Catcher implements DatagramSink {
  readonly sent: Sent[] = [];
  calls = 0;
  readonly #most: number;

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    this.calls += 1;
    const taken = Math.min(to - from, this.#most);
    for (let row = from; row < from + taken; row += 1) {
      const text = Buffer.from(batch.payload(row)).toString();
      this.sent.push({ port, peer, text, timeNs: batch.timesNs[row] as number });
    }
    return taken;
  }

  get texts(): string[] {
    return this.sent.map(({ text }) => text);
  }
}

export function batchOf(
  payloads: readonly (string | Uint8Array)[],
  source?: Peer,
  timeNs = 0,
): DatagramBatch {
  const all = payloads.map((payload) => Buffer.from(payload as Uint8Array));
  const batch = new DatagramBatch(
    Math.max(1, all.length),
    all.reduce((total, { length }) => total + length, 0),
  );
  for (const bytes of all) batch.append(bytes, 0, bytes.length, timeNs, source);
  return batch;
}
