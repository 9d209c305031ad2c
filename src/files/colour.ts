/**
 * Whether a stream gets colours, and whether it takes more than ASCII: by the terminal, and by what the user says in the
 * environment.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `NO_COLOR` (not empty: no-color.org) says no, then `FORCE_COLOR` (0 or false says no, anything else yes), then a
 * terminal says yes, unless it is a dumb one.
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: Environment = process.env): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return !['0', 'false'].includes(force.toLowerCase());
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** Whether the locale is UTF-8, by the first of these variables that is set; where none is, the terminal will be. */
export function wantsUnicode(env: Environment = process.env): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((one) => (one ?? '') !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}
