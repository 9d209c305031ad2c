/**
 * Why a server has no place for a client, in words, from the word it answered.
 *
 * Pure.
 */

const MEANINGS: Readonly<Record<string, string>> = {
  full: 'the server is full (its --max-clients)',
  address: 'the server has no more places for this address (its --max-clients-per-address)',
};

/** @param reason as a `refused` carries it: a lower-case word, maybe one that only a later server knows */
export const describeRefusal = (reason: string): string =>
  Object.hasOwn(MEANINGS, reason) ? (MEANINGS[reason] as string) : `the server refuses: ${reason}`;
