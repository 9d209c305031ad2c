/**
 * What the commands server, client and proxy share: a log, and closing lines about the transport and the kernel's drops.
 */
import { LogFile, NO_LOG, defaultLogPath } from '../../src/files/logFile.ts';
import type { Log } from '../../src/files/logFile.ts';
import { complain } from '../../src/files/terminal.ts';
import { throwUnwritten, unwrittenOf } from '../../src/files/unwritten.ts';
import type { KernelDrops, NetworkReport } from '../../src/net/network.ts';

/** The log of a command: a default file unless `--log` says otherwise; null for `none`. */
export const logPathOf = (given: string | undefined, command: string): string | null =>
  given === 'none' ? null : (given ?? defaultLogPath(command, new Date()));

export const openLog = (path: string | null): Log => (path === null ? NO_LOG : new LogFile(path));

/**
 * Does a command's work, then closes its log.
 * @throws EnvironmentError for a log that is not whole, unless the work has failed
 */
export async function closing<T>(log: Log, work: () => Promise<T>): Promise<T> {
  const result = await work().catch(async (cause: unknown) => {
    await log.close();
    for (const { message } of unwrittenOf(log)) complain(`error: ${message}`);
    throw cause;
  });
  await log.close();
  throwUnwritten(unwrittenOf(log));
  return result;
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
