/**
 * What a direction's settings will do, in figures: the flags that give them and what they promise on average.
 *
 * Pure arithmetic on the settings; it draws nothing and looks at no recording. What is listed or timed is passed on
 * as it is: how much of a stream it hits, only that stream knows.
 */
import { delayQuantileNs, expectedReorderedRatio, meanLossRatio, meanLossRun } from './analytic.ts';
import type { ImpairmentConfig, IndexRange, ListedHold, TimeSpan } from './config.ts';
import { formatKnobs, readKnobs } from './knobs.ts';
import type { Preset } from './presets.ts';
import type { Scenario } from './scenario.ts';
import type { Direction } from './schedule.ts';

export interface DelayFigures {
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Whether the delays vary, and datagrams wait for those ahead of them. */
  readonly queues: boolean;
}

export interface LinkFigures {
  readonly rateBps: number;
  readonly queueDatagrams: number;
  /** The size that the two times are for, payload bytes. */
  readonly datagramSizeBytes: number;
  /** Time on the link: 8 × bytes / rate. */
  readonly sendUs: number;
  /** The longest wait in the queue before that: queue × 8 × bytes / rate. */
  readonly queueDelayMaxUs: number;
}

export interface DirectionFigures {
  /** The flags that give these settings; empty where nothing is on. */
  readonly flags: string;
  /** Long-run share of the datagrams that the loss model loses; lists, outages and a full queue come on top. */
  readonly lossRatio: number;
  /** Mean number of losses in a row, datagrams; null where the model loses nothing, or everything. */
  readonly lossRunMean: number | null;
  /** Payloads of more bytes are lost; null: none for its size. */
  readonly mtuBytes: number | null;
  readonly dropList: readonly IndexRange[];
  /** Spans of media time in which everything is lost. */
  readonly outages: readonly TimeSpan[];
  /** Share of the delivered datagrams that RFC 4737 counts as reordered, by displacement alone. */
  readonly reorderedRatio: number;
  /** How many later datagrams pass a held one. */
  readonly reorderDistance: readonly [number, number];
  readonly reorderList: readonly ListedHold[];
  /** Whether jitter reorders too, by an amount that no setting knows. */
  readonly jitterReorders: boolean;
  /** Shares of the delivered datagrams. */
  readonly duplicateRatio: number;
  readonly duplicateList: readonly IndexRange[];
  readonly corruptRatio: number;
  /** What the delay stage adds; null where there is none. */
  readonly delay: DelayFigures | null;
  /** Null where the rate is not limited. */
  readonly link: LinkFigures | null;
}

export interface ScenarioDescription {
  readonly name: string;
  readonly sentence: string | null;
  /** As the scenario has them; left out where it has none. */
  readonly protocol?: string;
  readonly protocolUp?: string;
  readonly directions: Readonly<Record<Direction, DirectionFigures>>;
}

/** @param datagramSizeBytes payload that the link's times are stated for */
export function describeDirection(config: ImpairmentConfig, datagramSizeBytes: number): DirectionFigures {
  const { delay, rate } = config;
  const lossRun = meanLossRun(config.drop, config.dropMaxRun);
  const varies = delay !== null && delay.jitterNs > 0;
  const quantileUs = (q: number): number => delayQuantileNs(delay, q) / 1e3;
  const sendUs = rate === null ? 0 : (8e6 * datagramSizeBytes) / rate.rateBps;
  return {
    flags: formatKnobs(config),
    lossRatio: meanLossRatio(config.drop, config.dropMaxRun),
    lossRunMean: lossRun > 0 && Number.isFinite(lossRun) ? lossRun : null,
    mtuBytes: config.mtuBytes,
    dropList: config.dropList,
    outages: config.outages,
    reorderedRatio: expectedReorderedRatio(config),
    reorderDistance: config.reorder.distance,
    reorderList: config.reorderList,
    jitterReorders: varies && !delay.keepOrder,
    duplicateRatio: config.duplicateRatio,
    duplicateList: config.duplicateList,
    corruptRatio: config.corruptRatio,
    delay:
      delay === null
        ? null
        : {
            p50Us: quantileUs(0.5),
            p95Us: quantileUs(0.95),
            p99Us: quantileUs(0.99),
            p999Us: quantileUs(0.999),
            queues: varies && delay.keepOrder,
          },
    link: rate && { ...rate, datagramSizeBytes, sendUs, queueDelayMaxUs: rate.queueDatagrams * sendUs },
  };
}

const both = (down: ImpairmentConfig, up: ImpairmentConfig, datagramSizeBytes: number) => ({
  down: describeDirection(down, datagramSizeBytes),
  up: describeDirection(up, datagramSizeBytes),
});

export function describePreset(preset: Preset, datagramSizeBytes: number): ScenarioDescription {
  const { name, sentence, config } = preset;
  return { name, sentence, directions: both(config, readKnobs({}), datagramSizeBytes) };
}

/** @param fallbackName what to call a scenario that has no name, such as its file */
export function describeScenario(
  scenario: Scenario,
  fallbackName: string,
  datagramSizeBytes: number,
): ScenarioDescription {
  const { name, description, protocol, protocolUp, down, up } = scenario;
  return {
    name: name ?? fallbackName,
    sentence: description,
    ...(protocol !== null && { protocol }),
    ...(protocolUp !== null && { protocolUp }),
    directions: both(readKnobs(down), readKnobs(up), datagramSizeBytes),
  };
}
