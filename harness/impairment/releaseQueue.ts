/**
 * The release queue: gives datagrams back in the order of their scheduled release.
 *
 * Pure; stores handles, not payloads. Datagrams are pushed in position order (the order in which they come out of the
 * hold stage, copies right after their original) and taken in the order (scheduled release, position): a tie never
 * undoes a displacement.
 *
 * A datagram may be taken only once nothing that is still to be pushed can come before it. As a delay is never
 * negative, whatever is still to be pushed is released at or after the *frontier*, the entry time of the index
 * handled last, missing ones included; so everything up to and including the frontier is final. `take` enforces it.
 */

/** Datagrams that one queue can hold unless told otherwise. */
const DEFAULT_TIMELINE_CAPACITY = 65_536;

export class ReleaseQueue {
  /** Datagrams waiting. */
  count = 0;

  readonly #capacity: number;
  // A binary heap in three columns; row 0 leaves first.
  #timesNs = new Float64Array(16);
  #positions = new Float64Array(16);
  #handles = new Int32Array(16);
  #pushed = 0;

  /** @param capacity most datagrams that wait at once */
  constructor(capacity = DEFAULT_TIMELINE_CAPACITY) {
    this.#capacity = capacity;
  }

  /**
   * Adds the next datagram in position order.
   * @returns false when the queue is full: nothing is added. The caller then takes the first one early, with
   *   `take(Infinity)`, pushes again, and reports that the order was not the scheduled one
   */
  push(releaseNs: number, handle: number): boolean {
    if (this.count >= this.#capacity) return false;
    if (this.count === this.#handles.length) this.#grow();
    const position = this.#pushed;
    this.#pushed += 1;
    let row = this.count;
    this.count += 1;
    // A newcomer has the highest position, so against an equal time it stays below.
    while (row > 0) {
      const parent = (row - 1) >> 1;
      if ((this.#timesNs[parent] as number) <= releaseNs) break;
      this.#move(parent, row);
      row = parent;
    }
    this.#put(row, releaseNs, position, handle);
    return true;
  }

  /** Scheduled release of the datagram that leaves first, nanoseconds; Infinity when none waits. */
  nextReleaseNs(): number {
    return this.count === 0 ? Infinity : (this.#timesNs[0] as number);
  }

  /**
   * Takes the datagram that leaves first, if its release is at or before the frontier.
   * @param frontierNs entry time of the index handled last; Infinity once the stream has ended
   * @returns its handle, or −1 when none may leave yet
   */
  take(frontierNs: number): number {
    if (this.count === 0 || (this.#timesNs[0] as number) > frontierNs) return -1;
    const handle = this.#handles[0] as number;
    this.count -= 1;
    if (this.count > 0) this.#sinkLast(this.count);
    return handle;
  }

  /** Puts the row past the end where the root was, and down to its place. */
  #sinkLast(last: number): void {
    const timeNs = this.#timesNs[last] as number;
    const position = this.#positions[last] as number;
    const handle = this.#handles[last] as number;
    let row = 0;
    for (;;) {
      let child = row * 2 + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#before(child + 1, child)) child += 1;
      const childNs = this.#timesNs[child] as number;
      if (childNs > timeNs || (childNs === timeNs && (this.#positions[child] as number) > position)) break;
      this.#move(child, row);
      row = child;
    }
    this.#put(row, timeNs, position, handle);
  }

  #before(a: number, b: number): boolean {
    const aNs = this.#timesNs[a] as number;
    const bNs = this.#timesNs[b] as number;
    return aNs < bNs || (aNs === bNs && (this.#positions[a] as number) < (this.#positions[b] as number));
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#timesNs[from] as number,
      this.#positions[from] as number,
      this.#handles[from] as number,
    );
  }

  #put(row: number, timeNs: number, position: number, handle: number): void {
    this.#timesNs[row] = timeNs;
    this.#positions[row] = position;
    this.#handles[row] = handle;
  }

  #grow(): void {
    const { length } = this.#handles;
    const timesNs = new Float64Array(length * 2);
    const positions = new Float64Array(length * 2);
    const handles = new Int32Array(length * 2);
    timesNs.set(this.#timesNs);
    positions.set(this.#positions);
    handles.set(this.#handles);
    this.#timesNs = timesNs;
    this.#positions = positions;
    this.#handles = handles;
  }
}
