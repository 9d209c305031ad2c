/**
 * The machine that a run ran on, for environment.json, without which figures mean little.
 *
 * It asks the operating system and reads a clock. What it cannot read is null. It records no name, no address and no
 * environment variable but `container`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, freemem, loadavg, platform, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Interrupt } from '../../src/base/errors.ts';
import { jsonText } from '../../src/base/escape.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { version } from '../../src/base/version.ts';
import type { Environment, TimerGrain } from './model/runModel.ts';

/** `process.argv` begins with node and with the program. */
const PROGRAM_WORDS = 2;
const CLOCK_READS = 2000;
const SLEEPS = 15;

function smallestClockStepNs(): number {
  let smallest = Number.POSITIVE_INFINITY;
  let previous = process.hrtime.bigint();
  for (let k = 0; k < CLOCK_READS || smallest === Number.POSITIVE_INFINITY; k += 1) {
    const now = process.hrtime.bigint();
    const stepNs = Number(now - previous);
    if (stepNs > 0 && stepNs < smallest) smallest = stepNs;
    previous = now;
  }
  return smallest;
}

/** Reads the clock and sleeps a few times; takes about 20 ms. */
async function measureTimerGrain(): Promise<TimerGrain> {
  const latenessUs: number[] = [];
  for (let k = 0; k < SLEEPS; k += 1) {
    const start = process.hrtime.bigint();
    await sleep(1);
    latenessUs.push(Number(process.hrtime.bigint() - start) / 1e3 - 1000);
  }
  const median = latenessUs.toSorted((a, b) => a - b)[SLEEPS >> 1] as number;
  return { clockStepNs: smallestClockStepNs(), sleepLatenessUs: Math.round(median) };
}

/** A file's text, null if it cannot be read. */
const textOf = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
};

const numberOf = (path: string): number | null => {
  const text = textOf(path);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
};

function containerHints(): string[] {
  const hints = ['/.dockerenv', '/run/.containerenv'].filter((path) => existsSync(path));
  if (process.env['container'] !== undefined) hints.push(`container=${process.env['container']}`);
  const engine = /docker|kubepods|containerd|lxc|podman/.exec(textOf('/proc/1/cgroup') ?? '');
  if (engine !== null) hints.push(`cgroup of ${engine[0]}`);
  for (const name of ['cpu.max', 'memory.max']) {
    const limit = textOf(join('/sys/fs/cgroup', name));
    if (limit !== null && !limit.startsWith('max')) hints.push(`${name} ${limit}`);
  }
  return hints;
}

const mib = (sizeBytes: number): number => Math.round(sizeBytes / 2 ** 20);

/** The environment now. @param run how to repeat the run: the command line as in `process.argv`, and the seed in use */
export async function readEnvironment(run: {
  readonly commandLine: readonly string[];
  readonly seed: string;
  /** The transports' notes of how datagrams were sent and received; absent without a transport. */
  readonly network?: readonly string[];
  /** When its stream started; absent if there is none. */
  readonly streamStartNs?: number | null;
  /** The signal that interrupted it; absent if none did. */
  readonly interrupted?: Interrupt | null;
}): Promise<Environment> {
  const processors = cpus();
  return {
    matchstream: version(),
    commandLine: run.commandLine.slice(PROGRAM_WORDS),
    seed: run.seed,
    network: run.network ?? [],
    streamStartNs: run.streamStartNs ?? null,
    interrupted: run.interrupted ?? null,
    readAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    node: process.version,
    platform: platform(),
    architecture: arch(),
    kernel: release(),
    cpuModel: processors[0]?.model ?? null,
    cores: processors.length,
    memoryMib: mib(totalmem()),
    freeMemoryMib: mib(freemem()),
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    timer: await measureTimerGrain(),
    rmemMaxBytes: numberOf('/proc/sys/net/core/rmem_max'),
    rmemDefaultBytes: numberOf('/proc/sys/net/core/rmem_default'),
    container: containerHints(),
  };
}

/** The content of environment.json. */
export const formatEnvironment = (environment: Environment): string => `${jsonText(environment, 2)}\n`;

/** Writes environment.json atomically. Throws EnvironmentError if it cannot be written. */
export function writeEnvironment(path: string, environment: Environment): void {
  writeAtomicFile(path, formatEnvironment(environment));
}
