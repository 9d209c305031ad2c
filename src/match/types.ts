/**
 * The types of a match: its events, and both line-ups after each. Types only.
 */
import type { EventKind, EventType } from './kinds.ts';

/** Team 0 is named first in the score, team 1 second. */
export type Side = 0 | 1;

/** A player, with goals and cards up to the event. */
export interface LineupPlayer {
  readonly name: string;
  /** Rising. A goalkeeper never scores. */
  readonly goalMinutes: readonly number[];
  /** Minute of the first yellow card. A second one is recorded as a red card. */
  readonly yellowMinute: number | null;
  readonly redMinute: number | null;
}

/** The starting players, in squad order. A player who was sent off, or took over in goal, keeps the place. */
export interface Lineup {
  /** Ten. */
  readonly players: readonly LineupPlayer[];
  readonly goalkeeper: LineupPlayer;
}

export type Lineups = readonly [Lineup, Lineup];

export interface MatchEvent {
  readonly type: EventType;
  readonly kind: EventKind;
  /** 0 at kick-off; then 1 to 3 more than the previous event's. */
  readonly minute: number;
  readonly phrase: string;
  /** Goals of team 0 and team 1, this event included. */
  readonly score: readonly [number, number];
  /** The team of `player`; at a kick-off the team that kicks off; at full time the winner. Null without one. */
  readonly team: Side | null;
  /** Who acts. */
  readonly player: string | null;
  /**
   * An opponent: dribbled past, fouled, beaten, or the shooter of a saved shot. At a goalkeeper's red card, the
   * team-mate who takes over in goal.
   */
  readonly other: string | null;
  /** Right after this event. Unchanged line-ups, and players within them, are the same objects as before. */
  readonly lineups: Lineups;
}

export interface Match {
  readonly seed: string;
  readonly teams: readonly [string, string];
  readonly events: readonly MatchEvent[];
}
