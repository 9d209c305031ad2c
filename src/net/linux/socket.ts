/**
 * One UDP socket: opened, bound and configured, with the kernel's drop counter.
 *
 * If the kernel refuses an option, that is no error: the socket works without it, and a note says so.
 */
import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { Peer } from '../batch.ts';
import { bindFailure } from '../bindFailure.ts';
import { groupFailure, hostToBind, interfaceFor, isGroup } from '../multicast.ts';
import { SEND_BUFFER_BYTES, isWildcard, wantedReceiveBytes } from '../transport.ts';
import type { OpenOptions } from '../transport.ts';
import {
  AF_INET,
  AF_INET6,
  DATAGRAM_SOCKET,
  IPV6_ADD_MEMBERSHIP,
  IPV6_MULTICAST_IF,
  IPV6_RECVERR,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  MEMINFO_DROPS,
  MEMINFO_WORDS,
  SOCKADDR_BYTES,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  SO_BROADCAST,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_REUSEADDR,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_TIMESTAMPNS,
  UDP_GRO,
  UDP_SEGMENT,
} from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';
import type { SocketAddress, SocketAddresses } from './socketAddress.ts';

export interface OpenSocket {
  readonly fd: number;
  readonly local: Peer;
  /** Whether the kernel joins arriving datagrams (UDP_GRO). */
  readonly coalesces: boolean;
  /** Whether the kernel splits a message into datagrams (UDP_SEGMENT). */
  readonly segments: boolean;
  /** Whether types of service are received and sent. */
  readonly carriesTos: boolean;
  /** Peer → refusals that are not reported yet; null if refusals are not reported. */
  readonly refused: Map<Peer, number> | null;
  /** Receive buffer granted by the kernel, bytes. */
  readonly receiveBufferBytes: number;
  /** Options that the kernel refused, one sentence each. */
  readonly refusals: readonly string[];
}

export class SocketMaker {
  readonly #native: NativeSockets;
  readonly #addresses: SocketAddresses;
  readonly #arena: Arena;
  readonly #value: Piece;
  readonly #length: Piece;

  constructor(native: NativeSockets, addresses: SocketAddresses) {
    this.#native = native;
    this.#addresses = addresses;
    this.#arena = new Arena(native, 256);
    this.#value = this.#arena.take(Math.max(SOCKADDR_BYTES, MEMINFO_WORDS * 4));
    this.#length = this.#arena.take(4);
  }

  /** Throws an EnvironmentError when the address cannot be bound. `host` is numeric. */
  open(options: OpenOptions): OpenSocket {
    const host = hostToBind(options);
    const isIpv6 = isIP(host) === 6;
    const fd = this.#native.socket(isIpv6 ? AF_INET6 : AF_INET, DATAGRAM_SOCKET);
    if (fd < 0) throw bindFailure(options, getSystemErrorName(fd));
    // Lets several programs receive from one group.
    if (isGroup(host)) this.#set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    const address = this.#addresses.encode({ address: host, port: options.port });
    const bound = address === undefined ? undefined : this.#bind(fd, address);
    if (bound !== 0) {
      this.#native.close(fd);
      throw bindFailure(options, bound === undefined ? 'no such address' : getSystemErrorName(bound));
    }
    try {
      this.#join(fd, options);
    } catch (cause) {
      this.#native.close(fd);
      throw cause;
    }
    const refusals: string[] = [];
    const attempt = (level: number, option: number, value: number, without: string): boolean => {
      const result = this.#set(fd, level, option, value);
      if (result === 0) return true;
      refusals.push(`${without}: the kernel refused socket option ${option} (${getSystemErrorName(result)})`);
      return false;
    };
    if (options.broadcast === true)
      attempt(SOL_SOCKET, SO_BROADCAST, 1, 'nothing can be sent to broadcast addresses');
    const local = this.#local(fd);
    attempt(SOL_SOCKET, SO_TIMESTAMPNS, 1, 'arrivals have the time they were read at');
    // Control messages cost time, so this one is enabled only if the local address is needed and not known already.
    if (isWildcard(local.address) && options.connectTo === undefined) {
      const without = 'answers leave from the address that the kernel chooses';
      if (isIpv6) attempt(SOL_IPV6, IPV6_RECVPKTINFO, 1, without);
      else attempt(SOL_IP, IP_PKTINFO, 1, without);
    }
    const setBoth = (option: number, option6: number, without: string): boolean =>
      // An IPv6 socket may also have IPv4 peers.
      (!isIpv6 || attempt(SOL_IPV6, option6, 1, without)) && attempt(SOL_IP, option, 1, without);
    const carriesTos =
      options.carriesTos === true &&
      setBoth(IP_RECVTOS, IPV6_RECVTCLASS, 'the type of service is not carried across');
    const tellsRefusals =
      options.tellsRefusals === true &&
      setBoth(IP_RECVERR, IPV6_RECVERR, 'whether a peer refuses datagrams is not told');
    return {
      fd,
      local,
      carriesTos,
      refused: tellsRefusals ? new Map() : null,
      coalesces: attempt(SOL_UDP, UDP_GRO, 1, 'datagrams are received one by one'),
      segments: attempt(SOL_UDP, UDP_SEGMENT, 0, 'datagrams are sent one by one'),
      receiveBufferBytes: this.#growBuffers(fd, wantedReceiveBytes(options)),
      refusals,
    };
  }

  /** The drop counter; null where unknown. A dropped coalesced buffer counts as one. */
  drops(fd: number): number | null {
    const { words } = this.#arena;
    words[this.#length.word] = MEMINFO_WORDS * 4;
    const result = this.#native.getsockopt(
      fd,
      SOL_SOCKET,
      SO_MEMINFO,
      this.#value.address,
      this.#length.address,
    );
    const complete = result === 0 && (words[this.#length.word] as number) > MEMINFO_DROPS * 4;
    return complete ? (words[this.#value.word + MEMINFO_DROPS] as number) : null;
  }

  /** Throws an EnvironmentError when the group cannot be joined. */
  #join(fd: number, { host, multicastInterface: name }: OpenOptions): void {
    if (name === undefined) return;
    const isIpv6 = isIP(host) === 6;
    const own = interfaceFor(name, isIpv6);
    const where = isIpv6 ? [this.#native.ifNametoindex(own)] : [...(this.#addresses.encodeLocal(own) ?? [])];
    const [level, leave, enter] = isIpv6
      ? [SOL_IPV6, IPV6_MULTICAST_IF, IPV6_ADD_MEMBERSHIP]
      : [SOL_IP, IP_MULTICAST_IF, IP_ADD_MEMBERSHIP];
    const must = (option: number, words: readonly number[]): void => {
      this.#arena.words.set(words, this.#value.word);
      const result = this.#native.setsockopt(fd, level, option, this.#value.address, words.length * 4);
      if (result !== 0) throw groupFailure(host, name, getSystemErrorName(result));
    };
    must(leave, where);
    if (isGroup(host)) must(enter, [...(this.#addresses.encodeLocal(host) ?? []), ...where]);
  }

  #bind(fd: number, { words, lengthBytes }: SocketAddress): number {
    this.#arena.words.set(words, this.#value.word);
    return this.#native.bind(fd, this.#value.address, lengthBytes);
  }

  #local(fd: number): Peer {
    const { words } = this.#arena;
    words[this.#length.word] = SOCKADDR_BYTES;
    this.#native.getsockname(fd, this.#value.address, this.#length.address);
    return this.#addresses.decode(words, this.#value.word);
  }

  /**
   * Requests the same sizes as node:dgram, beyond the system's limit if this process is allowed to. Returns the size
   * granted.
   */
  #growBuffers(fd: number, receiveBytes: number): number {
    if (this.#set(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBytes) !== 0)
      this.#set(fd, SOL_SOCKET, SO_RCVBUF, receiveBytes);
    if (this.#set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER_BYTES) !== 0)
      this.#set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
    // The kernel reports twice the requested size: the other half is for its bookkeeping.
    return this.#get(fd, SOL_SOCKET, SO_RCVBUF) / 2;
  }

  #set(fd: number, level: number, option: number, value: number): number {
    this.#arena.words[this.#value.word] = value;
    return this.#native.setsockopt(fd, level, option, this.#value.address, 4);
  }

  #get(fd: number, level: number, option: number): number {
    const { words } = this.#arena;
    words[this.#length.word] = 4;
    const result = this.#native.getsockopt(fd, level, option, this.#value.address, this.#length.address);
    return result === 0 ? (words[this.#value.word] as number) : 0;
  }
}
