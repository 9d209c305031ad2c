/**
 * Reads an arrivals file and fits it. It writes nothing.
 */
import { UsageError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/progress.ts';
import { reportFits } from './fitReport.ts';
import type { FitReport } from './fitReport.ts';
import { readArrivals } from './readArrivals.ts';

/**
 * @param client only this client; by default all clients, and all of them pooled
 * @param last the last count of the stream; by default each client's highest
 * @throws UsageError for a file that is not an arrivals file, for a client not in it, and for a last count that is too low
 */
export async function fitArrivals(
  path: string,
  client?: number,
  last?: number,
  progress?: Progress,
): Promise<FitReport> {
  const { received, clients } = await readArrivals(path, client, progress);
  const { highest } = received;
  if (highest === 0) {
    const [from, to] = clients;
    throw new UsageError(
      'value-range',
      '--client',
      `expected a client of ${path}, whose clients are ${from === to ? from : `from ${from} to ${to}`}, got ${client}`,
    );
  }
  if (last !== undefined && last < highest) {
    throw new UsageError(
      'value-range',
      '--last',
      `expected at least ${highest}, the highest count in ${path}, got ${last}; leave it out to end there`,
    );
  }
  return reportFits(path, received.traces(last), last !== undefined);
}
