/**
 * `npm run bench:memory`: peak memory over a million datagrams, and over ten times as many.
 */
import { print } from '../../src/files/terminal.ts';
import { benchProgram, runProgram } from '../program.ts';
import { median } from '../../src/base/ranks.ts';
import { chooseTransport, transportLines } from '../resolveTransport.ts';
import { tellMachine } from '../tellMachine.ts';
import { ROLES, measureMemory } from './memory.ts';
import type { MemoryFigures } from './memory.ts';

const MESSAGES = 1_000_000;
const SMOKE_MESSAGES = 2000;
const TIMES = 10;

const command = benchProgram(
  'bench:memory',
  'Stream a million and ten million datagrams through server, proxy and client, and compare what each takes.',
  'one round of a few thousand datagrams',
)
  .addHelpText(
    'after',
    '\nA round of ten million takes a minute (node:dgram: five).\n' +
      'Exit code 0: every datagram is accounted for; 1: not; 2: wrong usage; 3: the machine would not.',
  )
  .action(async ({ smoke, runs }: { smoke: boolean; runs: number }) => {
    const transport = await chooseTransport('auto');
    for (const line of transportLines(transport)) print(line);
    await tellMachine([transport]);
    const messages = smoke ? SMOKE_MESSAGES : MESSAGES;
    const rounds: { readonly first: MemoryFigures; readonly whole: MemoryFigures }[] = [];
    for (let round = 0; round < (smoke ? 1 : runs); round += 1) {
      const first = await measureMemory(transport.name, messages);
      const whole = await measureMemory(transport.name, TIMES * messages);
      rounds.push({ first, whole });
      for (const figures of [first, whole]) print(describe(figures));
    }
    for (const role of ROLES) {
      const of = (which: 'first' | 'whole'): number =>
        median(rounds.map((round) => round[which].peakMib[role])) as number;
      const ratio = median(rounds.map(({ first, whole }) => whole.peakMib[role] / first.peakMib[role]));
      print(
        `${role}: ${of('whole').toFixed(1)} MiB over ${TIMES * messages} datagrams, ${of('first').toFixed(1)} MiB over ` +
          `${messages}: ratio ${ratio?.toFixed(2)} (medians of ${rounds.length})`,
      );
    }
    const isOpen = rounds.some(({ first, whole }) => first.faults.length + whole.faults.length > 0);
    process.exitCode = isOpen ? 1 : 0;
  });

const describe = ({ messages, delivered, seconds, peakMib, faults }: MemoryFigures): string =>
  [
    `${messages} datagrams, ${delivered ?? 'unknown'} delivered in ${seconds.toFixed(1)} s`,
    ...ROLES.map((role) => `${role} ${peakMib[role].toFixed(1)} MiB`),
    ...faults,
  ].join(', ');

await runProgram(command);
