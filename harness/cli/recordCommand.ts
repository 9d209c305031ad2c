/**
 * `matchstream record`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { print } from '../../src/files/terminal.ts';
import { addOptions, choice, requiredText } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import {
  PROGRESS_OPTIONS,
  checkMatchOptions,
  checkProgressOptions,
  interval,
  matchOptions,
  seed,
} from './options.ts';

const OPTIONS = {
  out: requiredText(
    '--out <file>',
    'the recording to write (.jsonl; .pcapng for Wireshark; .gz behind it to compress)',
  ),
  seed: seed('the match'),
  interval: interval('media time between messages; 0 for a stream without pace', 10e6),
  clock: choice(
    '--clock <which>',
    'virtual writes at once; real records off the wire of a real server',
    ['virtual', 'real'],
    'virtual',
  ),
  ...matchOptions(),
  ...PROGRESS_OPTIONS,
};

export function buildRecordCommand(): Command {
  const command = new Command('record').description(
    'Record a seeded match to a file: the same seed and options give the same bytes.',
  );
  return addOptions(command, OPTIONS)
    .addHelpText('after', '\nExample:\n  matchstream record --seed 42 --interval 10ms --out match.jsonl')
    .action(async (options: ValuesOf<typeof OPTIONS>) => {
      checkMatchOptions(command);
      checkProgressOptions(command);
      const [{ recordMatch }, { drawSeed }, { interruptible }, { showingProgress }] = await Promise.all([
        import('../runs/record.ts'),
        import('../../src/service/matchStream.ts'),
        import('../../src/service/signals.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      const { every, quiet, ...match } = options;
      const plan = { ...match, seed: match.seed ?? drawSeed() };
      print(`seed ${plan.seed}`);
      const { frames, sha256 } = await showingProgress({ every, quiet }, (progress) =>
        interruptible((signal) => recordMatch({ ...plan, signal, progress })),
      );
      print(`${plan.out}: ${frames} datagrams, sha256 ${sha256}`);
    });
}
