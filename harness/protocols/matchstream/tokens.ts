/**
 * The server's tokens that were carried to a client: one that it shows is one that it has read, at its own address.
 *
 * No two challenges have the same token, so the proof is the server's own.
 */

/** Tokens remembered, the latest: a client that asks again shows one of the last it was sent. */
const MAX_TOKENS = 16;

export class Tokens {
  readonly #carried: string[] = [];
  /** Tokens that former clients of the same upstream port were carried, the latest: one list, handed on from each to the next. */
  #spent: string[] = [];

  /** What was carried to another client through the same upstream port proves nothing about this one, should it come twice. */
  follow(former: Tokens): void {
    this.#spent = former.#spent;
    for (const token of former.#carried) {
      if (this.#spent.push(token) > MAX_TOKENS) this.#spent.shift();
    }
  }

  /** A token is to be carried to the client; false when it was carried to another one before. */
  note(token: string): boolean {
    if (this.#spent.includes(token)) return false;
    if (this.#carried.push(token) > MAX_TOKENS) this.#carried.shift();
    return true;
  }

  /** Whether the client was carried this token: then it has read it. */
  wasCarried(token: string): boolean {
    return this.#carried.includes(token);
  }
}
