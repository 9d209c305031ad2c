/**
 * Who was lost to an outage, from who is missing.
 *
 * Media time begins when the first datagram was read, and a datagram has the moment when it was read itself: neither is
 * known to the nanosecond. But who is missing lay within, and who is not lay outside; that must fit together.
 */
import type { Span } from './knobs.ts';
import type { Moments } from './times.ts';

/** One that entered: whether it is missing; null where it is spared, or lost for another reason. */
export interface Candidate {
  readonly isGone: boolean | null;
}

/** Consecutive places that are missing, and nobody's loss yet. */
interface Gap {
  /** Missing ones between the last that left and the next that did. */
  readonly places: number[];
  /** The last that left before, and the first that left behind; −1 for none. */
  readonly before: number;
  behind: number;
}

/** Who was lost, and the moments with which that can be. */
export interface Lost {
  readonly moments: Moments;
  readonly outage: ReadonlySet<number>;
}

/**
 * An outage may have met nobody, where all stood still. So each way is tried in which the gaps can belong to the outages,
 * and that is taken with which all agrees best.
 */
export function lostToOutages(
  entered: readonly Candidate[],
  outages: readonly Span[],
  newMoments: () => Moments,
): Lost {
  if (outages.length === 0) return { moments: newMoments(), outage: new Set() };
  const gaps = findGaps(entered);
  const tried = waysToTake(gaps, outages.length).map((taken) =>
    tryGaps(entered, outages, taken, newMoments()),
  );
  const [best] = tried.toSorted((one, other) => badness(one) - badness(other));
  return best as Lost;
}

const badness = ({ moments }: Lost): number =>
  moments.faults.length > 0
    ? Infinity
    : moments.shiftsNs().reduce((most, shiftNs) => Math.max(most, shiftNs), 0);

/** Every choice of a gap, or of none, for each outage, with the gaps in order; all are taken if there are enough outages. */
function waysToTake(gaps: readonly Gap[], outages: number): (Gap | undefined)[][] {
  if (outages === 0) return [[]];
  const [first, ...rest] = gaps;
  const ways = first === undefined ? [] : waysToTake(rest, outages - 1).map((way) => [first, ...way]);
  return gaps.length >= outages
    ? ways
    : [...ways, ...waysToTake(gaps, outages - 1).map((way) => [undefined, ...way])];
}

function tryGaps(
  entered: readonly Candidate[],
  outages: readonly Span[],
  gaps: readonly (Gap | undefined)[],
  moments: Moments,
): Lost {
  const taken = outages.map((outage, k) => ({ outage, gap: gaps[k] }));
  for (let moved = true; moved && moments.faults.length === 0;) {
    moved = false;
    // It began at the earliest when those that left before an outage, and those lost in it, lay before its ends.
    for (const { outage, gap } of taken) {
      const [startNs, endNs] = outage;
      if (gap === undefined) continue;
      if (gap.before >= 0) moved = raiseBegin(moments, moments.at(gap.before) - startNs + 1) || moved;
      moved = raiseBegin(moments, moments.at(gap.places.at(-1) as number) - endNs + 1) || moved;
    }
    for (const { outage, gap } of taken) {
      const [startNs, endNs] = outage;
      if (gap === undefined) {
        // Nobody is missing: who came within it by the witness was read behind it.
        const [within] = placesWithin(entered, outage, moments);
        if (within !== undefined)
          moved = moments.raise(within, moments.at(0) + endNs, 'it was not lost to the outage') || moved;
        continue;
      }
      const [first = 0] = gap.places;
      moved = moments.raise(first, moments.at(0) + startNs, 'it was lost to the outage') || moved;
      if (gap.behind >= 0)
        moved = moments.raise(gap.behind, moments.at(0) + endNs, 'it was not lost to the outage') || moved;
    }
    moved = moments.settle() || moved;
  }
  return { moments, outage: new Set(gaps.flatMap((gap) => gap?.places ?? [])) };
}

const raiseBegin = (moments: Moments, toNs: number): boolean =>
  moments.raise(0, toNs, 'the first one began the media time');

/** Those that left, and would have come within an outage had they been read as soon as they can have been. */
const placesWithin = (entered: readonly Candidate[], [startNs, endNs]: Span, moments: Moments): number[] =>
  [...entered.keys()].filter((place) => {
    const timeNs = moments.at(place) - moments.at(0);
    return entered[place]?.isGone === false && timeNs >= startNs && timeNs < endNs;
  });

function findGaps(entered: readonly Candidate[]): Gap[] {
  const gaps: Gap[] = [];
  let open: Gap | undefined;
  let before = -1;
  for (const [place, { isGone }] of entered.entries()) {
    if (isGone === true) {
      if (open === undefined) gaps.push((open = { places: [], before, behind: -1 }));
      open.places.push(place);
    } else if (isGone === false) {
      if (open !== undefined) open.behind = place;
      open = undefined;
      before = place;
    }
  }
  return gaps;
}
