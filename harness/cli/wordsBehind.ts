/**
 * The words after `--` on a command line: a user's own program, with its arguments.
 */

/** The words before the first `--`, and those after it; null without `--`. */
export function splitCommand(argv: readonly string[]): {
  readonly own: string[];
  readonly command: string[] | null;
} {
  const at = argv.indexOf('--');
  if (at < 0) return { own: [...argv], command: null };
  return { own: argv.slice(0, at), command: argv.slice(at + 1) };
}
