/**
 * The release queue: returns datagrams in the order of their scheduled release.
 *
 * It stores handles, not payloads, and has no limit: the caller's memory has one. Datagrams are pushed in position order (the order in which they leave the reorder
 * buffer, copies right after their original) and taken in the order (scheduled release, position), so equal times keep
 * position order.
 *
 * A datagram may be taken only when no later push can precede it. Delays are never negative, so every later push is
 * released at or after the *frontier*, the entry time of the last handled index, missing ones included; everything up
 * to and including the frontier is final. `take` enforces this.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';

export class ReleaseQueue {
  /** Datagrams waiting. */
  count = 0;

  // A binary heap in three columns; row 0 leaves first.
  readonly #timesNs = new GrowingColumn(new Float64Array(16));
  readonly #positions = new GrowingColumn(new Float64Array(16));
  readonly #handles = new GrowingColumn(new Int32Array(16));
  #pushed = 0;

  /** Adds the next datagram in position order. */
  push(releaseNs: number, handle: number): void {
    let row = this.count;
    this.count += 1;
    if (this.count > this.#handles.length) this.#fit(this.count);
    const timesNs = this.#timesNs.values;
    const positions = this.#positions.values;
    const handles = this.#handles.values;
    // A new entry has the highest position, so it stays below entries with equal time.
    while (row > 0) {
      const parent = (row - 1) >> 1;
      if ((timesNs[parent] as number) <= releaseNs) break;
      timesNs[row] = timesNs[parent] as number;
      positions[row] = positions[parent] as number;
      handles[row] = handles[parent] as number;
      row = parent;
    }
    timesNs[row] = releaseNs;
    positions[row] = this.#pushed;
    handles[row] = handle;
    this.#pushed += 1;
  }

  /** Handle of the datagram that leaves first; only if there is one. */
  get first(): number {
    return this.#handles.values[0] as number;
  }

  /** Scheduled release of the datagram that leaves first, nanoseconds; Infinity if none waits. */
  nextReleaseNs(): number {
    return this.count === 0 ? Infinity : (this.#timesNs.values[0] as number);
  }

  /**
   * Takes the datagram that leaves first, if its release is not after the frontier.
   * @param frontierNs entry time of the last handled index; Infinity once the stream has ended
   * @returns its handle, or −1 if none may leave yet
   */
  take(frontierNs: number): number {
    if (this.count === 0 || (this.#timesNs.values[0] as number) > frontierNs) return -1;
    const handle = this.#handles.values[0] as number;
    this.count -= 1;
    if (this.count > 0) this.#sinkLast(this.count);
    return handle;
  }

  /** Calls back with every datagram that waits, in any order. */
  forEach(visit: (releaseNs: number, handle: number) => void): void {
    for (let row = 0; row < this.count; row += 1)
      visit(this.#timesNs.values[row] as number, this.#handles.values[row] as number);
  }

  /** Moves the last row to the root and sifts it down. */
  #sinkLast(last: number): void {
    const timesNs = this.#timesNs.values;
    const positions = this.#positions.values;
    const handles = this.#handles.values;
    const timeNs = timesNs[last] as number;
    const position = positions[last] as number;
    let row = 0;
    for (;;) {
      let child = row * 2 + 1;
      if (child >= last) break;
      let childNs = timesNs[child] as number;
      if (child + 1 < last) {
        const otherNs = timesNs[child + 1] as number;
        const isOtherFirst =
          otherNs < childNs ||
          (otherNs === childNs && (positions[child + 1] as number) < (positions[child] as number));
        if (isOtherFirst) {
          child += 1;
          childNs = otherNs;
        }
      }
      if (childNs > timeNs || (childNs === timeNs && (positions[child] as number) > position)) break;
      timesNs[row] = childNs;
      positions[row] = positions[child] as number;
      handles[row] = handles[child] as number;
      row = child;
    }
    timesNs[row] = timeNs;
    positions[row] = position;
    handles[row] = handles[last] as number;
  }

  #fit(length: number): void {
    this.#timesNs.fit(length);
    this.#positions.fit(length);
    this.#handles.fit(length);
  }
}
