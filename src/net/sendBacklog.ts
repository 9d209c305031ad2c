/**
 * The datagrams passed to node:dgram and possibly not sent yet: their memory, and a bound on their size.
 *
 * Datagrams that the kernel does not accept at once are queued by libuv, which has no bound.
 */
import type { Socket } from 'node:dgram';
import type { DatagramBatch, Peer } from './batch.ts';

/** Room for datagrams that libuv has not sent yet; and at first, for a process may have a thousand of these that send little. */
const RING_BYTES = 4 << 20;
const SMALL_RING_BYTES = 1 << 16;
/** Above this possible amount, libuv is asked for the real one. */
const MAX_UNASKED_BYTES = RING_BYTES / 2;
/** Above this amount further datagrams are refused, as by a kernel. */
const MAX_QUEUED_BYTES = 4 << 20;
/** Memory of a waiting datagram besides its payload. */
const REQUEST_BYTES = 512;

export type SentCallback = (error: Error | null) => void;

/** A socket and its queue in libuv. */
export interface SendingSocket {
  readonly socket: Socket;
  /** The peer that it is connected to; null if it can send to any. */
  readonly connectedTo: Peer | null;
  readonly closed: boolean;
  /** Size of its queue in libuv when last asked, bytes; and whether more was sent since. */
  queuedBytes: number;
  sentSince: boolean;
}

export class SendBacklog {
  #ring: Buffer = Buffer.allocUnsafeSlow(SMALL_RING_BYTES);
  #ringAt = 0;
  /** Views of the ring in the order of sending since its last restart; the waiting datagrams bound their number. */
  readonly #views: Buffer[] = [];
  #viewed = 0;
  #unsent = 0;
  /** Bytes offered since everything was last known to be sent: an upper bound of what libuv still holds. */
  #unsentBytes = 0;
  /** Known size of all queues in libuv, and the sockets to ask again. */
  #queuedBytes = 0;
  readonly #sentSince: SendingSocket[] = [];

  /** Whether no more should be sent. */
  get congested(): boolean {
    return this.#isBehind() && this.#queuedBytes > MAX_QUEUED_BYTES / 2;
  }

  /**
   * Returns how many were accepted: all or none. @param sent called for each of them; it must call `sent` of this
   * object
   */
  send(
    from: SendingSocket,
    peer: Peer,
    batch: DatagramBatch,
    first: number,
    end: number,
    sent: SentCallback,
  ): number {
    const { socket, connectedTo } = from;
    const { offsets, lengths } = batch;
    if (this.#isBehind() && this.#queuedBytes > MAX_QUEUED_BYTES) return 0;
    const start = offsets[first] as number;
    const span = batch.bytes.subarray(start, (offsets[end - 1] as number) + (lengths[end - 1] as number));
    const at = this.#reserve(span.length);
    // The rows are adjacent in the arena, so one copy is enough.
    const copy = at < 0 ? Buffer.from(span) : this.#ring;
    if (at >= 0) copy.set(span, at);
    const base = Math.max(at, 0) - start;
    this.#unsent += end - first;
    this.#unsentBytes += span.length + (end - first) * REQUEST_BYTES;
    if (!from.sentSince) {
      from.sentSince = true;
      this.#sentSince.push(from);
    }
    for (let row = first; row < end; row += 1) {
      const begin = base + (offsets[row] as number);
      const lengthBytes = lengths[row] as number;
      const view = at >= 0 ? this.#view(begin, lengthBytes) : copy.subarray(begin, begin + lengthBytes);
      if (connectedTo === null) socket.send(view, peer.port, peer.address, sent);
      else socket.send(view, sent);
    }
    return end - first;
  }

  /** One datagram of a socket was sent, or failed. */
  sent(by: SendingSocket): void {
    this.#unsent -= 1;
    if (this.#unsent === 0) this.#allSent();
    if (by.queuedBytes > 0) this.#ask(by);
  }

  /** A socket was closed, and its queue with it. */
  forget(socket: SendingSocket): void {
    this.#queuedBytes -= socket.queuedBytes;
    socket.queuedBytes = 0;
    if (socket.sentSince) this.#sentSince.splice(this.#sentSince.indexOf(socket), 1);
  }

  /**
   * Whether libuv still has a long queue. Callbacks of sends come only after the current step, which may send to a
   * thousand peers, so after large sends libuv is asked for the size of its queues.
   */
  #isBehind(): boolean {
    if (this.#unsentBytes <= MAX_UNASKED_BYTES) return false;
    for (const one of this.#sentSince) {
      one.sentSince = false;
      this.#ask(one);
    }
    this.#sentSince.length = 0;
    if (this.#queuedBytes === 0) this.#allSent();
    return this.#queuedBytes > 0;
  }

  #ask(one: SendingSocket): void {
    if (one.closed) return;
    const queuedBytes = one.socket.getSendQueueSize() + one.socket.getSendQueueCount() * REQUEST_BYTES;
    this.#queuedBytes += queuedBytes - one.queuedBytes;
    one.queuedBytes = queuedBytes;
  }

  #allSent(): void {
    this.#unsentBytes = 0;
    this.#viewed = 0;
    // Restarts the ring, because its start is still in the processor's cache.
    this.#ringAt = 0;
  }

  /**
   * A view of the ring. Views are reused for datagrams of the same place and length, because making one costs more than
   * the copy.
   */
  #view(first: number, lengthBytes: number): Buffer {
    const index = this.#viewed;
    this.#viewed = index + 1;
    const known = this.#views[index];
    if (known !== undefined && known.byteOffset === first && known.length === lengthBytes) return known;
    const view = this.#ring.subarray(first, first + lengthBytes);
    this.#views[index] = view;
    return view;
  }

  /**
   * The offset in the ring for the copy of a batch, or −1 when it needs separate memory. Unsent bytes fill at most half
   * of the ring and one batch at most a quarter, so what is written never reaches what is still unsent.
   */
  #reserve(lengthBytes: number): number {
    if (this.#unsentBytes > MAX_UNASKED_BYTES || lengthBytes > RING_BYTES / 4) return -1;
    const { length: ringBytes } = this.#ring;
    if (ringBytes < RING_BYTES && (this.#unsentBytes > ringBytes / 2 || lengthBytes > ringBytes / 4))
      this.#takeLarger();
    if (this.#ringAt + lengthBytes > this.#ring.length) this.#ringAt = 0;
    const at = this.#ringAt;
    this.#ringAt += lengthBytes;
    return at;
  }

  /** What is unsent keeps the smaller ring until it has gone. */
  #takeLarger(): void {
    this.#ring = Buffer.allocUnsafeSlow(RING_BYTES);
    this.#ringAt = 0;
    this.#views.length = 0;
    this.#viewed = 0;
  }
}
