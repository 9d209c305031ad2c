/**
 * Runs the fast tests again and again beside processes that only spin:
 * `node --import tsx tests/underLoad.ts [--times N] [--spinning N] [FILTER…]`.
 *
 * Ten times beside six, unless it is told otherwise; it stops at the first run that fails. It ends the processes that it
 * started, and no others. Exit code 1 when a run failed, 2 for a wrong option.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const RUN = join(import.meta.dirname, 'run.ts');

function readOptions(): { times: number; spinning: number; filters: string[] } {
  const { values, positionals } = parseArgs({
    options: { times: { type: 'string', default: '10' }, spinning: { type: 'string', default: '6' } },
    allowPositionals: true,
  });
  const count = (name: 'times' | 'spinning', least: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least)
      throw new TypeError(`--${name}: expected a whole number from ${least}, got "${values[name]}"`);
    return value;
  };
  return { times: count('times', 1), spinning: count('spinning', 0), filters: positionals };
}

const started = new Set<ChildProcess>();

/** Whether a run of the fast tests passes. */
const passes = (filters: readonly string[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const run = spawn(process.execPath, ['--import', 'tsx', RUN, ...filters], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    started.add(run);
    run.once('error', reject);
    run.once('close', (code) => {
      started.delete(run);
      resolve(code === 0);
    });
  });

async function main(): Promise<number> {
  let options;
  try {
    options = readOptions();
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : String(cause));
    return 2;
  }
  const { times, spinning, filters } = options;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const child of started) child.kill(signal);
      process.exit(1);
    });
  }
  // Each ends by itself when this process is gone: its input is closed then.
  const SPIN =
    'process.stdin.on("end", () => process.exit()).resume(); const spin = () => { const endMs = Date.now() + 50; while (Date.now() < endMs); setImmediate(spin); }; spin();';
  const spinners = Array.from({ length: spinning }, () =>
    spawn(process.execPath, ['-e', SPIN], { stdio: ['pipe', 'ignore', 'ignore'] }),
  );
  for (const spinner of spinners) started.add(spinner);
  try {
    for (let k = 1; k <= times; k += 1) {
      const startedMs = performance.now();
      const good = await passes(filters);
      const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
      const load = (loadavg()[0] as number).toFixed(1);
      console.log(`run ${k} of ${times}: ${good ? 'passed' : 'FAILED'} in ${tookS} s, at a load of ${load}`);
      if (!good) return 1;
    }
    return 0;
  } finally {
    for (const spinner of spinners) spinner.kill();
  }
}

process.exitCode = await main();
