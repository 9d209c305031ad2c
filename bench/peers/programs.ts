/**
 * Finds the installed peers and their versions, and how to install the missing ones.
 *
 * It only searches for files and runs programs for their version. It installs nothing.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runToEnd } from './peerProcess.ts';

export type ProgramName = 'iperf3' | 'sockperf' | 'nginx' | 'socat' | 'cc';

export interface Program {
  readonly file: string;
  readonly version: string;
}

export interface Programs {
  readonly found: Readonly<Partial<Record<ProgramName, Program>>>;
  /** Where nginx keeps its stream module; null where it is built in. */
  readonly streamModule: string | null;
  /** One line for each missing peer. */
  readonly missing: readonly string[];
  /** The Debian packages of the missing peers. */
  readonly packages: readonly string[];
}

interface Known {
  readonly versionArgs: readonly string[];
  readonly version: RegExp;
  readonly packages: readonly string[];
  readonly use: string;
}

const KNOWN: Readonly<Record<ProgramName, Known>> = {
  iperf3: {
    versionArgs: ['--version'],
    version: /iperf (\S+)/,
    packages: ['iperf3'],
    use: 'throughput and pacing',
  },
  sockperf: {
    versionArgs: ['--version'],
    version: /version (\S+)/,
    packages: ['sockperf'],
    use: 'throughput',
  },
  nginx: {
    versionArgs: ['-v'],
    version: /nginx\/(\S+)/,
    packages: ['nginx-light', 'libnginx-mod-stream'],
    use: 'proxy',
  },
  socat: { versionArgs: ['-V'], version: /socat version (\S+)/, packages: ['socat'], use: 'proxy' },
  cc: {
    versionArgs: ['--version'],
    version: /^(.*)$/m,
    packages: ['gcc', 'libc6-dev'],
    use: 'the C programs of throughput, proxy and pacing',
  },
};
const VERSION_LIMIT_MS = 5000;
/** May be missing from the PATH of ordinary users. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program; null if it is not installed. */
export function findFile(name: string): string | null {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS]) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return null;
}

async function ask(file: string, args: readonly string[]): Promise<string> {
  // nginx prints its version on the error output, so a shell merges both outputs.
  return runToEnd({
    file: '/bin/sh',
    args: ['-c', 'exec "$0" "$@" 2>&1', file, ...args],
    limitMs: VERSION_LIMIT_MS,
  });
}

/** Where nginx's UDP proxy is: built in (null), a module's file, or nowhere (undefined). */
async function findStreamModule(file: string): Promise<string | null | undefined> {
  const built = await ask(file, ['-V']);
  if (/--with-stream(?=\s|$)/.test(built)) return null;
  const folder = /--modules-path=(\S+)/.exec(built)?.[1] ?? '/usr/lib/nginx/modules';
  const module = join(folder, 'ngx_stream_module.so');
  return existsSync(module) ? module : undefined;
}

export async function findPrograms(): Promise<Programs> {
  const found: Partial<Record<ProgramName, Program>> = {};
  const missing: string[] = [];
  const packages: string[] = [];
  let streamModule: string | null = null;
  for (const [name, known] of Object.entries(KNOWN) as [ProgramName, Known][]) {
    const file = findFile(name);
    const module = name === 'nginx' && file !== null ? await findStreamModule(file) : null;
    if (file === null || module === undefined) {
      missing.push(
        `${file === null ? name : `${name}'s stream module`} is not installed; wanted for: ${known.use}`,
      );
      packages.push(...known.packages);
      continue;
    }
    streamModule ??= module;
    const said = await ask(file, known.versionArgs);
    found[name] = { file, version: known.version.exec(said)?.[1] ?? 'unknown' };
  }
  return { found, streamModule, missing, packages };
}
