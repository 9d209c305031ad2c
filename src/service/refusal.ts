/**
 * Explains a server's reason for a refusal in words.
 */

const MEANINGS: Readonly<Record<string, string>> = {
  full: 'the server is full (its --max-clients)',
  address: 'the server has no more places for this address (its --max-clients-per-address)',
};

/** @param reason from a `refused` message: a lower-case word, which may be unknown to this version */
export const describeRefusal = (reason: string): string =>
  Object.hasOwn(MEANINGS, reason) ? (MEANINGS[reason] as string) : `the server refuses: ${reason}`;
