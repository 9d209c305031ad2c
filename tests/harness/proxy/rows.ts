/** Batches and sinks for tests of the proxy's parts. Not a test. */
import type { DirectionCounters } from '../../../harness/proxy/path/counters.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';

const utf8 = new TextEncoder();

export const bytesOf = (text: string): Uint8Array => utf8.encode(text);
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** One datagram in a batch. */
export function oneRow(payload: Uint8Array, timeNs: number, source?: Peer): DatagramBatch {
  const batch = new DatagramBatch(1, payload.length);
  batch.append(payload, 0, payload.length, timeNs, source);
  return batch;
}

/** The bounds that struck in a direction, with their counts. */
export const struckOf = ({ struck }: Pick<DirectionCounters, 'struck'>): Record<string, number> =>
  Object.fromEntries(Object.entries(struck).filter(([, count]) => count > 0));

export interface Caught {
  readonly port: number;
  readonly peer: Peer;
  readonly text: string;
  readonly timeNs: number;
}

/** Takes up to `most` datagrams of each send, and writes them down. */
export class Catcher implements DatagramSink {
  readonly caught: Caught[] = [];
  readonly #most: number;

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    const taken = Math.min(to - from, this.#most);
    for (let row = from; row < from + taken; row += 1) {
      this.caught.push({
        port,
        peer,
        text: textOf(batch.payload(row)),
        timeNs: batch.timesNs[row] as number,
      });
    }
    return taken;
  }

  get texts(): string[] {
    return this.caught.map(({ text }) => text);
  }
}
