/**
 * What stands behind `--` on a command line: a program of the user's own, with its arguments.
 *
 * Pure.
 */

/** The words before the first `--`, and those behind it; null where there is none. */
export function splitCommand(argv: readonly string[]): {
  readonly own: string[];
  readonly command: string[] | null;
} {
  const at = argv.indexOf('--');
  if (at < 0) return { own: [...argv], command: null };
  return { own: argv.slice(0, at), command: argv.slice(at + 1) };
}
