/**
 * Two runs compared, figure by figure: exact figures are equal or not; figures that vary from run to run are samples, of which
 * one value says nothing.
 *
 * Exact are the ledger and the counts of the comparison, and on the virtual clock everything. A sample is what a benchmark
 * measured in each of its runs (`bench --runs`), never its datagrams.
 */
import { median } from '../../src/base/ranks.ts';
import { METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import { LOST_BEFORE_HIGHEST } from '../judge/compare.ts';
import { figure, numberIn, rowsIn, subjectOf } from '../report/model/rows.ts';
import type { Row } from '../report/model/rows.ts';
import type { RunModel } from '../report/model/runModel.ts';
import { mannWhitney } from './mannWhitney.ts';
import { medianRatio } from './medianRatio.ts';

/** Smallest samples that are judged, and the probability below which a difference is none of chance (Holm 1979). */
export const MIN_RUNS = 8;
export const MAX_P = 0.001;

/** An exact figure. `only` of one run: the other has no such row. */
export interface ExactFigure {
  readonly subject: string;
  readonly figure: string;
  readonly before: string;
  readonly after: string;
  readonly result: 'equal' | 'differs' | 'only before' | 'only after';
}

/** A figure that varies. */
export interface SampledFigure {
  readonly subject: string;
  readonly figure: string;
  readonly runsBefore: number;
  readonly runsAfter: number;
  readonly medianBefore: number;
  readonly medianAfter: number;
  /** After / before, with its bootstrap interval; null where it is not judged or the median before is 0. */
  readonly ratio: number | null;
  readonly ratioLow: number | null;
  readonly ratioHigh: number | null;
  /** Share of pairs of runs in which the one after is larger. */
  readonly superiority: number | null;
  /** Of the Mann-Whitney test, corrected for all that are judged (Holm); null where it is not judged. */
  readonly p: number | null;
  readonly result: 'same' | 'better' | 'worse' | 'not judged';
}

export interface RunDifference {
  readonly exact: readonly ExactFigure[];
  readonly sampled: readonly SampledFigure[];
  /** Times of one run on the real clock, which are not compared. */
  readonly unjudgedTimes: number;
}

/** Columns of the ledger that one seed gives on every machine; of the kernel's drops only that nothing is unexplained. */
const LEDGER = ['sent', 'duplicated', 'dropped', 'delivered', 'held_at_end', 'unexplained'];

/** Figures of a point or task, and whether more is better. */
const POINT_FIGURES: Readonly<Record<string, boolean>> = {
  sent_pps: true,
  received_pps: true,
  late_p50_us: false,
  late_p99_us: false,
  server_cpu_percent: false,
  client_cpu_percent: false,
};
const TASK_FIGURES: Readonly<Record<string, boolean>> = { mean_ns: false };

/** @param threshold the smallest change of a median that matters, a ratio such as 0.05 */
export function diffRuns(before: RunModel, after: RunModel, threshold: number): RunDifference {
  const [ofBefore, ofAfter] = [exactFigures(before), exactFigures(after)];
  const keys = [...new Set([...ofBefore.figures.keys(), ...ofAfter.figures.keys()])];
  return {
    exact: keys.map((key) => exactOf(key, ofBefore.figures.get(key), ofAfter.figures.get(key))),
    sampled: judgeSamples(samplesOf(before), samplesOf(after), threshold),
    unjudgedTimes: Math.max(ofBefore.times, ofAfter.times),
  };
}

/** Whether anything is worse, or not what it was. */
export const isRegression = ({ exact, sampled }: RunDifference): boolean =>
  exact.some(({ result }) => result !== 'equal') || sampled.some(({ result }) => result === 'worse');

const SEPARATOR = '\u0000';
const partOf = ({ scenario, clock, mode }: Row): string => [scenario, clock, mode].map(figure).join(', ');

const isTime = (metric: string): boolean =>
  metric !== LOST_BEFORE_HIGHEST && METRICS[metric as MetricName]?.timing !== undefined;

function exactFigures(model: RunModel): { readonly figures: Map<string, string>; readonly times: number } {
  const figures = new Map<string, string>();
  let times = 0;
  const add = (row: Row, name: string, cell: string): void =>
    void figures.set([`${partOf(row)}: ${subjectOf(row)}`, name].join(SEPARATOR), cell);
  for (const row of rowsIn(model, 'ledger'))
    for (const column of LEDGER) add(row, `ledger ${column}`, figure(row[column]));
  for (const row of rowsIn(model, 'comparison')) {
    const metric = figure(row['metric']);
    if (isTime(metric) && row['clock'] !== 'virtual') {
      times += 1;
      continue;
    }
    for (const column of ['expected', 'measured']) add(row, `${metric} ${column}`, figure(row[column]));
  }
  return { figures, times };
}

function exactOf(key: string, before: string | undefined, after: string | undefined): ExactFigure {
  const [subject = '', name = ''] = key.split(SEPARATOR);
  const about = { subject, figure: name, before: before ?? '', after: after ?? '' };
  if (before === undefined) return { ...about, result: 'only after' };
  if (after === undefined) return { ...about, result: 'only before' };
  return { ...about, result: before === after ? 'equal' : 'differs' };
}

interface Samples {
  readonly isMoreBetter: boolean;
  readonly values: number[];
}

/** Subject and figure → its values, a run each. */
function samplesOf(model: RunModel): Map<string, Samples> {
  const samples = new Map<string, Samples>();
  const add = (row: Row, subject: string, figures: Readonly<Record<string, boolean>>): void => {
    for (const [name, isMoreBetter] of Object.entries(figures)) {
      const value = numberIn(row, name);
      if (value === null) continue;
      const key = [subject, name].join(SEPARATOR);
      const known = samples.get(key);
      if (known === undefined) samples.set(key, { isMoreBetter, values: [value] });
      else known.values.push(value);
    }
  };
  for (const row of rowsIn(model, 'throughput')) {
    const { interval_us: interval, clients, datagram_bytes: bytes, transport, mode } = row;
    const rate = interval === 0 ? 'flat out' : `${figure(interval)} us`;
    add(
      row,
      [
        rate,
        `${figure(clients)} client${clients === 1 ? '' : 's'}`,
        `${figure(bytes)} bytes`,
        mode,
        transport,
      ].join(', '),
      POINT_FIGURES,
    );
  }
  for (const row of rowsIn(model, 'micro'))
    add(row, `${figure(row['suite'])}: ${figure(row['task'])}`, TASK_FIGURES);
  return samples;
}

function judgeSamples(
  before: ReadonlyMap<string, Samples>,
  after: ReadonlyMap<string, Samples>,
  threshold: number,
): SampledFigure[] {
  const keys = [...before.keys()].filter((key) => after.has(key));
  const tests = keys.map((key) => {
    const first = before.get(key) as Samples;
    const second = (after.get(key) as Samples).values;
    const isEnough = Math.min(first.values.length, second.length) >= MIN_RUNS;
    return { key, first, second, test: isEnough ? mannWhitney(first.values, second) : null };
  });
  const corrected = holm(tests.flatMap(({ test }) => (test === null ? [] : [test.p])));
  let judged = 0;
  return tests.map(({ key, first, second, test }) => {
    const [subject = '', name = ''] = key.split(SEPARATOR);
    const about = { subject, figure: name, runsBefore: first.values.length, runsAfter: second.length };
    if (test === null) {
      const [medianBefore, medianAfter] = [median(first.values) as number, median(second) as number];
      const none = { ratio: null, ratioLow: null, ratioHigh: null, superiority: null, p: null };
      return { ...about, medianBefore, medianAfter, ...none, result: 'not judged' };
    }
    const p = corrected[judged] as number;
    judged += 1;
    const {
      before: medianBefore,
      after: medianAfter,
      ratio,
      low,
      high,
    } = medianRatio(first.values, second, key);
    const isKnown = medianBefore !== 0;
    const change = isKnown ? ratio - 1 : medianAfter === 0 ? 0 : Number.POSITIVE_INFINITY;
    const isAlarm = p < MAX_P && Math.abs(change) > threshold;
    const isBetter = first.isMoreBetter === change > 0;
    return {
      ...about,
      medianBefore,
      medianAfter,
      ratio: isKnown ? ratio : null,
      ratioLow: isKnown ? low : null,
      ratioHigh: isKnown ? high : null,
      superiority: test.superiority,
      p,
      result: isAlarm ? (isBetter ? 'better' : 'worse') : 'same',
    };
  });
}

/** Holm's correction: each p times the number of those that are not smaller, never below the one before. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_p, k) => k).toSorted((a, b) => (ps[a] as number) - (ps[b] as number));
  const corrected: number[] = [];
  let least = 0;
  for (const [rank, k] of order.entries()) {
    least = Math.max(least, Math.min(1, (ps[k] as number) * (ps.length - rank)));
    corrected[k] = least;
  }
  return corrected;
}
