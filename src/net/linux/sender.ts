/**
 * Sends rows of a batch through a socket, in order, and waits a bounded time while the kernel has no room: a time for
 * each turn of the event loop, not for each send, because a step may send to a thousand peers.
 *
 * An edge module. A datagram is offered again when the kernel was only busy, and segments are sent one by one where
 * the way to their destination takes no segments; nothing is ever sent twice.
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

/** How often it waits for room, a millisecond each, while the kernel takes nothing at all. */
const MAX_WAITS_IN_VAIN = 50;
/** The same for a kernel that takes a little now and then. */
const MAX_WAITS = 200;
const WAIT_MS = 1;
/** Errors of earlier datagrams that one send clears away: a flood of them must not keep it. */
const MAX_CLEARINGS = 256;

interface Destination {
  readonly address: SocketAddress;
  /** Where to send from, if that is not the kernel's choice. */
  readonly origin: Origin | undefined;
  /** Datagrams of this size and more go one by one: the kernel refused segments of it. */
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
  /** Waits left in this turn, in all and without anything taken. At 0, what finds no room is refused at once. */
  #waitsLeft = MAX_WAITS;
  #vainWaitsLeft = MAX_WAITS_IN_VAIN;
  #nextTurn: NodeJS.Immediate | undefined;

  /** @param refused takes a sentence on what had to be done differently */
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

  /** Returns how many rows the kernel took. */
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
          if (this.#vainWaitsLeft > 0) this.#vainWaitsLeft = MAX_WAITS_IN_VAIN;
          for (const end = message + result; message < end; message += 1) {
            const rows = messages.rows[message] as number;
            taken += rows;
            row += rows;
          }
          continue;
        }
        if (result === -EINTR) continue;
        if (refused !== null) {
          // It may be what became of an earlier datagram, perhaps to somebody else; this one was not looked at then.
          clearingsLeft -= 1;
          if (clearingsLeft >= 0 && this.#errors.read(fd, refused) > 0) continue;
        }
        // A socket that is told errors is told what a full device threw away, too; others are not, and none waits for it.
        const isThrownAway = result === -ENOBUFS && refused !== null;
        if (result === 0 || result === -EAGAIN || (result === -ENOBUFS && !isThrownAway)) {
          if (this.#waitsLeft === 0 || this.#vainWaitsLeft === 0) return taken;
          this.#wait(fd, result !== -ENOBUFS);
          continue;
        }
        const refusedBytes = messages.segmentBytes[message] as number;
        if (refusedBytes > 0 && isSegmentRefusal(result)) {
          this.#learn(destination, peer, refusedBytes, result);
          break;
        }
        if (result === -EACCES) this.#noteNoBroadcast(peer);
        // This one cannot be sent to there, whatever is tried; the next may.
        row += messages.rows[message] as number;
        message += 1;
      }
    }
    return taken;
  }

  /** Leaves nothing behind in the event loop. */
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

  /** Segments larger than the path takes are refused for their size; a device without the means refuses all. */
  #learn(destination: Destination, peer: Peer, refusedBytes: number, result: number): void {
    destination.segmentBelowBytes = result === -EIO ? 0 : refusedBytes;
    const which = result === -EIO ? 'datagrams' : `datagrams of ${refusedBytes} bytes and more`;
    this.#refused(
      `${which} to ${formatHostPort(peer.address, peer.port)} are sent one by one: the kernel refused segments (${getSystemErrorName(result)})`,
    );
  }

  /** A full socket says when it has room; a full device queue does not. */
  #wait(fd: number, socketIsFull: boolean): void {
    this.#waitsLeft -= 1;
    this.#vainWaitsLeft -= 1;
    this.#nextTurn ??= setImmediate(() => {
      this.#nextTurn = undefined;
      this.#waitsLeft = MAX_WAITS;
      this.#vainWaitsLeft = MAX_WAITS_IN_VAIN;
    });
    this.#arena.words[this.#pollfd.word] = fd;
    this.#arena.words[this.#pollfd.word + 1] = POLLOUT;
    this.#native.poll(this.#pollfd.address, socketIsFull ? 1 : 0, WAIT_MS);
  }
}

const isSegmentRefusal = (result: number): boolean =>
  result === -EMSGSIZE || result === -EINVAL || result === -EIO;
