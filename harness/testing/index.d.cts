/**
 * The types of the face for `require('matchstream/testing')`. The program is bundled from index.ts, because test runners that load
 * CommonJS into a world of their own, as jest does, cannot load an ES module from it.
 */
import type * as testing from './index.js' with { 'resolution-mode': 'import' };

export type * from './index.js' with { 'resolution-mode': 'import' };
export const lossyProxy: typeof testing.lossyProxy;
export const recorded: typeof testing.recorded;
export const expectLedger: typeof testing.expectLedger;
export const expectLost: typeof testing.expectLost;
export const lossyMatchers: typeof testing.lossyMatchers;
export const simulate: typeof testing.simulate;
export const forSeeds: typeof testing.forSeeds;
export type SeedFailure = testing.SeedFailure;
export const SeedFailure: typeof testing.SeedFailure;
export type UsageError = testing.UsageError;
export const UsageError: typeof testing.UsageError;
export type EnvironmentError = testing.EnvironmentError;
export const EnvironmentError: typeof testing.EnvironmentError;
