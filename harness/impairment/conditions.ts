/**
 * Conditions of a running proxy: settings of both directions, and shares of the flows that have more.
 *
 * Whether a flow has a share is the first draw of its own random stream, `seed/flow/direction/toxicity/NAME`, so it is the
 * same in every run and moves no other decision. Pure: who changes a proxy applies what comes out.
 */
import { randomStream } from '../../src/base/random.ts';
import type { ImpairmentConfig } from './config.ts';
import { isSameStage } from './epochs.ts';
import { readKnobs } from './knobs.ts';
import type { Knobs } from './knobs.ts';
import type { Direction } from './schedule.ts';
import { STAGES } from './stages/allStages.ts';
import type { DelaySettings } from './stages/delay.ts';

/** Knobs for a share of the flows, in one direction: a toxic. */
export interface Share {
  readonly name: string;
  readonly direction: Direction;
  /** Share of the flows, 0 to 1. */
  readonly toxicity: number;
  readonly knobs: Knobs;
}

export interface Conditions {
  readonly down: ImpairmentConfig;
  readonly up: ImpairmentConfig;
  readonly shares?: readonly Share[];
}

export interface FlowConditions {
  readonly down: ImpairmentConfig;
  readonly up: ImpairmentConfig;
}

const NONE = readKnobs({});
const READ = new WeakMap<Knobs, ImpairmentConfig>();

function settingsOf({ knobs }: Share): ImpairmentConfig {
  const known = READ.get(knobs);
  if (known !== undefined) return known;
  const config = readKnobs(knobs);
  READ.set(knobs, config);
  return config;
}

/** Two delays one behind the other. Of two kinds of jitter the second's stays. */
function bothDelays(one: DelaySettings | null, other: DelaySettings): DelaySettings {
  if (one === null) return other;
  return {
    delayNs: one.delayNs + other.delayNs,
    jitterNs: one.jitterNs + other.jitterNs,
    distribution: other.jitterNs > 0 ? other.distribution : one.distribution,
    keepOrder: one.keepOrder || other.keepOrder,
  };
}

/** The settings of a base with those stages of others that are on: they replace the base's, but delays add up. */
function withShare(base: ImpairmentConfig, share: ImpairmentConfig): ImpairmentConfig {
  const merged: Record<string, unknown> = { ...base };
  for (const stage of STAGES) {
    if (isSameStage(stage, share, NONE)) continue;
    for (const field of Object.keys(stage.off) as (keyof ImpairmentConfig)[]) merged[field] = share[field];
  }
  if (share.delay !== null) merged['delay'] = bothDelays(base.delay, share.delay);
  return merged as unknown as ImpairmentConfig;
}

/** Whether a flow has a share. */
export const hasShare = (
  { name, direction, toxicity }: Omit<Share, 'knobs'>,
  seed: string,
  flow: number,
): boolean =>
  toxicity >= 1 || randomStream(`${seed}/${flow}/${direction}/toxicity/${name}`).draw() < toxicity;

/**
 * The settings of one flow: the base's, with each share that it has, in their order.
 * @throws UsageError for knobs of a share that cannot be read
 */
export function conditionsOfFlow(
  { down, up, shares = [] }: Conditions,
  seed: string,
  flow: number,
): FlowConditions {
  const settings = { down, up };
  for (const share of shares) {
    if (!hasShare(share, seed, flow)) continue;
    settings[share.direction] = withShare(settings[share.direction], settingsOf(share));
  }
  return settings;
}

/** About as long as a time can be. */
const ALWAYS = [{ fromNs: 0, toNs: 9e15 }];
/** Knobs of an outage, which those of a share would replace. */
const OF_OUTAGES = ['outage', 'spare'];

/** The same conditions, but that everything is lost, both ways, what is spared as well: an outage without an end. */
export const allLost = ({ down, up, shares = [] }: Conditions): Conditions => ({
  down: { ...down, outages: ALWAYS, spare: 0 },
  up: { ...up, outages: ALWAYS, spare: 0 },
  shares: shares.flatMap((share) => {
    const others = Object.entries(share.knobs).filter(([name]) => !OF_OUTAGES.includes(name));
    return others.length === 0 ? [] : [{ ...share, knobs: Object.fromEntries(others) }];
  }),
});
