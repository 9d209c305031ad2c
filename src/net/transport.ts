/**
 * What the rest of the project knows of a network: ports that are opened, send batches, and hand over batches.
 *
 * The same interface stands before real sockets (nodeTransport.ts) and whatever replaces them.
 */
import { SocketAddress, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DatagramBatch, Peer } from './batch.ts';
import type { DatagramSink } from './endpoint.ts';

/**
 * What every transport asks the kernel for, so that a change of transport changes no result; it may grant less. A million
 * datagrams a second go on arriving while a collection of garbage, or another process, has the processor for some
 * milliseconds: what finds no room then is lost although nobody planned it.
 */
export const RECEIVE_BUFFER_BYTES = 32 << 20;
export const SEND_BUFFER_BYTES = 1 << 20;

export interface OpenOptions {
  /** Address to bind. */
  readonly host: string;
  /** 0 lets the system pick one. */
  readonly port: number;
  /** To ask the kernel for; 32 MiB. */
  readonly receiveBufferBytes?: number;
  /**
   * Whether the type of service (DSCP and ECN) of what arrives is told, a column of the batch, and what is sent has that of
   * its row. `node` cannot, and its notes say so.
   */
  readonly carriesTos?: boolean;
  /** Whether `onRefused` is wanted. `linux` hears of everybody's refusals, `node` only of those of `connectTo`. */
  readonly tellsRefusals?: boolean;
  /**
   * The only peer that is sent to through this port and heard at it. `node` connects to it: that is how it is told of
   * refusals, and it sees nothing from elsewhere then. `linux` hears all the same, and refusals too.
   */
  readonly connectTo?: Peer;
  /** Whether it may send to broadcast addresses; a system denies it otherwise. */
  readonly broadcast?: boolean;
  /**
   * An interface by its name, such as eth0: what is sent to groups leaves there, and where `host` is a group it is joined
   * there, which other programs may do, too, on the same port. A group without an interface is refused.
   */
  readonly multicastInterface?: string;
}

/** The note on them. */
export const describeUnanswerable = (count: number): string =>
  `${count} datagram${count === 1 ? ' was' : 's were'} not taken: from port 0, where nobody can be answered`;

/** The note where a system denies a send (EACCES). */
export const describeNoBroadcast = (to: string): string =>
  `sends to ${to} are denied (EACCES): for a broadcast address, a port must be opened for broadcasts`;

/** What a port is to ask the kernel for, bytes. */
export const wantedReceiveBytes = ({ receiveBufferBytes = RECEIVE_BUFFER_BYTES }: OpenOptions): number =>
  receiveBufferBytes;

export interface Transport extends DatagramSink {
  readonly name: string;
  /** Opens a port and resolves to its number: 0 for the first, and so on. */
  open(options: OpenOptions): Promise<number>;
  /** Address and port a port is bound to. */
  localPeer(port: number): Peer;
  /** Called with each batch that arrives; the batch is valid during the call. */
  onBatch: (port: number, batch: DatagramBatch) => void;
  /** Called when datagrams that `send` took could not be sent after all; what `sendControl` took is not reported. */
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void;
  /**
   * Called when datagrams sent through a port found nobody at their port (ICMP), where the port was opened to tell it.
   * Not every refusal comes: hosts limit their rate, and the kernel refuses joined datagrams of its own machine as one. On
   * `node` a datagram may be used up by being told of the refusal of one before: it counts as not sent.
   */
  onRefused: (port: number, peer: Peer, count: number) => void;
  /** Datagrams whose sender states port 0, where nobody can be answered: they are not handed over. */
  readonly unanswerable: number;
  /** True while so much waits to be sent that no more should be offered. */
  readonly congested: boolean;
  /**
   * Where it can be done in the kernel: waits on the spot, so that nothing else of the process runs, until something can
   * be read or the time has come, but not beyond `mostNs`. It may wait less.
   * @param isExact to a few microseconds, at the price of looking at the clock all the time at the end
   * @returns whether the time has come, as far as it knows
   */
  waitUntil?(timeNs: number, mostNs: number, isExact: boolean): boolean;
  /**
   * Closes one port; what is sent through it afterwards is refused. Its address and its kernel figures stay, until
   * 4096 more have been closed: then the figures are unknown.
   */
  closePort(port: number): void;
  /** Datagrams the kernel dropped at a port for want of buffer space; null where unknown. */
  kernelDrops(port: number): number | null;
  /**
   * Whether the kernel may join datagrams before it hands them over at a port. It then counts a dropped buffer of
   * 1 to 64 datagrams as one.
   */
  coalesces(port: number): boolean;
  /** What a reader of the figures must know: first how datagrams move, then what is done without, and why. */
  notes(): readonly string[];
  close(): Promise<void>;
}

/** The address to bind for talking to a peer: of its family, and loopback where the peer is on loopback. */
export function addressTowards(peerAddress: string): string {
  if (peerAddress.includes(':')) return peerAddress === '::1' ? '::1' : '::';
  return peerAddress.startsWith('127.') ? '127.0.0.1' : '0.0.0.0';
}

/** Whether a bound address stands for all addresses of the machine. */
export const isWildcard = (address: string): boolean => /^(::|(::ffff:)?0\.0\.0\.0)$/.test(address);

/**
 * An address as sockets spell it, so that equal addresses are equal texts: `::1` for `0:0:0:0:0:0:0:1`, and a zone by its
 * interface's name: `fe80::1%eth0` for `FE80::1%2`.
 */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const [bare = '', zone] = address.split('%');
  const text = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return zone === undefined ? text : `${text}%${interfaceName(zone)}`;
}

/** Of an interface that is given by its name or its number. */
function interfaceName(zone: string): string {
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    if (entries?.some((entry) => entry.family === 'IPv6' && `${entry.scopeid}` === zone) === true)
      return name;
  }
  return zone;
}
