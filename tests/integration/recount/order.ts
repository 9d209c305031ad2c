/** In which order datagrams enter the stage of the delay: reordering by displacement, worked out from its text. */

export interface Passing {
  /** Its place among those that entered the proxy. */
  readonly place: number;
  readonly copy: number;
  /** The place whose passing let it go: its own, but for what was held. */
  readonly trigger: number;
  /** Still held when the stream ended. */
  readonly isFlushed: boolean;
}

/** What the order hangs on, a datagram. */
export interface Held {
  readonly index: number;
  readonly isDropped: boolean;
  /** The second or later datagram with its index. */
  readonly isRepeat: boolean;
  readonly copies: number;
  readonly hold: number;
}

/**
 * @param entered in the order in which they came
 * @param wouldPass whether the fate of an index that never came is to pass, neither dropped nor held
 */
export function inOrderOfEntry(entered: readonly Held[], wouldPass: (index: number) => boolean): Passing[] {
  const order: Passing[] = [];
  let held: { readonly place: number; left: number }[] = [];
  let next = 1;
  const leave = (place: number, trigger: number, isFlushed: boolean): void => {
    for (let copy = 0; copy <= (entered[place] as Held).copies; copy += 1)
      order.push({ place, copy, trigger, isFlushed });
  };
  const byIndex = <T extends { readonly place: number }>(some: readonly T[]): T[] =>
    some.toSorted((one, other) => (entered[one.place] as Held).index - (entered[other.place] as Held).index);
  const pass = (trigger: number): void => {
    for (const one of held) one.left -= 1;
    for (const { place } of byIndex(held.filter(({ left }) => left === 0))) leave(place, trigger, false);
    held = held.filter(({ left }) => left > 0);
  };
  for (const [place, { index, isDropped, isRepeat, hold }] of entered.entries()) {
    const isLate = isRepeat || index < next;
    // It is known now that these are missing.
    for (; next < index; next += 1) if (wouldPass(next)) pass(place);
    next = Math.max(next, index + 1);
    if (isDropped) continue;
    if (hold > 0) {
      held.push({ place, left: hold });
      continue;
    }
    leave(place, place, false);
    if (!isLate) pass(place);
  }
  for (const { place } of byIndex(held)) leave(place, entered.length - 1, true);
  return order;
}
