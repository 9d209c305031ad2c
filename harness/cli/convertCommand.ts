/**
 * `matchstream convert`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { complain, print } from '../../src/files/terminal.ts';
import { addOptions } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { PROGRESS_OPTIONS, checkProgressOptions, recover } from './options.ts';

const OPTIONS = { recover: recover('convert'), ...PROGRESS_OPTIONS };

export function buildConvertCommand(): Command {
  const command = new Command('convert')
    .description(
      'Turn a recording into a capture that Wireshark opens, and a capture (pcap, pcapng) into a recording.',
    )
    .argument('<in>', 'a recording or a capture, plain or gzip; its content says which')
    .argument('<out>', 'the new file: .jsonl or .pcapng, with .gz to compress');
  return addOptions(command, OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream convert match.jsonl match.pcapng\n  matchstream convert field.pcap field.jsonl.gz',
    )
    .action(async (from: string, to: string, options: ValuesOf<typeof OPTIONS>) => {
      checkProgressOptions(command);
      const [{ convertRecording }, { interruptible }, { showingProgress }] = await Promise.all([
        import('../runs/convert.ts'),
        import('../../src/service/signals.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      const { frames, sha256, notes } = await showingProgress(options, (progress) =>
        interruptible((signal) => convertRecording({ from, to, recover: options.recover, signal, progress })),
      );
      for (const line of notes) complain(`note: ${line}`);
      print(`${to}: ${frames} datagrams, sha256 ${sha256}`);
    });
}
