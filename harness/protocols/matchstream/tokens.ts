/**
 * The server's tokens that were forwarded to a client: a client that returns one has received it, at its own address.
 *
 * No two challenges have the same token, so the server's token serves as the proxy's proof.
 */

/** Number of recent tokens remembered: a client that asks again returns one of the last. */
const MAX_TOKENS = 16;

export class Tokens {
  readonly #carried: string[] = [];
  /** Recent tokens forwarded to former clients of the same upstream port: one list, passed from each client to the next. */
  #spent: string[] = [];

  /** A token forwarded to another client of the same upstream port proves nothing about this one if it is sent again. */
  follow(former: Tokens): void {
    this.#spent = former.#spent;
    for (const token of former.#carried) {
      if (this.#spent.push(token) > MAX_TOKENS) this.#spent.shift();
    }
  }

  /** Notes a token to be forwarded to the client; false if it was forwarded to another one before. */
  note(token: string): boolean {
    if (this.#spent.includes(token)) return false;
    if (this.#carried.push(token) > MAX_TOKENS) this.#carried.shift();
    return true;
  }

  /** Whether this token was forwarded to the client, which has then received it. */
  wasCarried(token: string): boolean {
    return this.#carried.includes(token);
  }
}
