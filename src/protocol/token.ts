/**
 * The registration token: proof that whoever shows it can receive at the address it was sent to.
 *
 * Nothing is remembered of whom it was given to: it is an HMAC-SHA-256 over address, port, a bucket of time and a serial
 * number, and that number itself, so that a flood of registers fills no table. No two are alike: a proxy sends for many
 * clients from one address, and what it carried to one of them must be no proof of another. Pure: the secret and the
 * time are given. It says nothing about who is behind the address.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** 128 bits: past guessing, and short on the wire. */
const PROOF_BYTES = 16;
/** Serial numbers take 64 bits; a server mints for ever before they are used up. */
const SERIAL_BYTES = 8;
/** As text: 32 characters. */
const TOKEN_BYTES = PROOF_BYTES + SERIAL_BYTES;
const MIN_SECRET_BYTES = 16;

export class TokenMint {
  readonly #secret: Uint8Array;
  readonly #bucketNs: number;
  #serial = 0n;

  /**
   * @param secret the server's own random bytes, 16 or more
   * @param bucketNs span of a bucket, nanoseconds: a token is good for one to two of them
   */
  constructor(secret: Uint8Array, bucketNs: number) {
    if (secret.length < MIN_SECRET_BYTES || !(bucketNs > 0)) {
      throw new Error(`expected a secret of ${MIN_SECRET_BYTES} bytes or more and a bucket above 0 ns`);
    }
    this.#secret = Uint8Array.from(secret);
    this.#bucketNs = bucketNs;
  }

  /** A new token of an address and port at this time: 32 characters of A–Z, a–z, 0–9, `_`, `-`. */
  mint(address: string, port: number, nowNs: number): string {
    const serial = Buffer.alloc(SERIAL_BYTES);
    serial.writeBigUInt64BE(this.#serial);
    this.#serial += 1n;
    const proof = this.#proofOf(address, port, this.#bucketOf(nowNs), serial);
    return Buffer.concat([proof, serial]).toString('base64url');
  }

  /** Whether the token was minted for this address and port in the current bucket or the one before. */
  verify(token: string, address: string, port: number, nowNs: number): boolean {
    const shown = Buffer.from(token, 'base64url');
    // Decoding passes over what is no base64url; encoded again, only the very text that was minted is the same.
    if (shown.length !== TOKEN_BYTES || shown.toString('base64url') !== token) return false;
    const proof = shown.subarray(0, PROOF_BYTES);
    const serial = shown.subarray(PROOF_BYTES);
    const bucket = this.#bucketOf(nowNs);
    // Both are always computed and compared, so that the time taken tells nothing about which was near.
    const isCurrent = timingSafeEqual(proof, this.#proofOf(address, port, bucket, serial));
    const isPrevious = timingSafeEqual(proof, this.#proofOf(address, port, bucket - 1, serial));
    return isCurrent || isPrevious;
  }

  #bucketOf(nowNs: number): number {
    return Math.floor(nowNs / this.#bucketNs);
  }

  #proofOf(address: string, port: number, bucket: number, serial: Uint8Array): Buffer {
    return createHmac('sha256', this.#secret)
      .update(`${address}|${port}|${bucket}|`)
      .update(serial)
      .digest()
      .subarray(0, PROOF_BYTES);
  }
}
