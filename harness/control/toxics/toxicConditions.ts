/**
 * The conditions that a proxy's own knobs and its toxics give together, and what cannot stand together.
 */
import { allLost, conditionsOfFlow } from '../../impairment/conditions.ts';
import type { Conditions, FlowConditions, Share } from '../../impairment/conditions.ts';
import { checkConfig } from '../../impairment/config.ts';
import type { Knobs } from '../../impairment/knobs.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { ApiError } from '../apiError.ts';
import { directionOf } from './toxic.ts';
import type { Toxic } from './toxic.ts';
import { addsUp, stagesOf } from './toxicTypes.ts';

export type BaseKnobs = Readonly<Record<Direction, Knobs>>;

/** Toxics of a proxy. */
const MAX_TOXICS = 64;
/** Of one stream, those that act on some flows only: every combination of them is looked at. */
const MAX_PARTIAL = 8;

const DIRECTIONS: readonly Direction[] = ['down', 'up'];

/** @throws ApiError or UsageError for toxics that cannot act together, or with the proxy's own settings */
export function checkTogether(base: FlowConditions, toxics: readonly Toxic[]): void {
  if (toxics.length > MAX_TOXICS)
    throw new ApiError(400, `expected at most ${MAX_TOXICS} toxics of a proxy; remove one first`);
  for (const direction of DIRECTIONS) {
    const own = toxics.filter((toxic) => directionOf(toxic) === direction);
    checkDoubles(own);
    checkCombinations(base, own);
  }
}

/** Two of a kind on one stream: which of them would win, nobody could say. */
function checkDoubles(toxics: readonly Toxic[]): void {
  const taken = new Map<string, Toxic>();
  for (const toxic of toxics) {
    const stages = stagesOf(toxic.knobs).filter((stage) => !addsUp(stage));
    const claims = [
      ...stages.map(({ knobs }) => (knobs[0] as { readonly name: string }).name),
      ...(toxic.act === null ? [] : [`to ${toxic.act.kind}`]),
    ];
    for (const claim of claims) {
      const other = taken.get(claim);
      if (other !== undefined) {
        throw new ApiError(
          400,
          `${JSON.stringify(toxic.name)} and ${JSON.stringify(other.name)} set the same of one stream, and only delays add up; ` +
            'update the one there is, or remove it first',
        );
      }
      taken.set(claim, toxic);
    }
  }
}

const isDelay = ({ knobs }: Toxic): boolean => stagesOf(knobs).every(addsUp);

/** Looks at what any flow can get: with each combination of the toxics that act on some flows only. */
function checkCombinations(base: FlowConditions, toxics: readonly Toxic[]): void {
  // Delays add up, and so go with anything; all at once they are the longest.
  const others = toxics.filter((toxic) => !isDelay(toxic));
  const partial = others.filter(({ toxicity }) => toxicity < 1);
  if (partial.length > MAX_PARTIAL) {
    throw new ApiError(
      400,
      `expected at most ${MAX_PARTIAL} toxics with a toxicity below 1 on one stream besides delays; remove one first`,
    );
  }
  for (let choice = 0; choice < 2 ** partial.length; choice += 1) {
    const isActing = (toxic: Toxic): boolean => {
      const k = partial.indexOf(toxic);
      return k < 0 || (choice & (1 << k)) !== 0;
    };
    const shares = toxics
      .filter((toxic) => isDelay(toxic) || isActing(toxic))
      .map((toxic) => ({ ...shareOf(toxic), toxicity: 1 }));
    const { down, up } = conditionsOfFlow({ ...base, shares }, '', 1);
    checkConfig(down);
    checkConfig(up);
  }
}

export const shareOf = (toxic: Toxic): Share => ({
  name: toxic.name,
  direction: directionOf(toxic),
  toxicity: toxic.toxicity,
  knobs: toxic.knobs,
});

/**
 * The conditions that the engine takes.
 * @param isOut everything is lost, both ways, whatever the rest says; the rest goes on underneath
 */
export function conditionsOf(base: FlowConditions, toxics: readonly Toxic[], isOut: boolean): Conditions {
  const shares = toxics.filter(({ knobs }) => Object.keys(knobs).length > 0).map(shareOf);
  const conditions = { ...base, shares };
  return isOut ? allLost(conditions) : conditions;
}
