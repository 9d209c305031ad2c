/**
 * The message for an option that the command lacks and another command has.
 *
 * Loaded only for such an option.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { isNear } from '../../../src/base/near.ts';
import { KNOBS } from '../../impairment/knobs.ts';
import { foreignMeaning } from '../../impairment/foreignNames.ts';
import { valueFor } from './mistakes.ts';
import type { KnownCommand } from './mistakes.ts';

const longOf = (flags: string): string => flags.split(' ')[0] as string;
const takenBy = (flags: string): string | null => /<(.*)>/.exec(flags)?.[1] ?? null;

/** The impairment options, with their values. */
const IMPAIRMENTS = new Map<string, string | null>([
  ...KNOBS.map(({ flags }) => [longOf(flags), takenBy(flags)] as const),
  ['--preset', 'name'],
  ['--scenario', 'file'],
  ['--impair-control', null],
]);

/** How to impair the network of a command without impairments, given the flags. */
const INSTEAD: Readonly<Record<string, (flags: string) => string>> = {
  live: (flags) =>
    'nothing stands between its server and its clients; say matchstream record --out match.jsonl, ' +
    `then matchstream replay match.jsonl ${flags}`,
  record: (flags) =>
    `it records what is sent; say matchstream replay FILE ${flags} to play it through a bad network`,
  server: (flags) => `a proxy impairs; say matchstream proxy ${flags} --upstream with the server's address`,
  client: (flags) =>
    `a proxy impairs; say matchstream proxy ${flags}, and give its address to the client as --server`,
  run: (flags) => `its impairments are fixed; say matchstream replay FILE ${flags}`,
  bench: (flags) => `it measures without impairment; say matchstream replay FILE ${flags}`,
  fit: (flags) => `it prints flags and takes none; say matchstream replay FILE ${flags}`,
  'scenario show': (flags) => `it shows presets and scenario files; say matchstream replay FILE ${flags}`,
};

/**
 * The message; null if no command has the option, or if this command has one with a similar name.
 * @param others every command, including this one
 */
export function elsewhere(
  command: KnownCommand,
  flag: string,
  value: string | undefined,
  others: readonly KnownCommand[],
): UsageError | null {
  if (command.options.some(({ long }) => isNear(long, flag))) return null;
  const impairment = IMPAIRMENTS.has(flag) ? flag : foreignMeaning(flag, (long) => IMPAIRMENTS.has(long));
  const instead = INSTEAD[command.name];
  if (impairment !== null && instead !== undefined) {
    const takes = IMPAIRMENTS.get(impairment) ?? null;
    const flags =
      takes === null ? impairment : `${impairment} ${valueFor(takes, flag, value) ?? `<${takes}>`}`;
    return new UsageError(
      'unknown-option',
      command.name,
      `expected no impairment, got ${flag}: ${instead(flags)}`,
    );
  }
  const having = others
    .filter(({ options }) => options.some(({ long }) => long === flag))
    .map(({ name }) => name);
  if (having.length === 0) return null;
  const names =
    having.length === 1 ? `${having[0]} has` : `${having.slice(0, -1).join(', ')} and ${having.at(-1)} have`;
  return new UsageError(
    'unknown-option',
    null,
    `unknown option '${flag}'; ${command.name} has none, ${names}; see matchstream ${command.name} --help`,
  );
}
