/**
 * Who plays: two teams of ten outfield players and a goalkeeper.
 *
 * It parses text that the caller has loaded, and never throws on it.
 */
import { createHash } from 'node:crypto';
import * as check from '../base/arguments.ts';
import type { Check } from '../base/arguments.ts';
import { decoded, refused } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import { MAX_NAME_LENGTH, OUTFIELD_PLAYERS } from './limits.ts';

export interface Squad {
  readonly name: string;
  readonly goalkeeper: string;
  /** Ten. */
  readonly players: readonly string[];
}

export interface Squads {
  readonly teams: readonly [Squad, Squad];
}

/** Checks squads given by a program; `parseSquads` reads those of a file. */
export const checkSquads: Check = check.having({
  teams: check.listOf(
    2,
    'squads',
    check.having({
      name: check.text,
      goalkeeper: check.text,
      players: check.listOf(OUTFIELD_PLAYERS, 'names', check.text),
    }),
  ),
});

// Control and format characters (including those that change the direction of writing), halves of surrogate pairs, line
// and paragraph separators.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What is wrong with a name, or null. */
function nameFault(value: unknown, where: string): string | null {
  if (typeof value !== 'string') return `${where}: expected a name in quotes, got ${describe(value)}`;
  if (value.trim() === '') return `${where}: expected a name, got an empty one`;
  const got = JSON.stringify(value);
  if (value !== value.trim()) return `${where}: expected no space around the name, got ${got}`;
  if (UNPRINTABLE.test(value)) return `${where}: expected no control characters in a name, got ${got}`;
  const length = [...value].length;
  if (length > MAX_NAME_LENGTH)
    return `${where}: expected a name of at most ${MAX_NAME_LENGTH} characters, got ${length}`;
  return null;
}

const describe = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** An object with these keys and no others. */
function readObject(
  value: unknown,
  where: string,
  keys: readonly string[],
): Decoded<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused(`${where}: expected an object with ${keys.join(', ')}, got ${describe(value)}`);
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    return refused(`${where}: expected only ${keys.join(', ')}, got ${JSON.stringify(unknown)}`);
  return decoded(value as Record<string, unknown>);
}

function readSquad(value: unknown, where: string): Decoded<Squad> {
  const object = readObject(value, where, ['name', 'goalkeeper', 'players']);
  if (!object.ok) return object;
  const { name, goalkeeper, players } = object.value;
  if (!Array.isArray(players) || players.length !== OUTFIELD_PLAYERS) {
    return refused(
      `${where}.players: expected ${OUTFIELD_PLAYERS} names beside the goalkeeper, got ${describe(players)}`,
    );
  }
  const fault =
    nameFault(name, `${where}.name`) ??
    nameFault(goalkeeper, `${where}.goalkeeper`) ??
    players
      .map((player: unknown, index) => nameFault(player, `${where}.players[${index}]`))
      .find((found) => found !== null);
  if (fault !== undefined && fault !== null) return refused(fault);
  return decoded({ name, goalkeeper, players } as Squad);
}

/**
 * The first repeated name; null without one. Names are compared in Unicode normal form, so that composed and separate
 * accents are equal.
 */
function repeatedName(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names) {
    const form = name.normalize('NFC');
    if (seen.has(form)) return name;
    seen.add(form);
  }
  return null;
}

/**
 * Reads a squads file: `{"teams":[{"name":"…","goalkeeper":"…","players":["…", ten in all]}, …]}`. The reason of a
 * refusal gives the place, the expected value and the actual one.
 */
export function parseSquads(text: string): Decoded<Squads> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    return refused(`squads: expected JSON, got a text that is not: ${(cause as Error).message}`);
  }
  const object = readObject(content, 'squads', ['teams']);
  if (!object.ok) return object;
  const { teams } = object.value;
  if (!Array.isArray(teams) || teams.length !== 2)
    return refused(`teams: expected a list of 2 teams, got ${describe(teams)}`);
  const first = readSquad(teams[0], 'teams[0]');
  if (!first.ok) return first;
  const second = readSquad(teams[1], 'teams[1]');
  if (!second.ok) return second;
  const both = [first.value, second.value] as const;
  const repeatedTeam = repeatedName(both.map((squad) => squad.name));
  if (repeatedTeam !== null)
    return refused(`teams: expected two different team names, got ${JSON.stringify(repeatedTeam)} twice`);
  const repeated = repeatedName(both.flatMap((squad) => [...squad.players, squad.goalkeeper]));
  if (repeated !== null)
    return refused(
      `teams: expected a different name for every player of a match, got ${JSON.stringify(repeated)} twice`,
    );
  return decoded({ teams: both });
}

/**
 * SHA-256, in hex, of the squads as JSON with keys in a fixed order, so that the layout of the file does not matter.
 */
export function squadsHash(squads: Squads): string {
  checkSquads(squads, 'squadsHash');
  const canonical = {
    teams: squads.teams.map(({ name, goalkeeper, players }) => ({ name, goalkeeper, players })),
  };
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
