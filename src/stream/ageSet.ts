/**
 * A set whose oldest member is found in constant time, however many members were added and removed.
 *
 * A plain Set walks over the slots of removed members to find its first one. Here the members form a doubly linked
 * list.
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

  /** Undefined for an empty set. */
  get oldest(): T | undefined {
    return this.#oldest?.member;
  }

  /** Oldest first. */
  *values(): Generator<T> {
    for (let link = this.#oldest; link !== undefined; link = link.younger) yield link.member;
  }

  /** Adds a member as the youngest. It must not be in the set already. */
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
