/**
 * The end of a command's log: waits for it, and says on the error output what the log could not say itself.
 *
 * An edge module.
 */
import type { Log } from '../files/logFile.ts';

export async function closeLog(log: Log): Promise<void> {
  await log.close();
  if (log.complaint !== null) process.stderr.write(`warning: ${log.complaint}\n`);
}
