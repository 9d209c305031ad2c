/**
 * What one receiver has seen of the match, as plain data: for a scoreboard that is drawn elsewhere.
 *
 * Untrusted text is made printable first.
 */
import { printable } from '../base/printable.ts';
import { eventLine } from './event.ts';
import { clockText } from './scoreboard.ts';
import type { EventView } from './view.ts';

export interface SeenMatch {
  readonly home: string;
  readonly away: string;
  /** Null where it cannot be read. */
  readonly score: readonly [number, number] | null;
  /** `23'`, `45' HALF-TIME`. */
  readonly clock: string;
  /** The last events, a line each, the latest first. */
  readonly events: readonly string[];
}

/** A team's name and goals, and the other's. */
const SCORE = /^(.*) (\d{1,3}) - (\d{1,3}) (.*)$/su;

/**
 * @param latest the event with the highest count
 * @param recent the last events that arrived, the latest first
 */
export function seenMatch(latest: EventView, recent: readonly EventView[]): SeenMatch {
  const [, home = '', homeGoals, awayGoals, away = ''] = SCORE.exec(latest.score) ?? [];
  return {
    home: printable(home).trim() || 'Team A',
    away: printable(away).trim() || 'Team B',
    score: homeGoals === undefined ? null : [Number(homeGoals), Number(awayGoals)],
    clock: clockText(latest),
    events: recent.map(eventLine),
  };
}
