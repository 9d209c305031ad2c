/**
 * Settings written back as the flags that give them, so that a run can be repeated from its report.
 *
 * Pure. Whatever it writes, `readKnobs` reads as the very same settings.
 */
import { formatDurationNs, formatRatio, readRatio } from '../../src/base/quantities.ts';
import { NO_IMPAIRMENT, checkConfig } from './config.ts';
import type { DropModel, ImpairmentConfig, IndexRange, ListedHold } from './config.ts';

/** A ratio that reads back as the very same number: a percentage where that does, else the fraction. */
function exactRatio(ratio: number): string {
  const percent = formatRatio(ratio);
  return readRatio(percent, '') === ratio ? percent : String(ratio);
}

/** A rate as `--rate` takes it. */
export function formatRate(rateBps: number): string {
  for (const [unit, bits] of [
    ['gbit', 1e9],
    ['mbit', 1e6],
    ['kbit', 1e3],
  ] as const) {
    if (rateBps % bits === 0) return `${rateBps / bits}${unit}`;
  }
  return `${rateBps}bit`;
}

function formatDrop(drop: DropModel): string {
  switch (drop.kind) {
    case 'independent':
      return `--drop ${exactRatio(drop.ratio)}`;
    case 'exact':
      return `--drop-exact ${formatRatio(drop.lost / drop.block)}/${drop.block}`;
    case 'gilbertElliott': {
      const { p, r, lossBad, lossGood } = drop;
      const shown = lossGood > 0 ? [p, r, lossBad, lossGood] : lossBad < 1 ? [p, r, lossBad] : [p, r];
      return `--drop-burst ${shown.map(exactRatio).join(',')}`;
    }
    case 'markov4': {
      const { p13, p31, p32, p23, p14 } = drop;
      return `--drop-state ${[p13, p31, p32, p23, p14].map(exactRatio).join(',')}`;
    }
  }
}

/** Indices as `--drop-list` and `--duplicate-list` take them. */
export const formatIndices = (ranges: readonly IndexRange[]): string =>
  ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');

/** Holds as `--reorder-list` takes them. */
export const formatHolds = (holds: readonly ListedHold[]): string =>
  holds.map(({ index, distance }) => `${index}:${distance}`).join(',');

/** The flags that give these settings, on one line; empty where nothing is on. */
export function formatKnobs(config: ImpairmentConfig): string {
  checkConfig(config, undefined, 'formatKnobs');
  const flags: string[] = [];
  const { reorder, delay, rate } = config;
  if (config.drop !== null) flags.push(formatDrop(config.drop));
  if (config.dropList.length > 0) flags.push(`--drop-list ${formatIndices(config.dropList)}`);
  if (config.outages.length > 0) {
    const spans = config.outages.map(
      ({ fromNs, toNs }) => `${formatDurationNs(fromNs)}..${formatDurationNs(toNs)}`,
    );
    flags.push(`--outage ${spans.join(',')}`);
  }
  if (config.corruptRatio > 0) flags.push(`--corrupt ${exactRatio(config.corruptRatio)}`);
  if (config.duplicateRatio > 0) flags.push(`--duplicate ${exactRatio(config.duplicateRatio)}`);
  if (config.duplicateList.length > 0) flags.push(`--duplicate-list ${formatIndices(config.duplicateList)}`);
  const isUsual = String(reorder.distance) === String(NO_IMPAIRMENT.reorder.distance);
  if (reorder.ratio > 0 || !isUsual) flags.push(`--reorder ${exactRatio(reorder.ratio)}`);
  if (!isUsual) flags.push(`--reorder-distance ${reorder.distance.join('..')}`);
  if (config.reorderList.length > 0) flags.push(`--reorder-list ${formatHolds(config.reorderList)}`);
  if (delay !== null) {
    flags.push(`--delay ${formatDurationNs(delay.delayNs)}`);
    if (delay.jitterNs > 0 || delay.distribution !== 'uniform') {
      flags.push(`--jitter ${formatDurationNs(delay.jitterNs)}`, `--distribution ${delay.distribution}`);
    }
    if (delay.keepOrder) flags.push('--keep-order');
  }
  if (rate !== null) flags.push(`--rate ${formatRate(rate.rateBps)} --queue ${rate.queueDatagrams}`);
  return flags.join(' ');
}
