/**
 * One event as text for a terminal: minute, kind, score, phrase.
 *
 * It returns a text without a last line break and never writes. Untrusted text is made printable first.
 */
import { padToWidth, printable } from '../base/printable.ts';
import type { EventView } from './view.ts';
import { styled, usableWidth, wordsOf, wrap } from './wrap.ts';
import type { LineOptions, Style } from './wrap.ts';

const LABELS: Record<EventView['kind'], readonly [string, Style]> = {
  goal: ['GOAL', 'green'],
  foul: ['foul', 'dim'],
  yellowCard: ['YELLOW', 'yellow'],
  redCard: ['RED CARD', 'red'],
  kickOff: ['KICK-OFF', 'cyan'],
  missedShot: ['missed', 'plain'],
  save: ['save', 'plain'],
  dribble: ['dribble', 'plain'],
  penalty: ['PENALTY', 'bold'],
  halfTime: ['HALF-TIME', 'cyan'],
  fullTime: ['FULL TIME', 'cyan'],
  other: ['', 'plain'],
};

const LABEL_COLUMNS = Math.max(...Object.values(LABELS).map(([label]) => label.length));
const MINUTE_COLUMNS = 4;
const GAP = '  ';
/** Columns before score and phrase; continuation lines are indented by the same width. */
const MARGIN_COLUMNS = MINUTE_COLUMNS + GAP.length + LABEL_COLUMNS + GAP.length;

/** `?` for a minute that is too long for its column and so cannot be one of a match. */
function minuteText(minute: number | null): string {
  const text = minute === null ? '' : `${minute}'`;
  return (text.length > MINUTE_COLUMNS ? '?' : text).padStart(MINUTE_COLUMNS);
}

/**
 * The event, in one line if the terminal is wide enough: ` 23'  GOAL       Galáticos 1 - 0 The Bests · Goal! …`.
 * Print `formatLineups` after it.
 */
export function formatEvent(view: EventView, options: LineOptions): string {
  const { colour } = options;
  const [label, style] = LABELS[view.kind];
  const head =
    minuteText(view.minute) + GAP + styled({ text: padToWidth(label, LABEL_COLUMNS), style }, colour) + GAP;
  const score = wordsOf(printable(view.score), 'bold');
  const phrase = wordsOf(printable(view.phrase));
  const between = score.length > 0 && phrase.length > 0 ? wordsOf('·', 'dim') : [];
  const lines = wrap([...score, ...between, ...phrase], usableWidth(options) - MARGIN_COLUMNS, colour);
  return (head + lines.join(`\n${' '.repeat(MARGIN_COLUMNS)}`)).trimEnd();
}

/** The event in one plain line, without its score: `23' GOAL Caju finds the corner!`. */
export const eventLine = ({ kind, minute, phrase }: EventView): string =>
  [minuteText(minute).trim(), LABELS[kind][0], printable(phrase).trim()]
    .filter((word) => word !== '')
    .join(' ');
