/**
 * The registration token: proof that its holder can receive at the address it was sent to.
 *
 * It consists of a serial number and an HMAC-SHA-256 over address, port, a time bucket and that number. The server
 * stores nothing about it, so a flood of registers fills no table. Every token is different: a proxy sends for many
 * clients from one address, and the token of one must not be valid for another. It does not prove who is behind the
 * address.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** 128 bits: too many to guess, and short on the wire. */
const PROOF_BYTES = 16;
/** Serial numbers have 64 bits: no server uses them up. */
const SERIAL_BYTES = 8;
/** 32 characters in base64url. */
const TOKEN_BYTES = PROOF_BYTES + SERIAL_BYTES;
const MIN_SECRET_BYTES = 16;

export class TokenMint {
  readonly #secret: Uint8Array;
  readonly #bucketNs: number;
  #serial = 0n;

  /**
   * @param secret the server's own random bytes, 16 or more
   * @param bucketNs span of a bucket, nanoseconds: a token is valid for one to two buckets
   */
  constructor(secret: Uint8Array, bucketNs: number) {
    if (secret.length < MIN_SECRET_BYTES || !(bucketNs > 0)) {
      throw new Error(`expected a secret of ${MIN_SECRET_BYTES} bytes or more and a bucket above 0 ns`);
    }
    this.#secret = Uint8Array.from(secret);
    this.#bucketNs = bucketNs;
  }

  /** A new token for an address and port at this time: 32 characters of A–Z, a–z, 0–9, `_`, `-`. */
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
    // Decoding ignores invalid characters, so the bytes are encoded again and compared with the text.
    if (shown.length !== TOKEN_BYTES || shown.toString('base64url') !== token) return false;
    const proof = shown.subarray(0, PROOF_BYTES);
    const serial = shown.subarray(PROOF_BYTES);
    const bucket = this.#bucketOf(nowNs);
    // Both buckets are always computed and compared, so that the time taken reveals nothing.
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
