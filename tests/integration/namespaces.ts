/** Network namespaces of a test's own: whether there can be some, and a script that runs in one. Not a test. */
import { spawn, spawnSync } from 'node:child_process';
import { ended } from './program.ts';
import type { Ended } from './program.ts';

/** Shell words that build one; every namespace begins with nothing but a loopback that is down. */
export const UP = 'ip link set lo up';
/** d0 has 10.9.0.1/24. */
export const OWN = `${UP} && ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up && ip addr add 10.9.0.1/24 brd + dev d0`;
/** va and vb are the ends of one cable, fe80::a and fe80::b. */
export const CABLE =
  `${UP} && ip link add va type veth peer name vb && for end in va vb; do ip link set $end addrgenmode none; ip link set $end up; done` +
  ' && ip addr add fe80::a/64 dev va nodad && ip addr add fe80::b/64 dev vb nodad';

/** Why there can be no namespaces here, or null. */
export function missingNamespaces(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces';
  const { error, status, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', UP], { encoding: 'utf8' });
  if (error !== undefined) return 'it needs unshare and ip (Debian: util-linux, iproute2)';
  return status === 0 ? null : `it needs the right to make network namespaces (${stderr.trim()})`;
}

/** Whether a program may have files of its own mounted over others. */
export const mayMount = (): boolean =>
  process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true'], { stdio: 'ignore' }).status === 0;

/** Runs a script of the tests in a namespace, to its end. @param build shell words */
export const runInNamespace = (build: string, script: string, args: readonly string[]): Promise<Ended> =>
  ended(
    spawn(
      'unshare',
      ['-n', 'sh', '-c', `${build} && exec "$@"`, 'sh', process.execPath, '--import', 'tsx', script, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    ),
  );
