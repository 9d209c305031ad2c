/**
 * `npm run bench:changes`: what it costs to change a running proxy.
 */
import { median } from '../../src/base/ranks.ts';
import { print } from '../../src/files/terminal.ts';
import { benchProgram, runProgram } from '../program.ts';
import { transportLines, transportsOf } from '../resolveTransport.ts';
import { tellMachine } from '../tellMachine.ts';
import { measureByHttp } from './byHttp.ts';
import { measureGrowth, measureLatency, measureRate, measureWay } from './scenes.ts';

const FULL = { changes: 500, rateMs: 3000, growthMs: 60_000 };
const SMOKE = { changes: 10, rateMs: 200, growthMs: 400 };
/** Changes a second, beside forwarding and by themselves. */
const SOME = 10;
const MANY = 1000;

const command = benchProgram(
  'bench:changes',
  'Time until a change of a running proxy holds, the forwarding rate beside changes, and what a change leaves behind.',
  'one round of a few changes',
)
  .addHelpText(
    'after',
    '\nA round takes some three minutes a transport.\n' +
      'Exit code 0: measured; 2: wrong usage; 3: the machine would not.',
  )
  .action(async ({ smoke, runs }: { smoke: boolean; runs: number }) => {
    const transports = await transportsOf('auto');
    for (const transport of transports) for (const line of transportLines(transport)) print(line);
    await tellMachine(transports);
    const { changes, rateMs, growthMs } = smoke ? SMOKE : FULL;
    const rounds = smoke ? 1 : runs;
    for (const { name } of transports) {
      const [latencies, ways, ratios, asked]: [number[], number[], number[], number[]] = [[], [], [], []];
      for (let round = 0; round < rounds; round += 1) {
        ways.push(...(await measureWay(name, changes)));
        latencies.push(...(await measureLatency(name, changes)));
        asked.push(...(await measureByHttp(name, changes)));
        // In turn, so that what the machine does besides is in both.
        const still = await measureRate(name, 0, rateMs);
        const changing = await measureRate(name, SOME, rateMs);
        ratios.push(changing / still);
        print(
          `${name}, round ${round + 1}: ${still.toFixed(0)} a second, ${changing.toFixed(0)} with ${SOME} changes a second`,
        );
      }
      print(
        `${name}: until the first datagram with new conditions has come out ${us(median(latencies))}, a datagram's way ` +
          `alone ${us(median(ways))} (medians of ${latencies.length})`,
      );
      print(
        `${name}: the same from a request to the control API, over HTTP and another process, ${us(median(asked))}`,
      );
      print(
        `${name}: rate with ${SOME} changes a second, ratio ${median(ratios)?.toFixed(3)} (median of ${rounds})`,
      );
      for (const isReported of [true, false]) {
        const {
          changes: made,
          bytesEach,
          journalBytesEach,
        } = await measureGrowth(name, MANY, growthMs, isReported);
        print(
          `${name}, ${made} changes at ${MANY} a second ${isReported ? 'with' : 'without'} a report: ${bytesEach.toFixed(1)} ` +
            `bytes of memory each${isReported ? `, ${journalBytesEach.toFixed(1)} bytes of journal` : ''}`,
        );
      }
    }
  });

const us = (timeNs: number | null): string => `${((timeNs ?? Number.NaN) / 1e3).toFixed(0)} us`;

await runProgram(command);
