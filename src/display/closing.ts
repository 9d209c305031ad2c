/**
 * What the network did to one stream, as the few lines that matter to a person; and the same in one line while it runs.
 *
 * It returns texts and never writes. What was not measured, and what there was nothing of besides the counts that everybody
 * asks for, is left out.
 */
import { COLUMN_GAP, columnWidths } from '../base/textTable.ts';
import type { Statistics } from '../metrics/catalogue.ts';
import type { Style, Word } from './wrap.ts';
import { wordsOf, wrap } from './wrap.ts';

/** Of these everybody wants to know that there were none. */
const ASKED = [
  ['lost', 'lost'],
  ['twice', 'duplicates'],
  ['out of order', 'reordered'],
] as const satisfies readonly (readonly [string, keyof Statistics])[];

/** Of these nobody asks unless there are any. */
const UNASKED = [
  ['corrupted', 'corrupted'],
  ['malformed', 'malformed'],
  ['too late to tell', 'outside_window'],
  ['before the first', 'before_first'],
] as const satisfies readonly (readonly [string, keyof Statistics])[];

/** Narrower terminals break the lines themselves. */
const MIN_TEXT_COLUMNS = 16;

const badIf = (isBad: boolean): Style => (isBad ? 'red' : 'plain');

/** A time as a person reads it: `0.04 ms`, `12.3 ms`, `2.41 s`. */
export function formatUs(timeUs: number): string {
  const [value, unit] = Math.abs(timeUs) >= 1e6 ? [timeUs / 1e6, 's'] : [timeUs / 1e3, 'ms'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** `4.88 %`; shares too small for that are `below 0.01 %`. */
function percent(ratio: number): string {
  const value = 100 * ratio;
  return value > 0 && value < 0.01 ? 'below 0.01 %' : `${Number(value.toPrecision(3))} %`;
}

/**
 * The lines, each a label and its figures, with colours on a terminal.
 * @param columns at which lines are broken; null for never
 */
export function closingLines(statistics: Statistics, columns: number | null, colour: boolean): string[] {
  const { received, unique, sent, loss_ratio: lossRatio } = statistics;
  const rows: { readonly label: string; readonly text: string; readonly style: Style }[] = [];
  const row = (label: string, text: string, style: Style = 'plain'): void =>
    void rows.push({ label, text, style });
  // A copy of a datagram is no further one of those that were sent.
  if (received !== null) row('received', sent === null ? `${received}` : `${unique} of ${sent}`);
  for (const [label, metric] of ASKED) {
    const count = statistics[metric];
    if (count === null) continue;
    const share = metric === 'lost' && count > 0 && lossRatio !== null ? ` (${percent(lossRatio)})` : '';
    row(label, `${count}${share}`, badIf(count > 0));
  }
  for (const [label, metric] of UNASKED) {
    const count = statistics[metric];
    if (count !== null && count > 0) row(label, `${count}`, 'red');
  }
  const { jitter_us: jitterUs, pdv_max_us: lateUs, pdv_p99_us: late99Us } = statistics;
  if (lateUs !== null && late99Us !== null)
    row('late', `at most ${formatUs(lateUs)} after the earliest; 99 % within ${formatUs(late99Us)}`);
  if (jitterUs !== null) row('jitter', formatUs(jitterUs));
  const labels = columnWidths(rows.map(({ label }) => [label]))[0] ?? 0;
  const space = ' '.repeat(COLUMN_GAP);
  const room = columns === null ? Infinity : Math.max(MIN_TEXT_COLUMNS, columns - labels - COLUMN_GAP);
  return rows.flatMap(({ label, text, style }) =>
    wrap(wordsOf(text, style), room, colour).map(
      (line, k) => (k === 0 ? label : '').padEnd(labels) + space + line,
    ),
  );
}

/** The same in one line, as parts to be wrapped. @param perSecond the rate of the last seconds; null if unknown */
export function healthWords(statistics: Statistics, perSecond: number | null): Word[] {
  const words: Word[] = [{ text: `received ${statistics.received ?? 0}`, style: 'bold' }];
  if (perSecond !== null) words.push({ text: `${Number(perSecond.toPrecision(3))}/s`, style: 'plain' });
  for (const [label, metric] of ASKED) {
    const count = statistics[metric];
    if (count !== null) words.push({ text: `${label} ${count}`, style: badIf(count > 0) });
  }
  const { jitter_us: jitterUs } = statistics;
  if (jitterUs !== null) words.push({ text: `jitter ${formatUs(jitterUs)}`, style: 'plain' });
  return words.map((word, k) => (k === words.length - 1 ? word : { ...word, text: `${word.text},` }));
}
