/**
 * The registration of a client: what it sends next and when, with or without a token.
 *
 * Part of ClientEndpoint, which sends the requests and decides how long to try.
 */
import { encodeRegister } from '../protocol/control.ts';
import { ORIGINAL_REGISTER } from '../protocol/original.ts';
import { Backoff } from './backoff.ts';
import type { ClientOptions } from './clientOptions.ts';

const FIRST_WAIT_NS = 100e6;
const MAX_WAIT_NS = 1e9;
const ORIGINAL_WAIT_NS = 5e9;
/** Requests sent with one token before it asks for a new one. */
const TOKEN_ATTEMPTS = 4;

export class Registering {
  /** The reason of the server's last refusal; null without one. */
  refusal: string | null = null;
  readonly #options: ClientOptions;
  readonly #backoff: Backoff;
  #token: string | null = null;
  /** Whether the next request contains the token; a request without one asks for a token. */
  #showsToken = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    const [firstNs, maxNs] =
      options.original === true ? [ORIGINAL_WAIT_NS, ORIGINAL_WAIT_NS] : [FIRST_WAIT_NS, MAX_WAIT_NS];
    this.#backoff = new Backoff(firstNs, maxNs, Number.POSITIVE_INFINITY);
  }

  /** The last token it received, also for later requests; null before. */
  get token(): string | null {
    return this.#token;
  }

  /** When the next request is due, nanoseconds. */
  get nextNs(): number {
    return this.#backoff.nextNs;
  }

  start(nowNs: number): void {
    this.#backoff.start(nowNs);
  }

  stop(): void {
    this.#backoff.stop();
  }

  /** The request that is due now; null when none is. */
  request(nowNs: number): Uint8Array | null {
    if (!this.#backoff.due(nowNs)) return null;
    if (this.#backoff.attempts === TOKEN_ATTEMPTS && this.#showsToken) {
      // The server does not accept this token: it was restarted, the challenge was forged, or the token has expired.
      this.#showsToken = false;
      this.#backoff.start(nowNs);
    }
    this.#backoff.attempted(nowNs);
    const { nonce, wishedId, original } = this.#options;
    if (original === true) return ORIGINAL_REGISTER;
    return encodeRegister({ nonce, token: this.#showsToken ? this.#token : null, client: wishedId ?? null });
  }

  /**
   * Takes the token of a challenge and makes a request due. False for a later challenge: it repeats the first, whose
   * token is as good.
   */
  challenged(nowNs: number, token: string): boolean {
    if (this.#showsToken) return false;
    this.#token = token;
    this.#showsToken = true;
    this.#backoff.start(nowNs);
    return true;
  }

  /** Records a refusal. The client keeps asking, because a place may become free. False when the reason is not new. */
  refused(reason: string): boolean {
    const isNews = this.refusal !== reason;
    this.refusal = reason;
    return isNews;
  }
}
