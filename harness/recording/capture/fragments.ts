/**
 * Puts the fragments of IP datagrams together (RFC 791, RFC 8200, 4.5), in bounded memory.
 *
 * Where fragments overlap, the bytes that came first stay; RFC 5722 would discard the datagram, but a capture may have
 * the same fragment twice.
 */
import type { IpPacket } from './ipPacket.ts';

/** Number of datagrams that wait for fragments at a time; the oldest is given up for another one. */
const MAX_WAITING = 64;
const MAX_BYTES = 65_535;

interface Partial {
  readonly bytes: Buffer;
  /** Unit of 8 bytes → 1 if it is there. */
  readonly units: Uint8Array;
  /** Units that are there. */
  count: number;
  /** Length of the whole, bytes; 0 until the last fragment is there. */
  lengthBytes: number;
}

export class Fragments {
  /** Datagrams of which a fragment is missing or wrong, so far: those still waiting are not among them. */
  incomplete = 0;
  readonly #waiting = new Map<string, Partial>();

  /** Number of datagrams that wait for fragments. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Adds a fragment. Returns the payload of the datagram if it is complete now, else null. */
  add(packet: IpPacket, bytes: Buffer, end: number): Buffer | null {
    const { addressesAt, addressBytes, payloadStart, payloadEnd, fragmentOffset, hasMoreFragments } = packet;
    const lengthBytes = payloadEnd - payloadStart;
    const key = `${packet.identification}/${bytes.toString('latin1', addressesAt, addressesAt + 2 * addressBytes)}`;
    const isSound =
      payloadEnd <= end &&
      fragmentOffset + lengthBytes <= MAX_BYTES &&
      lengthBytes > 0 &&
      !(hasMoreFragments && lengthBytes % 8 !== 0);
    if (!isSound) {
      this.incomplete += 1;
      this.#waiting.delete(key);
      return null;
    }
    const partial = this.#waiting.get(key) ?? this.#begin(key);
    const first = fragmentOffset / 8;
    const units = Math.ceil(lengthBytes / 8);
    for (let unit = 0; unit < units; unit += 1) {
      if (partial.units[first + unit] === 1) continue;
      partial.units[first + unit] = 1;
      partial.count += 1;
      const from = payloadStart + unit * 8;
      bytes.copy(partial.bytes, fragmentOffset + unit * 8, from, Math.min(from + 8, payloadEnd));
    }
    if (!hasMoreFragments) partial.lengthBytes = fragmentOffset + lengthBytes;
    const needed = Math.ceil(partial.lengthBytes / 8);
    if (needed === 0 || partial.count < needed || partial.units.subarray(0, needed).includes(0)) return null;
    this.#waiting.delete(key);
    return partial.bytes.subarray(0, partial.lengthBytes);
  }

  #begin(key: string): Partial {
    if (this.#waiting.size >= MAX_WAITING) {
      this.incomplete += 1;
      this.#waiting.delete(this.#waiting.keys().next().value as string);
    }
    const partial = {
      bytes: Buffer.alloc(MAX_BYTES + 1),
      units: new Uint8Array(Math.ceil(MAX_BYTES / 8) + 1),
      count: 0,
      lengthBytes: 0,
    };
    this.#waiting.set(key, partial);
    return partial;
  }
}
