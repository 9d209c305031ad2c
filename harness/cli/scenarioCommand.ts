/**
 * `matchstream scenario`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { linesOf } from '../../src/base/escape.ts';
import { UsageError } from '../../src/base/errors.ts';
import { print, printJson } from '../../src/files/terminal.ts';
import { wholeNumber } from './options.ts';

interface ShowOptions {
  readonly datagramSize: number;
  readonly json: boolean;
}

export function buildScenarioCommand(): Command {
  const show = new Command('show')
    .description('Say what a preset or a scenario file will do to a stream, direction by direction.')
    .argument('<name>', 'a preset, or a scenario file (JSON)')
    .option(
      '--datagram-size <bytes>',
      'payload that the times of a limited rate are stated for',
      wholeNumber('--datagram-size', 1, 65_507),
      1200,
    )
    .option('--json', 'print every figure as JSON', false)
    .addHelpText('after', '\nExample:\n  matchstream scenario show lossy-wifi')
    .action(async (name: string, { datagramSize, json }: ShowOptions) => {
      const [{ findScenario }, { formatScenario }] = await Promise.all([
        import('./showScenario.ts'),
        import('../impairment/formatScenario.ts'),
      ]);
      const scenario = findScenario(name, datagramSize);
      if (json) printJson(scenario, 2);
      else print(...linesOf(formatScenario(scenario)));
    });
  const list = new Command('list').description('List the presets, a sentence each.').action(async () => {
    const { formatPresets } = await import('../impairment/formatScenario.ts');
    print(...linesOf(formatPresets()));
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
        `scenario: expected show NAME or list, got ${given === undefined ? 'neither' : `"${given}"`}`,
      );
    });
}
