/**
 * The interface of a transport: ports that send batches and deliver batches.
 *
 * nodeTransport.ts and linux/linuxTransport.ts implement it.
 */
import { SocketAddress, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DatagramBatch, Peer } from './batch.ts';
import type { DatagramSink } from './endpoint.ts';

/**
 * The receive buffer that every transport requests, so that the choice of transport changes no result; the kernel may
 * grant less. It must hold the arrivals of some milliseconds of garbage collection or preemption at a million datagrams
 * a second, which would otherwise be lost.
 */
export const RECEIVE_BUFFER_BYTES = 32 << 20;
export const SEND_BUFFER_BYTES = 1 << 20;

export interface OpenOptions {
  /** Address to bind. */
  readonly host: string;
  /** 0 lets the system pick one. */
  readonly port: number;
  /** Whether the process lasts as long as the port is open; default true. */
  readonly keepsAlive?: boolean;
  /** Size to request from the kernel; default 32 MiB. */
  readonly receiveBufferBytes?: number;
  /**
   * Whether the type of service (DSCP and ECN) is carried: arrivals have it in a column of the batch, and each row is
   * sent with its own. `node` does not support it, and its notes say so.
   */
  readonly carriesTos?: boolean;
  /** Whether `onRefused` is needed. `linux` reports refusals of all peers, `node` only those of `connectTo`. */
  readonly tellsRefusals?: boolean;
  /**
   * The only peer of this port. `node` connects the socket to it, because only connected sockets report refusals, and
   * then receives nothing from other peers. `linux` does not connect: it receives from all peers and reports refusals
   * too.
   */
  readonly connectTo?: Peer;
  /** Whether it may send to broadcast addresses, which the system denies otherwise. */
  readonly broadcast?: boolean;
  /**
   * The name of an interface, such as eth0, for sending to groups. If `host` is a group, it is joined on this
   * interface, and other programs may join it on the same port. A group without an interface is refused.
   */
  readonly multicastInterface?: string;
}

/** The note on unanswerable datagrams. */
export const describeUnanswerable = (count: number): string =>
  `${count} datagram${count === 1 ? ' was' : 's were'} not taken: from port 0, where nobody can be answered`;

/** The note on a send that the system denied (EACCES). */
export const describeNoBroadcast = (to: string): string =>
  `sends to ${to} are denied (EACCES): for a broadcast address, a port must be opened for broadcasts`;

/** Receive buffer to request for a port, bytes. */
export const wantedReceiveBytes = ({ receiveBufferBytes = RECEIVE_BUFFER_BYTES }: OpenOptions): number =>
  receiveBufferBytes;

export interface Transport extends DatagramSink {
  readonly name: string;
  /** Opens a port and resolves to its number: 0 for the first, and so on. */
  open(options: OpenOptions): Promise<number>;
  /** The same at once, where the system can and the address is numeric; else undefined, and nothing is opened. */
  openNow?(options: OpenOptions): number | undefined;
  /** Address and port a port is bound to. */
  localPeer(port: number): Peer;
  /** Called with each batch that arrives; the batch is valid during the call. */
  onBatch: (port: number, batch: DatagramBatch) => void;
  /** Called when datagrams that `send` accepted could not be sent; those of `sendControl` are not reported. */
  onSendFailure: (port: number, peer: Peer, datagrams: number) => void;
  /**
   * Called when datagrams sent through a port were refused (ICMP port unreachable), if the port was opened with
   * `tellsRefusals`. Some refusals are missing: hosts limit their rate, and over loopback joined datagrams are refused
   * as one. On `node` a send may fail with the refusal of an earlier datagram: it then counts as not sent.
   */
  onRefused: (port: number, peer: Peer, count: number) => void;
  /** Datagrams with source port 0, which cannot be answered: they are not delivered. */
  readonly unanswerable: number;
  /** True while too much waits to be sent: no more should be sent. */
  readonly congested: boolean;
  /**
   * Delivers at once what was read and waits to be delivered with what is read next.
   * @param looks whether it also looks at its ports, without waiting, and reads those with arrivals
   */
  handOver?(looks: boolean): void;
  /**
   * If the system supports it: blocks the thread until datagrams have arrived, of which it delivers the first, or the
   * time has come, but not beyond `maxNs`. It returns earlier when the event loop has something to do.
   * @param isExact exact to a few microseconds, by polling the clock at the end
   * @returns whether the time has come, if known
   */
  waitUntil?(timeNs: number, maxNs: number, isExact: boolean): boolean;
  /**
   * Closes one port; later sends through it are refused. Its address and kernel figures stay available; the figures are
   * unknown after 4096 more ports have been closed.
   * @returns a promise where the system has the port for a while longer; it resolves when others may have it
   */
  closePort(port: number): void | Promise<void>;
  /** Datagrams that the kernel dropped at a port because its buffer was full; null where unknown. */
  kernelDrops(port: number): number | null;
  /**
   * Whether the kernel may join datagrams that arrive at a port (GRO). It then counts a dropped buffer of 1 to 64
   * datagrams as one.
   */
  coalesces(port: number): boolean;
  /** Notes for a reader of the figures: first how datagrams are moved, then missing features and why. */
  notes(): readonly string[];
  close(): Promise<void>;
}

/** The address to bind for sending to a peer: of its family, and loopback for a peer on loopback. */
export function addressTowards(peerAddress: string): string {
  if (peerAddress.includes(':')) return peerAddress === '::1' ? '::1' : '::';
  return peerAddress.startsWith('127.') ? '127.0.0.1' : '0.0.0.0';
}

/** Whether a bound address stands for all addresses of the machine. */
export const isWildcard = (address: string): boolean => /^(::|(::ffff:)?0\.0\.0\.0)$/.test(address);

/**
 * An address in the canonical form of sockets, so that equal addresses are equal texts: `::1` for `0:0:0:0:0:0:0:1`,
 * and a zone by its interface's name: `fe80::1%eth0` for `FE80::1%2`.
 */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const [bare = '', zone] = address.split('%');
  const text = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return zone === undefined ? text : `${text}%${interfaceName(zone)}`;
}

/** The name of an interface given by name or number. */
function interfaceName(zone: string): string {
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    if (entries?.some((entry) => entry.family === 'IPv6' && `${entry.scopeid}` === zone) === true)
      return name;
  }
  return zone;
}
