/**
 * The seed of a test's network: a red test must meet the same network again.
 */

/** What a test runner's `expect` tells of the test that runs. */
interface Expect {
  readonly getState?: () => { readonly currentTestName?: string };
}

/** Where vitest has its `expect` even if tests import it. */
const VITEST_EXPECT = Symbol.for('expect-global');

/** The test that runs, where the runner says so: vitest and jest. */
export function currentTestName(globals: object = globalThis): string | undefined {
  const { expect, [VITEST_EXPECT]: imported } = globals as {
    readonly expect?: Expect;
    readonly [VITEST_EXPECT]?: Expect;
  };
  return (expect ?? imported)?.getState?.().currentTestName;
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
