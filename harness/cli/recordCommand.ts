/**
 * `matchstream record`: what it accepts. The work is loaded when it runs.
 */
import { Command, Option } from 'commander';
import { print } from '../../src/files/terminal.ts';
import { addMatchOptions, checkMatchOptions, durationOption } from './options.ts';
import type { RecordPlan } from '../runs/record.ts';

type RecordOptions = Omit<RecordPlan, 'seed'> & { readonly seed?: string };

export function buildRecordCommand(): Command {
  const command = new Command('record')
    .description('Record a seeded match to a file: the same seed and options give the same bytes.')
    .requiredOption('--out <file>', 'the recording to write (.jsonl, or .jsonl.gz to compress)')
    .option('--seed <text>', 'seed of the match; drawn and printed when not given')
    .addOption(
      durationOption('--interval <time>', 'media time between messages; 0 for a stream without pace', 10e6),
    )
    .addOption(
      new Option('--clock <which>', 'virtual writes at once; real records off the wire of a real server')
        .choices(['virtual', 'real'])
        .default('virtual'),
    );
  addMatchOptions(command).addHelpText(
    'after',
    '\nExample:\n  matchstream record --seed 42 --interval 10ms --out match.jsonl',
  );
  return command.action(async (options: RecordOptions) => {
    checkMatchOptions(command);
    const [{ recordMatch }, { drawSeed }, { interruptible }] = await Promise.all([
      import('../runs/record.ts'),
      import('../../src/service/matchStream.ts'),
      import('../../src/service/signals.ts'),
    ]);
    const seed = options.seed ?? drawSeed();
    print(`seed ${seed}`);
    const { frames, sha256 } = await interruptible((signal) => recordMatch({ ...options, seed, signal }));
    print(`${options.out}: ${frames} datagrams, sha256 ${sha256}`);
  });
}
