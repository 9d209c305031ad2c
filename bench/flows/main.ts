/**
 * `npm run bench:flows`: what a flow of a proxy costs when there are thousands: memory, stalls, processor time.
 */
import { maxDescriptors } from '../../src/files/descriptorLimit.ts';
import { print } from '../../src/files/terminal.ts';
import { benchProgram, runProgram } from '../program.ts';
import { median } from '../../src/base/ranks.ts';
import { transportLines, transportsOf } from '../resolveTransport.ts';
import type { TransportName } from '../resolveTransport.ts';
import { tellMachine } from '../tellMachine.ts';
import { FULL, SMOKE, costBeside, manyIdle, manyPorts, manyVisits } from './scenes.ts';
import type { Size, Stalled } from './scenes.ts';

/** Descriptors of a process that are not flows. */
const OTHERS = 100;

const command = benchProgram(
  'bench:flows',
  'A proxy of 2000 source ports, of 1000 flows that become idle, and of 20000 flows in a minute, beside a flow that goes on.',
  'one round of a few flows',
)
  .addHelpText(
    'after',
    '\nA round takes some four minutes. A stall is the longest round trip of the flow that goes on; the one before the others ' +
      "came, and the measuring process's own, stand beside it.\n" +
      'Exit code 0: every datagram is in a counter; 1: one is not; 2: wrong usage; 3: the machine would not.',
  )
  .action(async ({ smoke, runs }: { smoke: boolean; runs: number }) => {
    const transports = await transportsOf('auto');
    for (const transport of transports) for (const line of transportLines(transport)) print(line);
    await tellMachine(transports);
    const size = fitting(smoke ? SMOKE : FULL);
    let isWhole = true;
    const note = (faults: readonly string[]): void => {
      isWhole &&= faults.length === 0;
      for (const fault of faults) print(`  ${fault}`);
    };
    for (const { name } of transports) {
      const ratios = { plain: [] as number[], delayed: [] as number[] };
      for (let round = 0; round < (smoke ? 1 : runs); round += 1) {
        const ports = await manyPorts(name, size);
        print(
          `${name}, ${size.ports} source ports: ${describe(ports)}, ${(ports.flowBytes / 1024).toFixed(1)} KiB a flow`,
        );
        note(ports.faults);
        const idle = await manyIdle(name, size);
        print(`${name}, ${size.idle} flows become idle: ${describe(idle)}`);
        note(idle.faults);
        const visits = await manyVisits(name, size);
        print(
          `${name}, ${size.visits} flows in ${size.visitMs / 1e3} s: ${describe(visits)}, ` +
            `${visits.proxy.turnedAway} turned away, ${visits.proxy.gaveWay} gave way`,
        );
        note(visits.faults);
        for (const kind of ['plain', 'delayed'] as const)
          ratios[kind].push(await costOf(name, size, kind, note));
      }
      for (const kind of ['plain', 'delayed'] as const)
        print(
          `${name}, ${kind}: a datagram beside ${size.idle} idle flows takes ${median(ratios[kind])?.toFixed(2)} times the ` +
            `processor time of one alone (median of ${ratios[kind].length})`,
        );
    }
    process.exitCode = isWhole ? 0 : 1;
  });

/** With few descriptors there are fewer flows, and that is said. */
function fitting(size: Size): Size {
  const most = maxDescriptors() - OTHERS;
  if (size.ports <= most) return size;
  print(
    `warning: at most ${maxDescriptors()} open files and sockets: ${most} flows at a time; raise it with ulimit -n ${FULL.ports + OTHERS}`,
  );
  return { ...size, ports: most, idle: Math.min(size.idle, most) };
}

const KNOBS = { plain: {}, delayed: { delay: '5ms' } } as const;

async function costOf(
  transport: TransportName,
  size: Size,
  kind: keyof typeof KNOBS,
  note: (faults: readonly string[]) => void,
): Promise<number> {
  const { aloneUs, besideUs, faults } = await costBeside(transport, size, KNOBS[kind]);
  print(
    `${transport}, ${kind}: ${besideUs.toFixed(2)} us a datagram beside ${size.idle} idle flows, ${aloneUs.toFixed(2)} us alone`,
  );
  note(faults);
  return besideUs / aloneUs;
}

const ms = (ns: number): string => (ns / 1e6).toFixed(1);

const describe = ({ asked, answered, beside, alone }: Stalled): string =>
  `${answered} of ${asked} answered, longest stall ${ms(beside.longestNs)} ms (own ${ms(beside.ownNs)}; alone ` +
  `${ms(alone.longestNs)}, own ${ms(alone.ownNs)})`;

await runProgram(command);
