/**
 * The match on a scoreboard, as lines for a terminal of any size: clock, score, who has scored, cards, the last events,
 * and what the network does to the stream.
 *
 * It returns lines and never writes. Untrusted text is made printable first.
 */
import { withoutStyles } from '../base/escape.ts';
import { displayWidth, printable } from '../base/printable.ts';
import { asciiText } from './ascii.ts';
import { formatEvent } from './event.ts';
import type { EventView, PlayerView, TeamView } from './view.ts';
import { wordsOf, wrap } from './wrap.ts';
import type { Style, Word } from './wrap.ts';

export interface ScoreboardView {
  /** One line above the match: where the stream comes from. */
  readonly title: string;
  /** The event with the highest count; null before the first. */
  readonly latest: EventView | null;
  /** The last events that arrived, the latest first. */
  readonly recent: readonly EventView[];
  /** What the network does, the most important first. */
  readonly health: readonly Word[];
}

export interface BoardOptions {
  /** Columns that a line may take. */
  readonly columns: number;
  /** Rows that the board may take. */
  readonly rows: number;
  readonly colour: boolean;
  /** False: only ASCII. */
  readonly unicode: boolean;
}

/** Narrower terminals show the teams below one another. */
const SIDE_BY_SIDE_COLUMNS = 60;
/** Below this many rows the frame is left out. */
const FRAMED_ROWS = 12;
const GAP = 2;

const ROUND = { top: '╭─╮', side: '│', bottom: '╰─╯' };
const PLAIN = { top: '+-+', side: '|', bottom: '+-+' };

export function formatScoreboard(view: ScoreboardView, options: BoardOptions): string[] {
  const { columns, rows, colour } = options;
  const { latest, recent } = view;
  const title = wrap(wordsOf(printable(view.title), 'dim'), columns, colour);
  const health = wrap([...view.health], columns, colour);
  const match = latest === null ? [] : [...scoreLines(latest, options), ...deedLines(latest, options)];
  // What does not fit is left out from below the middle: the last events first, then deeds.
  const middle = match.slice(0, Math.max(0, rows - title.length - health.length));
  const left = rows - title.length - health.length - middle.length - 1;
  const events = left > 0 ? eventLines(recent, left, options) : [];
  const lines = [...title, ...middle, ...(events.length > 0 ? ['', ...events] : []), ...health].slice(-rows);
  return options.unicode ? lines : lines.map(asciiText);
}

/** Clock and score in a frame, both in the middle. */
function scoreLines(latest: EventView, { columns, rows, colour, unicode }: BoardOptions): string[] {
  const inside = columns - 2 * GAP - 2;
  const words = clockWords(latest);
  const clock = words.length === 0 ? [] : wrap(words, inside, colour);
  const score = wrap(wordsOf(printable(latest.score), 'bold'), inside, colour);
  const lines = [...clock, ...score].map((line) => centred(line, columns - 2));
  if (rows < FRAMED_ROWS) return lines;
  const { top, side, bottom } = unicode ? ROUND : PLAIN;
  const edge = ([left = '', line = '', right = '']: string): string =>
    left + line.repeat(columns - 2) + right;
  return [edge(top), ...lines.map((line) => side + line + side), edge(bottom)];
}

/** `23'`, `45' HALF-TIME`. */
const clockWords = ({ minute, kind }: EventView): Word[] => [
  ...(minute === null ? [] : [{ text: `${minute}'`, style: 'cyan' } as const]),
  ...(kind === 'halfTime' ? wordsOf('HALF-TIME', 'cyan') : []),
  ...(kind === 'fullTime' ? wordsOf('FULL TIME', 'cyan') : []),
];

/** The same as plain text. */
export const clockText = (latest: EventView): string =>
  clockWords(latest)
    .map(({ text }) => text)
    .join(' ');

const widthOf = (line: string): number => displayWidth(withoutStyles(line));

function centred(line: string, columns: number): string {
  const space = Math.max(0, columns - widthOf(line));
  return ' '.repeat(Math.floor(space / 2)) + line + ' '.repeat(Math.ceil(space / 2));
}

/** Goals and cards of both teams, side by side where there is room. */
function deedLines(latest: EventView, { columns, colour }: BoardOptions): string[] {
  const isWide = columns >= SIDE_BY_SIDE_COLUMNS;
  const each = isWide ? Math.floor((columns - GAP) / 2) : columns;
  const [one = [], other = []] = latest.teams.map((team, side) => teamLines(team, side, each, colour));
  if (!isWide) return [...one, ...other];
  return Array.from({ length: Math.max(one.length, other.length) }, (_, k) => {
    const left = one[k] ?? '';
    return left + ' '.repeat(each - widthOf(left) + GAP) + (other[k] ?? '');
  }).map((line) => line.trimEnd());
}

/** The team's goals, yellow and red cards, each in the order of their minutes; nothing for a team without any. */
function teamLines(
  { name, players, goalkeeper }: TeamView,
  side: number,
  columns: number,
  colour: boolean,
): string[] {
  const title = printable(name ?? '').trim() || (side === 0 ? 'Team A' : 'Team B');
  const all = [goalkeeper, ...players];
  const groups = [
    group(
      'goals',
      'green',
      all.flatMap((player) => player.goalMinutes.map((minute) => ({ player, minute }))),
    ),
    group(
      'yellow',
      'yellow',
      all.flatMap((player) => carded(player, player.yellowMinute)),
    ),
    group(
      'red',
      'red',
      all.flatMap((player) => carded(player, player.redMinute)),
    ),
  ].filter((words) => words.length > 0);
  if (groups.length === 0) return [];
  return [
    ...wrap(wordsOf(title, 'bold'), columns, colour),
    ...groups.flatMap((words) => wrap(words, columns, colour)),
  ];
}

interface Deed {
  readonly player: PlayerView;
  /** True where it is not known. */
  readonly minute: number | true;
}

const carded = (player: PlayerView, minute: PlayerView['redMinute']): Deed[] =>
  minute === null || minute === false ? [] : [{ player, minute }];

/** `goals Caju 5', Zuca 24'`, each in one piece; empty without any. */
function group(label: string, style: Style, deeds: readonly Deed[]): Word[] {
  if (deeds.length === 0) return [];
  const words = deeds
    .toSorted((one, other) => Number(one.minute) - Number(other.minute))
    .map(({ player, minute }, k) => ({
      text:
        (printable(player.name).trim() || '?') +
        (minute === true ? '' : ` ${minute}'`) +
        (k < deeds.length - 1 ? ',' : ''),
      style,
    }));
  return [{ text: label, style }, ...words];
}

/** As many of the last events as fit in whole, the latest last. */
function eventLines(recent: readonly EventView[], rows: number, { columns, colour }: BoardOptions): string[] {
  let lines: string[] = [];
  for (const view of recent) {
    // The score stands above.
    const text = formatEvent({ ...view, score: '' }, { colour, widthColumns: columns }).split('\n');
    if (lines.length + text.length > rows) break;
    lines = [...text, ...lines];
  }
  return lines;
}
