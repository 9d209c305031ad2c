/**
 * The shapes of a match: what happened, and how both teams stood right after it. Types only.
 */
import type { EventKind, EventType } from './kinds.ts';

/** Team 0 is named first in the score, team 1 second. */
export type Side = 0 | 1;

/** A player, with all that has happened to them so far and nothing that is still to come. */
export interface LineupPlayer {
  readonly name: string;
  /** Rising. A goalkeeper never scores. */
  readonly goalMinutes: readonly number[];
  /** Minute of the first yellow card. A second one shows as the red it is. */
  readonly yellowMinute: number | null;
  readonly redMinute: number | null;
}

/** The players who started, in squad order. One who has been sent off, or has gone in goal, keeps their place. */
export interface Lineup {
  /** Ten. */
  readonly players: readonly LineupPlayer[];
  readonly goalkeeper: LineupPlayer;
}

export type Lineups = readonly [Lineup, Lineup];

export interface MatchEvent {
  readonly type: EventType;
  readonly kind: EventKind;
  /** 0 at kick-off; 1 to 3 above that of the event before. */
  readonly minute: number;
  readonly phrase: string;
  /** Goals of team 0 and team 1, this event included. */
  readonly score: readonly [number, number];
  /** The team of `player`; the one that kicks off; the winner at full time. Null where there is none. */
  readonly team: Side | null;
  /** Who acts. */
  readonly player: string | null;
  /** An opponent: dribbled past, fouled, beaten, or the shooter of a saved shot. At a goalkeeper's red, who goes in goal instead. */
  readonly other: string | null;
  /** Right after this event. Unchanged line-ups, and players within them, are the same objects as before. */
  readonly lineups: Lineups;
}

export interface Match {
  readonly seed: string;
  readonly teams: readonly [string, string];
  readonly events: readonly MatchEvent[];
}
