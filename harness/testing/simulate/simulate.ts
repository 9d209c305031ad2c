/**
 * `simulate`: a user's own endpoints on the virtual clock, with the network of the proxy between them.
 *
 * No socket, no waiting, no chance: the same seed gives the same run to the byte.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { chooseSeed, currentTestName } from '../seed.ts';
import { SimulationRun } from './run.ts';
import { seedScope } from './seedScope.ts';
import { readSimulateOptions } from './simulateOptions.ts';
import type { SimulateOptions, SimulateSettings } from './simulateOptions.ts';
import { Simulation } from './simulation.ts';

/**
 * Runs the endpoints until nothing is under way and no timeout is due, or `until` returns true.
 * @throws UsageError for an unknown key or a value that cannot be read, AssertionError for a run that does not end, and
 *   whatever an endpoint throws
 */
export function simulate(options: SimulateOptions): Simulation {
  const { seed, name } = isObject(options) ? options : ({} as SimulateOptions);
  const scope = seedScope();
  // Within `forSeeds` the seed is the call's, unless one is given: what the environment says has chosen among them.
  const environment = scope === undefined ? process.env : {};
  const settings = readSimulateOptions(
    options,
    chooseSeed(seed ?? scope?.seed, name ?? currentTestName(), environment),
  );
  if (scope === undefined) return simulateWith(settings, []);
  const number = scope.runs.length + 1;
  const { pathConfig } = settings;
  return simulateWith(
    { ...settings, pathConfig: (path) => scope.override(number, path) ?? pathConfig(path) },
    scope.runs,
  );
}

/** @param runs receives the run before it begins, for it may fail */
function simulateWith(settings: SimulateSettings, runs: SimulationRun[]): Simulation {
  const run = new SimulationRun(settings);
  runs.push(run);
  return new Simulation(settings, run, run.run());
}
