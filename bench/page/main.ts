/**
 * `npm run bench:page`: the page of a run of a million datagrams: its size, how soon it can be used, and what it adds to the
 * run's time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/base/errors.ts';
import { median } from '../../src/base/ranks.ts';
import { print } from '../../src/files/terminal.ts';
import { benchProgram, runProgram } from '../program.ts';
import { writeStream } from '../recording/files.ts';
import { tellMachine } from '../tellMachine.ts';
import { browserPath, inBrowser, interactiveMs } from './browser.ts';
import { measureRun } from './measureRuns.ts';

const DATAGRAMS = 1_000_000;
const SMOKE_DATAGRAMS = 2000;
const SIZE_BYTES = 800;

/** How a run is made, and what it is called. */
const WAYS = [
  ['at 10 us on sockets', ['--interval', '10us', '--no-control']],
  ['on the virtual clock', ['--clock', 'virtual']],
] as const;

const command = benchProgram(
  'bench:page',
  'The page of a run of a million datagrams: its size, how soon it can be used, and what it adds to the time of the run.',
  'one round of two thousand datagrams',
)
  .addHelpText(
    'after',
    '\nIt needs chromium, and writes 800 MB into the temporary folder, which it removes.\n' +
      'Exit code 0: it was measured; 2: wrong usage; 3: the machine would not.',
  )
  .action(async ({ smoke, runs }: { smoke: boolean; runs: number }) => {
    if (browserPath() === undefined)
      throw new EnvironmentError('bench-failed', 'expected chromium, found none; install it');
    await tellMachine([]);
    const folder = mkdtempSync(join(tmpdir(), 'matchstream-bench-'));
    try {
      const datagrams = smoke ? SMOKE_DATAGRAMS : DATAGRAMS;
      const recording = join(folder, 'stream.jsonl');
      await writeStream(recording, SIZE_BYTES, datagrams);
      for (const [name, how] of WAYS)
        await measureWay(folder, recording, name, how, datagrams, smoke ? 1 : runs);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

async function measureWay(
  folder: string,
  recording: string,
  name: string,
  how: readonly string[],
  datagrams: number,
  rounds: number,
): Promise<void> {
  const shares: number[] = [];
  const withoutS: number[] = [];
  const usableMs: number[] = [];
  let sizeBytes = 0;
  for (let round = 0; round < rounds; round += 1) {
    const [bare, drawn] = [false, true].map((hasPage) => join(folder, `${round}-${hasPage}`)) as [
      string,
      string,
    ];
    const without = measureRun(recording, how, bare, false);
    const whole = measureRun(recording, how, drawn, true);
    shares.push(whole.seconds / without.seconds - 1);
    withoutS.push(without.seconds);
    const { page } = whole;
    if (page !== null) {
      sizeBytes = Math.max(sizeBytes, page.sizeBytes);
      usableMs.push(await inBrowser((browser) => interactiveMs(browser, page.path)));
    }
    for (const made of [bare, drawn]) rmSync(made, { recursive: true });
  }
  print(
    `a run of ${datagrams} datagrams ${name}: ${(median(withoutS) ?? 0).toFixed(1)} s without a page, ` +
      `${(100 * (median(shares) ?? 0)).toFixed(1)} % more with it; the page has ${(sizeBytes / 1e6).toFixed(2)} MB, and answers a key ` +
      `${(median(usableMs) ?? 0).toFixed(0)} ms after it was opened (medians of ${rounds})`,
  );
}

await runProgram(command);
