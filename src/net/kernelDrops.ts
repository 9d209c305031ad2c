/**
 * How many datagrams the kernel dropped at a socket because its receive buffer was full, from /proc/net/udp.
 *
 * One reading of the table gives the figures of all sockets and takes time in proportion to their number, so it is
 * cached for a turn of the event loop. For sockets that are to be closed it is read asynchronously. Null where the
 * figure cannot be read: on another system, or for a socket that is not in the table.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { endianness } from 'node:os';
import { isLoopback } from '../base/loopback.ts';
import { addressBytes } from '../base/ipAddress.ts';
import type { Peer } from './batch.ts';

/** Reads a table as text; for tests. */
export interface TableReader {
  readonly now: (file: string) => string;
  readonly later: (file: string) => Promise<string>;
}

const KERNEL: TableReader = {
  now: (file) => readFileSync(file, 'latin1'),
  later: (file) => readFile(file, 'latin1'),
};

/** Socket → drops, with sockets named as in the kernel's table. */
type Drops = ReadonlyMap<string, number>;
const NOTHING: Drops = new Map();

/** A reading may miss a socket while others are opened and closed, so it is repeated. */
const MAX_READINGS = 2;

export class KernelDrops {
  readonly #reader: TableReader;
  /** Table → its figures in this turn of the event loop. */
  readonly #read = new Map<string, Drops>();

  constructor(reader: TableReader = KERNEL) {
    this.#reader = reader;
  }

  /** The drop counter of the open socket that is bound there, as it was first read in this turn of the event loop. */
  now(local: Peer): number | null {
    const file = tableOf(local);
    let drops = this.#read.get(file);
    if (drops === undefined) {
      drops = this.#readNow(file);
      this.#read.set(file, drops);
      setImmediate(() => this.#read.delete(file));
    }
    return drops.get(socketName(local)) ?? null;
  }

  /** The same for many sockets, read again and asynchronously; they must stay open until then. */
  async later(locals: readonly Peer[]): Promise<readonly (number | null)[]> {
    const found = new Map<Peer, number>();
    let missing = locals;
    for (let reading = 0; reading < MAX_READINGS && missing.length > 0; reading += 1) {
      const tables = new Map<string, Drops>();
      for (const file of new Set(missing.map(tableOf))) tables.set(file, await this.#readLater(file));
      for (const local of missing) {
        const drops = tables.get(tableOf(local))?.get(socketName(local));
        if (drops !== undefined) found.set(local, drops);
      }
      missing = missing.filter((local) => !found.has(local));
    }
    return locals.map((local) => found.get(local) ?? null);
  }

  #readNow(file: string): Drops {
    try {
      return parseDrops(this.#reader.now(file));
    } catch {
      return NOTHING;
    }
  }

  async #readLater(file: string): Promise<Drops> {
    try {
      return parseDrops(await this.#reader.later(file));
    } catch {
      return NOTHING;
    }
  }
}

/** Under which addresses a socket is bound that hears what is sent to an IPv4 or IPv6 address. */
const boundAs = ({ address, port }: Peer): Peer[] =>
  (isIPv6(address) ? [address, '::'] : [address, '0.0.0.0', '::', `::ffff:${address}`]).map((bound) => ({
    address: bound,
    port,
  }));

/**
 * Looks up the drops at other programs' sockets, by who they hear as.
 * @param isLocal whether an address is this machine's
 */
export function receiverDrops(
  isLocal: (address: string) => boolean,
  drops = new KernelDrops(),
): (receiver: Peer) => number | null {
  return (receiver) => {
    if (!isLoopback(receiver.address) && !isLocal(receiver.address)) return null;
    for (const bound of boundAs(receiver)) {
      const found = drops.now(bound);
      if (found !== null) return found;
    }
    return null;
  };
}

const tableOf = ({ address }: Peer): string => (isIPv6(address) ? '/proc/net/udp6' : '/proc/net/udp');

const socketName = ({ address, port }: Peer): string =>
  `${kernelAddress(address)}:${port.toString(16).padStart(4, '0').toUpperCase()}`;

/** Lines such as ` 134: 0100007F:3039 … 44 `: a slot, the socket's address and port, and its drops at the end. */
function parseDrops(table: string): Drops {
  const drops = new Map<string, number>();
  for (const line of table.split('\n')) {
    const start = line.indexOf(': ') + 2;
    const end = line.indexOf(' ', start);
    const counter = line.trimEnd();
    const name = line.slice(start, end);
    if (start > 1 && end > 0 && !drops.has(name))
      drops.set(name, Number(counter.slice(counter.lastIndexOf(' ') + 1)));
  }
  return drops;
}

/** An address as in the kernel's table: each 32-bit word in hexadecimal, in the machine's byte order. */
function kernelAddress(address: string): string {
  const words = addressBytes(address) ?? [];
  let text = '';
  for (let at = 0; at < words.length; at += 4) {
    const word = words.slice(at, at + 4);
    if (endianness() === 'LE') word.reverse();
    for (const byte of word) text += byte.toString(16).padStart(2, '0').toUpperCase();
  }
  return text;
}
