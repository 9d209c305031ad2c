/**
 * The line that a stream meets, where its settings change on the way: which part of it a datagram belongs to.
 */
import type { ExpectedLine, LaterLine } from './expectedStream.ts';

/** The line from a count on. */
export interface LinePart extends LaterLine {
  /** The epoch in which the link came that is there now: that of the first part, or of one with another rate. */
  readonly linkEpoch: number;
}

const FIRST_EPOCH = 1;

export class LineOver {
  readonly parts: readonly LinePart[];
  /** Whether any part has a link, or a delay stage. */
  readonly isLinked: boolean;
  readonly isDelayed: boolean;
  #last: LinePart;
  #lastEnd: number;

  constructor(line: ExpectedLine) {
    const { later = [], epoch = FIRST_EPOCH, ...first } = line;
    const parts: LinePart[] = [{ ...first, firstCount: Number.NEGATIVE_INFINITY, epoch, linkEpoch: epoch }];
    for (const part of later) {
      const before = parts.at(-1) as LinePart;
      const isSame = JSON.stringify(part.rate) === JSON.stringify(before.rate);
      parts.push({ ...part, linkEpoch: isSame ? before.linkEpoch : part.epoch });
    }
    this.parts = parts;
    this.isLinked = parts.some(({ rate }) => rate !== null);
    this.isDelayed = parts.some(({ isDelayed }) => isDelayed === true);
    this.#last = parts[0] as LinePart;
    this.#lastEnd = parts[1]?.firstCount ?? Number.POSITIVE_INFINITY;
  }

  /** The part that a count belongs to. */
  at(count: number): LinePart {
    if (count >= this.#last.firstCount && count < this.#lastEnd) return this.#last;
    let low = 0;
    let high = this.parts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.parts[middle] as LinePart).firstCount <= count) low = middle;
      else high = middle - 1;
    }
    this.#last = this.parts[low] as LinePart;
    this.#lastEnd = this.parts[low + 1]?.firstCount ?? Number.POSITIVE_INFINITY;
    return this.#last;
  }

  isSpared(count: number): boolean {
    return count <= (this.at(count).spare ?? 0);
  }
}

/**
 * When datagrams leave a delay stage, that come in this order: each after its own delay, and where order is kept not before any
 * that came earlier. Order is kept as the newest part says of which a datagram has come. What is spared passes by.
 * @param counts of the datagrams, in order @param ownNs when each would leave by its own delay
 */
export function dueTimes(line: LineOver, counts: ArrayLike<number>, ownNs: Float64Array): Float64Array {
  const dueNs = Float64Array.from(ownNs);
  let newest: LinePart | undefined;
  let latestNs = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < dueNs.length; place += 1) {
    const count = counts[place] as number;
    const part = line.at(count);
    if (count <= (part.spare ?? 0)) continue;
    if (newest === undefined || part.firstCount > newest.firstCount) newest = part;
    latestNs = Math.max(latestNs, ownNs[place] as number);
    if (newest.keepOrder) dueNs[place] = latestNs;
  }
  return dueNs;
}
