/**
 * `matchstream scenario`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { UsageError } from '../../src/base/errors.ts';
import { MAX_DATAGRAM_BYTES } from '../../src/net/batch.ts';
import { addOptions, whole } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { figuresAsJson } from './options.ts';
import { scenarioRemedy } from './remedies/scenarioWord.ts';

const OPTIONS = {
  datagramSize: whole(
    '--datagram-size <bytes>',
    'payload that the times of a limited rate are stated for',
    1,
    MAX_DATAGRAM_BYTES,
    1200,
  ),
  json: figuresAsJson(),
};

export function buildScenarioCommand(): Command {
  const show = new Command('show')
    .description('Say what a preset or a scenario file will do to a stream, direction by direction.')
    .argument('<name>', 'a preset, or a scenario file (JSON)');
  addOptions(show, OPTIONS)
    .addHelpText('after', '\nExample:\n  matchstream scenario show lossy-wifi')
    .action(async (name: string, { datagramSize, json }: ValuesOf<typeof OPTIONS>) => {
      const { showScenario } = await import('./scenarioRun.ts');
      showScenario(name, datagramSize, json);
    });
  const list = new Command('list').description('List the presets, a sentence each.').action(async () => {
    const { listPresets } = await import('./scenarioRun.ts');
    listPresets();
  });
  return new Command('scenario')
    .description('Say what presets and scenario files do, before anything is run.')
    .usage('show NAME | list')
    .argument('[what]')
    .helpCommand(false)
    .addCommand(show)
    .addCommand(list)
    .addHelpText('after', '\nExample:\n  matchstream scenario list')
    .action((given: string | undefined) => {
      throw new UsageError(
        'missing',
        'scenario',
        `expected show NAME or list, got ${given === undefined ? 'neither' : `"${given}"; ${scenarioRemedy(given)}`}`,
      );
    });
}
