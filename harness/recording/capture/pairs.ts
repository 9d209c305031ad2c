/**
 * The flows of a capture: every pair of client and server is one, numbered by first appearance.
 *
 * The server is whose port is below 1024 if the other one's is not; else it is whom the first datagram was sent to. A
 * capture written by us says in comments which flow a pair is, and in which direction its datagram went.
 */
import { addressText } from '../../../src/base/ipAddress.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import { FLOW_LIMIT } from '../format.ts';
import type { UdpFinder } from './udpFinder.ts';

const MAX_SYSTEM_PORT = 1023;

/** What is known of a datagram's flow. */
export interface Pair {
  /** 1 to FLOW_LIMIT. */
  readonly flow: number;
  readonly isUpward: boolean;
  /** Whether it is the first datagram of the flow. */
  isNew: boolean;
}

export class Pairs {
  /** Datagrams of flows beyond FLOW_LIMIT. */
  refused = 0;
  /** Source, destination and ports as raw bytes → its flow. */
  readonly #known = new Map<string, Pair>();
  #flows = 0;
  /** The pair of the last datagram, because the next one often has the same. */
  #last: Pair | null = null;
  readonly #lastAddresses = Buffer.alloc(2 * 16);
  #lastAddressBytes = 0;
  #lastSource = 0;
  #lastDestination = 0;

  /** The flow of a datagram; null beyond the limit. */
  of(found: UdpFinder): Pair | null {
    const { addressed, addressesAt, addressBytes } = found;
    if (this.#last !== null && this.#isLast(found)) {
      this.#last.isNew = false;
      return this.#last;
    }
    addressed.copy(this.#lastAddresses, 0, addressesAt, addressesAt + 2 * addressBytes);
    this.#lastAddressBytes = addressBytes;
    this.#lastSource = found.sourcePort;
    this.#lastDestination = found.destinationPort;
    const key = keyOf(found, false);
    let pair = this.#known.get(key) ?? null;
    if (pair === null) pair = this.#add(found, key);
    else pair.isNew = false;
    this.#last = pair;
    return pair;
  }

  /** Whether a datagram has the same addresses and ports as the last one. */
  #isLast({ addressed, addressesAt, addressBytes, sourcePort, destinationPort }: UdpFinder): boolean {
    if (sourcePort !== this.#lastSource || destinationPort !== this.#lastDestination) return false;
    if (addressBytes !== this.#lastAddressBytes) return false;
    const last = this.#lastAddresses;
    for (let k = 0; k < 2 * addressBytes; k += 1) if (addressed[addressesAt + k] !== last[k]) return false;
    return true;
  }

  /** The same for a datagram whose comment says its flow and direction: its pair is this flow from now on. */
  put(found: UdpFinder, flow: number, isUpward: boolean): Pair {
    const pair = { flow, isUpward, isNew: false };
    this.#known.set(keyOf(found, false), pair);
    this.#known.set(keyOf(found, true), { flow, isUpward: !isUpward, isNew: false });
    this.#last = null;
    return pair;
  }

  #add(found: UdpFinder, key: string): Pair | null {
    if (this.#flows >= FLOW_LIMIT) {
      this.refused += 1;
      return null;
    }
    this.#flows += 1;
    const isFromSystem = found.sourcePort <= MAX_SYSTEM_PORT && found.destinationPort > MAX_SYSTEM_PORT;
    const pair = { flow: this.#flows, isUpward: !isFromSystem, isNew: true };
    this.#known.set(keyOf(found, true), { flow: this.#flows, isUpward: isFromSystem, isNew: false });
    this.#known.set(key, pair);
    return pair;
  }
}

/** Addresses and ports as text of one character a byte. @param isReversed destination first */
function keyOf(
  { addressed, addressesAt, addressBytes, sourcePort, destinationPort }: UdpFinder,
  isReversed: boolean,
): string {
  const middle = addressesAt + addressBytes;
  const source = `${addressed.toString('latin1', addressesAt, middle)}${sourcePort}`;
  const destination = `${addressed.toString('latin1', middle, middle + addressBytes)}${destinationPort}`;
  return isReversed ? `${destination}>${source}` : `${source}>${destination}`;
}

/** Source and destination as people write them. */
export function endpointsOf(found: UdpFinder): { readonly source: string; readonly destination: string } {
  const { addressed, addressesAt, addressBytes } = found;
  const middle = addressesAt + addressBytes;
  return {
    source: formatHostPort(addressText(addressed.subarray(addressesAt, middle)), found.sourcePort),
    destination: formatHostPort(
      addressText(addressed.subarray(middle, middle + addressBytes)),
      found.destinationPort,
    ),
  };
}
