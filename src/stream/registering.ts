/**
 * How a client asks to be registered: what it says next and when, with or without a token.
 *
 * Part of the client's machine (client.ts), which sends it and decides how long to try. Sans I/O.
 */
import { encodeRegister } from '../protocol/control.ts';
import { ORIGINAL_REGISTER } from '../protocol/original.ts';
import { Backoff } from './backoff.ts';
import type { ClientOptions } from './clientOptions.ts';

const FIRST_WAIT_NS = 100e6;
const MAX_WAIT_NS = 1e9;
const ORIGINAL_WAIT_NS = 5e9;
/** Registers sent with one token; then it asks for another. */
const TOKEN_ATTEMPTS = 4;

export class Registering {
  /** Why there is no place, as the server last said; null while it has not. */
  refusal: string | null = null;
  readonly #options: ClientOptions;
  readonly #backoff: Backoff;
  #token: string | null = null;
  /** Whether it registers with its token; without it, it asks for one. */
  #showsToken = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    const [firstNs, maxNs] =
      options.original === true ? [ORIGINAL_WAIT_NS, ORIGINAL_WAIT_NS] : [FIRST_WAIT_NS, MAX_WAIT_NS];
    this.#backoff = new Backoff(firstNs, maxNs, Number.POSITIVE_INFINITY);
  }

  /** The last one it was given, for what it says later; null before. */
  get token(): string | null {
    return this.#token;
  }

  /** When there is something to say, nanoseconds. */
  get nextNs(): number {
    return this.#backoff.nextNs;
  }

  start(nowNs: number): void {
    this.#backoff.start(nowNs);
  }

  stop(): void {
    this.#backoff.stop();
  }

  /** What is to be said now; null when it is not time. */
  request(nowNs: number): Uint8Array | null {
    if (!this.#backoff.due(nowNs)) return null;
    if (this.#backoff.attempts === TOKEN_ATTEMPTS && this.#showsToken) {
      // No good to this server: it was started anew, or the challenge was forged, or the token has grown old.
      this.#showsToken = false;
      this.#backoff.start(nowNs);
    }
    this.#backoff.attempted(nowNs);
    const { nonce, wishedId, original } = this.#options;
    if (original === true) return ORIGINAL_REGISTER;
    return encodeRegister({ nonce, token: this.#showsToken ? this.#token : null, client: wishedId ?? null });
  }

  /** Takes a token, and has something to say; false for a later challenge: a repeat, and the first token is as good. */
  challenged(nowNs: number, token: string): boolean {
    if (this.#showsToken) return false;
    this.#token = token;
    this.#showsToken = true;
    this.#backoff.start(nowNs);
    return true;
  }

  /** Notes why there is no place. It goes on asking: one may come free. False when it knew. */
  refused(reason: string): boolean {
    const isNews = this.refusal !== reason;
    this.refusal = reason;
    return isNews;
  }
}
