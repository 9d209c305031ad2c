/**
 * The message headers for sending: turns the rows of a batch into as few messages as the kernel allows, in order.
 *
 * Adjacent rows of one size, of which the last may be shorter, become one message that the kernel splits (UDP_SEGMENT);
 * any other row is a message of its own. It makes no system call.
 */
import type { DatagramBatch } from '../batch.ts';
import { MAX_DATAGRAM_BYTES } from '../batch.ts';
import {
  AF_INET,
  CMSG_DATA,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  IOVEC_BYTES,
  IOVEC_WORDS,
  IPV6_PKTINFO,
  IPV6_TCLASS,
  IP_PKTINFO,
  IP_TOS,
  MMSGHDR_BYTES,
  MMSGHDR_WORDS,
  MAX_SEGMENTS,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_NAME,
  MSG_NAMELEN,
  SOCKADDR_BYTES,
  SOCKADDR_WORDS,
  SOL_IP,
  SOL_IPV6,
  SOL_UDP,
  UDP_SEGMENT,
} from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';
import type { SocketAddress } from './socketAddress.ts';

/** A control message with the source address. */
export type Origin = Uint32Array;

/** Messages of one system call; larger batches need several calls. */
const MESSAGES = 64;
/** A control message of 2 or 4 bytes of data, padded: the size of segments, the type of service. */
const SMALL_CONTROL_BYTES = 24;
/** A struct in_pktinfo and a struct in6_pktinfo. */
const PKTINFO4_BYTES = 12;
const PKTINFO6_BYTES = 20;
/** The control messages before the segment size: the source address, 40 bytes with IPv6, and the type of service. */
const EXTRAS_BYTES = 64;
/** Room per message. The control messages in use are contiguous around the end of the extras. */
const CONTROL_BYTES = EXTRAS_BYTES + SMALL_CONTROL_BYTES + 8;
const CONTROL_WORDS = CONTROL_BYTES / 4;
const SEGMENT_WORD = EXTRAS_BYTES / 4;
/** The word before the IPv4 address in an IPv4-mapped IPv6 address. */
const MAPPED_WORD = 0xffff_0000;

export class OutgoingMessages {
  /** Number of prepared messages. */
  count = 0;
  /** Message → its number of rows. */
  readonly rows = new Uint32Array(MESSAGES);
  /** Message → segment size, bytes; 0 for a single datagram. */
  readonly segmentBytes = new Uint32Array(MESSAGES);
  readonly #native: NativeSockets;
  readonly #arena: Arena;
  readonly #messages: Piece;
  readonly #vectors: Piece;
  readonly #controls: Piece;
  readonly #name: Piece;
  /** Message → size of its extras, bytes. */
  readonly #extraBytes = new Uint8Array(MESSAGES);
  /** Buffer → address. The same few buffers are used again and again, and reading an address is slower than a send. */
  readonly #addresses = new WeakMap<ArrayBufferLike, number>();
  #destination: SocketAddress | undefined;
  #origin: Origin | undefined;
  #isIpv4 = true;

  constructor(native: NativeSockets) {
    this.#native = native;
    this.#arena = new Arena(native, 16_384);
    this.#messages = this.#arena.take(MESSAGES * MMSGHDR_BYTES);
    this.#vectors = this.#arena.take(MESSAGES * IOVEC_BYTES);
    this.#controls = this.#arena.take(MESSAGES * CONTROL_BYTES);
    this.#name = this.#arena.take(SOCKADDR_BYTES);
    const { words } = this.#arena;
    for (let message = 0; message < MESSAGES; message += 1) {
      const header = this.#messages.word + message * MMSGHDR_WORDS;
      this.#arena.writeLong(header + MSG_NAME, this.#name.address);
      this.#arena.writeLong(header + MSG_IOV, this.#vectors.address + message * IOVEC_BYTES);
      this.#arena.writeLong(header + MSG_IOVLEN, 1);
      this.#arena.writeLong(header + MSG_CONTROL, this.#segmentAt(message));
      const control = this.#controls.word + message * CONTROL_WORDS + SEGMENT_WORD;
      this.#arena.writeLong(control, CMSG_HEADER_BYTES + 2);
      words[control + CMSG_LEVEL] = SOL_UDP;
      words[control + CMSG_TYPE] = UDP_SEGMENT;
    }
  }

  /** The address of a message's header. */
  headerAt(message: number): number {
    return this.#messages.address + message * MMSGHDR_BYTES;
  }

  /** Sets destination and source address of the messages. */
  address(destination: SocketAddress, origin?: Origin): void {
    if (destination === this.#destination) return;
    this.#destination = destination;
    this.#origin = origin;
    this.#isIpv4 = isIpv4(destination);
    const { words } = this.#arena;
    // A loop, because a call costs more than these few words.
    for (let word = 0; word < SOCKADDR_WORDS; word += 1)
      words[this.#name.word + word] = destination.words[word] as number;
  }

  /**
   * Prepares messages for rows `from` .. `to - 1`, as many as fit.
   * @param segmentBelowBytes rows of this size and more are not joined
   * @param tos row → type of service, if any has one; only rows with the same one are joined
   */
  prepare(batch: DatagramBatch, from: number, to: number, segmentBelowBytes: number, tos?: Uint8Array): void {
    const { offsets, lengths } = batch;
    const { words } = this.#arena;
    const base = this.#addressOf(batch.bytes);
    const nameBytes = this.#destination?.lengthBytes ?? 0;
    let message = 0;
    let row = from;
    while (row < to && message < MESSAGES) {
      const first = row;
      const start = offsets[row] as number;
      const sizeBytes = lengths[row] as number;
      let end = start + sizeBytes;
      row += 1;
      if (sizeBytes > 0 && sizeBytes < segmentBelowBytes) {
        const limit = Math.min(to, first + MAX_SEGMENTS);
        while (row < limit) {
          const nextBytes = lengths[row] as number;
          if (nextBytes === 0 || nextBytes > sizeBytes || offsets[row] !== end) break;
          if (end - start + nextBytes > MAX_DATAGRAM_BYTES) break;
          if (tos !== undefined && tos[row] !== tos[first]) break;
          end += nextBytes;
          row += 1;
          if (nextBytes < sizeBytes) break;
        }
      }
      const rows = row - first;
      // Here and not for all messages at once: most calls have a single one.
      words[this.#messages.word + message * MMSGHDR_WORDS + MSG_NAMELEN] = nameBytes;
      const vector = this.#vectors.word + message * IOVEC_WORDS;
      this.#arena.writeLong(vector, base + start);
      words[vector + 2] = end - start;
      const controlLength = this.#messages.word + message * MMSGHDR_WORDS + MSG_CONTROLLEN;
      const rowTos = tos === undefined ? 0 : (tos[first] as number);
      const extraBytes = rowTos === 0 && this.#origin === undefined ? 0 : this.#writeExtras(message, rowTos);
      if (extraBytes !== this.#extraBytes[message]) this.#pointToExtras(message, extraBytes);
      if (rows > 1) {
        words[controlLength] = extraBytes + SMALL_CONTROL_BYTES;
        words[this.#controls.word + message * CONTROL_WORDS + SEGMENT_WORD + CMSG_DATA] = sizeBytes;
        this.segmentBytes[message] = sizeBytes;
      } else {
        words[controlLength] = extraBytes;
        this.segmentBytes[message] = 0;
      }
      this.rows[message] = rows;
      message += 1;
    }
    this.count = message;
  }

  /** Writes the extras, up to where the segment size begins. Returns their size, bytes. */
  #writeExtras(message: number, tos: number): number {
    const { words } = this.#arena;
    const end = this.#controls.word + message * CONTROL_WORDS + SEGMENT_WORD;
    let start = end;
    if (tos !== 0) {
      start -= SMALL_CONTROL_BYTES / 4;
      this.#arena.writeLong(start, CMSG_HEADER_BYTES + 4);
      words[start + CMSG_LEVEL] = this.#isIpv4 ? SOL_IP : SOL_IPV6;
      words[start + CMSG_TYPE] = this.#isIpv4 ? IP_TOS : IPV6_TCLASS;
      words[start + CMSG_DATA] = tos;
    }
    if (this.#origin !== undefined) {
      start -= this.#origin.length;
      words.set(this.#origin, start);
    }
    return (end - start) * 4;
  }

  #pointToExtras(message: number, extraBytes: number): void {
    this.#extraBytes[message] = extraBytes;
    const header = this.#messages.word + message * MMSGHDR_WORDS;
    this.#arena.writeLong(header + MSG_CONTROL, this.#segmentAt(message) - extraBytes);
  }

  #segmentAt(message: number): number {
    return this.#controls.address + message * CONTROL_BYTES + EXTRAS_BYTES;
  }

  #addressOf(bytes: Uint8Array): number {
    let address = this.#addresses.get(bytes.buffer);
    if (address === undefined) {
      address = this.#native.addressOf(bytes) - bytes.byteOffset;
      this.#addresses.set(bytes.buffer, address);
    }
    return address + bytes.byteOffset;
  }
}

/** @param local an address of this machine, one word or four */
export function originMessage(local: Uint32Array): Origin {
  const isShort = local.length === 1;
  const dataBytes = isShort ? PKTINFO4_BYTES : PKTINFO6_BYTES;
  const words = new Uint32Array(Math.ceil((CMSG_HEADER_BYTES + dataBytes) / 8) * 2);
  words[0] = CMSG_HEADER_BYTES + dataBytes;
  words[CMSG_LEVEL] = isShort ? SOL_IP : SOL_IPV6;
  words[CMSG_TYPE] = isShort ? IP_PKTINFO : IPV6_PKTINFO;
  // The interface is before an IPv4 address and after an IPv6 one; 0 lets the routing table choose.
  words.set(local, isShort ? CMSG_DATA + 1 : CMSG_DATA);
  return words;
}

/** Also for IPv4-mapped IPv6 addresses: `::ffff:1.2.3.4`. */
const isIpv4 = ({ words }: SocketAddress): boolean =>
  ((words[0] as number) & 0xffff) === AF_INET ||
  (words[2] === 0 && words[3] === 0 && words[4] === MAPPED_WORD);
