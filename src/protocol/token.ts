/**
 * The registration token: proof that whoever shows it can receive at the address it was sent to.
 *
 * Stateless: an HMAC-SHA-256 over address, port and a bucket of time, so that a flood of registers fills no
 * table. Pure: the secret and the time are given. It says nothing about who is behind the address.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** 128 bits: past guessing, and short on the wire (22 characters of base64url). */
const TOKEN_BYTES = 16;
const LEAST_SECRET_BYTES = 16;

export class TokenMint {
  readonly #secret: Uint8Array;
  readonly #bucketNs: number;

  /**
   * @param secret the server's own random bytes, 16 or more
   * @param bucketNs span of a bucket, nanoseconds: a token is good for one to two of them
   */
  constructor(secret: Uint8Array, bucketNs: number) {
    if (secret.length < LEAST_SECRET_BYTES || !(bucketNs > 0)) {
      throw new Error(`expected a secret of ${LEAST_SECRET_BYTES} bytes or more and a bucket above 0 ns`);
    }
    this.#secret = Uint8Array.from(secret);
    this.#bucketNs = bucketNs;
  }

  /** The token of an address and port at this time: 22 characters of A–Z, a–z, 0–9, `_`, `-`. */
  mint(address: string, port: number, nowNs: number): string {
    return this.#tokenOf(address, port, this.#bucketOf(nowNs));
  }

  /** Whether the token was minted for this address and port in the current bucket or the one before. */
  verify(token: string, address: string, port: number, nowNs: number): boolean {
    const shown = Buffer.from(token, 'utf8');
    const bucket = this.#bucketOf(nowNs);
    // Both are always computed and compared, so that the time taken tells nothing about which was near.
    const isCurrent = isSame(shown, this.#tokenOf(address, port, bucket));
    const isPrevious = isSame(shown, this.#tokenOf(address, port, bucket - 1));
    return isCurrent || isPrevious;
  }

  #bucketOf(nowNs: number): number {
    return Math.floor(nowNs / this.#bucketNs);
  }

  #tokenOf(address: string, port: number, bucket: number): string {
    return createHmac('sha256', this.#secret)
      .update(`${address}|${port}|${bucket}`)
      .digest()
      .subarray(0, TOKEN_BYTES)
      .toString('base64url');
  }
}

function isSame(shown: Buffer, token: string): boolean {
  const expected = Buffer.from(token, 'utf8');
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}
