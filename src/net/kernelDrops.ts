/**
 * How many datagrams the kernel dropped at a socket because its receive buffer was full, from /proc/net/udp.
 *
 * One reading of the table gives the figures of all sockets and takes time in proportion to their number, so it is
 * cached for a turn of the event loop. For sockets that are to be closed it is read asynchronously. All that ask in one
 * process share the readings: a thousand transports that close together read it twice, not a thousand times. Null where
 * the figure cannot be read: on another system, or for a socket that is not in the table.
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

/** The readings of one reader. */
class Tables {
  /** Table → its figures in this turn of the event loop. */
  readonly #read = new Map<string, Drops>();
  /** Table → the reading that is under way, and the one that begins when it has ended. */
  readonly #running = new Map<string, Promise<Drops>>();
  readonly #next = new Map<string, Promise<Drops>>();
  readonly #reader: TableReader;

  constructor(reader: TableReader) {
    this.#reader = reader;
  }

  /** As it was first read in this turn. */
  now(file: string): Drops {
    return this.#read.get(file) ?? this.again(file);
  }

  /** Read again, also for who asks later in this turn. */
  again(file: string): Drops {
    let drops = NOTHING;
    try {
      drops = parseDrops(this.#reader.now(file));
    } catch {
      // There is no such table here.
    }
    if (!this.#read.has(file)) setImmediate(() => this.#read.delete(file));
    this.#read.set(file, drops);
    return drops;
  }

  /** By a reading that begins after this call. */
  later(file: string): Promise<Drops> {
    const next = this.#next.get(file) ?? this.#afterRunning(file);
    this.#next.set(file, next);
    return next;
  }

  async #afterRunning(file: string): Promise<Drops> {
    await this.#running.get(file);
    this.#next.delete(file);
    const running = this.#readLater(file);
    this.#running.set(file, running);
    return running;
  }

  async #readLater(file: string): Promise<Drops> {
    try {
      return parseDrops(await this.#reader.later(file));
    } catch {
      return NOTHING;
    } finally {
      if (!this.#next.has(file)) this.#running.delete(file);
    }
  }
}

const tablesOf = new WeakMap<TableReader, Tables>();

export class KernelDrops {
  readonly #tables: Tables;
  /** Tables that were read for this one in this turn of the event loop. */
  readonly #seen = new Set<string>();

  constructor(reader: TableReader = KERNEL) {
    const tables = tablesOf.get(reader) ?? new Tables(reader);
    tablesOf.set(reader, tables);
    this.#tables = tables;
  }

  /** The drop counter of the open socket that is bound there, as it was first read in this turn of the event loop. */
  now(local: Peer): number | null {
    const file = tableOf(local);
    const found = this.ofAnyone(local);
    // It may have been opened after somebody else's reading.
    if (found !== null || this.#seen.has(file)) return found;
    this.#seen.add(file);
    setImmediate(() => this.#seen.delete(file));
    return this.#tables.again(file).get(socketName(local)) ?? null;
  }

  /** The same for a socket that need not be one of this process. */
  ofAnyone(local: Peer): number | null {
    return this.#tables.now(tableOf(local)).get(socketName(local)) ?? null;
  }

  /** The same for many sockets, read again and asynchronously; they must stay open until then. */
  async later(locals: readonly Peer[]): Promise<readonly (number | null)[]> {
    const found = new Map<Peer, number>();
    let missing = locals;
    for (let reading = 0; reading < MAX_READINGS && missing.length > 0; reading += 1) {
      const tables = new Map<string, Drops>();
      for (const file of new Set(missing.map(tableOf))) tables.set(file, await this.#tables.later(file));
      for (const local of missing) {
        const drops = tables.get(tableOf(local))?.get(socketName(local));
        if (drops !== undefined) found.set(local, drops);
      }
      missing = missing.filter((local) => !found.has(local));
    }
    return locals.map((local) => found.get(local) ?? null);
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
      const found = drops.ofAnyone(bound);
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
