/**
 * Guards against a native library that crashes the process that loads it: the crash cannot be caught, but the next
 * process can detect it.
 *
 * While koffi is loaded and tested, a marker file exists; it costs a fraction of a millisecond. A process that finds
 * the marker of a dead process lets a child process try first, and does not load the library if the child dies.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Longer than any loading takes: an older marker may have the id of an unrelated process. */
const MAX_LOADING_MS = 60_000;
/** A child that hangs counts as failed. */
const MAX_TRYING_MS = 20_000;

export interface LoadGuard {
  /** Why the library must not be loaded; null if it may be. */
  readonly obstacle: string | null;
  /** Removes the marker: the library was loaded and tested. */
  lower(): void;
}

const nothing = (): void => undefined;

/** To be called before the library is loaded. */
export function raiseGuard(): LoadGuard {
  const path = join(tmpdir(), `matchstream-loads-koffi-${process.getuid?.() ?? ''}`);
  try {
    if (!mark(path)) {
      if (isBeingLoaded(path)) return { obstacle: null, lower: nothing };
      const obstacle = tryInChild();
      if (obstacle !== null) return { obstacle, lower: nothing };
      rmSync(path, { force: true });
      mark(path);
    }
    return { obstacle: null, lower: () => rmSync(path, { force: true }) };
  } catch {
    // Without a writable folder there is no guard.
    return { obstacle: null, lower: nothing };
  }
}

/** Creates the marker. False if it exists already. */
function mark(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/** Whether the process that made the marker is still loading. */
function isBeingLoaded(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > MAX_LOADING_MS) return false;
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return true;
  } catch (cause) {
    // The process belongs to another user and cannot be signalled, or the marker was just removed.
    const { code } = cause as NodeJS.ErrnoException;
    return code === 'EPERM' || code === 'ENOENT';
  }
}

/** Loads and tests the library in a child process. */
function tryInChild(): string | null {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const [native, probe, clock] = ['./native', './probe', '../clock'].map((name) =>
    JSON.stringify(new URL(`${name}${extension}`, import.meta.url).href),
  );
  const script = `
    const { loadNativeSockets } = await import(${native});
    const { findObstacle } = await import(${probe});
    const { MonotonicClock } = await import(${clock});
    const loaded = await loadNativeSockets();
    if (loaded.ok) await findObstacle(loaded.value, new MonotonicClock());
  `;
  const { error, signal, status } = spawnSync(
    process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script],
    { stdio: 'ignore', timeout: MAX_TRYING_MS },
  );
  if (error === undefined && signal === null && status === 0) return null;
  const how = signal ?? (status === null ? (error?.message ?? 'for no known reason') : `exit code ${status}`);
  return `koffi ended the process that loaded it (${how}); update it with "npm install koffi@latest"`;
}
