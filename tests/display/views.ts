/** Views the display tests share. */
import type { EventView, PlayerView, TeamView } from '../../src/display/view.ts';

export const player = (name: string, deeds: Partial<PlayerView> = {}): PlayerView => ({
  name,
  goalMinutes: [],
  yellowMinute: null,
  redMinute: null,
  ...deeds,
});

export const team = (name: string | null, ...players: PlayerView[]): TeamView => ({
  name,
  players,
  goalkeeper: player(`${name ?? 'no'}-gk`),
});

export const view = (change: Partial<EventView> = {}): EventView => ({
  count: 7,
  minute: 23,
  phrase: 'Goal! Ana scores.',
  score: 'Reds 1 - 0 Blues',
  kind: 'goal',
  teams: [team('Reds', player('Ana'), player('Bia')), team('Blues', player('Cid'))],
  ...change,
});

export const PLAIN = { colour: false, widthColumns: 80 } as const;
export const COLOUR = { colour: true, widthColumns: 80 } as const;
