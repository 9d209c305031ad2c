/**
 * What a client has understood of one stream message, whoever sent it: the input of the display. Types only.
 */
import type { EventKind } from '../match/kinds.ts';

export interface PlayerView {
  readonly name: string;
  readonly goalMinutes: readonly number[];
  /** The minute; true for a card whose minute the sender did not say; null or false for none. */
  readonly yellowMinute: number | boolean | null;
  readonly redMinute: number | boolean | null;
}

export interface TeamView {
  /** Null where the message does not tell it. */
  readonly name: string | null;
  readonly players: readonly PlayerView[];
  readonly goalkeeper: PlayerView;
}

/** Texts may be anything: the display makes them printable. */
export interface EventView {
  readonly count: number;
  readonly minute: number | null;
  readonly phrase: string;
  readonly score: string;
  readonly kind: EventKind | 'other';
  readonly teams: readonly [TeamView, TeamView];
}
