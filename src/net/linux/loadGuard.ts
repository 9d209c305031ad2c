/**
 * What is done about a library that ends the process which loads it: nobody can catch that, but the next one can know.
 *
 * An edge module. While koffi is loaded and tried, a file says so; it takes a fraction of a millisecond. Who finds the file
 * of a process that is gone lets a child try first, which takes a start of Node, and does without where the child dies.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Longer than any loading takes: a process of that number may be another one by now. */
const MAX_LOADING_MS = 60_000;
/** A child that hangs is no better than one that dies. */
const MAX_TRYING_MS = 20_000;

export interface LoadGuard {
  /** Why the library must not be loaded here; null where it may be. */
  readonly obstacle: string | null;
  /** It was loaded and tried, and the process is still there. */
  lower(): void;
}

const nothing = (): void => undefined;

/** Call before the library is loaded. */
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
    // Where nothing can be written, nothing can be known either.
    return { obstacle: null, lower: nothing };
  }
}

/** False where there is a mark already. */
function mark(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/** Whether who left the mark is still at it. */
function isBeingLoaded(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > MAX_LOADING_MS) return false;
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return true;
  } catch (cause) {
    // It belongs to another user, who may not be sent a signal, or the mark was removed just now.
    const { code } = cause as NodeJS.ErrnoException;
    return code === 'EPERM' || code === 'ENOENT';
  }
}

/** Loads and tries everything in a process of its own. */
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
