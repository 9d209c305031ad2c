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

/** @returns the places that were lost to the outages. It raises the moments that these need. */
export function lostToOutages(
  entered: readonly Candidate[],
  outages: readonly Span[],
  moments: Moments,
): ReadonlySet<number> {
  if (outages.length === 0) return new Set();
  const beginNs = moments.at(0);
  const gaps = findGaps(entered);
  const taken = outages.map((outage, k) => ({
    outage,
    gap: gaps.length === outages.length ? gaps[k] : gapOf(outage, gaps, beginNs, moments),
  }));
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
  return new Set(taken.flatMap(({ gap }) => gap?.places ?? []));
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

/** The gap that begins nearest to an outage's start, and not after its end. */
function gapOf(
  [startNs, endNs]: Span,
  gaps: readonly Gap[],
  beginNs: number,
  moments: Moments,
): Gap | undefined {
  const away = ({ places }: Gap): number => Math.abs(moments.at(places[0] as number) - beginNs - startNs);
  return gaps
    .filter(({ places }) => moments.at(places[0] as number) - beginNs < endNs)
    .toSorted((one, other) => away(one) - away(other))[0];
}
