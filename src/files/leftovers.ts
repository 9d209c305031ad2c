/**
 * What processes that were killed left of the files they were writing: the next one that writes into the folder removes
 * it. Recordings are kept, and named: what they hold can be read, and perhaps not be had again.
 *
 * An edge module.
 */
import { closeSync, lstatSync, openSync, readSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** `NAME.PID-N.tmp`, and `NAME.PID-client-N.tmp` for the part of one client. */
const LEFTOVER = /^(.+)\.([1-9]\d{0,9})-(?:client-)?\d+\.tmp$/;
const RECORDING_NAME = /\.jsonl(?:\.gz)?$/;
/** JSON lines too, but they can be had again at any time: every fate follows from the seed. */
const FATES_NAME = /^fates-\d+-(?:down|up)[\w-]*\.jsonl$/;
/** A recording has any name; compressed, it is the only file of ours that is. */
const RECORDING_STARTS = [Buffer.from('{"format":"matchstream-recording"'), Buffer.from([0x1f, 0x8b])];

const searched = new Set<string>();
let tell: (path: string) => void = () => undefined;

/** Whom to tell of a recording that was left; nobody, until this is called. */
export function tellLeftRecordings(listener: (path: string) => void): void {
  tell = listener;
}

/**
 * The name for a file that is not whole yet.
 * @param part what tells it from the others that the same process writes: a number, or `client-` and a number
 */
export const temporaryPath = (path: string, processId: number, part: number | `client-${number}`): string =>
  `${path}.${processId}-${part}.tmp`;

/** Looks through a folder once a process. Whatever goes wrong is no reason not to write there. */
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
    // It is gone by now, or somebody else's.
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

/** Whether there is such a process, as far as can be told. A number that was given to another one keeps the file. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
