/**
 * The event with the largest possible datagram, so that unsuitable squads can be refused at the start.
 *
 * It is synthetic: every part has its maximum size, which no real match reaches.
 */
import { EVENT_TYPES } from './kinds.ts';
import { MAX_FULL_TIME_MINUTE, MAX_GOALS, MAX_REDS, MAX_YELLOWS } from './limits.ts';
import { fillPhrase, PHRASES } from './phrases.ts';
import type { Language } from './phrases.ts';
import { freshLineup } from './pitch.ts';
import type { Squads } from './squads.ts';
import type { MatchEvent } from './types.ts';

/** Size of a text as a JSON string in UTF-8, escapes included. */
const jsonSizeBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));

const longest = (texts: readonly string[]): string =>
  texts.reduce((found, text) => (jsonSizeBytes(text) > jsonSizeBytes(found) ? text : found));

/**
 * The largest event that these squads allow, with its line-ups. A new entry takes more bytes than another minute in a
 * list, so every goal and card goes to a different player: goals to team 0, cards to team 1.
 */
export function worstMatchEvent(squads: Squads, phrases: Language): MatchEvent {
  const [first, second] = squads.teams;
  const player = longest([first, second].flatMap((squad) => [...squad.players, squad.goalkeeper]));
  const team = longest([first.name, second.name]);
  const templates = Object.values(PHRASES[phrases]).flat() as string[];
  const scorers = freshLineup(first);
  const carded = freshLineup(second);
  const minute = MAX_FULL_TIME_MINUTE;
  return {
    type: EVENT_TYPES.fullTime,
    kind: 'fullTime',
    minute,
    phrase: longest(templates.map((template) => fillPhrase(template, { player, other: player, team }))),
    score: [MAX_GOALS, 0],
    team: 0,
    player,
    other: player,
    lineups: [
      {
        ...scorers,
        players: scorers.players.map((one, place) => ({
          ...one,
          goalMinutes: place < MAX_GOALS ? [minute] : [],
        })),
      },
      {
        ...carded,
        players: carded.players.map((one, place) => ({
          ...one,
          yellowMinute: place < MAX_YELLOWS ? minute : null,
          redMinute: place < MAX_REDS ? minute : null,
        })),
      },
    ],
  };
}
