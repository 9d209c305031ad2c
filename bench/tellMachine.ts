/**
 * The beginning of a benchmark: reads the machine, and prints its timer and the warnings about it.
 */
import { readEnvironment } from '../harness/report/environment.ts';
import type { Environment } from '../harness/report/model/runModel.ts';
import { print } from '../src/files/terminal.ts';
import { machineOf, machineWarnings, timerLine } from './machineWarnings.ts';
import type { Machine } from './machineWarnings.ts';
import { notesOf } from './resolveTransport.ts';
import type { ChosenTransport } from './resolveTransport.ts';

/** The messages are always the same: a benchmark compares machines and versions, not seeds. */
export const BANK_SEED = 'bank';

/** Call it before anything is measured: later the load average would include the benchmark itself. */
export async function tellMachine(
  transports: readonly ChosenTransport[],
): Promise<{ readonly environment: Environment; readonly machine: Machine }> {
  const environment = await readEnvironment({
    commandLine: process.argv,
    seed: BANK_SEED,
    network: notesOf(transports),
  });
  const machine = machineOf(environment);
  print(timerLine(machine));
  for (const warning of machineWarnings(machine)) print(`warning: ${warning}`);
  return { environment, machine };
}
