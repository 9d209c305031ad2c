/**
 * A set that knows its oldest member at once, however many have come and gone.
 *
 * A plain Set gives its first member only after a walk over the places of those that were taken out before it. Here each
 * member is linked with its neighbours in age.
 */

interface Link<T> {
  readonly member: T;
  older: Link<T> | undefined;
  younger: Link<T> | undefined;
}

export class AgeSet<T> {
  readonly #links = new Map<T, Link<T>>();
  #oldest: Link<T> | undefined;
  #youngest: Link<T> | undefined;

  get size(): number {
    return this.#links.size;
  }

  /** Undefined when there is none. */
  get oldest(): T | undefined {
    return this.#oldest?.member;
  }

  /** Oldest first. */
  *values(): Generator<T> {
    for (let link = this.#oldest; link !== undefined; link = link.younger) yield link.member;
  }

  /** As the youngest; it is not there yet. */
  add(member: T): void {
    const link: Link<T> = { member, older: this.#youngest, younger: undefined };
    if (this.#youngest === undefined) this.#oldest = link;
    else this.#youngest.younger = link;
    this.#youngest = link;
    this.#links.set(member, link);
  }

  delete(member: T): void {
    const link = this.#links.get(member);
    if (link === undefined) return;
    this.#links.delete(member);
    if (link.older === undefined) this.#oldest = link.younger;
    else link.older.younger = link.younger;
    if (link.younger === undefined) this.#youngest = link.older;
    else link.younger.older = link.older;
  }
}
