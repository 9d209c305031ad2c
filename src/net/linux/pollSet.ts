/**
 * The descriptors that a wait on the spot polls: those of the ports heard last, and that of the event loop.
 *
 * The event loop's descriptor is readable when the loop has anything to do, so also for every other port. That bounds
 * the cost of a wait, whatever the number of ports.
 */
import { POLLERR, POLLFD_BYTES, POLLFD_WORDS, POLLIN } from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';

/** Maximum number of members; a wait takes longer with each. */
export const MAX_POLLED = 16;

export interface Polled {
  readonly socket: { readonly fd: number };
  /** Its place in the set; −1 if it is not a member. */
  pollSlot: number;
}

export class PollSet<Port extends Polled> {
  /** Whether other ports need not be members, because the event loop's descriptor stands for them. */
  readonly hearsAll: boolean;
  readonly #arena: Arena;
  readonly #pollfds: Piece;
  readonly #members: (Port | undefined)[] = [];
  /** The next place to take. */
  #next = 0;

  constructor(native: NativeSockets) {
    this.#arena = new Arena(native, (MAX_POLLED + 1) * POLLFD_BYTES + 64);
    this.#pollfds = this.#arena.take((MAX_POLLED + 1) * POLLFD_BYTES);
    for (let slot = 0; slot <= MAX_POLLED; slot += 1) this.#write(slot, -1);
    const loop = native.loopDescriptor();
    this.hearsAll = loop >= 0;
    this.#write(0, loop);
  }

  /** The address of the first struct pollfd. */
  get address(): number {
    return this.#pollfds.address;
  }

  /** Number of structs, unused ones included. */
  get size(): number {
    return this.#members.length + 1;
  }

  /** Adds a port that is likely to be heard again soon, in place of another if there is no room. */
  add(port: Port): void {
    if (port.pollSlot >= 0) return;
    const slot = this.#next;
    this.#next = (slot + 1) % MAX_POLLED;
    const former = this.#members[slot];
    if (former !== undefined) former.pollSlot = -1;
    this.#members[slot] = port;
    port.pollSlot = slot;
    this.#write(slot + 1, port.socket.fd);
  }

  remove(port: Port): void {
    if (port.pollSlot < 0) return;
    this.#members[port.pollSlot] = undefined;
    // The kernel ignores negative descriptors.
    this.#write(port.pollSlot + 1, -1);
    port.pollSlot = -1;
  }

  /** Calls `visit` for each member that the last poll found readable or with an error. */
  forEachReady(visit: (port: Port, hasError: boolean) => void): void {
    const { words } = this.#arena;
    for (let slot = 0; slot < this.#members.length; slot += 1) {
      const events = (words[this.#pollfds.word + (slot + 1) * POLLFD_WORDS + 1] as number) >>> 16;
      const port = this.#members[slot];
      if (events !== 0 && port !== undefined) visit(port, (events & POLLERR) !== 0);
    }
  }

  #write(index: number, fd: number): void {
    const { words } = this.#arena;
    words[this.#pollfds.word + index * POLLFD_WORDS] = fd;
    words[this.#pollfds.word + index * POLLFD_WORDS + 1] = POLLIN;
  }
}
