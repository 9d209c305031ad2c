/**
 * Message headers for sending: turns rows of a batch into as few messages as the kernel allows, in order.
 *
 * Rows of one size that lie one behind the other, the last maybe shorter, become one message that the kernel cuts
 * again (UDP_SEGMENT); any other row is a message of its own. It calls nothing that sends.
 */
import type { DatagramBatch } from '../batch.ts';
import { MAX_DATAGRAM_BYTES } from '../batch.ts';
import {
  CMSG_DATA,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  IOVEC_BYTES,
  IOVEC_WORDS,
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
  SOL_UDP,
  UDP_SEGMENT,
} from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';
import type { SocketAddress } from './socketAddress.ts';

/** Messages of one system call; a batch of more takes several. */
const MESSAGES = 64;
/** A control message with 16 bits of data, padded. */
const CONTROL_BYTES = 24;
const CONTROL_WORDS = CONTROL_BYTES / 4;

export class OutgoingMessages {
  /** Messages prepared. */
  count = 0;
  /** Message → rows it carries. */
  readonly rows = new Uint32Array(MESSAGES);
  /** Message → bytes of each segment; 0 for a message that is one datagram. */
  readonly segmentBytes = new Uint32Array(MESSAGES);
  readonly #native: NativeSockets;
  readonly #arena: Arena;
  readonly #messages: Piece;
  readonly #vectors: Piece;
  readonly #controls: Piece;
  readonly #name: Piece;
  /** Arrays are taken from few buffers, again and again; asking for an address costs more than sending. */
  readonly #addresses = new WeakMap<ArrayBufferLike, number>();
  #destination: SocketAddress | undefined;

  constructor(native: NativeSockets) {
    this.#native = native;
    this.#arena = new Arena(native, 8192);
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
      this.#arena.writeLong(header + MSG_CONTROL, this.#controls.address + message * CONTROL_BYTES);
      const control = this.#controls.word + message * CONTROL_WORDS;
      this.#arena.writeLong(control, CMSG_HEADER_BYTES + 2);
      words[control + CMSG_LEVEL] = SOL_UDP;
      words[control + CMSG_TYPE] = UDP_SEGMENT;
    }
  }

  /** The address of a message's header. */
  headerAt(message: number): number {
    return this.#messages.address + message * MMSGHDR_BYTES;
  }

  /** Whom the messages are for; stays until it is set again. */
  address(destination: SocketAddress): void {
    if (destination === this.#destination) return;
    this.#destination = destination;
    const { words } = this.#arena;
    words.set(destination.words, this.#name.word);
    for (let message = 0; message < MESSAGES; message += 1)
      words[this.#messages.word + message * MMSGHDR_WORDS + MSG_NAMELEN] = destination.lengthBytes;
  }

  /**
   * Prepares messages for rows `from` .. `to - 1`, or for as many of them as fit.
   * @param segmentBelowBytes rows of this size and more are not joined
   */
  prepare(batch: DatagramBatch, from: number, to: number, segmentBelowBytes: number): void {
    const { offsets, lengths } = batch;
    const { words } = this.#arena;
    const base = this.#addressOf(batch.bytes);
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
          end += nextBytes;
          row += 1;
          if (nextBytes < sizeBytes) break;
        }
      }
      const rows = row - first;
      const vector = this.#vectors.word + message * IOVEC_WORDS;
      this.#arena.writeLong(vector, base + start);
      words[vector + 2] = end - start;
      const controlLength = this.#messages.word + message * MMSGHDR_WORDS + MSG_CONTROLLEN;
      if (rows > 1) {
        words[controlLength] = CONTROL_BYTES;
        words[this.#controls.word + message * CONTROL_WORDS + CMSG_DATA] = sizeBytes;
        this.segmentBytes[message] = sizeBytes;
      } else {
        words[controlLength] = 0;
        this.segmentBytes[message] = 0;
      }
      this.rows[message] = rows;
      message += 1;
    }
    this.count = message;
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
