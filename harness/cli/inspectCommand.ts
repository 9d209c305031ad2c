/**
 * `matchstream inspect`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { linesOf } from '../../src/base/escape.ts';
import { complain, print, printJson } from '../../src/files/terminal.ts';
import { addOptions } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { PROGRESS_OPTIONS, checkProgressOptions, figuresAsJson, recover } from './options.ts';
import { protocolOption } from './protocolOptions.ts';

const OPTIONS = {
  protocol: protocolOption(
    '--protocol',
    'what numbers the datagrams, as for proxy: rtp, field:u32be@8, … (default: matchstream and rtp are recognised)',
  ),
  recover: recover('inspect'),
  json: figuresAsJson(),
  ...PROGRESS_OPTIONS,
};

export function buildInspectCommand(): Command {
  const command = new Command('inspect')
    .description('Say what is in a recording or a capture: flows, addresses, times, losses, order.')
    .argument('<file>', 'a recording or a capture (pcap, pcapng), plain or gzip');
  return addOptions(command, OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream inspect match.jsonl\n  matchstream inspect iperf3.pcap --protocol field:u32be@8',
    )
    .action(async (path: string, options: ValuesOf<typeof OPTIONS>) => {
      checkProgressOptions(command);
      const [{ inspectRecording }, { formatInspection }, { showingProgress }] = await Promise.all([
        import('../runs/inspect.ts'),
        import('./inspectTable.ts'),
        import('../../src/service/progressDisplay.ts'),
      ]);
      const say = options.json ? complain : print;
      const inspection = await showingProgress({ ...options, say }, (progress) =>
        inspectRecording({ path, recover: options.recover, protocol: options.protocol ?? null, progress }),
      );
      if (options.json) printJson(inspection, 2);
      else print(...linesOf(formatInspection(inspection)));
    });
}
