/** Other people's programs, started and ended by their own numbers, and the proxy between two witnesses. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import seedrandom from 'seedrandom';
import * as assert from 'uvu/assert';
import { pause } from '../../net/arrivals.ts';
import { ended, printed, start } from '../program.ts';
import { openTap } from './tap.ts';
import type { Tap } from './tap.ts';

/** Why a program cannot be run here, with the remedy; null when it can. */
export function missing(program: string, debian: string): string | null {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore', timeout: 10_000 });
  return error === undefined ? null : `${program} is not here; apt-get install ${debian}`;
}

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

export interface Foreign {
  readonly done: Promise<Finished>;
  /** Ends it: with a SIGINT, and for good where that does not help. */
  end(): Promise<Finished>;
}

const LIMIT_MS = 60_000;
const END_LIMIT_MS = 3000;

export function startForeign(program: string, args: readonly string[], cwd?: string): Foreign {
  const child: ChildProcess = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const done = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  }).finally(() => clearTimeout(limit));
  return {
    done,
    async end() {
      child.kill('SIGINT');
      const kill = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
      return await done.finally(() => clearTimeout(kill));
    },
  };
}

/** Waits until a program that was started listens on a port of this machine. */
export async function untilBound({ done }: Foreign, port: number): Promise<void> {
  let gone: Finished | null = null;
  void done.then((finished) => (gone = finished));
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  for (let k = 0; k < 600; k += 1) {
    const tables = ['/proc/net/udp', '/proc/net/udp6', '/proc/net/tcp', '/proc/net/tcp6'];
    const lines = tables.flatMap((table) => readFileSync(table, 'utf8').split('\n'));
    if (lines.some((line) => line.trim().split(/\s+/)[1]?.endsWith(`:${wanted}`))) return;
    if (gone !== null) break;
    await pause(50);
  }
  throw new Error(`nothing listens on ${port}: ${JSON.stringify(gone)}`);
}

/** How often a claim about many runs is tried: twice in a full run of the tests, ten times before a release. */
export const ROUNDS = Number(process.env['TEST_ROUNDS'] ?? 2);

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

/** What a seed decides for one flow and direction: the generator itself, asked in order of index. */
export class Decided {
  readonly #drop: () => number;
  readonly #duplicate: () => number;
  readonly #ratios: { readonly drop: number; readonly duplicate: number };
  readonly #copies: number[] = [];

  constructor(key: string, ratios: { readonly drop: number; readonly duplicate: number }) {
    this.#drop = seedrandom.alea(`${key}/drop`);
    this.#duplicate = seedrandom.alea(`${key}/duplicate`);
    this.#ratios = ratios;
  }

  /** How often the datagram with an index, from 1, comes out: 0, 1 or 2 times. */
  times(index: number): number {
    while (this.#copies.length < index) {
      const isDropped = this.#drop() < this.#ratios.drop;
      const isCopied = this.#duplicate() < this.#ratios.duplicate;
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

/** A fate file, as index → drop, copies and hold. */
export function readFates(witness: Pick<Witnessed, 'fatesDir'>, name: string): readonly string[] {
  return readFileSync(join(witness.fatesDir, name), 'utf8').trimEnd().split('\n');
}
