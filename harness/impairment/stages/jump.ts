/**
 * Jump: a datagram overtakes a number of those before it.
 *
 * These are held back until the next datagram has passed that is neither lost nor held itself, which is the one that jumps:
 * each is held for one pass. So each of them arrives reordered, by one place, and RFC 4737 counts the overtaken ones, not the
 * one that jumped.
 *
 * A jump begins with the first one that is overtaken, by a draw of that index; its distance is drawn there, too. The
 * datagrams of a jump, the one that jumps included, begin no other: jumps never overlap. Indices count, whatever becomes of
 * them: what is lost is not overtaken, and what `--reorder` holds keeps its own number of passes.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { readRatio, readSpan } from '../../../src/base/quantities.ts';
import { exactRatio } from './ratios.ts';
import { MAX_REORDER_DISTANCE } from './reorder.ts';
import { checkRatios, isCount, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export interface JumpFields {
  readonly jump: {
    /** Share of the datagrams that overtake others, 0 or more. */
    readonly ratio: number;
    /** Number of datagrams that one overtakes: minimum and maximum, 1 to MAX_REORDER_DISTANCE. */
    readonly distance: readonly [number, number];
  };
}

const USUAL: readonly [number, number] = [5, 20];

const readDistance = (text: string, option: string): [number, number] =>
  readSpan(text, option, 1, MAX_REORDER_DISTANCE);

type Jump = JumpFields['jump'];

/** Mean number of datagrams that one overtakes. */
const meanDistance = ({ distance: [min, max] }: Jump): number => (min + max) / 2;

/** Share of the datagrams that are overtaken, in the long run. */
export const overtakenRatio = (jump: Jump): number => jump.ratio * meanDistance(jump);

/**
 * Probability that a datagram outside of every jump begins one. Jumps are a renewal process: between two of them lie
 * (1 − b) / b datagrams on average, and a jump takes its distance and the one that jumps; b makes the ratio that of the knob.
 */
export const beginRatio = (jump: Jump): number => jump.ratio / (1 - overtakenRatio(jump));

export const jump: Stage = {
  knobs: [
    {
      name: 'jump',
      flags: '--jump <ratio>',
      description: 'let datagrams overtake those before them, such as 1% (default: none)',
    },
    {
      name: 'jumpDistance',
      flags: '--jump-distance <span>',
      description: `how many earlier datagrams one overtakes (default: ${USUAL.join('..')})`,
    },
  ],
  kinds: {
    jump: [
      'a ratio and a distance, two numbers',
      (value) => isObject(value) && Array.isArray(value['distance']) && value['distance'].length === 2,
    ],
  },
  off: { jump: { ratio: 0, distance: USUAL } },
  actsOnControl: true,
  read: (given) => {
    given.needs('jumpDistance', ['jump']);
    return {
      jump: {
        ratio: given.read('jump', readRatio, 0),
        distance: given.read<readonly [number, number]>('jumpDistance', readDistance, USUAL),
      },
    };
  },
  check: ({ jump: settings }, nameOf) => {
    const [min, max] = settings.distance;
    if (!(isCount(min, 1, MAX_REORDER_DISTANCE) && isCount(max, min, MAX_REORDER_DISTANCE)))
      refuse(nameOf('jumpDistance'), `a rising span from 1 to ${MAX_REORDER_DISTANCE}`, `${min}..${max}`);
    checkRatios(nameOf('jump'), { 'a ratio': settings.ratio });
    const size = meanDistance(settings) + 1;
    if (settings.ratio * size > 1)
      refuse(
        nameOf('jump'),
        `at most ${((Math.floor(1e4 / size) / 1e4) * 100).toFixed(2)}%, for each jump takes ${size} datagrams on average`,
        exactRatio(settings.ratio),
      );
  },
  format: ({ jump: { ratio, distance } }) => {
    const isUsual = String(distance) === String(USUAL);
    return [
      ...(ratio > 0 || !isUsual ? [`--jump ${exactRatio(ratio)}`] : []),
      ...(isUsual ? [] : [`--jump-distance ${distance.join('..')}`]),
    ];
  },
  columns: ({ jump: { ratio } }) => (ratio > 0 ? ['hold'] : []),
  decisions: ({ jump: { ratio, distance } }) =>
    ratio === 0 ? [] : distance[0] === distance[1] ? ['jump'] : ['jump', 'jump-distance'],
  // The state is the number of datagrams left of the jump under way, the one that jumps included.
  decide: ({ jump: settings, reorder, reorderList }, { rows, base, dropCause, hold, draws }, state) => {
    if (settings.ratio === 0) return 0;
    const [min, max] = settings.distance;
    const span = max - min + 1;
    const drawn = draws('jump');
    const distances = span === 1 ? drawn : draws('jump-distance');
    const begins = beginRatio(settings);
    if (reorder.ratio === 0 && reorderList.length === 0) hold.fill(0, base, base + rows);
    let left = state;
    for (let k = 0; k < rows; k += 1) {
      if (left === 0 && (drawn[k] as number) < begins)
        left = 1 + (span === 1 ? min : min + Math.floor((distances[k] as number) * span));
      if (left === 0) continue;
      left -= 1;
      if (left > 0 && dropCause[base + k] === 0 && hold[base + k] === 0) hold[base + k] = 1;
    }
    return left;
  },
};
