/**
 * A decoded stream message of either protocol: the input of the display. Types only.
 */
import type { EventKind } from '../match/kinds.ts';

export interface PlayerView {
  readonly name: string;
  readonly goalMinutes: readonly number[];
  /** The minute; true for a card without a known minute; null or false for no card. */
  readonly yellowMinute: number | boolean | null;
  readonly redMinute: number | boolean | null;
}

export interface TeamView {
  /** Null if the message does not contain it. */
  readonly name: string | null;
  readonly players: readonly PlayerView[];
  readonly goalkeeper: PlayerView;
}

/** Texts are untrusted: the display makes them printable. */
export interface EventView {
  readonly count: number;
  readonly minute: number | null;
  readonly phrase: string;
  readonly score: string;
  readonly kind: EventKind | 'other';
  readonly teams: readonly [TeamView, TeamView];
}
