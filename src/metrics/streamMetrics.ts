/**
 * All metrics that a receiver can compute for one stream, in one pass and constant memory. Definitions are in
 * docs/metrics.md.
 *
 * Calling order: `handleArrival`, `handleMalformed`, `handleCorrupted` as datagrams arrive, then `finish` once, then
 * `statistics`. `statistics` may be read before `finish`: then `lost` counts everything missing up to the highest
 * count, and loss periods, bursts, reorder density and IPDV cover only the counts that have left the window. It reads no
 * clock and no bytes, and allocates nothing per datagram.
 */
import { anything, flag, having, optional } from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { UsageError } from '../base/errors.ts';
import type { Statistics } from './catalogue.ts';
import { DEFAULT_WINDOW_COUNTS, MAX_WINDOW_COUNTS } from './countWindow.ts';
import { PartMetrics } from './partMetrics.ts';
import type { PartOptions } from './partMetrics.ts';
import { MAX_STREAMS, NO_INDEX, STARTS_ANEW, Unwrap } from './unwrap.ts';
import type { SequenceBits } from './unwrap.ts';

export interface StreamMetricsOptions {
  /**
   * The first count that this receiver was promised; null without a promise: then it is the first count that arrives.
   */
  readonly firstCount: number | null;
  /**
   * For header fields that wrap: their bits. `handleArrival` then takes the field's values, and a sequence that starts
   * anew is recognised. Omitted: counts neither wrap nor start anew.
   */
  readonly unwrap?: 16 | 24 | 32;
  /** How far below the highest count a late datagram is still recognised: a power of two, 1 .. 2^24. Default 65,536. */
  readonly windowCounts?: number;
  /** Whether the receiver verifies the datagrams' check. Without it `corrupted` is not measured. Default false. */
  readonly verifiesCheck?: boolean;
}

/** The bounds of numbers are checked in the constructor, which suggests a value. */
const CHECKS: Checks<StreamMetricsOptions> = {
  firstCount: anything,
  unwrap: anything,
  windowCounts: anything,
  verifiesCheck: optional(flag),
};

export class StreamMetrics {
  readonly #options: PartOptions;
  /** The whole stream: each part's counts follow the highest of the part before. */
  readonly #all: PartMetrics;
  /** What arrivals are added to: the whole stream and, from the first restart on, the part since the last one. */
  #open: readonly PartMetrics[];
  /** The parts that restarts have ended. */
  readonly #ended: Statistics[] = [];
  readonly #unwrap: Unwrap | null;
  /** A value of the field is below it. */
  readonly #values: number;
  /** What an index is added to, for the count in its part and in the whole stream; NaN before the first arrival. */
  #partBase = Number.NaN;
  #allBase = Number.NaN;
  #finished = false;

  constructor(options: StreamMetricsOptions) {
    having(CHECKS)(options, 'StreamMetrics');
    const { firstCount, unwrap, windowCounts = DEFAULT_WINDOW_COUNTS, verifiesCheck = false } = options;
    if (firstCount !== null && !Number.isSafeInteger(firstCount)) {
      throw new UsageError(
        'value-format',
        null,
        `expected firstCount to be a whole number, got ${firstCount}; give the promised count, or null`,
      );
    }
    const isPowerOfTwo = Number.isInteger(windowCounts) && (windowCounts & (windowCounts - 1)) === 0;
    if (!isPowerOfTwo || windowCounts < 1 || windowCounts > MAX_WINDOW_COUNTS) {
      throw new UsageError(
        'value-range',
        null,
        `expected windowCounts to be a power of two up to ${MAX_WINDOW_COUNTS}, got ${windowCounts}; leave it out for ${DEFAULT_WINDOW_COUNTS}`,
      );
    }
    if (unwrap !== undefined && unwrap !== 16 && unwrap !== 24 && unwrap !== 32) {
      throw new UsageError(
        'value-range',
        null,
        `expected unwrap to be 16, 24 or 32 bits, got ${String(unwrap)}; leave it out for counts that do not wrap`,
      );
    }
    this.#options = { windowCounts, verifiesCheck, unwraps: unwrap !== undefined };
    this.#all = new PartMetrics(firstCount, this.#options);
    this.#open = [this.#all];
    this.#values = 2 ** (unwrap ?? 53);
    this.#unwrap = unwrap === undefined ? null : this.#unwrapFrom(unwrap, firstCount);
  }

  /**
   * Adds one well-formed, uncorrupted stream datagram.
   * @param count its sequence number, a safe integer; with `unwrap` the value of the field
   * @param arrivalNs when it arrived, nanoseconds
   * @param sendNs when it was planned to be sent, nanoseconds; NaN when unknown
   * @param sizeBytes size of its payload
   */
  handleArrival(count: number, arrivalNs: number, sendNs: number, sizeBytes: number): void {
    if (this.#finished) throw new Error('a datagram arrived after the metrics were finished');
    if (!Number.isSafeInteger(count))
      throw new UsageError('value-format', null, `count ${count} is not a safe integer`);
    if (Number.isNaN(arrivalNs))
      throw new UsageError('value-format', null, 'expected the time of arrival in nanoseconds, got NaN');
    const unwrap = this.#unwrap;
    if (unwrap === null) {
      this.#all.handleArrival(count, arrivalNs, sendNs, sizeBytes);
      return;
    }
    const index = this.#indexOf(unwrap, count);
    if (index === NO_INDEX) {
      for (const metrics of this.#open) metrics.unindexed += 1;
      return;
    }
    const part = this.#open[1];
    part?.handleArrival(this.#partBase + index, arrivalNs, sendNs, sizeBytes);
    // What is older than its part is not a count of the part before it.
    const isOlder = part !== undefined && index < 1;
    const place = isOlder ? Number.NEGATIVE_INFINITY : this.#allBase + index;
    this.#all.handleArrival(place, arrivalNs, sendNs, sizeBytes);
  }

  /** Adds one datagram that could not be decoded. */
  handleMalformed(): void {
    for (const metrics of this.#open) metrics.malformed += 1;
  }

  /** Adds one datagram whose check failed. Its count cannot be trusted: it is lost unless a valid copy arrives. */
  handleCorrupted(): void {
    if (!this.#options.verifiesCheck)
      throw new Error('a datagram is corrupted, but metrics were told that none is checked');
    for (const metrics of this.#open) metrics.corrupted += 1;
  }

  /**
   * Ends the stream: everything missing is lost. Nothing may arrive after it; further calls change nothing.
   * @param lastCount the last count sent, which makes tail loss visible; null when unknown. If a higher one arrived,
   *   that one is the last. With `unwrap` it goes on beyond the field: the first value of the last part plus the number
   *   of datagrams after it.
   * @throws UsageError when it is not a safe integer
   */
  finish(lastCount: number | null): void {
    if (this.#finished) return;
    if (lastCount !== null && !Number.isSafeInteger(lastCount)) {
      throw new UsageError(
        'value-format',
        null,
        `expected lastCount to be a whole number, got ${lastCount}; give the announced count, or null`,
      );
    }
    this.#finished = true;
    this.#open[1]?.finish(lastCount);
    const isMoved = lastCount !== null && this.#open.length > 1;
    this.#all.finish(isMoved ? lastCount - this.#partBase + this.#allBase : lastCount);
  }

  /** Of the whole stream. */
  statistics(): Statistics {
    return this.#all.statistics();
  }

  /** Of each part of the stream: a restart begins a new one. Without `unwrap` there is one. */
  parts(): Statistics[] {
    return [...this.#ended, (this.#open.at(-1) as PartMetrics).statistics()];
  }

  /** The counts that cost nothing to read, for whoever looks while the stream runs; `lost` as in `statistics`. */
  soFar(): Readonly<Record<'received' | 'lost' | 'duplicates' | 'reordered', number>> {
    return this.#all.soFar();
  }

  /** When the last well-formed, uncorrupted datagram arrived, nanoseconds; null before the first. */
  get lastArrivalNs(): number | null {
    return this.#all.lastArrivalNs;
  }

  /** RFC 5236: displacement (negative when early, positive when late) → arrivals, displacements rising. */
  reorderDensity(): Map<number, number> {
    return this.#all.reorderDensity();
  }

  #unwrapFrom(bits: SequenceBits, firstCount: number | null): Unwrap {
    if (firstCount === null) return new Unwrap({ bits, step: 1, firstValue: null });
    this.#checkValue(firstCount);
    this.#partBase = firstCount - 1;
    this.#allBase = firstCount - 1;
    return new Unwrap({ bits, step: 1, firstValue: { high: 0, low: firstCount } });
  }

  /** The index of a value in its part, which it may begin. */
  #indexOf(unwrap: Unwrap, value: number): number {
    this.#checkValue(value);
    const index = unwrap.take(0, value);
    if (index === STARTS_ANEW) return this.#restart(unwrap, value);
    if (Number.isNaN(this.#partBase)) {
      this.#partBase = value - 1;
      this.#allBase = value - 1;
    }
    return index;
  }

  #restart(unwrap: Unwrap, value: number): number {
    if (this.#ended.length + 1 >= MAX_STREAMS) return NO_INDEX;
    unwrap.begin(0, value);
    const part = this.#open.at(-1) as PartMetrics;
    part.finish(null);
    this.#ended.push(part.statistics());
    this.#all.handleRestart();
    this.#open = [this.#all, new PartMetrics(value, this.#options)];
    this.#partBase = value - 1;
    this.#allBase = this.#all.highest;
    return 1;
  }

  #checkValue(value: number): void {
    if (value >= 0 && value < this.#values) return;
    throw new UsageError(
      'value-range',
      null,
      `expected a value of the field, 0 to ${this.#values - 1}, got ${value}; unwrap says how many bits it has`,
    );
  }
}
