/**
 * Sends the rows of a batch through a socket, in order. While the kernel has no room it waits, for a bounded time per
 * turn of the event loop and not per send, because a step may send to a thousand peers.
 *
 * A datagram is retried when the kernel was busy, and segments are sent one by one if the path does not support
 * segmentation; nothing is sent twice.
 */
import { getSystemErrorName } from 'node:util';
import { formatHostPort } from '../../base/quantities.ts';
import type { DatagramBatch, Peer } from '../batch.ts';
import { describeNoBroadcast } from '../transport.ts';
import { EACCES, EAGAIN, EINTR, EINVAL, EIO, EMSGSIZE, ENOBUFS, POLLOUT } from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { ErrorQueue } from './errorQueue.ts';
import type { NativeSockets } from './native.ts';
import { OutgoingMessages, originMessage } from './outgoing.ts';
import type { Origin } from './outgoing.ts';
import type { OpenSocket } from './socket.ts';
import type { SocketAddress, SocketAddresses } from './socketAddress.ts';

/** Limit of consecutive waits of one millisecond during which the kernel accepts nothing. */
const MAX_WAITS_WITHOUT_PROGRESS = 50;
/** Limit of all waits per turn, for a kernel that accepts a little now and then. */
const MAX_WAITS = 200;
const WAIT_MS = 1;
/** Limit of errors of earlier datagrams that one send clears, so that a flood of errors cannot block it. */
const MAX_CLEARINGS = 256;

interface Destination {
  readonly address: SocketAddress;
  /** The source address; undefined lets the kernel choose. */
  readonly origin: Origin | undefined;
  /** Datagrams of this size and more are sent one by one: the kernel refused such segments. */
  segmentBelowBytes: number;
}

export class Sender {
  readonly #native: NativeSockets;
  readonly #addresses: SocketAddresses;
  readonly #errors: ErrorQueue;
  readonly #refused: (text: string) => void;
  readonly #messages: OutgoingMessages;
  readonly #destinations = new WeakMap<Peer, Destination>();
  readonly #arena: Arena;
  readonly #pollfd: Piece;
  /** Waits left in this turn, in all and without progress. At 0, a datagram without room is refused at once. */
  #waitsLeft = MAX_WAITS;
  #waitsWithoutProgressLeft = MAX_WAITS_WITHOUT_PROGRESS;
  #nextTurn: NodeJS.Immediate | undefined;

  /** @param refused called with a sentence about a fallback */
  constructor(
    native: NativeSockets,
    addresses: SocketAddresses,
    errors: ErrorQueue,
    refused: (text: string) => void,
  ) {
    this.#native = native;
    this.#addresses = addresses;
    this.#errors = errors;
    this.#refused = refused;
    this.#messages = new OutgoingMessages(native);
    this.#arena = new Arena(native, 64);
    this.#pollfd = this.#arena.take(8);
  }

  /** Returns how many rows the kernel accepted. */
  send(socket: OpenSocket, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    const { fd, segments, carriesTos, refused } = socket;
    let clearingsLeft = MAX_CLEARINGS;
    const destination = this.#destination(peer);
    const messages = this.#messages;
    messages.address(destination.address, destination.origin);
    const tos = carriesTos && batch.hasTos ? batch.tos : undefined;
    let taken = 0;
    let row = from;
    while (row < to) {
      messages.prepare(batch, row, to, segments ? destination.segmentBelowBytes : 0, tos);
      let message = 0;
      while (message < messages.count) {
        const result = this.#native.sendmmsg(fd, messages.headerAt(message), messages.count - message);
        if (result > 0) {
          if (this.#waitsWithoutProgressLeft > 0) this.#waitsWithoutProgressLeft = MAX_WAITS_WITHOUT_PROGRESS;
          for (const end = message + result; message < end; message += 1) {
            const rows = messages.rows[message] as number;
            taken += rows;
            row += rows;
          }
          continue;
        }
        if (result === -EINTR) continue;
        if (refused !== null) {
          // The error may be that of an earlier datagram, even to another peer; the kernel has not tried this one then.
          clearingsLeft -= 1;
          if (clearingsLeft >= 0 && this.#errors.read(fd, refused) > 0) continue;
        }
        // Sockets with IP_RECVERR also get ENOBUFS for datagrams dropped by a full device queue; other sockets do not,
        // so these do not wait either.
        const isDropped = result === -ENOBUFS && refused !== null;
        if (result === 0 || result === -EAGAIN || (result === -ENOBUFS && !isDropped)) {
          if (this.#waitsLeft === 0 || this.#waitsWithoutProgressLeft === 0) return taken;
          this.#wait(fd, result !== -ENOBUFS);
          continue;
        }
        const refusedBytes = messages.segmentBytes[message] as number;
        if (refusedBytes > 0 && isSegmentRefusal(result)) {
          this.#learn(destination, peer, refusedBytes, result);
          break;
        }
        if (result === -EACCES) this.#noteNoBroadcast(peer);
        // This message cannot be sent; the next may be.
        row += messages.rows[message] as number;
        message += 1;
      }
    }
    return taken;
  }

  /** Whether it has waited, and more waits are allowed only after a turn of the event loop. */
  get awaitsTurn(): boolean {
    return this.#nextTurn !== undefined;
  }

  /** Cancels what it has scheduled in the event loop. */
  close(): void {
    clearImmediate(this.#nextTurn);
  }

  #destination(peer: Peer): Destination {
    let destination = this.#destinations.get(peer);
    if (destination === undefined) {
      const address = this.#addresses.encode(peer);
      if (address === undefined)
        throw new Error(`a peer's address is a number, not a name such as ${peer.address}`);
      const local = peer.local === undefined ? undefined : this.#addresses.encodeLocal(peer.local);
      const origin = local === undefined ? undefined : originMessage(local);
      destination = { address, origin, segmentBelowBytes: Number.POSITIVE_INFINITY };
      this.#destinations.set(peer, destination);
    }
    return destination;
  }

  #noteNoBroadcast({ address, port }: Peer): void {
    this.#refused(describeNoBroadcast(formatHostPort(address, port)));
  }

  /** Segments above the path MTU are refused by size; a device without segmentation refuses all. */
  #learn(destination: Destination, peer: Peer, refusedBytes: number, result: number): void {
    destination.segmentBelowBytes = result === -EIO ? 0 : refusedBytes;
    const which = result === -EIO ? 'datagrams' : `datagrams of ${refusedBytes} bytes and more`;
    this.#refused(
      `${which} to ${formatHostPort(peer.address, peer.port)} are sent one by one: the kernel refused segments (${getSystemErrorName(result)})`,
    );
  }

  /** A full socket becomes writable when it has room; a full device queue is not signalled. */
  #wait(fd: number, socketIsFull: boolean): void {
    this.#waitsLeft -= 1;
    this.#waitsWithoutProgressLeft -= 1;
    this.#nextTurn ??= setImmediate(() => {
      this.#nextTurn = undefined;
      this.#waitsLeft = MAX_WAITS;
      this.#waitsWithoutProgressLeft = MAX_WAITS_WITHOUT_PROGRESS;
    });
    this.#arena.words[this.#pollfd.word] = fd;
    this.#arena.words[this.#pollfd.word + 1] = POLLOUT;
    this.#native.poll(this.#pollfd.address, socketIsFull ? 1 : 0, WAIT_MS);
  }
}

const isSegmentRefusal = (result: number): boolean =>
  result === -EMSGSIZE || result === -EINVAL || result === -EIO;
