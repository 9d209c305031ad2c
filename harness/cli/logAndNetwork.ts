/**
 * What the commands server, client and proxy share: a log, and closing lines about the transport and the kernel's drops.
 */
import { LogFile, NO_LOG, defaultLogPath } from '../../src/files/logFile.ts';
import type { Log } from '../../src/files/logFile.ts';
import { complain } from '../../src/files/terminal.ts';
import type { KernelDrops, NetworkReport } from '../../src/net/network.ts';

/** The log of a command: a default file unless `--log` says otherwise; null for `none`. */
export const logPathOf = (given: string | undefined, command: string): string | null =>
  given === 'none' ? null : (given ?? defaultLogPath(command, new Date()));

export const openLog = (path: string | null): Log => (path === null ? NO_LOG : new LogFile(path));

/** Waits for the log to end, and prints what it could not write to the error output. */
export async function closeLog(log: Log): Promise<void> {
  await log.close();
  if (log.complaint !== null) complain(`warning: ${log.complaint}`);
}

/** The transport, then one line per note. */
export function networkLines({ transport, notes }: NetworkReport): string[] {
  const [how, ...more] = notes;
  return [
    `transport: ${transport}${how === undefined ? '' : ` (${how})`}`,
    ...more.map((note) => `note: ${note}`),
  ];
}

/** `none`, `3 datagrams`, or another meaning of the kernel's counter. */
export function describeDrops({ drops, coalesced }: KernelDrops): string {
  if (drops === null) return 'unknown';
  if (drops === 0) return 'none';
  if (coalesced) return `${drops} times 1 to 64 datagrams`;
  return drops === 1 ? '1 datagram' : `${drops} datagrams`;
}
