/**
 * `npm run bench:peers`: its command line. peersRun.ts does the work.
 */
import { Option } from 'commander';
import { print } from '../../src/files/terminal.ts';
import { readPositiveDurationNs } from '../../src/base/quantities.ts';
import { benchProgram, runProgram } from '../program.ts';
import { runPeers } from './peersRun.ts';
import { WORKLOADS } from './workloads.ts';
import type { WorkloadName } from './workloads.ts';

const SMOKE = { runs: 1, durationS: 0.2, halvings: 0 };
const HALVINGS = 4;

interface PeersOptions {
  readonly smoke: boolean;
  readonly runs: number;
  /** Nanoseconds. */
  readonly duration: number;
  readonly workload?: WorkloadName;
  readonly report?: string;
}

const command = benchProgram(
  'bench:peers',
  'Measure matchstream side by side with iperf3, sockperf, nginx, socat and C programs.',
  'one round of 0.2 s',
)
  .addOption(
    new Option(
      '--duration <time>',
      'how long a round lasts flat out; of round trips twice, steady streams five times, a million a second ten times as long',
    )
      .argParser((text: string) => readPositiveDurationNs(text, '--duration'))
      .default(1e9, '1s'),
  )
  .addOption(new Option('--workload <name>', 'only this one (default: all)').choices(WORKLOADS))
  .option('--report <dir>', 'folder for peers.csv and environment.json (default: a new one in reports/)')
  .addHelpText(
    'after',
    '\nExample:\n  npm run bench:peers -- --workload throughput --runs 5\n' +
      '\nWhat is not installed is named, and left out. Exit code 0: all of ours is accounted for; 1: it is not; ' +
      '2: wrong usage; 3: the machine would not.',
  )
  .action(async (options: PeersOptions) => {
    const size = options.smoke
      ? SMOKE
      : { runs: options.runs, durationS: options.duration / 1e9, halvings: HALVINGS };
    process.exitCode = await runPeers({
      ...size,
      workloads: options.workload === undefined ? WORKLOADS : [options.workload],
      ...(options.report !== undefined && { report: options.report }),
      print,
    });
  });

await runProgram(command);
