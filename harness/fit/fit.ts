/**
 * Reads what arrived somewhere and fits it: what `--arrivals` wrote, a recording or a capture. It writes nothing.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/progress.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { beginsLikeRecording } from '../recording/reader.ts';
import { reportFits } from './fitReport.ts';
import type { FitReport } from './fitReport.ts';
import { readArrivals } from './readArrivals.ts';
import { readRecorded } from './readRecorded.ts';

export interface FitOptions {
  /** Of a recording or a capture; null: recognised where it can be. */
  readonly protocol?: Protocol | null;
  /** Of a proxy's list: what came in or what left. Default: exit. */
  readonly at?: 'entry' | 'exit' | undefined;
  readonly progress?: Progress | undefined;
}

/** The name that a folder's list has. */
const IN_FOLDER = 'arrivals.csv';

/**
 * @param path a file, or a report folder with `arrivals.csv` in it
 * @param client only this client or flow; by default all, and all of them pooled
 * @param last the last count of the stream; by default the highest that is known of each
 * @throws UsageError for a file that is none of these, for a client not in it, and for a last count that is too low
 */
export async function fitArrivals(
  path: string,
  client?: number,
  last?: number,
  { protocol = null, at, progress }: FitOptions = {},
): Promise<FitReport> {
  const file = await fileIn(path);
  const isRecording = await beginsLikeRecording(file);
  if (isRecording && at !== undefined) refuseBeside('--at', 'a list that --arrivals of a proxy wrote', file);
  if (!isRecording && protocol !== null) refuseBeside('--protocol', 'a recording or a capture', file);
  const arrivals = isRecording
    ? await readRecorded({ path: file, protocol, wanted: client, progress })
    : await readArrivals(file, client, at ?? 'exit', progress);
  const { received, numbers, groups } = arrivals;
  if (groups === null && at !== undefined)
    refuseBeside('--at', 'a list that --arrivals of a proxy wrote', file);
  const { highest } = received;
  if (highest === 0) {
    const [from, to] = numbers;
    const what = groups === null ? 'client' : 'flow';
    throw new UsageError(
      'value-range',
      '--client',
      `expected a ${what} of ${file}, whose ${what}s are ${from === to ? from : `from ${from} to ${to}`}, got ${client}`,
    );
  }
  if (last !== undefined && last < highest) {
    throw new UsageError(
      'value-range',
      '--last',
      `expected at least ${highest}, the highest count in ${file}, got ${last}; leave it out to end there`,
    );
  }
  return reportFits(path, received.traces(last), { lastIsGiven: last !== undefined, ...arrivals });
}

function refuseBeside(option: string, what: string, file: string): never {
  throw new UsageError('conflict', option, `expected ${what} beside it, got ${file}; leave it out`);
}

/** A folder's list; any other path is that of a file, which may not exist. */
async function fileIn(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return path;
  const file = join(path, IN_FOLDER);
  const isThere = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isThere) return file;
  throw new UsageError(
    'file-unreadable',
    path,
    `expected a folder with ${IN_FOLDER}, got one without; give a file, or run it again with --arrivals ${file}`,
  );
}
