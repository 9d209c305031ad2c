/**
 * `forSeeds`: a test with many seeds; the first that fails is reported, made as small as it goes.
 */
import * as check from '../../../src/base/arguments.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { describeFailure } from './describeFailure.ts';
import { withinScope } from './seedScope.ts';
import type { PathOverride, SeedScope } from './seedScope.ts';
import { shrinkSeed } from './shrinkSeed.ts';
import type { SeedEvent, SeedTrial } from './shrinkSeed.ts';

export interface ForSeedsOptions {
  /** Most runs of a failing seed to make it small; default 2000, 0 for none. */
  readonly maxRuns?: number;
}

/** A seed with which a test fails. Its cause is what the test threw, of the small failure where there is one. */
export class SeedFailure extends Error {
  override readonly name = 'SeedFailure';
  readonly seed: string;
  /** What the network must do, and no more; null where that could not be found. */
  readonly events: readonly SeedEvent[] | null;

  constructor(message: string, seed: string, events: readonly SeedEvent[] | null, cause: unknown) {
    super(message, { cause });
    this.seed = seed;
    this.events = events;
  }
}

const MAX_RUNS = 2000;
/** Seeds between two turns of the event loop, by which a test's own time limit can strike. */
const TURN_SEEDS = 256;

const OPTIONS = { maxRuns: check.optional(check.whole(0)) };
const NO_OVERRIDE: PathOverride = () => null;

/** What a call threw, if it did. */
interface Again extends SeedTrial {
  readonly cause: unknown;
}

/**
 * Calls `run` with one seed after the other: '1', '2', … or those of a list. With MATCHSTREAM_SEED only with that one.
 * @param run a test; it may be async. It fails if it throws or rejects. Simulations within it take that seed, but those that are given one.
 * @throws SeedFailure for the first seed with which it fails
 */
export async function forSeeds(
  seeds: number | readonly string[],
  run: (seed: string) => unknown,
  options: ForSeedsOptions = {},
): Promise<void> {
  if (Array.isArray(seeds)) check.listOf(1, 'seeds', check.text)(seeds, 'forSeeds: seeds');
  else check.whole(1)(seeds, 'forSeeds: seeds');
  check.callback(run, 'forSeeds: run');
  check.shape(OPTIONS)(options, 'forSeeds: options');
  const { MATCHSTREAM_SEED: only } = process.env;
  const count = typeof seeds === 'number' ? seeds : seeds.length;
  const seedAt = (k: number): string => (typeof seeds === 'number' ? String(k + 1) : (seeds[k] as string));
  if (only !== undefined && only !== '') return tryOne(only, run, options);
  for (let k = 0; k < count; k += 1) {
    const trying = tryOne(seedAt(k), run, options);
    if (trying !== undefined) await trying;
    if (k % TURN_SEEDS === TURN_SEEDS - 1) await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void startTimer(resolve, 0));

/** A test that is not async costs no promise a seed. */
function tryOne(
  seed: string,
  run: (seed: string) => unknown,
  options: ForSeedsOptions,
): Promise<void> | undefined {
  const scope = newScope(seed, NO_OVERRIDE);
  let returned: unknown;
  try {
    returned = withinScope(scope, () => run(seed));
  } catch (cause) {
    return fail(seed, run, cause, options);
  }
  if (!isThenable(returned)) return undefined;
  return Promise.resolve(returned).then(
    () => undefined,
    (cause: unknown) => fail(seed, run, cause, options),
  );
}

const newScope = (seed: string, override: PathOverride): SeedScope => ({ seed, runs: [], override });

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value;

/** Runs it once more. */
async function again(run: (seed: string) => unknown, seed: string, override: PathOverride): Promise<Again> {
  const scope = newScope(seed, override);
  try {
    await withinScope(scope, () => run(seed));
    return { hasFailed: false, cause: null, runs: scope.runs };
  } catch (cause) {
    return { hasFailed: true, cause, runs: scope.runs };
  }
}

async function fail(
  seed: string,
  run: (seed: string) => unknown,
  cause: unknown,
  { maxRuns = MAX_RUNS }: ForSeedsOptions,
): Promise<never> {
  const whole = await again(run, seed, NO_OVERRIDE);
  if (!whole.hasFailed)
    throw new SeedFailure(describeFailure({ seed, cause, found: 'not again' }), seed, null, cause);
  const shrunk =
    whole.runs.length === 0 || maxRuns === 0
      ? null
      : await shrinkSeed(whole.runs, (override) => again(run, seed, override), maxRuns);
  if (shrunk === null)
    throw new SeedFailure(describeFailure({ seed, cause, found: null }), seed, null, cause);
  const small = await again(run, seed, shrunk.override);
  const last = small.hasFailed ? small.cause : cause;
  throw new SeedFailure(describeFailure({ seed, cause: last, found: shrunk }), seed, shrunk.events, last);
}
