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
import { overtakenInterval } from '../impairment/analyticJumps.ts';
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
  {
    readonly sent: number;
    readonly oversize: number;
    readonly spared: number;
    readonly loss: Configured;
  }
>();

/**
 * @param sent datagrams in the stream
 * @param unique datagrams that the schedule lets through undamaged
 * @param oversize datagrams of the stream that are lost because of their size
 * @param spared the first datagrams of the stream, as many as pass unharmed
 */
export function configuredMetrics(
  config: ImpairmentConfig,
  sent: number,
  unique: number,
  oversize = 0,
  spared = 0,
): Configured {
  // Hundreds of clients may get the same stream, and bounds for a chain are expensive.
  const known = LOSSES.get(config);
  const isKnown = known?.sent === sent && known.oversize === oversize && known.spared === spared;
  const loss = isKnown ? known.loss : configuredLoss(config, sent, oversize, spared);
  LOSSES.set(config, { sent, oversize, spared, loss });
  return {
    ...loss,
    ...configuredReordering(config, sent, unique, spared),
    ...configuredCopies(config, unique - spared),
    ...configuredDelays(config, unique, spared),
  };
}

const scaled = ({ value, low, high }: ConfiguredMetric, by: number): ConfiguredMetric => ({
  value: value * by,
  low: low * by,
  high: high * by,
});

const plus = ({ value, low, high }: ConfiguredMetric, more: number): ConfiguredMetric => ({
  value: value + more,
  low: low + more,
  high: high + more,
});

/** Interval of the hits among a number of trials that itself lies in an interval, each with the given probability. */
function hits([min, max]: Interval, ratio: number, tail: number): Interval {
  return [binomialInterval(min, ratio, tail)[0], binomialInterval(max, ratio, tail)[1]];
}

function configuredLoss(
  config: ImpairmentConfig,
  sent: number,
  oversize: number,
  spared: number,
): Configured {
  const { drop, dropMaxRun, corruptRatio, duplicateRatio } = config;
  const isCounted = config.outages.length > 0 || config.dropList.length > 0 || config.dropAfterBytes !== null;
  if (isCounted || config.rate !== null || sent === 0) return {};
  const dropRatio = meanLossRatio(drop, dropMaxRun);
  // A corrupted datagram counts as lost (RFC 7680), and its copies are corrupted too.
  const ratio = dropRatio + corruptRatio - dropRatio * corruptRatio;
  const exposed = sent - spared;
  const [low, high] = damagedLossInterval(config, exposed, ratio);
  const lost = lossesWithMtu({ value: exposed * ratio, low, high }, exposed, oversize);
  const intact = { value: exposed - lost.value, low: exposed - lost.high, high: exposed - lost.low };
  return {
    sent: { value: sent, low: sent, high: sent },
    lost,
    loss_ratio: scaled(lost, 1 / sent),
    unique: plus(intact, spared),
    // If sizes matter too, runs of losses depend on the order of the stream's sizes.
    ...(oversize === 0 && configuredPeriods(config, exposed, lost)),
    ...(config.duplicateList.length === 0 &&
      oversize === 0 && {
        received: plus(withCopies(intact, receivedInterval(config, exposed, ratio), duplicateRatio), spared),
        corrupted: withCopies(
          { value: exposed * (1 - dropRatio) * corruptRatio, low: 0, high: 0 },
          corruptedInterval(config, exposed),
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
  { drop, dropMaxRun, corruptRatio, spare }: ImpairmentConfig,
  sent: number,
  ratio: number,
  tail = TAIL,
): Interval {
  const isBinomial = drop === null || (drop.kind === 'independent' && dropMaxRun === null);
  if (isBinomial) return binomialInterval(sent, ratio, tail);
  if (corruptRatio === 0) return lossInterval(drop, sent, tail, dropMaxRun, spare);
  const [min, max] = lossInterval(drop, sent, tail / 2, dropMaxRun, spare);
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
  { drop, dropMaxRun, corruptRatio, duplicateRatio, spare }: ImpairmentConfig,
  sent: number,
): Interval {
  const [minDropped, maxDropped] = lossInterval(drop, sent, TAIL / 3, dropMaxRun, spare);
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

function configuredReordering(
  config: ImpairmentConfig,
  sent: number,
  unique: number,
  spared: number,
): Configured {
  // Jitter without keep-order reorders by the time between datagrams, which no knob determines.
  const jitters = config.delay !== null && config.delay.jitterNs > 0 && !config.delay.keepOrder;
  if (jitters || config.reorderList.length > 0 || unique === 0) return {};
  const { reorder, jump } = config;
  const ratio = expectedReorderedRatio(config);
  const exposed = unique - spared;
  const [leastHeld, mostHeld] = binomialInterval(exposed, reorder.ratio);
  const [leastJumped, mostJumped] = overtakenInterval(jump, sent - spared, TAIL, spared);
  // Any of those that are lost, or held anyway, may be among the overtaken ones.
  const low = Math.max(leastHeld, leastJumped - (sent - unique));
  const high = Math.min(exposed, mostHeld + mostJumped);
  // What is still held at the end is flushed in order: up to the longest distance fewer are reordered.
  const flushed = (reorder.ratio === 0 ? 0 : reorder.distance[1]) + (jump.ratio === 0 ? 0 : jump.distance[1]);
  const reordered = { value: exposed * ratio, low: Math.max(0, low - flushed), high };
  return { reordered, reordered_ratio: scaled(reordered, 1 / unique) };
}

function configuredCopies(config: ImpairmentConfig, unique: number): Configured {
  if (config.rate !== null || config.duplicateList.length > 0) return {};
  const [low, high] = binomialInterval(unique, config.duplicateRatio);
  const duplicates = { value: unique * config.duplicateRatio, low, high };
  return { duplicates, replicated: duplicates };
}

/** The delays are those of the delay stage if nothing else delays a datagram: no hold, no link, no waiting for others. */
function configuredDelays(config: ImpairmentConfig, unique: number, spared: number): Configured {
  const { delay, reorder, jump } = config;
  if (delay === null || config.rate !== null || unique === 0) return {};
  const isHeld = reorder.ratio > 0 || jump.ratio > 0 || config.reorderList.length > 0;
  if (isHeld || (delay.keepOrder && delay.jitterNs > 0)) return {};
  const found: { [Name in MetricName]?: ConfiguredMetric } = {};
  const exposed = unique - spared;
  const isSpared = spared > 0;
  // What is spared has no delay, so it is smallest.
  const shortestNs = isSpared ? 0 : shortestDelayNs(delay);
  const [smallestMinNs, smallestMaxNs] = isSpared ? [0, 0] : orderStatisticNs(delay, exposed, 1, HALF_TAIL);
  for (const name of METRIC_NAMES) {
    const { quantile: share, quantileOf } = METRICS[name];
    // Which delays are neighbours depends on the losses.
    if (share === undefined || quantileOf === 'ipdv') continue;
    // Nearest rank: the quantile of n delays is the ⌈share × n⌉-th smallest.
    const rank = Math.min(unique, Math.max(1, Math.ceil(share * unique))) - spared;
    if (rank <= 0) {
      found[name] = inUs(0, 0, 0);
      continue;
    }
    const valueNs = quantileNs(delay, isSpared ? (share * unique - spared) / exposed : share);
    if (quantileOf === 'delay') {
      found[name] = inUs(valueNs, ...orderStatisticNs(delay, exposed, rank, TAIL));
      continue;
    }
    // Relative to the smallest delay, which is drawn as well.
    const [lowestNs, highestNs] = orderStatisticNs(delay, exposed, rank, HALF_TAIL);
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
