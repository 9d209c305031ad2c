/**
 * Waits for a moment, exact to a few microseconds, or until a socket can be read: in the kernel as long as it can be
 * trusted with, then by looking at the clock again and again.
 *
 * An edge module: it holds up its thread. It allocates nothing, so that waiting makes no work for the garbage collector.
 */
import type { Clock } from '../clock.ts';
import { CLOCK_MONOTONIC, POLLFD_BYTES, POLLFD_WORDS, POLLIN } from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';

/** A process with more sockets has other things to do than to wait for a moment. */
const MAX_WATCHED = 64;
/** The kernel is left this early before a moment at first, and at most. */
const FIRST_ALLOWANCE_NS = 60e3;
const MAX_ALLOWANCE_NS = 200e3;

export class PreciseWait {
  readonly #native: NativeSockets;
  readonly #clock: Clock;
  readonly #arena: Arena;
  readonly #pollfds: Piece;
  readonly #time: Piece;
  /** How late the kernel lately woke this thread: it is left so much earlier. */
  #allowanceNs = FIRST_ALLOWANCE_NS;

  constructor(native: NativeSockets, clock: Clock) {
    this.#native = native;
    this.#clock = clock;
    this.#arena = new Arena(native, MAX_WATCHED * POLLFD_BYTES + 64);
    this.#pollfds = this.#arena.take(MAX_WATCHED * POLLFD_BYTES);
    this.#time = this.#arena.take(16);
  }

  /**
   * Waits until `timeNs`, but not beyond `mostNs`, or until one of the sockets can be read.
   * @param fds more than it can watch are not waited for at all
   * @param isExact looks at the clock at the end, where the kernel alone would be tens of microseconds late
   * @returns whether it is time
   */
  until(timeNs: number, mostNs: number, fds: Iterable<number>, isExact: boolean): boolean {
    const nowNs = this.#clock.nowNs();
    if (timeNs <= nowNs) return true;
    const watched = this.#watch(fds);
    if (watched > MAX_WATCHED) return false;
    const wakeNs = Math.min(isExact ? timeNs - this.#allowanceNs : timeNs, mostNs);
    if (wakeNs > nowNs) {
      this.#writeTime(wakeNs - nowNs);
      if (this.#native.preciselyPoll(this.#pollfds.address, watched, this.#time.address) !== 0) return false;
      if (isExact) this.#learn(this.#clock.nowNs() - wakeNs);
    }
    if (timeNs > mostNs) return false;
    if (isExact) this.#poll(timeNs);
    return true;
  }

  /** Looks at the clock until it is time, if that is soon. */
  #poll(timeNs: number): void {
    const leftNs = timeNs - this.#clock.nowNs();
    if (leftNs <= 0 || leftNs > MAX_ALLOWANCE_NS) return;
    // The other clock is read first, so what lies between the two readings makes this late and never early.
    const startNs = this.#readTime();
    while (this.#readTime() - startNs < leftNs);
  }

  #learn(latenessNs: number): void {
    // Up at once and down slowly, so most wake-ups are in time. A rare long one is the scheduler's, and not to be met.
    if (latenessNs > this.#allowanceNs) this.#allowanceNs = Math.min(latenessNs, MAX_ALLOWANCE_NS);
    else this.#allowanceNs += (latenessNs - this.#allowanceNs) / 256;
  }

  /** Returns how many sockets there are; those that there is no room for are not written down. */
  #watch(fds: Iterable<number>): number {
    const { words } = this.#arena;
    let watched = 0;
    for (const fd of fds) {
      if (watched < MAX_WATCHED) {
        words[this.#pollfds.word + watched * POLLFD_WORDS] = fd;
        words[this.#pollfds.word + watched * POLLFD_WORDS + 1] = POLLIN;
      }
      watched += 1;
    }
    return watched;
  }

  #writeTime(timeNs: number): void {
    this.#arena.writeLong(this.#time.word, Math.floor(timeNs / 1e9));
    this.#arena.writeLong(this.#time.word + 2, Math.floor(timeNs % 1e9));
  }

  #readTime(): number {
    this.#native.clockGettime(CLOCK_MONOTONIC, this.#time.address);
    return this.#arena.readLong(this.#time.word) * 1e9 + this.#arena.readLong(this.#time.word + 2);
  }
}
