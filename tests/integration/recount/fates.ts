/**
 * What a schedule decides about each datagram, worked out from the text of docs/impairment.md and the generator alone.
 *
 * It draws, and knows neither times nor bytes: outages, payloads that are too long and the link are `times.ts`'s business.
 */
import seedrandom from 'seedrandom';
import { delayValue } from './delayValue.ts';
import type { Knobs } from './knobs.ts';

export interface Fate {
  /** Passes unharmed, whatever else would befall it. */
  readonly isSpared: boolean;
  /** By a list or the loss model. */
  readonly isDropped: boolean;
  readonly copies: number;
  /** After so many later ones have passed; 0 is not held. */
  readonly hold: number;
  /** The place of the flipped bit as a share of all bits; null where none is flipped. */
  readonly bitShare: number | null;
  readonly delayNs: number;
}

const SPARED: Fate = { isSpared: true, isDropped: false, copies: 0, hold: 0, bitShare: null, delayNs: 0 };

type Draw = () => number;

/** One draw an index, from index 1 on. @param key seed, flow and direction, such as `7/1/up` */
export function decideAll(knobs: Knobs, key: string, count: number): Fate[] {
  const drawsOf = (decision: string): Draw => seedrandom.alea(`${key}/${decision}`);
  const loss = lossModel(knobs, drawsOf);
  const decide = decider(knobs, drawsOf);
  const isOvertaken = jumps(knobs, drawsOf);
  return Array.from({ length: count }, (_, at) => {
    const index = at + 1;
    const isLost = loss(index);
    const { hold: drawn, copies, ...others } = decide();
    const jumped = isOvertaken();
    const hold = knobs.reorderList.get(index) ?? drawn;
    if (index <= knobs.spare) return SPARED;
    return {
      ...others,
      isSpared: false,
      isDropped: knobs.dropList.has(index) || isLost,
      copies: knobs.duplicateList.has(index) ? 1 : copies,
      hold: hold === 0 && jumped ? 1 : hold,
    };
  });
}

/** The fate of the datagram that is the `k`-th of an index, `k` from 2 on. */
export function decideRepeat(knobs: Knobs, key: string, index: number, k: number): Fate {
  if (index <= knobs.spare) return SPARED;
  const drawsOf = (decision: string): Draw => seedrandom.alea(`${key}/${decision}/repeat/${index}/${k}`);
  return { ...decider(knobs, drawsOf)(), isSpared: false, isDropped: drawsOf('drop')() < meanLoss(knobs) };
}

/** Whether the next index is overtaken; asked for index 1, 2, 3, … in turn. */
function jumps(
  { jump, jumpDistance: [least, most] }: Knobs,
  drawsOf: (decision: string) => Draw,
): () => boolean {
  const begin = drawsOf('jump');
  const distance = drawsOf('jump-distance');
  /** Of the jump under way: those still to be overtaken, and whether the one that jumps is still to come. */
  let left = 0;
  let isJumping = false;
  return () => {
    const begins = begin() < 1 / (1 / jump - (least + most) / 2);
    const drawn = least + Math.floor(distance() * (most - least + 1));
    if (left === 0 && isJumping) {
      isJumping = false;
      return false;
    }
    if (left === 0 && begins) [left, isJumping] = [drawn, true];
    if (left === 0) return false;
    left -= 1;
    return true;
  };
}

function decider(
  knobs: Knobs,
  drawsOf: (decision: string) => Draw,
): () => Omit<Fate, 'isDropped' | 'isSpared'> {
  const corrupt = drawsOf('corrupt');
  const bit = drawsOf('corrupt-bit');
  const duplicate = drawsOf('duplicate');
  const hold = drawsOf('hold');
  const distance = drawsOf('hold-distance');
  const delay = drawsOf('delay');
  const [least, most] = knobs.reorderDistance;
  return () => {
    const bitShare = bit();
    const drawnDistance = least + Math.floor(distance() * (most - least + 1));
    const delayNs = knobs.delayNs + knobs.jitterNs * delayValue(knobs.distribution, delay());
    return {
      copies: duplicate() < knobs.duplicate ? 1 : 0,
      hold: hold() < knobs.reorder ? drawnDistance : 0,
      bitShare: corrupt() < knobs.corrupt ? bitShare : null,
      delayNs: Math.max(0, Math.round(delayNs)),
    };
  };
}

/** Asked for index 1, 2, 3, … in turn. */
type Loss = (index: number) => boolean;

function lossModel(knobs: Knobs, drawsOf: (decision: string) => Draw): Loss {
  const draw = drawsOf('drop');
  const model = unlimited(knobs, draw, drawsOf);
  const { dropMaxRun } = knobs;
  if (dropMaxRun === null) return model;
  let run = 0;
  return (index) => {
    const isLost = model(index) && run < dropMaxRun;
    run = isLost ? run + 1 : 0;
    return isLost;
  };
}

function unlimited(knobs: Knobs, draw: Draw, drawsOf: (decision: string) => Draw): Loss {
  const { drop, dropExact, dropBurst, dropState } = knobs;
  if (drop !== null) return () => draw() < drop;
  if (dropExact !== null) return exactly(dropExact, draw);
  if (dropBurst !== null) return twoStates(dropBurst, draw, drawsOf('drop-start'), drawsOf('drop-loss'));
  if (dropState !== null) return fourStates(dropState, draw, drawsOf('drop-start'));
  return () => false;
}

function exactly({ lost, block }: { readonly lost: number; readonly block: number }, draw: Draw): Loss {
  let missing = 0;
  let left = 0;
  return () => {
    if (left === 0) [left, missing] = [block, lost];
    const isLost = draw() * left < missing;
    left -= 1;
    if (isLost) missing -= 1;
    return isLost;
  };
}

function twoStates(
  [p, r, lossBad, lossGood]: readonly [number, number, number, number],
  draw: Draw,
  start: Draw,
  loss: Draw,
): Loss {
  let isBad = start() >= r / (p + r);
  return () => {
    const moved = draw();
    isBad = isBad ? moved >= r : moved < p;
    return loss() < (isBad ? lossBad : lossGood);
  };
}

function fourStates(
  [p13, p31, p32, p23, p14]: readonly [number, number, number, number, number],
  draw: Draw,
  start: Draw,
): Loss {
  let state = 1;
  const shares = longRunShares([p13, p31, p32, p23, p14]);
  const begin = start();
  for (let sum = 0; state < 4; state += 1) {
    sum += shares[state - 1] as number;
    if (begin < sum) break;
  }
  return () => {
    const moved = draw();
    if (state === 1) state = moved < p14 ? 4 : moved < p14 + p13 ? 3 : 1;
    else if (state === 2) state = moved < p23 ? 3 : 2;
    else if (state === 3) state = moved < p32 ? 2 : moved < p32 + p31 ? 1 : 3;
    else state = 1;
    return state >= 3;
  };
}

function longRunShares([p13, p31, p32, p23, p14]: NonNullable<Knobs['dropState']>): number[] {
  const parts = [1, p13 === 0 ? 0 : (p13 * p32) / (p31 * p23), p13 === 0 ? 0 : p13 / p31, p14];
  const whole = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / whole);
}

function meanLoss({ drop, dropBurst, dropState }: Knobs): number {
  if (drop !== null) return drop;
  if (dropBurst !== null) {
    const [p, r, lossBad, lossGood] = dropBurst;
    return (r * lossGood + p * lossBad) / (p + r);
  }
  if (dropState === null) return 0;
  const [, , third = 0, fourth = 0] = longRunShares(dropState);
  return third + fourth;
}
