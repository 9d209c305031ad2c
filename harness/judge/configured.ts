/**
 * What the knobs say about a stream before a schedule is drawn: the configured value of a metric, and the interval that a
 * drawn schedule stays in.
 *
 * Only metrics that a knob determines are included; outages, lists and full queues cannot be predicted.
 */
import {
  binomialInterval,
  delayQuantileNs,
  expectedReorderedRatio,
  lossInterval,
  meanLossRatio,
} from '../impairment/analytic.ts';
import type { Interval } from '../impairment/analytic.ts';
import type { DelaySettings, ImpairmentConfig } from '../impairment/config.ts';
import { longestDelayNs, orderStatisticNs, shortestDelayNs } from '../impairment/delayQuantiles.ts';
import { lossesWithMtu } from '../impairment/stages/mtu.ts';
import { lossPeriods } from '../impairment/analyticLossPeriods.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';

export interface ConfiguredMetric {
  readonly value: number;
  /** A drawn schedule stays in this interval, except one in a million. */
  readonly low: number;
  readonly high: number;
}

export type Configured = { readonly [Name in MetricName]?: ConfiguredMetric };

/** One in a million, shared by two draws that may both deviate. */
const TAIL = 1e-6;
const HALF_TAIL = TAIL / 2;

/** The last result for these settings. */
const LOSSES = new WeakMap<
  ImpairmentConfig,
  { readonly sent: number; readonly oversize: number; readonly loss: Configured }
>();

/**
 * @param sent datagrams in the stream
 * @param unique datagrams that the schedule lets through undamaged
 * @param oversize datagrams of the stream that are lost because of their size
 */
export function configuredMetrics(
  config: ImpairmentConfig,
  sent: number,
  unique: number,
  oversize = 0,
): Configured {
  // Hundreds of clients may get the same stream, and bounds for a chain are expensive.
  const known = LOSSES.get(config);
  const isKnown = known?.sent === sent && known.oversize === oversize;
  const loss = isKnown ? known.loss : configuredLoss(config, sent, oversize);
  LOSSES.set(config, { sent, oversize, loss });
  return {
    ...loss,
    ...configuredReordering(config, unique),
    ...configuredCopies(config, unique),
    ...configuredDelays(config, unique),
  };
}

const scaled = ({ value, low, high }: ConfiguredMetric, by: number): ConfiguredMetric => ({
  value: value * by,
  low: low * by,
  high: high * by,
});

/** Interval of the hits among a number of trials that itself lies in an interval, each with the given probability. */
function hits([min, max]: Interval, ratio: number, tail: number): Interval {
  return [binomialInterval(min, ratio, tail)[0], binomialInterval(max, ratio, tail)[1]];
}

function configuredLoss(config: ImpairmentConfig, sent: number, oversize: number): Configured {
  const { drop, dropMaxRun, corruptRatio, duplicateRatio } = config;
  if (config.outages.length > 0 || config.dropList.length > 0 || config.rate !== null || sent === 0)
    return {};
  const dropRatio = meanLossRatio(drop, dropMaxRun);
  // A corrupted datagram counts as lost (RFC 7680), and its copies are corrupted too.
  const ratio = dropRatio + corruptRatio - dropRatio * corruptRatio;
  const [low, high] = damagedLossInterval(config, sent, ratio);
  const lost = lossesWithMtu({ value: sent * ratio, low, high }, sent, oversize);
  const unique = { value: sent - lost.value, low: sent - lost.high, high: sent - lost.low };
  return {
    sent: { value: sent, low: sent, high: sent },
    lost,
    loss_ratio: scaled(lost, 1 / sent),
    unique,
    // If sizes matter too, runs of losses depend on the order of the stream's sizes.
    ...(oversize === 0 && configuredPeriods(config, sent, lost)),
    ...(config.duplicateList.length === 0 &&
      oversize === 0 && {
        received: withCopies(unique, receivedInterval(config, sent, ratio), duplicateRatio),
        corrupted: withCopies(
          { value: sent * (1 - dropRatio) * corruptRatio, low: 0, high: 0 },
          corruptedInterval(config, sent),
          duplicateRatio,
        ),
      }),
  };
}

const withCopies = (
  { value }: ConfiguredMetric,
  [low, high]: Interval,
  duplicateRatio: number,
): ConfiguredMetric => ({ value: value * (1 + duplicateRatio), low, high });

/** Dropped or corrupted: one draw if drops are independent, else corruption among what the model passes. */
function damagedLossInterval(
  { drop, dropMaxRun, corruptRatio }: ImpairmentConfig,
  sent: number,
  ratio: number,
  tail = TAIL,
): Interval {
  const isBinomial = drop === null || (drop.kind === 'independent' && dropMaxRun === null);
  if (isBinomial) return binomialInterval(sent, ratio, tail);
  if (corruptRatio === 0) return lossInterval(drop, sent, tail, dropMaxRun);
  const [min, max] = lossInterval(drop, sent, tail / 2, dropMaxRun);
  return [
    min + binomialInterval(sent - min, corruptRatio, tail / 2)[0],
    max + binomialInterval(sent - max, corruptRatio, tail / 2)[1],
  ];
}

/** What arrives intact, and its copies. */
function receivedInterval(config: ImpairmentConfig, sent: number, ratio: number): Interval {
  const [minLost, maxLost] = damagedLossInterval(config, sent, ratio, HALF_TAIL);
  const [low, high] = hits([sent - maxLost, sent - minLost], config.duplicateRatio, HALF_TAIL);
  return [sent - maxLost + low, sent - minLost + high];
}

/** Corrupted ones among those that are not dropped, and their copies. */
function corruptedInterval(
  { drop, dropMaxRun, corruptRatio, duplicateRatio }: ImpairmentConfig,
  sent: number,
): Interval {
  const [minDropped, maxDropped] = lossInterval(drop, sent, TAIL / 3, dropMaxRun);
  const [min, max] = hits([sent - maxDropped, sent - minDropped], corruptRatio, TAIL / 3);
  const [low, high] = hits([min, max], duplicateRatio, TAIL / 3);
  return [min + low, max + high];
}

function configuredPeriods(config: ImpairmentConfig, sent: number, lost: ConfiguredMetric): Configured {
  const { drop, dropMaxRun, corruptRatio } = config;
  if (lost.value === 0) {
    const none = { value: 0, low: 0, high: 0 };
    return { loss_periods: none, loss_period_max: none };
  }
  // A limit on runs makes more and shorter periods, for which a mean is known but no interval.
  if (dropMaxRun !== null) return {};
  const periods = lossPeriods(drop, corruptRatio, sent, TAIL);
  const halves = lossPeriods(drop, corruptRatio, sent, HALF_TAIL);
  if (periods === null || halves === null) return {};
  const [low, high] = periods.interval;
  const [minLost, maxLost] = damagedLossInterval(config, sent, lost.value / sent, HALF_TAIL);
  const [min, max] = halves.interval;
  return {
    loss_periods: { value: periods.mean, low, high },
    loss_period_mean: {
      value: Math.min(periods.meanLength, sent),
      // No period is shorter than one datagram.
      low: Math.max(1, minLost / Math.max(1, max)),
      high: maxLost / Math.max(1, min),
    },
  };
}

function configuredReordering(config: ImpairmentConfig, unique: number): Configured {
  // Jitter without keep-order reorders by the time between datagrams, which no knob determines.
  const jitters = config.delay !== null && config.delay.jitterNs > 0 && !config.delay.keepOrder;
  if (jitters || config.reorderList.length > 0 || unique === 0) return {};
  const ratio = expectedReorderedRatio(config);
  const [low, high] = binomialInterval(unique, ratio);
  // What is still held at the end is flushed in order: up to the longest distance fewer are reordered.
  const flushed = ratio === 0 ? 0 : config.reorder.distance[1];
  const reordered = { value: unique * ratio, low: Math.max(0, low - flushed), high };
  return { reordered, reordered_ratio: scaled(reordered, 1 / unique) };
}

function configuredCopies(config: ImpairmentConfig, unique: number): Configured {
  if (config.rate !== null || config.duplicateList.length > 0) return {};
  const [low, high] = binomialInterval(unique, config.duplicateRatio);
  const duplicates = { value: unique * config.duplicateRatio, low, high };
  return { duplicates, replicated: duplicates };
}

/** The delays are those of the delay stage if nothing else delays a datagram: no hold, no link, no waiting for others. */
function configuredDelays(config: ImpairmentConfig, unique: number): Configured {
  const { delay, reorder } = config;
  if (delay === null || config.rate !== null || unique === 0) return {};
  if (reorder.ratio > 0 || config.reorderList.length > 0 || (delay.keepOrder && delay.jitterNs > 0))
    return {};
  const found: { [Name in MetricName]?: ConfiguredMetric } = {};
  const shortestNs = shortestDelayNs(delay);
  const [smallestMinNs, smallestMaxNs] = orderStatisticNs(delay, unique, 1, HALF_TAIL);
  for (const name of METRIC_NAMES) {
    const { quantile: share, timing } = METRICS[name];
    if (share === undefined) continue;
    // Nearest rank: the quantile of n delays is the ⌈share × n⌉-th smallest.
    const rank = Math.min(unique, Math.max(1, Math.ceil(share * unique)));
    const valueNs = quantileNs(delay, share);
    if (timing === 'delay') {
      found[name] = inUs(valueNs, ...orderStatisticNs(delay, unique, rank, TAIL));
      continue;
    }
    // Relative to the smallest delay, which is drawn as well.
    const [lowestNs, highestNs] = orderStatisticNs(delay, unique, rank, HALF_TAIL);
    const lowNs = Math.max(0, lowestNs - smallestMaxNs);
    found[name] = inUs(valueNs - shortestNs, lowNs, highestNs - smallestMinNs);
  }
  return found;
}

const quantileNs = (delay: DelaySettings, share: number): number =>
  share === 1 ? longestDelayNs(delay) : delayQuantileNs(delay, share);

const inUs = (valueNs: number, lowNs: number, highNs: number): ConfiguredMetric => ({
  value: valueNs / 1e3,
  low: lowNs / 1e3,
  high: highNs / 1e3,
});
