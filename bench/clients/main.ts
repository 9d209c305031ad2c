/**
 * `npm run bench:clients`: the cost of a datagram for a server with a thousand clients, and with ten at the same total
 * rate.
 */
import { print } from '../../src/files/terminal.ts';
import { benchProgram, runProgram } from '../program.ts';
import { median } from '../../src/base/ranks.ts';
import { transportLines, transportsOf } from '../resolveTransport.ts';
import type { TransportName } from '../resolveTransport.ts';
import { tellMachine } from '../tellMachine.ts';
import { measureFanOut } from './fanOut.ts';
import type { FanOutFigures } from './fanOut.ts';

const FULL = { few: 10, many: 1000, durationMs: 10_000 };
const SMOKE = { few: 4, many: 40, durationMs: 200 };
const TOTAL_PPS = 10_000;
const DATAGRAM_BYTES = 1200;

const command = benchProgram(
  'bench:clients',
  'Stream to a thousand clients and to ten, 10000 datagrams a second in all, and compare what one costs the server.',
  'one round of 40 and 4 clients for 0.2 s',
)
  .addHelpText(
    'after',
    '\nExit code 0: every account closes; 1: one does not; 2: wrong usage; 3: the machine would not.',
  )
  .action(async ({ smoke, runs }: { smoke: boolean; runs: number }) => {
    const transports = await transportsOf('auto');
    for (const transport of transports) for (const line of transportLines(transport)) print(line);
    await tellMachine(transports);
    const size = smoke ? SMOKE : FULL;
    let isWhole = true;
    for (const { name } of transports) {
      const costs: { readonly few: FanOutFigures; readonly many: FanOutFigures }[] = [];
      for (let round = 0; round < (smoke ? 1 : runs); round += 1) {
        const few = await measure(name, size.few, size.durationMs);
        const many = await measure(name, size.many, size.durationMs);
        costs.push({ few, many });
        isWhole &&= few.faults.length + many.faults.length === 0;
      }
      const of = (which: 'few' | 'many') => median(costs.map((round) => round[which].serverCostUs));
      const ratio = median(
        costs.map(({ few, many }) =>
          few.serverCostUs === null || many.serverCostUs === null
            ? null
            : many.serverCostUs / few.serverCostUs,
        ),
      );
      print(
        `${name}: ${of('many')?.toFixed(2)} us a datagram with ${size.many} clients, ${of('few')?.toFixed(2)} us with ` +
          `${size.few}: ratio ${ratio?.toFixed(2)} (medians of ${costs.length})`,
      );
    }
    process.exitCode = isWhole ? 0 : 1;
  });

async function measure(
  transport: TransportName,
  clients: number,
  durationMs: number,
): Promise<FanOutFigures> {
  const figures = await measureFanOut({
    mode: 'processes',
    transport,
    clients,
    clientPps: TOTAL_PPS / clients,
    datagramBytes: DATAGRAM_BYTES,
    durationMs,
  });
  const { delivered, sent, serverCostUs, latenessP99Us, faults } = figures;
  print(
    `${transport}, ${clients} clients: ${delivered} of ${sent} delivered, ${serverCostUs?.toFixed(2)} us a datagram, ` +
      `late p99 ${latenessP99Us?.toFixed(0)} us`,
  );
  for (const fault of faults) print(`  ${fault}`);
  return figures;
}

await runProgram(command);
