/**
 * All metrics of one sequence of counts: the modules of this folder combined. Definitions are in docs/metrics.md.
 *
 * `StreamMetrics` checks the arguments, and says of numbers that wrap or start anew which counts they are.
 */
import { BurstsAndGaps } from './bursts.ts';
import type { Statistics } from './catalogue.ts';
import { ARRIVAL, CountWindow } from './countWindow.ts';
import { DelayRecorder } from './delays.ts';
import { DelayVariation } from './delayVariation.ts';
import { Jitter } from './jitter.ts';
import { LossPeriods } from './lossRuns.ts';
import { ReorderDensity } from './reorderDensity.ts';
import { Reordering } from './reordering.ts';
import { Throughput } from './throughput.ts';

export interface PartOptions {
  /** A power of two. */
  readonly windowCounts: number;
  readonly verifiesCheck: boolean;
  /** Whether counts are unwrapped numbers, so that there may be restarts and arrivals without a count. */
  readonly unwraps: boolean;
}

const toUs = (timeNs: number | null): number | null => (timeNs === null ? null : timeNs / 1000);

export class PartMetrics {
  /** Datagrams that could not be decoded, whose check failed, or whose number has no count. */
  malformed = 0;
  corrupted = 0;
  unindexed = 0;
  readonly #options: PartOptions;
  readonly #window: CountWindow;
  readonly #lossPeriods = new LossPeriods();
  readonly #bursts = new BurstsAndGaps();
  readonly #reordering: Reordering;
  readonly #density: ReorderDensity;
  readonly #variation: DelayVariation;
  readonly #jitter = new Jitter();
  readonly #jitterReceived = new Jitter();
  readonly #throughput = new Throughput();
  /** Made with the first delay: a stream without sending times does not need its memory. */
  #delays: DelayRecorder | null = null;
  #restarts = 0;
  #lastKnown = false;

  constructor(firstCount: number | null, options: PartOptions) {
    const { windowCounts } = options;
    this.#options = options;
    this.#reordering = new Reordering(windowCounts);
    this.#density = new ReorderDensity(windowCounts);
    this.#variation = new DelayVariation(windowCounts);
    this.#window = new CountWindow(firstCount, windowCounts, {
      handleLost: (first, length) => {
        this.#lossPeriods.handleLost(first, length);
        this.#bursts.handleLost(first, length);
      },
      handleReceived: (count) => {
        this.#density.handleReceived(count);
        this.#variation.handleReceived(count);
      },
    });
  }

  /** Highest count that arrived or is known to exist; NaN before the first. */
  get highest(): number {
    return this.#window.highest;
  }

  get lastArrivalNs(): number | null {
    return this.#throughput.lastArrivalNs;
  }

  /** As of `StreamMetrics`, but for checks. */
  handleArrival(count: number, arrivalNs: number, sendNs: number, sizeBytes: number): void {
    this.#throughput.handleArrival(arrivalNs, sizeBytes);
    this.#jitterReceived.handleArrival(arrivalNs, sendNs);
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
    const delayNs = arrivalNs - sendNs;
    this.#variation.handleUnique(count, delayNs);
    if (Number.isNaN(delayNs)) return;
    this.#jitter.handleArrival(arrivalNs, sendNs);
    this.#delays ??= new DelayRecorder();
    this.#delays.record(delayNs);
  }

  /** Settles everything up to the highest count; what comes next begins right after it and is of another sequence. */
  handleRestart(): void {
    this.#restarts += 1;
    this.#window.finish(null);
    this.#variation.handleRestart();
    this.#jitter.handleRestart();
    this.#jitterReceived.handleRestart();
  }

  /** Everything missing is lost. @param lastCount the last count sent; null if unknown */
  finish(lastCount: number | null): void {
    // Of the sequences before the last one nobody knows where they ended.
    this.#lastKnown = lastCount !== null && this.#restarts === 0;
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
    const variation = this.#variation.summary();
    const pdvUs = (delayNs: number | undefined): number | null =>
      delays === null || delayNs === undefined ? null : (delayNs - delays.minNs) / 1000;
    const { unwraps, verifiesCheck } = this.#options;
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
      corrupted: verifiesCheck ? this.corrupted : null,
      malformed: this.malformed,
      outside_window: window.outsideWindow,
      before_first: window.beforeFirst,
      unindexed: unwraps ? this.unindexed : null,
      restarts: unwraps ? this.#restarts : null,
      jitter_us: toUs(this.#jitter.jitterNs),
      jitter_mean_us: toUs(this.#jitter.meanNs),
      jitter_max_us: toUs(this.#jitter.maxNs),
      jitter_received_us: toUs(this.#jitterReceived.jitterNs),
      jitter_received_mean_us: toUs(this.#jitterReceived.meanNs),
      jitter_received_max_us: toUs(this.#jitterReceived.maxNs),
      delay_p50_us: toUs(delays?.p50Ns ?? null),
      delay_p95_us: toUs(delays?.p95Ns ?? null),
      delay_p99_us: toUs(delays?.p99Ns ?? null),
      delay_p999_us: toUs(delays?.p999Ns ?? null),
      delay_max_us: toUs(delays?.maxNs ?? null),
      pdv_p50_us: pdvUs(delays?.p50Ns),
      pdv_p95_us: pdvUs(delays?.p95Ns),
      pdv_p99_us: pdvUs(delays?.p99Ns),
      pdv_p999_us: pdvUs(delays?.p999Ns),
      pdv_max_us: pdvUs(delays?.maxNs),
      ipdv_pairs: this.#variation.pairs,
      ipdv_min_us: toUs(variation?.minNs ?? null),
      ipdv_p50_us: toUs(variation?.p50Ns ?? null),
      ipdv_p95_us: toUs(variation?.p95Ns ?? null),
      ipdv_p99_us: toUs(variation?.p99Ns ?? null),
      ipdv_p999_us: toUs(variation?.p999Ns ?? null),
      ipdv_max_us: toUs(variation?.maxNs ?? null),
      throughput_pps: this.#throughput.datagramsPerSecond,
      throughput_bps: this.#throughput.bitsPerSecond,
    };
  }

  /** The counts that cost nothing to read. */
  soFar(): Readonly<Record<'received' | 'lost' | 'duplicates' | 'reordered', number>> {
    const { first, highest, unique, duplicates } = this.#window;
    return {
      received: this.#throughput.datagrams,
      lost: Number.isNaN(first) ? 0 : highest - first + 1 - unique,
      duplicates,
      reordered: this.#reordering.summary().reordered,
    };
  }

  /** RFC 5236: displacement (negative when early, positive when late) → arrivals, displacements rising. */
  reorderDensity(): Map<number, number> {
    return this.#density.density();
  }
}
