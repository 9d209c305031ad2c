/**
 * All metrics that a receiver can compute for one stream, in one pass and constant memory: the modules of this folder
 * combined. Definitions are in docs/metrics.md.
 *
 * Calling order: `handleArrival`, `handleMalformed`, `handleCorrupted` as datagrams arrive, then `finish` once, then
 * `statistics`. `statistics` may be read before `finish`: then `lost` counts everything missing up to the highest
 * count, and loss periods, bursts and reorder density cover only the counts that have left the window. It reads no
 * clock and no bytes, and allocates nothing per datagram.
 */
import { anything, flag, having, optional } from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { UsageError } from '../base/errors.ts';
import { BurstsAndGaps } from './bursts.ts';
import type { Statistics } from './catalogue.ts';
import { ARRIVAL, CountWindow, DEFAULT_WINDOW_COUNTS, MAX_WINDOW_COUNTS } from './countWindow.ts';
import { DelayRecorder } from './delays.ts';
import { Jitter } from './jitter.ts';
import { LossPeriods } from './lossRuns.ts';
import { ReorderDensity } from './reorderDensity.ts';
import { Reordering } from './reordering.ts';
import { Throughput } from './throughput.ts';

export interface StreamMetricsOptions {
  /**
   * The first count that this receiver was promised; null without a promise: then it is the first count that arrives.
   */
  readonly firstCount: number | null;
  /** How far below the highest count a late datagram is still recognised: a power of two, 1 .. 2^24. Default 65,536. */
  readonly windowCounts?: number;
  /** Whether the receiver verifies the datagrams' check. Without it `corrupted` is not measured. Default false. */
  readonly verifiesCheck?: boolean;
}

/** The bounds of the window are checked in the constructor, which suggests a value. */
const CHECKS: Checks<StreamMetricsOptions> = {
  firstCount: anything,
  windowCounts: anything,
  verifiesCheck: optional(flag),
};

const toUs = (timeNs: number | null): number | null => (timeNs === null ? null : timeNs / 1000);

export class StreamMetrics {
  readonly #window: CountWindow;
  readonly #lossPeriods = new LossPeriods();
  readonly #bursts = new BurstsAndGaps();
  readonly #reordering: Reordering;
  readonly #density: ReorderDensity;
  readonly #jitter = new Jitter();
  readonly #throughput = new Throughput();
  readonly #verifiesCheck: boolean;
  /** Made with the first delay: a stream without sending times does not need its memory. */
  #delays: DelayRecorder | null = null;
  #malformed = 0;
  #corrupted = 0;
  #lastKnown = false;
  #finished = false;

  constructor(options: StreamMetricsOptions) {
    having(CHECKS)(options, 'StreamMetrics');
    const { firstCount, windowCounts = DEFAULT_WINDOW_COUNTS, verifiesCheck = false } = options;
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
    this.#verifiesCheck = verifiesCheck;
    this.#reordering = new Reordering(windowCounts);
    this.#density = new ReorderDensity(windowCounts);
    this.#window = new CountWindow(firstCount, windowCounts, {
      handleLost: (first, length) => {
        this.#lossPeriods.handleLost(first, length);
        this.#bursts.handleLost(first, length);
      },
      handleReceived: (count) => this.#density.handleReceived(count),
    });
  }

  /**
   * Adds one well-formed, uncorrupted stream datagram.
   * @param count its sequence number, a safe integer
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
    this.#throughput.handleArrival(arrivalNs, sizeBytes);
    const window = this.#window;
    const previousHighest = window.highest;
    const arrival = window.handleArrival(count);
    if (arrival < ARRIVAL.late) return;
    if (arrival === ARRIVAL.advance) {
      this.#reordering.handleAdvance(previousHighest, count, arrivalNs);
    } else {
      this.#reordering.handleLate(count, arrivalNs);
    }
    this.#density.handleUnique(count);
    if (!Number.isNaN(sendNs)) {
      this.#jitter.handleArrival(arrivalNs, sendNs);
      this.#delays ??= new DelayRecorder();
      this.#delays.record(arrivalNs - sendNs);
    }
  }

  /** Adds one datagram that could not be decoded. */
  handleMalformed(): void {
    this.#malformed += 1;
  }

  /** Adds one datagram whose check failed. Its count cannot be trusted: it is lost unless a valid copy arrives. */
  handleCorrupted(): void {
    if (!this.#verifiesCheck)
      throw new Error('a datagram is corrupted, but metrics were told that none is checked');
    this.#corrupted += 1;
  }

  /**
   * Ends the stream: everything missing is lost. Nothing may arrive after it; further calls change nothing.
   * @param lastCount the last count sent, which makes tail loss visible; null when unknown. If a higher one arrived,
   *   that one is the last.
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
    this.#lastKnown = lastCount !== null;
    this.#window.finish(lastCount);
  }

  statistics(): Statistics {
    const window = this.#window;
    const { unique } = window;
    // Without an arrival or a promise the extent of the stream is unknown, so nothing can be lost.
    const span = Number.isNaN(window.first) ? null : window.highest - window.first + 1;
    const lost = span === null ? null : span - unique;
    const periods = this.#lossPeriods.summary();
    const bursts = this.#bursts.summary(window.first, window.finalCounts);
    const reordering = this.#reordering.summary();
    const delays = this.#delays?.summary() ?? null;
    const delayUs = (delayNs: number | undefined): number | null => toUs(delayNs ?? null);
    const pdvUs = (delayNs: number | undefined): number | null =>
      delays === null || delayNs === undefined ? null : (delayNs - delays.minNs) / 1000;
    return {
      sent: this.#lastKnown ? span : null,
      received: this.#throughput.datagrams,
      unique,
      lost,
      loss_ratio: lost === null || span === null || span === 0 ? null : lost / span,
      duplicates: window.duplicates,
      replicated: window.replicated,
      reordered: reordering.reordered,
      reordered_ratio: unique === 0 ? null : reordering.reordered / unique,
      reorder_extent_max: reordering.extentMax,
      reorder_extent_mean: reordering.extentMean,
      reorder_late_offset_max_us: toUs(reordering.lateOffsetMaxNs),
      n_reordering_1: reordering.nReordering[0],
      n_reordering_2: reordering.nReordering[1],
      n_reordering_3: reordering.nReordering[2],
      loss_periods: periods.periods,
      loss_period_max: periods.longest,
      loss_period_mean: periods.lengthMean,
      loss_distance_mean: periods.distanceMean,
      bursts: bursts.bursts,
      burst_density_ratio: bursts.burstDensityRatio,
      gap_density_ratio: bursts.gapDensityRatio,
      burst_length_mean: bursts.burstLengthMean,
      gap_length_mean: bursts.gapLengthMean,
      corrupted: this.#verifiesCheck ? this.#corrupted : null,
      malformed: this.#malformed,
      outside_window: window.outsideWindow,
      before_first: window.beforeFirst,
      jitter_us: toUs(this.#jitter.jitterNs),
      delay_p50_us: delayUs(delays?.p50Ns),
      delay_p95_us: delayUs(delays?.p95Ns),
      delay_p99_us: delayUs(delays?.p99Ns),
      delay_p999_us: delayUs(delays?.p999Ns),
      delay_max_us: delayUs(delays?.maxNs),
      pdv_p50_us: pdvUs(delays?.p50Ns),
      pdv_p95_us: pdvUs(delays?.p95Ns),
      pdv_p99_us: pdvUs(delays?.p99Ns),
      pdv_p999_us: pdvUs(delays?.p999Ns),
      pdv_max_us: pdvUs(delays?.maxNs),
      throughput_pps: this.#throughput.datagramsPerSecond,
      throughput_bps: this.#throughput.bitsPerSecond,
    };
  }

  /** The counts that cost nothing to read, for whoever looks while the stream runs; `lost` as in `statistics`. */
  soFar(): Readonly<Record<'received' | 'lost' | 'duplicates' | 'reordered', number>> {
    const { first, highest, unique, duplicates } = this.#window;
    return {
      received: this.#throughput.datagrams,
      lost: Number.isNaN(first) ? 0 : highest - first + 1 - unique,
      duplicates,
      reordered: this.#reordering.summary().reordered,
    };
  }

  /** When the last well-formed, uncorrupted datagram arrived, nanoseconds; null before the first. */
  get lastArrivalNs(): number | null {
    return this.#throughput.lastArrivalNs;
  }

  /** RFC 5236: displacement (negative when early, positive when late) → arrivals, displacements rising. */
  reorderDensity(): Map<number, number> {
    return this.#density.density();
  }
}
