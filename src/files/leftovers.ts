/**
 * Temporary files of processes that were killed: the next process that writes into the folder removes them. Recordings
 * are kept and reported: they can be read, and may not be reproducible.
 */
import { closeSync, lstatSync, openSync, readSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** `NAME.PID-N.tmp`, and `NAME.PID-client-N.tmp` for the part of one client. */
const LEFTOVER = /^(.+)\.([1-9]\d{0,9})-(?:client-)?\d+\.tmp$/;
const RECORDING_NAME = /\.jsonl(?:\.gz)?$/;
/** Fate files are JSON lines too, but reproducible: every fate follows from the seed. */
const FATES_NAME = /^fates-\d+-(?:down|up)[\w-]*\.jsonl$/;
/** A recording may have any name, so it is recognised by its first bytes. No other file of ours is compressed. */
const RECORDING_STARTS = [Buffer.from('{"format":"matchstream-recording"'), Buffer.from([0x1f, 0x8b])];

const searched = new Set<string>();
let tell: (path: string) => void = () => undefined;

/** Sets the listener for recordings that were left behind. */
export function tellLeftRecordings(listener: (path: string) => void): void {
  tell = listener;
}

/**
 * The temporary name of an unfinished file.
 * @param part distinguishes it from other files of the same process: a number, or `client-` and a number
 */
export const temporaryPath = (path: string, processId: number, part: number | `client-${number}`): string =>
  `${path}.${processId}-${part}.tmp`;

/** Clears a folder once per process. Errors are ignored: they do not prevent writing there. */
export function clearLeftovers(folder: string): void {
  const place = resolve(folder);
  if (searched.has(place)) return;
  searched.add(place);
  let names: string[];
  try {
    names = readdirSync(place);
  } catch {
    return;
  }
  for (const name of names) {
    const [, whole = '', processId = ''] = LEFTOVER.exec(name) ?? [];
    if (whole !== '' && !isAlive(Number(processId))) clearOne(join(folder, name), whole);
  }
}

function clearOne(path: string, whole: string): void {
  try {
    const there = lstatSync(path);
    if (!there.isFile()) return;
    if (there.size > 0 && isRecording(path, whole)) tell(path);
    else rmSync(path, { force: true });
  } catch {
    // It was removed meanwhile, or belongs to another user.
  }
}

function isRecording(path: string, whole: string): boolean {
  if (RECORDING_NAME.test(whole) && !FATES_NAME.test(whole)) return true;
  const start = Buffer.alloc(64);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return RECORDING_STARTS.some((known) => start.subarray(0, known.length).equals(known));
}

/** Whether this process exists, as far as can be determined. If its id is in use again, the file is kept. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
