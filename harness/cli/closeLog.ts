/**
 * The end of a command's log: waits for it, and says on the error output what the log could not say itself.
 *
 * An edge module.
 */
import type { Log } from '../../src/files/logFile.ts';
import { complain } from '../../src/files/terminal.ts';

export async function closeLog(log: Log): Promise<void> {
  await log.close();
  if (log.complaint !== null) complain(`warning: ${log.complaint}`);
}
