/**
 * When datagrams may have left, from when they were seen on both sides of the proxy.
 *
 * A proxy reads a datagram some time after the witness saw it, and that moment is the datagram's media time. So each has a
 * moment that is not known: not before the witness saw it, not before that of the one ahead of it, and not much later.
 * What the proxy let out tells more: who left first was due first, who was not lost did not come within the outage. Here
 * the earliest moments are found with which all that was seen agrees with the page. Where there are none, the page is broken.
 */

/** A witness's clock and the proxy's may drift apart by so much in a run. */
const CLOCKS_NS = 300_000;

/** The earliest possible media times, by place; they only ever rise. */
export class Moments {
  readonly #seen: Float64Array;
  readonly #slackNs: number;
  readonly #lowest: Float64Array;
  /** What is wrong, a line each. */
  readonly faults: string[] = [];

  /** @param seen when the witness saw each enter; @param slackNs how much later the proxy may have read it */
  constructor(seen: readonly number[], slackNs: number) {
    this.#seen = Float64Array.from(seen);
    this.#slackNs = slackNs;
    this.#lowest = this.#seen.slice();
    this.settle();
  }

  at(place: number): number {
    return this.#lowest[place] as number;
  }

  /** Says that a moment is not before another one. @returns whether it moved */
  raise(place: number, toNs: number, why: string): boolean {
    if (toNs <= this.at(place)) return false;
    const shiftNs = toNs - (this.#seen[place] as number);
    if (shiftNs > this.#slackNs) {
      this.faults.push(`it would have been read ${Math.round(shiftNs / 1e3)} us late: ${why}`);
      return false;
    }
    this.#lowest[place] = toNs;
    return true;
  }

  /** Lets none come before the one ahead of it. @returns whether any moved */
  settle(): boolean {
    let moved = false;
    for (let place = 1; place < this.#lowest.length; place += 1) {
      if (this.at(place) >= this.at(place - 1)) continue;
      this.#lowest[place] = this.at(place - 1);
      moved = true;
    }
    return moved;
  }

  /** By how much later than seen each was read at the least, nanoseconds. */
  shiftsNs(): number[] {
    return Array.from(this.#lowest, (lowest, place) => lowest - (this.#seen[place] as number));
  }
}

/** A datagram, or copy of one, that was seen to leave. */
export interface Leaving {
  readonly name: string;
  readonly trigger: number;
  readonly delayNs: number;
  /** Its rank in the order of entry into the delay. */
  readonly rank: number;
  readonly leftNs: number;
  readonly isFlushed: boolean;
}

/**
 * Holds an order of leaving against releases. A proxy cannot wait for a datagram that it has not read yet; but once one
 * that came later has left, or leaves, it has read it, and from then on nothing leaves that is due after it.
 * @param left in the order in which they left
 */
export function orderByRelease(left: readonly Leaving[], moments: Moments): void {
  const readAt = whenRead(left);
  for (let moved = true; moved && moments.faults.length === 0;) {
    moved = false;
    for (const [k, one] of left.entries()) {
      for (let before = readAt[k] as number; before < k; before += 1) {
        const ahead = left[before] as Leaving;
        // At a tie who entered first leaves first.
        const tieNs = ahead.rank > one.rank ? 1 : 0;
        const dueNs = moments.at(ahead.trigger) + ahead.delayNs + tieNs;
        const why = `${one.name} left behind ${ahead.name}`;
        if (moments.raise(one.trigger, dueNs - one.delayNs, why)) moved = true;
      }
    }
    if (moments.settle()) moved = true;
  }
}

/** For each that left, the first in that order that cannot have left before it was read. */
function whenRead(left: readonly Leaving[]): number[] {
  // What was held at the end was let go after all others were read, and some of them may have left.
  const places = left.map(({ trigger, isFlushed }) => (isFlushed ? trigger + 1 : trigger));
  /** The first in the order whose place is at least this one. */
  const firstFrom: number[] = [];
  for (const [k, its] of places.entries())
    for (let place = firstFrom.length; place <= its; place += 1) firstFrom.push(k);
  return places.map((its) => firstFrom[its] as number);
}

/** When each was due without a link. @param keepsOrder none is due before the one that entered ahead of it */
export function releases(
  order: readonly Omit<Leaving, 'leftNs'>[],
  moments: Moments,
  keepsOrder: boolean,
): number[] {
  let aheadNs = -Infinity;
  return order.map(({ trigger, delayNs }) => {
    const ownNs = moments.at(trigger) + delayNs;
    aheadNs = keepsOrder ? Math.max(aheadNs, ownNs) : ownNs;
    return aheadNs;
  });
}

/** How late each left; a fault where one left early. */
export function latenesses(left: readonly Leaving[], dueNs: readonly number[], faults: string[]): number[] {
  return left.flatMap(({ name, leftNs, isFlushed }, k) => {
    const lateNs = leftNs - (dueNs[k] as number);
    if (lateNs < -CLOCKS_NS) faults.push(`${name} left ${Math.round(-lateNs / 1e3)} us too early`);
    return isFlushed ? [] : [lateNs];
  });
}

/** What is offered to the link, in order; `leftNs` is null where it did not leave. */
export interface Offered {
  readonly name: string;
  readonly trigger: number;
  readonly delayNs: number;
  readonly serviceNs: number;
  readonly leftNs: number | null;
  readonly isFlushed: boolean;
}

/**
 * Holds what left, in order, against a link: who must have found room, who must not, and when each was through at the earliest.
 * @returns how late each that left did so, and how much later than it seems it came at the least, to find room
 */
export function throughLink(
  offered: readonly Offered[],
  queue: number,
  moments: Moments,
  slackNs: number,
  faults: string[],
): { readonly lateNs: number[]; readonly shiftsNs: number[] } {
  const latest = latestDepartures(offered);
  const earliest: number[] = [];
  const lateNs: number[] = [];
  const shiftsNs: number[] = [];
  let aheadNs = -Infinity;
  for (const { name, trigger, delayNs, serviceNs, leftNs, isFlushed } of offered) {
    // While it is not through, there is room for nobody: those behind it fill the queue.
    const full = earliest.length - 1 - queue;
    let atNs = moments.at(trigger) + delayNs;
    atNs = Math.max(atNs, aheadNs);
    aheadNs = atNs;
    if (leftNs === null) {
      if (full < 0 || atNs >= (latest[full] as number))
        faults.push(`${name} is missing; there was room in the queue`);
      continue;
    }
    // It came later than it seems, or one did that it may not overtake.
    const shiftNs = Math.max(0, (earliest[full] ?? -Infinity) - atNs);
    if (shiftNs > slackNs)
      faults.push(`${name} found room, ${Math.round(shiftNs / 1e3)} us before there was any`);
    shiftsNs.push(shiftNs);
    atNs += shiftNs;
    aheadNs = atNs;
    const throughNs = Math.max(atNs, earliest.at(-1) ?? -Infinity) + serviceNs;
    if (leftNs < throughNs - CLOCKS_NS)
      faults.push(
        `${name} left ${Math.round((throughNs - leftNs) / 1e3)} us before the link was through with it`,
      );
    earliest.push(throughNs);
    if (!isFlushed) lateNs.push(leftNs - throughNs);
  }
  return { lateNs, shiftsNs };
}

/** Until when each that left was through at the latest: before it was seen, and early enough for those behind it. */
function latestDepartures(offered: readonly Offered[]): number[] {
  const latest: number[] = [];
  let nextNs = Infinity;
  for (const { leftNs, serviceNs } of offered.toReversed()) {
    if (leftNs === null) continue;
    const throughNs = Math.min(leftNs + CLOCKS_NS, nextNs);
    latest.unshift(throughNs);
    nextNs = throughNs - serviceNs;
  }
  return latest;
}
