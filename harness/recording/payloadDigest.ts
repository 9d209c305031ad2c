/**
 * A digest of a payload, 64 bits: what is left of the payloads of a recording that is too large to keep. A changed byte is
 * always seen; of other changes one in 2^64 is not.
 *
 * It is no protection against somebody who wants two payloads to have the same digest.
 */

const WORD_BYTES = 4;

/** Reads words of the arenas it is given; it keeps a view of the last one, so that a batch costs one view. */
export class PayloadDigest {
  /** The halves of the last digest. */
  low = 0;
  high = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /** Computes the digest of `lengthBytes` bytes from `start`. */
  take(bytes: Uint8Array, start: number, lengthBytes: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const view = this.#view;
    const end = start + lengthBytes;
    let one = 0x2545_f491 ^ lengthBytes;
    let two = 0x1b87_3593 ^ lengthBytes;
    let at = start;
    for (; at + 2 * WORD_BYTES <= end; at += 2 * WORD_BYTES) {
      one = added(one, view.getInt32(at, true));
      two = added(two, view.getInt32(at + WORD_BYTES, true));
    }
    if (at < end) {
      one = added(one, wordOf(bytes, at, end));
      two = added(two, wordOf(bytes, at + WORD_BYTES, end));
    }
    one = (one + two) | 0;
    one = mixed(one);
    two = (two + one) | 0;
    two = mixed(two);
    this.low = (one + two) >>> 0;
    this.high = two >>> 0;
  }
}

/** A word added to a sum, one to one in both, so that no change of one word is lost (the step of MurmurHash3). */
function added(sum: number, word: number): number {
  let bits = Math.imul(word, 0xcc9e_2d51);
  bits = (bits << 15) | (bits >>> 17);
  bits = sum ^ Math.imul(bits, 0x1b87_3593);
  bits = (bits << 13) | (bits >>> 19);
  return (Math.imul(bits, 5) + 0xe654_6b64) | 0;
}

/** The bytes from `at` on, at most four, as a word; 0 for none. */
function wordOf(bytes: Uint8Array, at: number, end: number): number {
  let word = 0;
  for (let k = Math.min(at + WORD_BYTES, end) - 1; k >= at; k -= 1) word = (word << 8) | (bytes[k] as number);
  return word;
}

/** Spreads every bit over all of them, one to one (the end of MurmurHash3). */
function mixed(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85eb_ca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}
