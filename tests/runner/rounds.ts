/**
 * How often a test of many tries is repeated: TEST_ROUNDS where it is set.
 * @param usual without it
 */
export function roundsOf(usual: number): number {
  const given = process.env['TEST_ROUNDS'];
  const rounds = Number(given ?? usual);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new TypeError(`TEST_ROUNDS: expected a whole number from 1, got "${given}"`);
  return rounds;
}
