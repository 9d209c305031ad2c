/**
 * A difference of two runs as text: lines for a terminal, and every figure as CSV, Markdown or a page. Foreign text stays text.
 */
import { stringify } from 'csv-stringify/sync';
import { escaped } from '../../src/base/escape.ts';
import { counted, formatNumber } from '../../src/base/figures.ts';
import { formatText } from '../report/csv.ts';
import { htmlText } from '../report/htmlText.ts';
import { prose, table } from '../report/twins/markdown.ts';
import { MAX_P, MIN_RUNS, isRegression } from './diffRuns.ts';
import type { ExactFigure, RunDifference, SampledFigure } from './diffRuns.ts';

/** Exact figures that are named one by one on a terminal. */
const MAX_NAMED = 20;
const DIGITS = 4;

const rounded = (value: number): string => formatNumber(Number(value.toPrecision(DIGITS)));
const percent = (ratio: number): string => `${ratio >= 1 ? '+' : ''}${rounded((ratio - 1) * 100)} %`;

/** What both runs are called. */
export interface DiffNames {
  readonly before: string;
  readonly after: string;
}

const describeExact = ({ subject, figure, before, after, result }: ExactFigure): string => {
  const name = `${subject}: ${figure}`;
  if (result === 'only before') return `  gone: ${name} was ${before}`;
  if (result === 'only after') return `  new: ${name} is ${after}`;
  return `  differs: ${name} was ${before}, is ${after}`;
};

function describeSampled(one: SampledFigure): string {
  const { subject, figure, medianBefore, medianAfter, ratio, ratioLow, ratioHigh, p, result } = one;
  const change =
    ratio === null
      ? ''
      : `, ${percent(ratio)} (${percent(ratioLow ?? ratio)} to ${percent(ratioHigh ?? ratio)})`;
  return `  ${result}: ${subject}: ${figure} ${rounded(medianBefore)} to ${rounded(medianAfter)}${change}, p ${rounded(p ?? 1)}`;
}

/** The sentence that says it all. */
export function diffSentence(difference: RunDifference): string {
  const changed = difference.exact.filter(({ result }) => result !== 'equal').length;
  const worse = difference.sampled.filter(({ result }) => result === 'worse').length;
  if (!isRegression(difference)) return 'Nothing differs that may not, and nothing is worse.';
  const parts = [
    ...(changed > 0
      ? [`${counted(changed, 'exact figure')} ${changed === 1 ? 'is' : 'are'} not what it was`]
      : []),
    ...(worse > 0 ? [`${counted(worse, 'benchmark figure')} ${worse === 1 ? 'is' : 'are'} worse`] : []),
  ];
  return `${parts.join(', and ').replace('figures are not what it was', 'figures are not what they were')}.`;
}

export function diffLines(difference: RunDifference, threshold: number): string[] {
  const { exact, sampled, unjudgedTimes } = difference;
  const changed = exact.filter(({ result }) => result !== 'equal');
  const judged = sampled.filter(({ result }) => result !== 'not judged');
  const moved = judged.filter(({ result }) => result !== 'same');
  const few = sampled.length - judged.length;
  const more = changed.length - MAX_NAMED;
  return [
    `${counted(exact.length, 'exact figure')}: ${exact.length - changed.length} equal, ${changed.length} not`,
    ...changed.slice(0, MAX_NAMED).map(describeExact),
    ...(more > 0 ? [`  and ${more} more; --out FILE.csv has all`] : []),
    ...(judged.length === 0
      ? []
      : [
          `${counted(judged.length, 'benchmark figure')}: ${judged.length - moved.length} the same, ${moved.length} changed by more than ` +
            `${rounded(threshold * 100)} % (p < ${MAX_P}, corrected)`,
        ]),
    ...moved.map(describeSampled),
    ...(few === 0
      ? []
      : [
          `not judged: ${counted(few, 'benchmark figure')} of fewer than ${MIN_RUNS} runs a side; say bench --runs ${MIN_RUNS}`,
        ]),
    ...(unjudgedTimes === 0
      ? []
      : [
          `not judged: ${counted(unjudgedTimes, 'time')} of one run on the real clock, which says nothing of the next`,
        ]),
    diffSentence(difference),
  ].map(escaped);
}

const COLUMNS = [
  'kind',
  'subject',
  'figure',
  'before',
  'after',
  'runs_before',
  'runs_after',
  'ratio',
  'ratio_low',
  'ratio_high',
  'superiority',
  'p',
  'result',
] as const;

const number = (value: number | null): string => (value === null ? '' : formatNumber(value));

/** A row a figure, cells as text. */
const cellsOf = ({ exact, sampled }: RunDifference): string[][] => [
  ...exact.map((one) => [
    'exact',
    one.subject,
    one.figure,
    one.before,
    one.after,
    '1',
    '1',
    '',
    '',
    '',
    '',
    '',
    one.result,
  ]),
  ...sampled.map((one) => [
    'sample',
    one.subject,
    one.figure,
    number(one.medianBefore),
    number(one.medianAfter),
    String(one.runsBefore),
    String(one.runsAfter),
    number(one.ratio),
    number(one.ratioLow),
    number(one.ratioHigh),
    number(one.superiority),
    number(one.p),
    one.result,
  ]),
];

/** A figure below 0 begins like a formula and is none. */
const csvCell = (text: string): string => (Number.isNaN(Number(text)) ? formatText(text) : text);

/** As HTML: escaped first, as in every other text. */
const cellHtml = (text: string): string => htmlText(escaped(text));

const csv = (difference: RunDifference): string =>
  stringify([[...COLUMNS], ...cellsOf(difference).map((cells) => cells.map(csvCell))]);

function markdown(difference: RunDifference, { before, after }: DiffNames): string {
  const rows = cellsOf(difference).filter((cells) => !['equal', 'same'].includes(cells.at(-1) as string));
  return [
    `### ${isRegression(difference) ? '❌' : '✅'} ${prose(diffSentence(difference))}`,
    '',
    `${prose(before)} to ${prose(after)}`,
    ...(rows.length === 0
      ? []
      : [
          '',
          ...table(
            [...COLUMNS],
            rows.map((cells) => cells.map(prose)),
          ),
        ]),
    '',
  ].join('\n');
}

function html(difference: RunDifference, { before, after }: DiffNames): string {
  const line = (tag: 'th' | 'td', cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cellHtml(cell)}</${tag}>`).join('')}</tr>`;
  const title = `${cellHtml(before)} to ${cellHtml(after)}`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${title}</title>`,
    '<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse;display:block;overflow-x:auto}' +
      'th,td{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #8886;white-space:nowrap}</style></head>',
    `<body><h1>${cellHtml(diffSentence(difference))}</h1><p>${title}</p>`,
    `<table><thead>${line('th', COLUMNS)}</thead><tbody>`,
    ...cellsOf(difference).map((cells) => line('td', cells)),
    '</tbody></table></body></html>',
    '',
  ].join('\n');
}

/** By the ending of the file's name. */
export const DIFF_FORMATS = { csv, md: markdown, html } as const;
