/**
 * Which test files to run, and which of them may share the machine.
 *
 * Pure: it is given the paths and reads no folder.
 */

/**
 * A fast test file takes seconds, a long one minutes. The limits are for those that hang, with room for a machine that
 * has six times the work it has processors for.
 */
const LIMIT_MS = 5 * 60_000;
const LONG_LIMIT_MS = 40 * 60_000;

export interface Plan {
  /** Run several at a time. */
  readonly together: readonly string[];
  /** Run one at a time, afterwards: they judge times, or fill the machine by themselves. */
  readonly alone: readonly string[];
  /** Filters that match no file. */
  readonly unmatched: readonly string[];
  /** Longest that one file may take, milliseconds. */
  readonly limitMs: number;
}

const isIntegration = (path: string): boolean => path.startsWith('tests/integration/');
/** The start of the program is held against that of Node, and memory grows where a process cannot keep up. */
const JUDGES_MACHINE = new Set(['tests/integration/startup.test.ts', 'tests/bench/memory.long.test.ts']);

/**
 * @param paths every path below tests/, relative to the project, with forward slashes
 * @param filters parts of paths; a file is run when it contains any of them; none means all
 * @param long run the long files, and only them
 */
export function planRun(paths: readonly string[], filters: readonly string[], long: boolean): Plan {
  const candidates = paths
    .filter((path) => path.endsWith('.test.ts') && path.endsWith('.long.test.ts') === long)
    .toSorted();
  const chosen = candidates.filter(
    (path) => filters.length === 0 || filters.some((part) => path.includes(part)),
  );
  const isAlone = (path: string): boolean => JUDGES_MACHINE.has(path) || (long && isIntegration(path));
  return {
    together: chosen.filter((path) => !isAlone(path)),
    alone: chosen.filter(isAlone),
    unmatched: filters.filter((part) => !candidates.some((path) => path.includes(part))),
    limitMs: long ? LONG_LIMIT_MS : LIMIT_MS,
  };
}
