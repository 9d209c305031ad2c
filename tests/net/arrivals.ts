/** What tests of transports share: batches whose bytes tell datagrams apart, and what arrived, within a limit. */
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { Transport } from '../../src/net/transport.ts';

interface Arrival {
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly timeNs: number;
  readonly source: Peer | undefined;
}

/** With room for a busy machine: only what does not come is waited for so long. */
const WAIT_MS = 30_000;
const QUIET_MS = 60;
/** A process that was held up runs its timers before it reads its sockets, some datagrams a turn. */
const QUIET_TURNS = 20;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything that arrives from now on. */
export class Arrivals {
  readonly list: Arrival[] = [];
  #wanted = Number.POSITIVE_INFINITY;
  #resolve: () => void = () => undefined;

  constructor(transport: Transport) {
    transport.onBatch = (port, batch) => {
      for (let row = 0; row < batch.count; row += 1) {
        this.list.push({
          port,
          bytes: batch.payload(row).slice(),
          timeNs: batch.timesNs[row] as number,
          source: batch.sources[row],
        });
      }
      if (this.list.length >= this.#wanted) this.#resolve();
    };
  }

  /** Resolves once nothing more arrives. */
  async settle(): Promise<void> {
    let before = -1;
    while (this.list.length !== before) {
      before = this.list.length;
      await pause(QUIET_MS);
      for (let turn = 0; turn < QUIET_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Resolves with the arrivals at that many, or after a while with fewer. */
  async until(wanted: number): Promise<readonly Arrival[]> {
    let timer: NodeJS.Timeout | undefined;
    if (this.list.length < wanted) {
      this.#wanted = wanted;
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
        timer = setTimeout(resolve, WAIT_MS);
      });
      clearTimeout(timer);
    }
    return this.list;
  }
}

/** A batch of datagrams whose bytes tell them apart. */
export function batchOf(lengths: readonly number[], gapBytes = 0): DatagramBatch {
  const totalBytes = lengths.reduce((sum, length) => sum + length + gapBytes, 0);
  const batch = new DatagramBatch(Math.max(lengths.length, 1), totalBytes + 1);
  for (const [row, lengthBytes] of lengths.entries()) {
    for (let k = 0; k < lengthBytes; k += 1) batch.bytes[batch.usedBytes + k] = (row * 31 + k * 7) & 0xff;
    batch.commit(lengthBytes, 0);
    batch.usedBytes += gapBytes;
  }
  return batch;
}

/** The payloads of rows `from` .. `to - 1`. */
export function payloads(batch: DatagramBatch, from = 0, to = batch.count): Uint8Array[] {
  return Array.from({ length: to - from }, (_, k) => batch.payload(from + k).slice());
}

/** Byte by byte, and with a short message: a diff of megabytes helps nobody. */
export function samePayloads(got: readonly Uint8Array[], wanted: readonly Uint8Array[], about: string): void {
  assert.equal(
    got.map(({ length }) => length),
    wanted.map(({ length }) => length),
    `${about}: lengths`,
  );
  for (const [k, bytes] of wanted.entries())
    assert.is(Buffer.compare(bytes, got[k] as Uint8Array), 0, `${about}: datagram ${k}`);
}
