/**
 * The machine a run ran on, as environment.json: figures are worth little without it.
 *
 * An edge module: it asks the operating system and reads a clock. It changes nothing, and what it cannot read is
 * null. It takes no name, address or environment variable but `container`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, freemem, loadavg, platform, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Interrupt } from '../../src/base/errors.ts';
import { jsonText } from '../../src/base/escape.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { version } from '../../src/base/version.ts';

interface TimerGrain {
  /** Smallest step seen of the monotonic clock that is not zero, nanoseconds. */
  readonly clockStepNs: number;
  /** By how much a sleep of 1 ms overslept: the median of 15, microseconds. */
  readonly sleepLatenessUs: number;
}

export interface Environment {
  readonly matchstream: string;
  /** What stood after the program's name: where node and the program are is nobody's business, and repeats nothing. */
  readonly commandLine: readonly string[];
  readonly seed: string;
  /** How datagrams moved, what was done without, and the grain of arrival times. */
  readonly network: readonly string[];
  /**
   * When the first datagram of the run was due, nanoseconds since the run's epoch, as arrivals are told; null where
   * there was no stream, or there were many.
   */
  readonly streamStartNs: number | null;
  /** The signal that ended the run before its time: what the folder has is of the part that ran. Null for a whole run. */
  readonly interrupted: Interrupt | null;
  readonly node: string;
  readonly platform: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly cpuModel: string | null;
  readonly cores: number;
  readonly memoryMib: number;
  readonly freeMemoryMib: number;
  /** Over 1, 5 and 15 minutes. */
  readonly loadAverage: readonly number[];
  readonly timer: TimerGrain;
  /** Largest and default receive buffer of a socket, bytes. */
  readonly rmemMaxBytes: number | null;
  readonly rmemDefaultBytes: number | null;
  /** Signs of a container, with its limits; empty where there is none. */
  readonly container: readonly string[];
}

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

/** A file's text, null where it cannot be read. */
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

/** The environment now. @param run what to repeat it with: the command line as `process.argv` has it, and the seed in use */
export async function readEnvironment(run: {
  readonly commandLine: readonly string[];
  readonly seed: string;
  /** How the run's datagrams moved, as its transports say; left out where none did. */
  readonly network?: readonly string[];
  /** When its stream started; left out where there is none to speak of. */
  readonly streamStartNs?: number | null;
  /** The signal that cut it short; left out where none did. */
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

/** Writes environment.json, whole or not at all. Throws EnvironmentError where it cannot be written. */
export function writeEnvironment(path: string, environment: Environment): void {
  writeAtomicFile(path, `${jsonText(environment, 2)}\n`);
}
