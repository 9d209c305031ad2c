/**
 * What server, client and proxy have in common as commands: a log of their own, and lines at the end on what carried the
 * datagrams and what the kernel dropped.
 *
 * An edge module.
 */
import { LogFile, NO_LOG, defaultLogPath } from '../../src/files/logFile.ts';
import type { Log } from '../../src/files/logFile.ts';
import { complain } from '../../src/files/terminal.ts';
import type { KernelDrops, NetworkReport } from '../../src/net/network.ts';

/** Where a command logs: a file of its own unless `--log` says otherwise; null for `none`. */
export const logPathOf = (given: string | undefined, command: string): string | null =>
  given === 'none' ? null : (given ?? defaultLogPath(command, new Date()));

export const openLog = (path: string | null): Log => (path === null ? NO_LOG : new LogFile(path));

/** Waits for a log's end, and says on the error output what the log could not say itself. */
export async function closeLog(log: Log): Promise<void> {
  await log.close();
  if (log.complaint !== null) complain(`warning: ${log.complaint}`);
}

/** How they moved; then a line for whatever a reader of the figures must know. */
export function networkLines({ transport, notes }: NetworkReport): string[] {
  const [how, ...more] = notes;
  return [
    `transport: ${transport}${how === undefined ? '' : ` (${how})`}`,
    ...more.map((note) => `note: ${note}`),
  ];
}

/** `none`, `3 datagrams`, or what else the kernel's counter means. */
export function describeDrops({ drops, coalesced }: KernelDrops): string {
  if (drops === null) return 'unknown';
  if (drops === 0) return 'none';
  if (coalesced) return `${drops} times 1 to 64 datagrams`;
  return drops === 1 ? '1 datagram' : `${drops} datagrams`;
}
