/**
 * What the knobs say of a stream, before any schedule is drawn: the configured value of a metric and the interval
 * that a drawn schedule stays in.
 *
 * Pure. Only metrics that a knob determines are here; an outage, a list or a full queue says nothing in advance.
 */
import {
  binomialInterval,
  expectedReorderedRatio,
  lossInterval,
  meanLossRatio,
} from '../impairment/closedForm.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import type { MetricName } from '../ledger/metricCatalogue.ts';

export interface ConfiguredMetric {
  readonly value: number;
  /** The drawn schedule gives a value in this interval, but for one in a million. */
  readonly low: number;
  readonly high: number;
}

export type Configured = { readonly [Name in MetricName]?: ConfiguredMetric };

/**
 * @param sent datagrams in the stream
 * @param unique datagrams that the schedule lets through undamaged
 */
export function configuredMetrics(config: ImpairmentConfig, sent: number, unique: number): Configured {
  return {
    ...configuredLoss(config, sent),
    ...configuredReordering(config, unique),
    ...configuredCopies(config, unique),
  };
}

const scaled = ({ value, low, high }: ConfiguredMetric, by: number): ConfiguredMetric => ({
  value: value * by,
  low: low * by,
  high: high * by,
});

function configuredLoss(config: ImpairmentConfig, sent: number): Configured {
  const { drop, corruptRatio } = config;
  if (config.outages.length > 0 || config.dropList.length > 0 || config.rate !== null || sent === 0)
    return {};
  // A damaged datagram is a lost one (RFC 7680); with a loss model of any memory the two have no common interval.
  const independent = drop === null ? 0 : drop.kind === 'independent' ? drop.ratio : null;
  if (independent === null && corruptRatio > 0) return {};
  const ratio =
    independent === null ? meanLossRatio(drop) : independent + corruptRatio - independent * corruptRatio;
  const [low, high] = independent === null ? lossInterval(drop, sent) : binomialInterval(sent, ratio);
  const lost = { value: sent * ratio, low, high };
  return { lost, loss_ratio: scaled(lost, 1 / sent) };
}

function configuredReordering(config: ImpairmentConfig, unique: number): Configured {
  // Jitter without keep-order reorders by how far apart datagrams are, which no knob knows.
  const jitters = config.delay !== null && config.delay.jitterNs > 0 && !config.delay.keepOrder;
  if (jitters || config.reorderList.length > 0 || unique === 0) return {};
  const ratio = expectedReorderedRatio(config);
  const [low, high] = binomialInterval(unique, ratio);
  // What is still held at the end is flushed in order: up to as many as the longest distance less.
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
