/**
 * A set that knows its oldest member at once, however many have come and gone.
 *
 * A plain Set gives its first member only after a walk over the places of all that were taken out before it.
 */
export class AgeSet<T> {
  readonly #members = new Set<T>();
  #inOrder = this.#members.values();
  #oldest: T | undefined;

  get size(): number {
    return this.#members.size;
  }

  /** In order of age, oldest first. */
  values(): IterableIterator<T> {
    return this.#members.values();
  }

  /** As the youngest. */
  add(member: T): void {
    this.#members.add(member);
  }

  delete(member: T): void {
    this.#members.delete(member);
  }

  /** Undefined when there is none. */
  oldest(): T | undefined {
    if (this.#members.size === 0) return undefined;
    while (this.#oldest === undefined || !this.#members.has(this.#oldest)) {
      const { value, done } = this.#inOrder.next();
      this.#oldest = value;
      // It had gone by all there were; those of today are younger.
      if (done === true) this.#inOrder = this.#members.values();
    }
    return this.#oldest;
  }
}
