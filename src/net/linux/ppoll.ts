/**
 * Waits until a time, exact to a few microseconds, or until a socket is readable: first with ppoll, then by polling the
 * clock.
 *
 * It blocks its thread. It allocates nothing, so that waiting makes no work for the garbage collector.
 */
import type { Clock } from '../clock.ts';
import { CLOCK_MONOTONIC, POLLFD_BYTES, POLLFD_WORDS, POLLIN } from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';

/** Limit of watched sockets: a process with more should not block its thread. */
const MAX_WATCHED = 64;
/** How long before the time ppoll ends: the first value and the maximum. */
const FIRST_ALLOWANCE_NS = 60e3;
const MAX_ALLOWANCE_NS = 200e3;

export class PreciseWait {
  readonly #native: NativeSockets;
  readonly #clock: Clock;
  readonly #arena: Arena;
  readonly #pollfds: Piece;
  readonly #time: Piece;
  /** The recent lateness of ppoll: it is set to end that much earlier. */
  #allowanceNs = FIRST_ALLOWANCE_NS;

  constructor(native: NativeSockets, clock: Clock) {
    this.#native = native;
    this.#clock = clock;
    this.#arena = new Arena(native, MAX_WATCHED * POLLFD_BYTES + 64);
    this.#pollfds = this.#arena.take(MAX_WATCHED * POLLFD_BYTES);
    this.#time = this.#arena.take(16);
  }

  /**
   * Waits until `timeNs`, but not beyond `maxNs`, or until one of the sockets is readable.
   * @param fds with more than MAX_WATCHED it does not wait
   * @param isExact polls the clock at the end, because ppoll alone is tens of microseconds late
   * @returns whether the time has come
   */
  until(timeNs: number, maxNs: number, fds: Iterable<number>, isExact: boolean): boolean {
    const nowNs = this.#clock.nowNs();
    if (timeNs <= nowNs) return true;
    const watched = this.#watch(fds);
    if (watched > MAX_WATCHED) return false;
    const wakeNs = Math.min(isExact ? timeNs - this.#allowanceNs : timeNs, maxNs);
    if (wakeNs > nowNs) {
      this.#writeTime(wakeNs - nowNs);
      if (this.#native.preciselyPoll(this.#pollfds.address, watched, this.#time.address) !== 0) return false;
      if (isExact) this.#learn(this.#clock.nowNs() - wakeNs);
    }
    if (timeNs > maxNs) return false;
    if (isExact) this.#poll(timeNs);
    return true;
  }

  /** Polls the clock until the time has come, if it is near. */
  #poll(timeNs: number): void {
    const leftNs = timeNs - this.#clock.nowNs();
    if (leftNs <= 0 || leftNs > MAX_ALLOWANCE_NS) return;
    // The other clock is read first, so a delay between the two readings makes the wait end late, never early.
    const startNs = this.#readTime();
    while (this.#readTime() - startNs < leftNs);
  }

  #learn(latenessNs: number): void {
    // It rises at once and falls slowly, so that most wake-ups are in time. Rare long delays of the scheduler are not
    // compensated.
    if (latenessNs > this.#allowanceNs) this.#allowanceNs = Math.min(latenessNs, MAX_ALLOWANCE_NS);
    else this.#allowanceNs += (latenessNs - this.#allowanceNs) / 256;
  }

  /** Returns the number of sockets; those beyond the limit are not watched. */
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
