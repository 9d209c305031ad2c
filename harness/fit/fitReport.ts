/**
 * The fits of a file, per client and pooled, and their text for people.
 *
 * Pooling adds up transitions and runs; it does not test whether the clients are alike.
 */
import { meanLossRatio, meanLossRun } from '../impairment/analytic.ts';
import type { Direction } from '../impairment/schedule.ts';
import { NO_IMPAIRMENT } from '../impairment/config.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { formatNumber } from '../../src/base/figures.ts';
import { alignColumns } from '../../src/base/textTable.ts';
import type { GeometricTest } from './geometricTest.ts';
import { fitGilbert, SIGNIFICANCE } from './gilbert.ts';
import type { GilbertFit, IndependenceTest } from './gilbert.ts';
import { LossRunCounter } from './observedRuns.ts';
import { CONFIDENCE } from './proportion.ts';
import type { Proportion } from './proportion.ts';
import type { Arrivals } from './flowNames.ts';
import type { ClientTrace } from './receivedCounts.ts';

export interface ClientFit extends GilbertFit {
  /** A client's number, or a flow's name, `1 down`; or all of them pooled, `all` or `all down`. */
  readonly client: number | string;
  /** Lowest count received; null where several are pooled. */
  readonly first: number | null;
  /** The stream's last count; null where several are pooled, because streams may end at different counts. */
  readonly last: number | null;
  /** The command line flags that reproduce the loss; null if none do. */
  readonly flags: string | null;
}

export interface FitReport {
  readonly file: string;
  readonly confidence: number;
  /** Whether the streams' last count was given; if not, it is each client's highest, and losses after it are unknown. */
  readonly lastIsGiven: boolean;
  /** Whose the fits are: clients of a replay, or flows. */
  readonly of: 'client' | 'flow';
  /**
   * One fit per client, clients rising; with several clients, the last fit is of all. Of flows the same for each direction,
   * down first.
   */
  readonly fits: readonly ClientFit[];
  /** Places in `fits` of those that are explained and replayed: the last of each direction; null where it has none. */
  readonly results: Readonly<Record<Direction, number | null>>;
  /** What a reader of the figures should know. */
  readonly notes: readonly string[];
}

const DIRECTIONS = ['down', 'up'] as const;

const flagsOf = ({ drop }: GilbertFit): string | null =>
  drop === null ? null : formatKnobs({ ...NO_IMPAIRMENT, drop });

/** @param traces one or more */
export function reportFits(
  file: string,
  traces: readonly ClientTrace[],
  { lastIsGiven, groups, notes }: { readonly lastIsGiven: boolean } & Pick<Arrivals, 'groups' | 'notes'>,
): FitReport {
  const fits: ClientFit[] = [];
  const results: Record<Direction, number | null> = { down: null, up: null };
  const take = (direction: Direction, some: readonly ClientTrace[], all: string): void => {
    if (some.length === 0) return;
    for (const { client, first, last, runs } of some) {
      const fit = fitGilbert(runs);
      fits.push({ client: groups?.nameOf(client) ?? client, first, last, ...fit, flags: flagsOf(fit) });
    }
    if (some.length > 1) {
      const pooled = new LossRunCounter();
      for (const { runs } of some) pooled.pool(runs);
      const fit = fitGilbert(pooled);
      fits.push({ client: all, first: null, last: null, ...fit, flags: flagsOf(fit) });
    }
    results[direction] = fits.length - 1;
  };
  if (groups === null) take('down', traces, 'all');
  else
    // The two ways are two networks.
    for (const direction of DIRECTIONS)
      take(
        direction,
        traces.filter(({ client }) => groups.directionOf(client) === direction),
        `all ${direction}`,
      );
  const of = groups === null ? 'client' : 'flow';
  return { file, confidence: CONFIDENCE, lastIsGiven, of, fits, results, notes };
}

/** Four digits: more than a trace can determine, and easy to read. */
const percent = (ratio: number): string => `${formatNumber(Number((ratio * 100).toPrecision(4)))}%`;
const figure = (value: number): string => formatNumber(Number(value.toPrecision(4)));

const proportion = (one: Proportion | null): string =>
  one === null ? 'undefined' : `${percent(one.value)} [${percent(one.low)}, ${percent(one.high)}]`;

/** Smallest p-value that is printed. */
const MIN_P = 1e-6;
const pValue = (value: number): string =>
  value < MIN_P ? `p < ${formatNumber(MIN_P)}` : `p = ${formatNumber(Number(value.toPrecision(3)))}`;
const pCell = (test: { readonly pValue: number } | null): string =>
  test === null ? '-' : pValue(test.pValue).slice('p '.length).replace(/^= /, '');

const HEADER = ['datagrams', 'lost', 'loss', 'P', 'R', 'runs p', 'gaps p', 'independent p', 'replay'];

const row = (fit: ClientFit): string[] => [
  String(fit.client),
  String(fit.datagrams),
  String(fit.lost),
  percent(fit.lost / fit.datagrams),
  proportion(fit.p),
  proportion(fit.r),
  pCell(fit.lossRuns),
  pCell(fit.gaps),
  pCell(fit.independence),
  fit.flags ?? '-',
];

function describeTest(test: GeometricTest | null): string {
  if (test === null) return 'too few, or too few lengths, to test';
  const verdict = test.pValue < SIGNIFICANCE ? 'not geometric' : 'geometric is not rejected';
  const degrees = test.degreesOfFreedom === 1 ? 'degree' : 'degrees';
  return (
    `chi-square ${figure(test.statistic)}, ${test.degreesOfFreedom} ${degrees} of freedom ` +
    `(${test.classes} classes of ${test.runs}), ${pValue(test.pValue)}: ${verdict}`
  );
}

function describeIndependence(test: IndependenceTest | null): string {
  if (test === null) return 'nothing to test';
  const verdict =
    test.pValue < SIGNIFICANCE ? 'rejected, Gilbert is preferred' : 'not rejected, and preferred';
  const rough = test.expectedPairs < 5 ? ' (few losses: rough)' : '';
  return `likelihood ratio ${figure(test.statistic)}, ${pValue(test.pValue)}${rough}: ${verdict}`;
}

/** Remarks on a fit that is less than P, R and flags. */
function remarksOn({ p, r, independence, drop, lost }: ClientFit): string[] {
  if (lost === 0) {
    const bound = p === null ? '' : `P = 0 (at most ${percent(p.high)}); `;
    return [`nothing was lost: ${bound}R is undefined; replay it without a loss flag`];
  }
  if (drop === null && independence !== null) {
    return [
      `the ${lost} losses stand at the end and never end: R cannot be told from 0, and no flag replays that`,
    ];
  }
  return r === null ? ['nothing follows a loss: R is undefined'] : [];
}

/** Where everything is lost after the first arrival, a run has no end. */
const runText = (length: number): string => (Number.isFinite(length) ? figure(length) : 'without end');

/** What the table says of one fit in sentences, and the flags. */
function resultLines(fit: ClientFit, of: FitReport['of']): string[] {
  const { client, drop, flags } = fit;
  const isPooled = fit.last === null;
  const ways = typeof client === 'string' ? client.slice('all'.length) : '';
  return [
    '',
    isPooled ? `all ${of}s${ways} pooled:` : `${of} ${client}:`,
    `  loss runs         ${describeTest(fit.lossRuns)}`,
    `  gaps              ${describeTest(fit.gaps)}`,
    `  independent loss  ${describeIndependence(fit.independence)}`,
    ...remarksOn(fit).map((note) => `  ${note}`),
    ...(drop === null || flags === null
      ? []
      : [
          '',
          `${flags}    (mean loss ${percent(meanLossRatio(drop))}, mean run ${runText(meanLossRun(drop))})`,
        ]),
  ];
}

/** The report as a short table, the tests of what is fitted as sentences, and the flags. Ends in a line break. */
export function formatFits(report: FitReport): string {
  const { of, fits, results } = report;
  const known = of === 'client' ? 'each client received' : 'known of each flow';
  const lines = alignColumns([[of, ...HEADER], ...fits.map(row)], () => true);
  lines.push(
    '',
    `[…] ${report.confidence * 100}% confidence; a small p speaks against what its column names`,
    report.lastIsGiven
      ? 'up to the last count given'
      : `up to the highest count ${known}; losses after it show only with --last N`,
    ...report.notes.map((note) => `note: ${note}`),
    ...DIRECTIONS.flatMap((direction) => {
      const fit = fits[results[direction] ?? -1];
      return fit === undefined ? [] : resultLines(fit, of);
    }),
  );
  return `${lines.join('\n')}\n`;
}
