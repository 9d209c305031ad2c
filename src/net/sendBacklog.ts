/**
 * What node:dgram was given and may not have sent yet: the memory it lies in, and a bound on how much it is.
 *
 * An edge module: it sends. What the kernel does not take at once, libuv keeps, without a bound of its own.
 */
import type { Socket } from 'node:dgram';
import type { DatagramBatch, Peer } from './batch.ts';

/** Room for datagrams that libuv has not sent yet. */
const RING_BYTES = 4 << 20;
/** Once so much may wait, it is asked how much does. */
const MAX_UNASKED_BYTES = RING_BYTES / 2;
/** Where so much waits, no more is taken: the rest is refused, as a kernel refuses it. */
const MAX_QUEUED_BYTES = 4 << 20;
/** What a waiting datagram takes besides its bytes. */
const REQUEST_BYTES = 512;

export type SentCallback = (error: Error | null) => void;

/** A socket, and what libuv holds of it. */
export interface SendingSocket {
  readonly socket: Socket;
  /** The only peer that it can send to; null for any. */
  readonly connectedTo: Peer | null;
  readonly closed: boolean;
  /** What libuv held of it when it was last asked, bytes; and whether more was sent since. */
  queuedBytes: number;
  sentSince: boolean;
}

export class SendBacklog {
  readonly #ring = Buffer.allocUnsafeSlow(RING_BYTES);
  #ringAt = 0;
  /** Views of the ring, in the order of sending since it was last begun anew; what waits in it bounds their number. */
  readonly #views: Buffer[] = [];
  #viewed = 0;
  #unsent = 0;
  /** Bytes offered since everything was last known to be sent: an upper bound of what libuv still holds. */
  #unsentBytes = 0;
  /** What libuv holds of all sockets, as far as was asked, and the sockets to ask again. */
  #queuedBytes = 0;
  readonly #sentSince: SendingSocket[] = [];

  /** Whether no more should be offered. */
  get congested(): boolean {
    return this.#isBehind() && this.#queuedBytes > MAX_QUEUED_BYTES / 2;
  }

  /** Returns how many were taken: all or none. @param sent called for each of them; it must call `sent` here */
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
    // Rows lie one after the other in the arena, so one copy serves them all.
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

  /** A socket is closed, and with it goes what waited there. */
  forget(socket: SendingSocket): void {
    this.#queuedBytes -= socket.queuedBytes;
    socket.queuedBytes = 0;
    if (socket.sentSince) this.#sentSince.splice(this.#sentSince.indexOf(socket), 1);
  }

  /**
   * Whether libuv still holds much of what was offered. What the kernel took at once is told only after the present
   * step, which may send to a thousand peers: so where much was offered, libuv is asked.
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
    // The start of the ring is still in the processor's cache; the rest of it is not.
    this.#ringAt = 0;
  }

  /** Of the ring. Datagrams of one length lie where others lay before, and making a view costs more than its bytes. */
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
   * Where in the ring a batch may be copied, or −1 when it must have a copy of its own. Unsent bytes fill at most
   * half of the ring and one batch at most a quarter, so what is written never reaches what is still unsent.
   */
  #reserve(lengthBytes: number): number {
    if (this.#unsentBytes > MAX_UNASKED_BYTES || lengthBytes > RING_BYTES / 4) return -1;
    if (this.#ringAt + lengthBytes > RING_BYTES) this.#ringAt = 0;
    const at = this.#ringAt;
    this.#ringAt += lengthBytes;
    return at;
  }
}
