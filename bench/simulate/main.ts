/**
 * `npm run bench:simulate`: seeds a second that `simulate` of matchstream/testing runs.
 */
import { print } from '../../src/files/terminal.ts';
import { EMPTY, formatSum, mixWord } from '../micro/checksum.ts';
import { benchProgram, runProgram } from '../program.ts';
import { median } from '../../src/base/ranks.ts';
import { runSeed } from './transfer.ts';

const DATAGRAMS = 100;
const SEEDS = 5000;
const SMOKE_SEEDS = 50;
/** What a test suite can expect. */
const WANTED = 2000;

const command = benchProgram(
  'bench:simulate',
  `Simulate a transfer of ${DATAGRAMS} datagrams through a lossy network with one seed after the other, and count the seeds a second.`,
  'one round of a few seeds',
)
  .addHelpText(
    'after',
    `\nA round takes some two seconds, after one that only warms up.\nExit code 0: ${WANTED} seeds a second or more; 1: fewer; 2: wrong usage.`,
  )
  .action(({ smoke, runs }: { smoke: boolean; runs: number }) => {
    const seeds = smoke ? SMOKE_SEEDS : SEEDS;
    const rates: number[] = [];
    let sum = EMPTY;
    for (let round = 0; round <= (smoke ? 0 : runs); round += 1) {
      const beganMs = performance.now();
      sum = EMPTY;
      for (let seed = 1; seed <= seeds; seed += 1) sum = mixWord(sum, runSeed(String(seed), DATAGRAMS));
      const rate = (seeds / (performance.now() - beganMs)) * 1000;
      // The first round is for the compiler.
      if (smoke || round > 0) rates.push(rate);
    }
    const rate = median(rates) as number;
    const span = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`;
    print(
      `${seeds} seeds of ${DATAGRAMS} datagrams: ${rate.toFixed(0)} seeds a second (${span}; median of ${rates.length}), sum ${formatSum(sum)}`,
    );
    process.exitCode = smoke || rate >= WANTED ? 0 : 1;
  });

await runProgram(command);
