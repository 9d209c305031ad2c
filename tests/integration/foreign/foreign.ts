/** Other people's programs, and the proxy between two witnesses. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import seedrandom from 'seedrandom';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { untilListening } from '../../../bench/peers/ports.ts';
import type { PortKind } from '../../../bench/peers/ports.ts';
import { findFile } from '../../../bench/peers/programs.ts';
import { pause } from '../../net/arrivals.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { ended, printed, start } from '../program.ts';
import type { Program } from '../program.ts';
import { openTap } from './tap.ts';
import type { Tap } from './tap.ts';
import { roundsOf } from '../../runner/rounds.ts';

/** As `test`, for what needs programs: where one is not installed, the test is skipped, and the name says what to install. */
export function claimsAbout(
  test: { (name: string, work: () => Promise<void>): void; skip(name: string): void },
  ...programs: readonly string[]
): (name: string, work: () => Promise<void>) => void {
  // Names of programs and of their Debian packages, in turn.
  const lacking = programs.findIndex((name, k) => k % 2 === 0 && findFile(name) === null);
  if (lacking < 0) return test;
  const remedy = `${programs[lacking]} is not installed; apt-get install ${programs[lacking + 1]}`;
  return (name) => test.skip(`${name} (${remedy})`);
}

/** Starts a server and waits until it listens. */
export async function startListening(
  file: string,
  args: readonly string[],
  kind: PortKind,
  port: number,
): Promise<Child> {
  const server = new Child({ file, args, limitMs: 2 * PATIENCE_MS });
  await untilListening(server, kind, port, PATIENCE_MS);
  return server;
}

/** How often a claim about many runs is tried: twice in a full run of the tests, ten times before a release. */
export const ROUNDS = roundsOf(2);

/** Keeps the machine's processors busy while something runs. */
export async function underLoad<T>(processes: number, work: () => Promise<T>): Promise<T> {
  const spinning = Array.from({ length: processes }, () =>
    spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' }),
  );
  try {
    return await work();
  } finally {
    for (const child of spinning) child.kill('SIGKILL');
  }
}

/** What stands on both sides of the proxy: what went in and what came out, and what the proxy says it decided. */
export interface Witnessed {
  readonly before: Tap;
  readonly behind: Tap;
  /** What the proxy printed at its end. */
  readonly stdout: string;
  readonly stderr: string;
  readonly fatesDir: string;
}

/** So long nothing comes any more: on a busy machine datagrams lie in sockets for some time. */
const QUIET_MS = 1000;

async function untilQuiet(taps: readonly Tap[]): Promise<void> {
  const seen = (): number => taps.reduce((sum, { up, down }) => sum + up.length + down.length, 0);
  for (let before = -1; before !== seen(); await pause(QUIET_MS)) before = seen();
}

/** Puts the proxy and its witnesses between a client and a server while `work` runs. */
export async function witnessed(
  folder: string,
  options: readonly string[],
  serverPort: number,
  loses: Parameters<typeof openTap>[1],
  work: (port: number) => Promise<void>,
): Promise<Witnessed> {
  let listenPort = 0;
  const before = await openTap(() => listenPort, loses);
  const behind = await openTap(() => serverPort);
  const fatesDir = join(folder, `fates-${before.port}`);
  const proxy = start(
    ['proxy', '--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${behind.port}`, '--log', 'none'].concat(
      ['--fates', fatesDir],
      options,
    ),
    folder,
  );
  const end = ended(proxy);
  try {
    const [, port = ''] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    listenPort = Number(port);
    await work(before.port);
    await untilQuiet([before, behind]);
  } finally {
    proxy.kill('SIGINT');
    // What was held leaves now, and the witnesses see it.
    await end.catch(() => undefined);
    await untilQuiet([before, behind]);
    await before.close();
    await behind.close();
  }
  const { code, stdout, stderr } = await end;
  assert.is(code, 0, stderr);
  return { before, behind, stdout, stderr, fatesDir };
}

let proxies = 0;

/** Puts the proxy, of any program unless a protocol is given, before a server while `work` runs with its port, and resolves to what it said. */
export async function behindProxy(
  folder: string,
  options: readonly string[],
  work: (port: number, proxy: Program) => Promise<void>,
  listen = '127.0.0.1',
): Promise<{ readonly stdout: string; readonly stderr: string; readonly log: string }> {
  proxies += 1;
  const logPath = join(folder, `proxy-${proxies}.log`);
  const protocol = options.includes('--protocol') ? [] : ['--protocol', 'any'];
  const proxy = start(
    ['proxy', ...protocol, '--listen', `${listen}:0`, '--log', logPath, ...options],
    folder,
  );
  const end = ended(proxy);
  try {
    const [, port] = await printed(proxy, /listening on \S+:(\d+)/);
    await work(Number(port), proxy);
  } finally {
    proxy.kill('SIGINT');
    await end.catch(() => undefined);
  }
  const { code, stdout, stderr } = await end;
  assert.is(code, 0, stdout + stderr);
  return { stdout, stderr, log: readFileSync(logPath, 'utf8') };
}

/** The losses and copies of every claim. */
export const KNOBS = ['--drop', '10%', '--duplicate', '5%'];
const DROP_RATIO = 0.1;
const DUPLICATE_RATIO = 0.05;

/** What a seed decides for one flow and direction by `KNOBS`: the generator itself, asked in order of index. */
export class Decided {
  readonly #drop: () => number;
  readonly #duplicate: () => number;
  readonly #copies: number[] = [];

  /** @param key seed, flow and direction, such as `7/1/up` */
  constructor(key: string) {
    this.#drop = seedrandom.alea(`${key}/drop`);
    this.#duplicate = seedrandom.alea(`${key}/duplicate`);
  }

  /** How often the datagram with an index, from 1, comes out: 0, 1 or 2 times. */
  times(index: number): number {
    while (this.#copies.length < index) {
      const isDropped = this.#drop() < DROP_RATIO;
      const isCopied = this.#duplicate() < DUPLICATE_RATIO;
      this.#copies.push(isDropped ? 0 : isCopied ? 2 : 1);
    }
    return this.#copies[index - 1] as number;
  }
}

/** How often each value is in a list, by value. */
function tally(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Compares, value by value, what came out with what went in and what the seed decides. */
export function assertFates(
  entered: readonly number[],
  left: readonly number[],
  indexOf: (value: number) => number,
  decided: Decided,
): void {
  const times = tally(left);
  const wrong = entered.filter((value) => (times.get(value) ?? 0) !== decided.times(indexOf(value)));
  assert.equal(wrong, [], 'values that came out more or less often than their index says');
  assert.equal(
    left.filter((value) => !entered.includes(value)),
    [],
    'values that came from nowhere',
  );
}

/** The lines of a fate file, one an index. */
export function readFates({ fatesDir }: Witnessed, name: string): string[] {
  return readFileSync(join(fatesDir, name), 'utf8').trimEnd().split('\n');
}

/** Compares the fate files of several runs as far as the shortest goes. @param min indices that it has at the least */
export function assertSameFates(runs: readonly (readonly string[])[], min: number): void {
  const common = Math.min(...runs.map(({ length }) => length));
  assert.ok(common > min, `${common} fates`);
  for (const fates of runs) assert.equal(fates.slice(0, common), runs[0]?.slice(0, common));
}
