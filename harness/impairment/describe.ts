/**
 * What a direction's settings do, in figures: their flags and their averages.
 *
 * Computed from the settings alone. Lists and outages are given as they are: how many datagrams they affect depends on
 * the stream.
 */
import { delayQuantileNs, expectedReorderedRatio, meanLossRatio, meanLossRun } from './analytic.ts';
import type { ImpairmentConfig, IndexRange, ListedHold, RebindTime, TimeSpan } from './config.ts';
import { formatKnobs, readKnobs } from './knobs.ts';
import { overtakenRatio } from './stages/jump.ts';
import type { LinkSettings, QueueLimit } from './stages/rate.ts';
import type { Preset } from './presets.ts';
import type { Scenario } from './scenario.ts';
import type { Direction } from './schedule.ts';

export interface DelayFigures {
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Whether delays vary and datagrams wait for those before them. */
  readonly queues: boolean;
}

export interface JumpFigures {
  /** Share of the datagrams that overtake others. */
  readonly ratio: number;
  /** Number that one overtakes: minimum and maximum. */
  readonly distance: readonly [number, number];
  /** Share of the datagrams that are overtaken. */
  readonly overtakenRatio: number;
}

export interface LinkFigures extends QueueLimit {
  readonly rateBps: number;
  /** The name of the trace whose opportunities it sends by; null for an even rate. */
  readonly trace: string | null;
  /** The size that the two times are for, payload bytes. */
  readonly datagramSizeBytes: number;
  /** Time on the link: 8 × bytes / rate; with a trace, on average. */
  readonly sendUs: number;
  /** The longest wait in the queue before that: queue × 8 × bytes / rate; with a trace, on average. */
  readonly queueDelayMaxUs: number;
}

export interface DirectionFigures {
  /** The flags for these settings; empty if nothing is on. */
  readonly flags: string;
  /** Long-run share of the datagrams that the loss model loses; losses by lists, outages and a full queue are extra. */
  readonly lossRatio: number;
  /** Mean number of losses in a row, datagrams; null if the model loses nothing or everything. */
  readonly lossRunMean: number | null;
  /** Larger payloads are lost; null: no limit. */
  readonly mtuBytes: number | null;
  /** Once so much payload has come, everything is lost; null: never. */
  readonly dropAfterBytes: number | null;
  readonly dropList: readonly IndexRange[];
  /** Spans of media time in which everything is lost. */
  readonly outages: readonly TimeSpan[];
  /** Share of the delivered datagrams that RFC 4737 counts as reordered, by displacement alone. */
  readonly reorderedRatio: number;
  /** Share that `--reorder` holds, and what jumps do; `reorderedRatio` is of both. */
  readonly heldRatio: number;
  readonly jump: JumpFigures | null;
  /** Number of later datagrams that pass a held one: minimum and maximum. */
  readonly reorderDistance: readonly [number, number];
  readonly reorderList: readonly ListedHold[];
  /** Whether jitter also reorders, by an amount that the settings do not determine. */
  readonly jitterReorders: boolean;
  /** Shares of the delivered datagrams. */
  readonly duplicateRatio: number;
  readonly duplicateList: readonly IndexRange[];
  readonly corruptRatio: number;
  /** What the delay stage adds; null if it is off. */
  readonly delay: DelayFigures | null;
  /** Null if the rate is not limited. */
  readonly link: LinkFigures | null;
  /** Whether all flows share the link and the outages. */
  readonly shared: boolean;
  /** When the server sees the flow from a new port, since its first datagram. */
  readonly rebinds: readonly RebindTime[];
  /** The first datagrams, as many as pass unharmed. */
  readonly spare: number;
}

/** What applies for a while. */
export interface PhaseDescription {
  readonly atUs: number;
  /** How long; null for the last one. */
  readonly forUs: number | null;
  readonly directions: Readonly<Record<Direction, DirectionFigures>>;
}

export interface ScenarioDescription {
  readonly name: string;
  readonly sentence: string | null;
  /** As in the scenario; absent if it has none. */
  readonly protocol?: string;
  readonly protocolUp?: string;
  /** What it begins with. */
  readonly directions: Readonly<Record<Direction, DirectionFigures>>;
  /** All phases, the first one included; absent where conditions do not change. */
  readonly phases?: readonly PhaseDescription[];
}

function linkFigures(rate: LinkSettings, datagramSizeBytes: number, sendUs: number): LinkFigures {
  const { trace, ...others } = rate;
  const { queueDatagrams = 0, queueBytes, queueNs } = rate;
  const fullUs = queueBytes === undefined ? queueDatagrams * sendUs : (8e6 * queueBytes) / rate.rateBps;
  const queueDelayMaxUs = queueNs === undefined ? fullUs : queueNs / 1e3;
  return { ...others, trace: trace?.name ?? null, datagramSizeBytes, sendUs, queueDelayMaxUs };
}

/** @param datagramSizeBytes payload size for the link's times */
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
    dropAfterBytes: config.dropAfterBytes,
    dropList: config.dropList,
    outages: config.outages,
    reorderedRatio: expectedReorderedRatio(config),
    heldRatio: config.reorder.ratio,
    jump: config.jump.ratio === 0 ? null : { ...config.jump, overtakenRatio: overtakenRatio(config.jump) },
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
    link: rate && linkFigures(rate, datagramSizeBytes, sendUs),
    shared: config.shared,
    rebinds: config.rebinds,
    spare: config.spare,
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

/** @param fallbackName the name of a scenario without a name, such as its file */
export function describeScenario(
  scenario: Scenario,
  fallbackName: string,
  datagramSizeBytes: number,
): ScenarioDescription {
  const { name, description, protocol, protocolUp, down, up } = scenario;
  const directions = both(readKnobs(down), readKnobs(up), datagramSizeBytes);
  const later = scenario.phases.map((phase) => ({
    atUs: phase.atNs / 1e3,
    directions: both(readKnobs(phase.down), readKnobs(phase.up), datagramSizeBytes),
  }));
  const phases = [{ atUs: 0, directions }, ...later].map((phase, k) => {
    const next = later[k];
    return {
      atUs: phase.atUs,
      forUs: next === undefined ? null : next.atUs - phase.atUs,
      directions: phase.directions,
    };
  });
  return {
    name: name ?? fallbackName,
    sentence: description,
    ...(protocol !== null && { protocol }),
    ...(protocolUp !== null && { protocolUp }),
    directions,
    ...(later.length > 0 && { phases }),
  };
}
