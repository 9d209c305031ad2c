/**
 * The seed of a test's network: a red test must meet the same network again.
 */

/** What vitest and jest put into the global scope. */
interface TestGlobals {
  readonly expect?: { readonly getState?: () => { readonly currentTestName?: string } };
}

/** The test that runs, where the runner says so: vitest (with globals) and jest. */
export function currentTestName(globals: TestGlobals = globalThis as TestGlobals): string | undefined {
  return globals.expect?.getState?.().currentTestName;
}

/**
 * The environment's MATCHSTREAM_SEED, else the one that is given, else one from a name, else `1`.
 * @param name of the test; the same name gives the same seed
 */
export function chooseSeed(
  given: string | undefined,
  name: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const { MATCHSTREAM_SEED: fromOutside } = environment;
  if (fromOutside !== undefined && fromOutside !== '') return fromOutside;
  return given ?? (name === undefined || name === '' ? '1' : name);
}
