/**
 * Reads the error queue of a socket (IP_RECVERR), and counts refusals of sent datagrams by peer.
 *
 * While the queue is not empty, the socket keeps reporting an error, and each error is also returned once by an
 * unrelated call. So after an error the caller empties the queue and repeats its call.
 */
import type { Peer } from '../batch.ts';
import {
  CMSG_DATA,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  ECONNREFUSED,
  EINTR,
  IOVEC_BYTES,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IP_PKTINFO,
  IP_RECVERR,
  MMSGHDR_BYTES,
  MMSGHDR_WORDS,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_ERRQUEUE,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_NAME,
  MSG_NAMELEN,
  SOCKADDR_BYTES,
  SOCKADDR_WORDS,
  SOL_IP,
  SOL_IPV6,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
} from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';
import type { SocketAddresses } from './socketAddress.ts';

/** Errors read by one system call. */
const SLOTS = 16;
/** Room for the error and its sender (64 bytes with IPv6), and for the control messages of arrivals. */
const CONTROL_BYTES = 192;
/** Bounds the reading of a queue that is filled as fast as it is read. */
const MAX_CALLS = 64;

export class ErrorQueue {
  readonly #native: NativeSockets;
  readonly #addresses: SocketAddresses;
  readonly #arena: Arena;
  readonly #messages: Piece;
  readonly #names: Piece;
  readonly #controls: Piece;

  constructor(native: NativeSockets, addresses: SocketAddresses) {
    this.#native = native;
    this.#addresses = addresses;
    this.#arena = new Arena(native, 8192);
    this.#messages = this.#arena.take(SLOTS * MMSGHDR_BYTES);
    this.#names = this.#arena.take(SLOTS * SOCKADDR_BYTES);
    this.#controls = this.#arena.take(SLOTS * CONTROL_BYTES);
    // The payload of the datagram is not needed.
    const vector = this.#arena.take(IOVEC_BYTES);
    this.#arena.writeLong(vector.word, this.#names.address);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const header = this.#messages.word + slot * MMSGHDR_WORDS;
      this.#arena.writeLong(header + MSG_NAME, this.#names.address + slot * SOCKADDR_BYTES);
      this.#arena.writeLong(header + MSG_IOV, vector.address);
      this.#arena.writeLong(header + MSG_IOVLEN, 1);
      this.#arena.writeLong(header + MSG_CONTROL, this.#controls.address + slot * CONTROL_BYTES);
    }
  }

  /**
   * Empties the queue.
   * @param refused receives the number of refusals by peer
   * @returns the number of errors of any kind that came from the network, which other calls return too
   */
  read(fd: number, refused: Map<Peer, number>): number {
    const { words } = this.#arena;
    let errors = 0;
    for (let call = 0; call < MAX_CALLS; call += 1) {
      for (let slot = 0; slot < SLOTS; slot += 1) {
        const header = this.#messages.word + slot * MMSGHDR_WORDS;
        words[header + MSG_NAMELEN] = SOCKADDR_BYTES;
        words[header + MSG_CONTROLLEN] = CONTROL_BYTES;
      }
      const slots = this.#native.recvmmsg(fd, this.#messages.address, SLOTS, MSG_ERRQUEUE);
      if (slots === -EINTR) continue;
      if (slots <= 0) return errors;
      for (let slot = 0; slot < slots; slot += 1) if (this.#count(slot, refused)) errors += 1;
      if (slots < SLOTS) return errors;
    }
    return errors;
  }

  /** Whether the error came from the network. */
  #count(slot: number, refused: Map<Peer, number>): boolean {
    const { words } = this.#arena;
    let isRemote = false;
    let isRefusal = false;
    let localAt = -1;
    const start = this.#controls.word + (slot * CONTROL_BYTES) / 4;
    const lengthBytes = words[this.#messages.word + slot * MMSGHDR_WORDS + MSG_CONTROLLEN] as number;
    for (let at = start; at + CMSG_DATA < start + lengthBytes / 4;) {
      const level = words[at + CMSG_LEVEL];
      const type = words[at + CMSG_TYPE];
      const data = at + CMSG_DATA;
      if ((level === SOL_IP && type === IP_RECVERR) || (level === SOL_IPV6 && type === IPV6_RECVERR)) {
        // struct sock_extended_err: the error number, then its origin in one byte.
        const origin = (words[data + 1] as number) & 0xff;
        isRemote = origin === SO_EE_ORIGIN_ICMP || origin === SO_EE_ORIGIN_ICMP6;
        isRefusal = isRemote && words[data] === ECONNREFUSED;
      } else if (level === SOL_IP && type === IP_PKTINFO) localAt = data + 1;
      else if (level === SOL_IPV6 && type === IPV6_PKTINFO) localAt = data;
      at += Math.ceil(Math.max(words[at] as number, CMSG_HEADER_BYTES) / 8) * 2;
    }
    if (!isRefusal) return isRemote;
    const peer = this.#addresses.intern(words, this.#names.word + slot * SOCKADDR_WORDS, localAt);
    refused.set(peer, (refused.get(peer) ?? 0) + 1);
    return true;
  }
}
