/**
 * What the knobs say about a stream whose settings change on the way: counts are sums over its parts, where each part's are known.
 *
 * A figure that depends on where the parts meet, or that is no sum (periods of losses, order, delays), is given only where
 * what determines it never changes.
 */
import type { ImpairmentConfig } from '../impairment/config.ts';
import { isSameStage } from '../impairment/epochs.ts';
import type { Epoch } from '../impairment/epochs.ts';
import { delay } from '../impairment/stages/delay.ts';
import { drop } from '../impairment/stages/drop.ts';
import { duplicate } from '../impairment/stages/duplicate.ts';
import { jump } from '../impairment/stages/jump.ts';
import { rate } from '../impairment/stages/rate.ts';
import { reorder } from '../impairment/stages/reorder.ts';
import { spare, sparedAmong } from '../impairment/stages/spare.ts';
import type { Stage } from '../impairment/stages/stage.ts';
import { METRICS, METRIC_NAMES } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import { configuredMetrics } from './configured.ts';
import type { Configured, ConfiguredMetric } from './configured.ts';

/** What a run says whose conditions change. */
export const CONFIGURED_OVER_PHASES =
  'the conditions change on the way: configured figures are sums over the phases, and there are none of periods, order and delays ' +
  'that depend on what changes';

/** Counts that are sums over parts. */
const SUMS: readonly MetricName[] = ['sent', 'lost', 'unique', 'received', 'corrupted'];
/** What order and delays depend on; and the copies of what arrives. */
const OF_ORDER = [reorder, jump, delay, rate, spare];
const OF_COPIES = [duplicate, rate, spare];

const ORDER: readonly MetricName[] = ['reordered', 'reordered_ratio'];
const DELAYS = METRIC_NAMES.filter((name) => METRICS[name].quantile !== undefined);
const COPIES: readonly MetricName[] = ['duplicates', 'replicated'];

/**
 * @param unique datagrams that the schedule lets through undamaged
 * @param sizeBytes of a count
 */
export function configuredOver(
  epochs: readonly Epoch[],
  firstCount: number,
  lastCount: number,
  unique: number,
  sizeBytes: (count: number) => number,
): Configured {
  const parts = epochs.flatMap(({ config, firstIndex }, k) => {
    const from = Math.max(firstIndex, firstCount);
    const to = Math.min(lastCount, (epochs[k + 1]?.firstIndex ?? Number.POSITIVE_INFINITY) - 1);
    return to < from ? [] : [{ config, from, to }];
  });
  const [only = { config: (epochs[0] as Epoch).config, from: firstCount, to: lastCount }] = parts;
  const of = ({ config, from, to }: typeof only, passed: number): Configured =>
    configuredMetrics(
      config,
      Math.max(0, to - from + 1),
      passed,
      oversize(config, from, to, sizeBytes),
      sparedAmong(config, from, to),
    );
  if (parts.length <= 1) return of(only, unique);
  const isKept = (stages: readonly Stage[]): boolean =>
    parts.every((part) => stages.every((stage) => isSameStage(stage, only.config, part.config)));
  const whole = of({ ...only, to: lastCount }, unique);
  const chosen = (names: readonly string[]): Configured =>
    Object.fromEntries(Object.entries(whole).filter(([name]) => names.includes(name)));
  return {
    ...(areKnown(parts.map(({ config }) => config)) ? sums(parts.map((part) => of(part, 0))) : {}),
    ...(isKept(OF_ORDER) ? chosen([...ORDER, ...DELAYS]) : {}),
    ...(isKept(OF_COPIES) ? chosen(COPIES) : {}),
  };
}

/** Whether every part begins with a whole block of `--drop-exact`: it goes on through a change of something else. */
const areKnown = (configs: readonly ImpairmentConfig[]): boolean =>
  configs.every((config, k) => {
    const before = configs[k - 1];
    return config.drop?.kind !== 'exact' || before === undefined || !isSameStage(drop, before, config);
  });

/** The sums of those counts that every part knows. Each part stays within its range, so the sum does within the sum of them. */
function sums(parts: readonly Configured[]): Configured {
  const summed: { [Name in MetricName]?: ConfiguredMetric } = {};
  for (const name of SUMS) {
    const known = parts.flatMap((part) => part[name] ?? []);
    if (known.length < parts.length) continue;
    const total = (of: keyof ConfiguredMetric): number => known.reduce((sum, metric) => sum + metric[of], 0);
    summed[name] = { value: total('value'), low: total('low'), high: total('high') };
  }
  const { lost, sent } = summed;
  if (lost !== undefined && sent !== undefined && sent.value > 0) {
    summed.loss_ratio = {
      value: lost.value / sent.value,
      low: lost.low / sent.value,
      high: lost.high / sent.value,
    };
  }
  return summed;
}

/** Datagrams of a part that are lost because of their size. */
function oversize(
  { mtuBytes, spare: spared }: ImpairmentConfig,
  from: number,
  to: number,
  sizeBytes: (count: number) => number,
): number {
  if (mtuBytes === null) return 0;
  let found = 0;
  for (let count = Math.max(from, spared + 1); count <= to; count += 1)
    if (sizeBytes(count) > mtuBytes) found += 1;
  return found;
}
