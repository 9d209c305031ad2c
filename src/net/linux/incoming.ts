/**
 * The message headers for receiving, and the batch of arrivals.
 *
 * The kernel writes each buffer straight into the batch's arena; a coalesced buffer (UDP_GRO) becomes several rows.
 * Nothing is copied and nothing is allocated for a datagram.
 */
import { DatagramBatch } from '../batch.ts';
import {
  CLOCK_REALTIME,
  CMSG_DATA,
  CMSG_HEADER_BYTES,
  CMSG_LEVEL,
  CMSG_TYPE,
  IOVEC_BYTES,
  IPV6_PKTINFO,
  IPV6_TCLASS,
  IP_PKTINFO,
  IP_TOS,
  MMSGHDR_BYTES,
  MMSGHDR_WORDS,
  MAX_COALESCED_BYTES,
  MAX_SEGMENTS,
  MSG_CONTROL,
  MSG_CONTROLLEN,
  MSG_CTRUNC,
  MSG_FLAGS,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_LEN,
  MSG_NAME,
  MSG_NAMELEN,
  SOCKADDR_BYTES,
  SOCKADDR_WORDS,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  SO_TIMESTAMPNS,
  UDP_GRO,
} from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';
import type { SocketAddresses } from './socketAddress.ts';

/** Buffers of one system call: half a megabyte, so that the data is still in the cache when it is read. */
export const SLOTS = 8;
/** Not a power of two: otherwise the first bytes of all buffers would map to the same cache lines. */
const SLOT_BYTES = MAX_COALESCED_BYTES + 64;
/**
 * Room for the timestamp (32 bytes), the segment size (24), the local address (40 with IPv6) and the type of service
 * (24).
 */
const CONTROL_BYTES = 128;

/** The first byte of IPv6 multicast addresses, which cannot be source addresses. */
const MULTICAST_BYTE = 0xff;

export class IncomingMessages {
  readonly batch = new DatagramBatch(SLOTS * MAX_SEGMENTS, SLOTS * SLOT_BYTES);
  readonly #native: NativeSockets;
  readonly #addresses: SocketAddresses;
  readonly #arena: Arena;
  readonly #messages: Piece;
  readonly #names: Piece;
  readonly #controls: Piece;
  readonly #time: Piece;
  /** Position in the buffers of the last `receive`: number of buffers, the next one, and its bytes already in rows. */
  #slots = 0;
  #slot = 0;
  #takenBytes = 0;
  #realtimeSeconds = 0;
  #realtimeNanoseconds = 0;
  /** The buffer that is being divided: its segment size, the age of its timestamp, and its type of service. */
  #segmentBytes = 0;
  #stampAgeNs = 0;
  #tos = 0;
  /** The word of the local address; −1 where unknown. */
  #localAt = -1;
  /** Buffers with truncated control messages; the room should always be enough. */
  cut = 0;
  /** Datagrams from port 0, which cannot be answered and are discarded. */
  unanswerable = 0;

  constructor(native: NativeSockets, addresses: SocketAddresses) {
    this.#native = native;
    this.#addresses = addresses;
    this.#arena = new Arena(native, 8192);
    this.#messages = this.#arena.take(SLOTS * MMSGHDR_BYTES);
    const vectors = this.#arena.take(SLOTS * IOVEC_BYTES);
    this.#names = this.#arena.take(SLOTS * SOCKADDR_BYTES);
    this.#controls = this.#arena.take(SLOTS * CONTROL_BYTES);
    this.#time = this.#arena.take(16);
    const base = native.addressOf(this.batch.bytes);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const vector = vectors.word + (slot * IOVEC_BYTES) / 4;
      this.#arena.writeLong(vector, base + slot * SLOT_BYTES);
      this.#arena.writeLong(vector + 2, MAX_COALESCED_BYTES);
      const header = this.#messages.word + slot * MMSGHDR_WORDS;
      this.#arena.writeLong(header + MSG_NAME, this.#names.address + slot * SOCKADDR_BYTES);
      this.#arena.writeLong(header + MSG_IOV, vectors.address + slot * IOVEC_BYTES);
      this.#arena.writeLong(header + MSG_IOVLEN, 1);
      this.#arena.writeLong(header + MSG_CONTROL, this.#controls.address + slot * CONTROL_BYTES);
    }
    this.#reset(SLOTS);
  }

  /** Receives what is available without blocking. Returns the number of buffers, or −errno. */
  receive(fd: number): number {
    this.#reset(this.#slots);
    const slots = this.#native.recvmmsg(fd, this.#messages.address, SLOTS, 0);
    this.#slot = 0;
    this.#takenBytes = 0;
    this.#slots = Math.max(slots, 0);
    if (slots <= 0) return slots;
    this.#native.clockGettime(CLOCK_REALTIME, this.#time.address);
    this.#realtimeSeconds = this.#arena.readLong(this.#time.word);
    this.#realtimeNanoseconds = this.#arena.readLong(this.#time.word + 2);
    return slots;
  }

  /**
   * Fills the batch with as many received rows as fit; call it until it returns false. Arrival times are the kernel's,
   * converted to the run's clock, limited to `earliestNs` .. `nowNs`, and never decreasing.
   *
   * @param nowNs the run's clock, read right after `receive`
   * @param earliestNs the time of the port's last row before this call
   */
  fill(nowNs: number, earliestNs: number): boolean {
    const { batch } = this;
    const { offsets, lengths, timesNs, sources, capacity } = batch;
    const { words } = this.#arena;
    if (batch.hasTos) batch.setTos(0, capacity, 0);
    let row = 0;
    let lastNs = earliestNs;
    while (this.#slot < this.#slots && row < capacity) {
      const slot = this.#slot;
      const base = slot * SLOT_BYTES;
      const bytes = words[this.#messages.word + slot * MMSGHDR_WORDS + MSG_LEN] as number;
      this.#readControl(slot);
      lastNs = Math.max(lastNs, Math.min(nowNs - this.#stampAgeNs, nowNs));
      const name = this.#names.word + slot * SOCKADDR_WORDS;
      const source = this.#addresses.intern(words, name, this.#localAt);
      if (source.port === 0) {
        this.unanswerable += this.#segmentBytes === 0 ? 1 : Math.ceil(bytes / this.#segmentBytes);
        this.#slot += 1;
        continue;
      }
      const first = row;
      const stepBytes = this.#segmentBytes === 0 ? bytes : this.#segmentBytes;
      let at = this.#takenBytes;
      // An empty datagram is a row, too.
      do {
        offsets[row] = base + at;
        lengths[row] = bytes - at < stepBytes ? bytes - at : stepBytes;
        timesNs[row] = lastNs;
        // A comparison is cheaper than a store of an object, which needs a write barrier in V8.
        if (sources[row] !== source) sources[row] = source;
        at += stepBytes;
        row += 1;
      } while (at < bytes && row < capacity);
      if (this.#tos !== 0) batch.setTos(first, row, this.#tos);
      if (at < bytes) {
        this.#takenBytes = at;
      } else {
        this.#takenBytes = 0;
        this.#slot += 1;
      }
    }
    batch.count = row;
    batch.usedBytes = batch.bytes.length;
    return row > 0;
  }

  /** Reads the control messages of a buffer, which hold for all its segments. */
  #readControl(slot: number): void {
    const { words } = this.#arena;
    this.#segmentBytes = 0;
    this.#stampAgeNs = 0;
    this.#tos = 0;
    this.#localAt = -1;
    const header = this.#messages.word + slot * MMSGHDR_WORDS;
    const lengthBytes = words[header + MSG_CONTROLLEN] as number;
    if (((words[header + MSG_FLAGS] as number) & MSG_CTRUNC) !== 0) this.cut += 1;
    const start = this.#controls.word + (slot * CONTROL_BYTES) / 4;
    const end = start + lengthBytes / 4;
    for (let at = start; at + CMSG_DATA < end;) {
      const level = words[at + CMSG_LEVEL];
      const type = words[at + CMSG_TYPE];
      const data = at + CMSG_DATA;
      if (level === SOL_UDP && type === UDP_GRO) {
        this.#segmentBytes = words[data] as number;
      } else if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) {
        this.#stampAgeNs =
          (this.#realtimeSeconds - this.#arena.readLong(data)) * 1e9 +
          (this.#realtimeNanoseconds - this.#arena.readLong(data + 2));
      } else if (level === SOL_IP && type === IP_PKTINFO) {
        // The number of the interface, the address to answer from, and the destination in the header, which may be a
        // group.
        if (words[data + 1] !== 0) this.#localAt = data + 1;
      } else if (level === SOL_IPV6 && type === IPV6_PKTINFO) {
        if (((words[data] as number) & 0xff) !== MULTICAST_BYTE) this.#localAt = data;
      } else if ((level === SOL_IP && type === IP_TOS) || (level === SOL_IPV6 && type === IPV6_TCLASS)) {
        this.#tos = (words[data] as number) & 0xff;
      }
      at += Math.ceil(Math.max(words[at] as number, CMSG_HEADER_BYTES) / 8) * 2;
    }
  }

  /** The kernel overwrites the lengths of the buffers with the lengths used. */
  #reset(slots: number): void {
    const { words } = this.#arena;
    for (let slot = 0; slot < slots; slot += 1) {
      const header = this.#messages.word + slot * MMSGHDR_WORDS;
      words[header + MSG_NAMELEN] = SOCKADDR_BYTES;
      words[header + MSG_CONTROLLEN] = CONTROL_BYTES;
    }
  }
}
