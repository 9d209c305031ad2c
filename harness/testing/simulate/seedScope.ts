/**
 * What `forSeeds` and the simulations within one of its calls know of each other.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { SimulationRun } from './run.ts';

/** Settings of a path of the n-th simulation of a call, from 1; null for those that it was given. */
export type PathOverride = (simulation: number, path: string) => ImpairmentConfig | null;

/** One call with one seed. */
export interface SeedScope {
  /** That of simulations that are given none. */
  readonly seed: string;
  /** Simulations that were begun within it, in order. */
  readonly runs: SimulationRun[];
  readonly override: PathOverride;
}

const scopes = new AsyncLocalStorage<SeedScope>();

/** The call that is running; undefined outside of `forSeeds`. */
export const seedScope = (): SeedScope | undefined => scopes.getStore();

export const withinScope = <T>(scope: SeedScope, work: () => T): T => scopes.run(scope, work);
