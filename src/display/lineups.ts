/**
 * Both line-ups with goals and cards so far, as text for a terminal.
 *
 * It returns a text without a last line break and never writes. Untrusted text is made printable first.
 */
import { printable } from '../base/printable.ts';
import type { EventView, PlayerView, TeamView } from './view.ts';
import { usableWidth, wordsOf, wrap } from './wrap.ts';
import type { LineOptions, Style, Word } from './wrap.ts';

const INDENT = ' '.repeat(6);
const UNNAMED = '?';

const isCarded = (minute: PlayerView['redMinute']): minute is number | true =>
  minute !== null && minute !== false;

const cardText = (card: string, minute: number | true): string =>
  minute === true ? card : `${card} ${minute}'`;

/** ` (goal 12' 80', yellow 33')`: a player's goals and cards. Each group stays on one line and has its own style. */
function deedWords({ goalMinutes, yellowMinute, redMinute }: PlayerView): Word[] {
  const deeds: Word[] = [];
  if (goalMinutes.length > 0)
    deeds.push({ text: `goal ${goalMinutes.map((minute) => `${minute}'`).join(' ')}`, style: 'green' });
  if (isCarded(yellowMinute)) deeds.push({ text: cardText('yellow', yellowMinute), style: 'yellow' });
  if (isCarded(redMinute)) deeds.push({ text: cardText('red', redMinute), style: 'red' });
  return deeds.map(({ text, style }, index) => {
    const opening = index === 0 ? '(' : '';
    const closing = index === deeds.length - 1 ? ')' : ',';
    return { text: `${opening}${text}${closing}`, style };
  });
}

/** A player who was sent off is dim. The comma between players is part of the last word. */
function playerWords(player: PlayerView, role: string, isLast: boolean): Word[] {
  const style: Style = isCarded(player.redMinute) ? 'dim' : 'plain';
  const name = printable(player.name).trim();
  const words = [...wordsOf(`${name === '' ? UNNAMED : name}${role}`, style), ...deedWords(player)];
  const end = words.pop() as Word;
  return [...words, isLast ? end : { ...end, text: `${end.text},` }];
}

function teamLines(
  { name, players, goalkeeper }: TeamView,
  fallback: string,
  options: LineOptions,
): string[] {
  const title = printable(name ?? '').trim() || fallback;
  const words = [
    ...wordsOf(`${title}:`, 'bold'),
    ...playerWords(goalkeeper, ' [gk]', players.length === 0),
    ...players.flatMap((player, index) => playerWords(player, '', index === players.length - 1)),
  ];
  return wrap(words, usableWidth(options) - INDENT.length, options.colour);
}

const samePlayer = (a: PlayerView, b: PlayerView): boolean =>
  a.name === b.name &&
  a.yellowMinute === b.yellowMinute &&
  a.redMinute === b.redMinute &&
  a.goalMinutes.length === b.goalMinutes.length &&
  a.goalMinutes.every((minute, index) => minute === b.goalMinutes[index]);

const sameTeam = (a: TeamView, b: TeamView): boolean =>
  a.name === b.name &&
  samePlayer(a.goalkeeper, b.goalkeeper) &&
  a.players.length === b.players.length &&
  a.players.every((player, index) => samePlayer(player, b.players[index] as PlayerView));

/**
 * The line-ups under an event line: of each team whose line-up has changed, so often an empty text. `previous` is the
 * view that was formatted last; null at first: then both are shown.
 */
export function formatLineups(view: EventView, previous: EventView | null, options: LineOptions): string {
  const lines = view.teams.flatMap((team, side) => {
    const before = previous?.teams[side];
    return before !== undefined && sameTeam(before, team)
      ? []
      : teamLines(team, side === 0 ? 'Team A' : 'Team B', options);
  });
  return lines.map((line) => INDENT + line).join('\n');
}
