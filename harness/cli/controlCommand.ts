/**
 * `matchstream control`: what it accepts. The work is loaded when it runs.
 */
import { Command } from 'commander';
import { CONTROL_ADDRESS, CONTROL_OPTIONS } from './controlOptions.ts';
import { addOptions, endpointOf, hostPort, text } from './declare.ts';
import type { ValuesOf } from './declare.ts';
import { checkReporter, log, reporter, seed, transport } from './options.ts';
import { protocolOption } from './protocolOptions.ts';

export const CONTROL_COMMAND_OPTIONS = {
  listen: hostPort(
    '--listen <host:port>',
    'where the control API and its page listen; port 0 picks one',
    CONTROL_ADDRESS,
    CONTROL_ADDRESS.port,
  ),
  config: text('--config <file>', 'proxies to begin with, as toxiproxy has them in its file (JSON)'),
  protocol: protocolOption('--protocol', 'the protocol of proxies that name none (default: any)'),
  seed: seed('the schedules, with the name of each proxy'),
  ...CONTROL_OPTIONS,
  journal: text(
    '--journal <dir>',
    'write the changes of each proxy to a file, for proxy --timeline (a new folder)',
  ),
  report: text('--report <dir>', 'write what proxy --report writes, a folder a proxy (a new folder)'),
  reporter: reporter(),
  log: log(),
  transport: transport(),
};

export type ControlCommandOptions = ValuesOf<typeof CONTROL_COMMAND_OPTIONS>;

export function buildControlCommand(): Command {
  const command = new Command('control')
    .description(
      'Create, change and remove lossy UDP proxies at run time, by the HTTP API of toxiproxy and a page.',
    )
    .argument('[listen]', 'the same as --listen');
  return addOptions(command, CONTROL_COMMAND_OPTIONS)
    .addHelpText(
      'after',
      '\nExample:\n  matchstream control\n' +
        `  curl -d '{"name":"dns","listen":"127.0.0.1:5300","upstream":"127.0.0.1:53"}' 127.0.0.1:8474/proxies\n` +
        `  curl -d '{"type":"drop","attributes":{"drop":"5%"}}' 127.0.0.1:8474/proxies/dns/toxics\n` +
        '\nIts page is at http://127.0.0.1:8474/. With MATCHSTREAM_CONTROL_TOKEN in the environment whoever asks must show ' +
        'it. Ctrl+C ends all proxies.',
    )
    .action(async (word: string | undefined, options: ControlCommandOptions) => {
      checkReporter(command);
      const listen = endpointOf(command, '--listen', word, CONTROL_ADDRESS.port);
      const { runControlCommand } = await import('./controlRun.ts');
      process.exitCode = await runControlCommand({ ...options, listen });
    });
}
