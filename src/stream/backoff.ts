/**
 * Retries with exponential back-off: when to ask again, and when to give up.
 *
 * It reads no clock: the time is an argument. The first attempt is due at once.
 */

export class Backoff {
  /** Attempts made so far. */
  attempts = 0;
  /** When the next attempt is due, nanoseconds; Infinity when stopped or used up. */
  nextNs = Number.POSITIVE_INFINITY;
  readonly #firstNs: number;
  readonly #maxNs: number;
  readonly #maxAttempts: number;

  /**
   * @param firstNs wait after the first attempt, nanoseconds; it doubles with each attempt
   * @param maxNs longest wait between two attempts, nanoseconds
   * @param maxAttempts attempts before it is `exhausted`
   */
  constructor(firstNs: number, maxNs: number, maxAttempts: number) {
    this.#firstNs = firstNs;
    this.#maxNs = maxNs;
    this.#maxAttempts = maxAttempts;
  }

  start(nowNs: number): void {
    this.attempts = 0;
    this.nextNs = nowNs;
  }

  stop(): void {
    this.nextNs = Number.POSITIVE_INFINITY;
  }

  due(nowNs: number): boolean {
    return nowNs >= this.nextNs;
  }

  /** Whether all attempts have been made and the wait after the last one is over. */
  exhausted(nowNs: number): boolean {
    return this.attempts >= this.#maxAttempts && nowNs >= this.nextNs;
  }

  /** Records an attempt made now. */
  attempted(nowNs: number): void {
    const waitNs = Math.min(this.#firstNs * 2 ** this.attempts, this.#maxNs);
    this.attempts += 1;
    this.nextNs = nowNs + waitNs;
  }
}
