/**
 * Waits until a time, exact to a few microseconds, or until a descriptor is readable: first with ppoll, then by polling
 * the clock.
 *
 * It blocks its thread. It allocates nothing, so that waiting makes no work for the garbage collector.
 */
import type { Clock } from '../clock.ts';
import { CLOCK_MONOTONIC } from './abi.ts';
import { Arena } from './arena.ts';
import type { Piece } from './arena.ts';
import type { NativeSockets } from './native.ts';

/** How long before the time ppoll ends: the first value and the maximum. */
const FIRST_ALLOWANCE_NS = 60e3;
const MAX_ALLOWANCE_NS = 200e3;

/** Why a wait ended: its time has come, a descriptor is readable, or neither. */
export type WaitEnd = 'due' | 'ready' | 'early';

/** Descriptors as an array of struct pollfd. */
export interface Pollfds {
  readonly address: number;
  readonly size: number;
}

export class PreciseWait {
  readonly #native: NativeSockets;
  readonly #clock: Clock;
  readonly #arena: Arena;
  readonly #time: Piece;
  /** The recent lateness of ppoll: it is set to end that much earlier. */
  #allowanceNs = FIRST_ALLOWANCE_NS;

  constructor(native: NativeSockets, clock: Clock) {
    this.#native = native;
    this.#clock = clock;
    this.#arena = new Arena(native, 64);
    this.#time = this.#arena.take(16);
  }

  /**
   * Waits until `timeNs`, but not beyond `maxNs`, or until one of the descriptors is readable.
   * @param isExact polls the clock at the end, because ppoll alone is tens of microseconds late
   */
  until(timeNs: number, maxNs: number, pollfds: Pollfds, isExact: boolean): WaitEnd {
    const nowNs = this.#clock.nowNs();
    if (timeNs <= nowNs) return 'due';
    const wakeNs = Math.min(isExact ? timeNs - this.#allowanceNs : timeNs, maxNs);
    if (wakeNs > nowNs) {
      this.#writeTime(wakeNs - nowNs);
      const readable = this.#native.preciselyPoll(pollfds.address, pollfds.size, this.#time.address);
      if (readable !== 0) return readable > 0 ? 'ready' : 'early';
      if (isExact) this.#learn(this.#clock.nowNs() - wakeNs);
    }
    if (timeNs > maxNs) return 'early';
    if (isExact) this.#poll(timeNs);
    return 'due';
  }

  /**
   * Polls the descriptors, without a sleep, until one is readable, at most until `untilNs`.
   * @returns whether one is readable
   */
  spin(untilNs: number, pollfds: Pollfds): boolean {
    this.#writeTime(0);
    do {
      if (this.#native.preciselyPoll(pollfds.address, pollfds.size, this.#time.address) > 0) return true;
    } while (this.#clock.nowNs() < untilNs);
    return false;
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

  #writeTime(timeNs: number): void {
    this.#arena.writeLong(this.#time.word, Math.floor(timeNs / 1e9));
    this.#arena.writeLong(this.#time.word + 2, Math.floor(timeNs % 1e9));
  }

  #readTime(): number {
    this.#native.clockGettime(CLOCK_MONOTONIC, this.#time.address);
    return this.#arena.readLong(this.#time.word) * 1e9 + this.#arena.readLong(this.#time.word + 2);
  }
}
