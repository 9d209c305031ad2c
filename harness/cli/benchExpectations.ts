/**
 * `--expect` of `bench`: expectations of a throughput point's figures, which are columns of throughput.csv.
 */
import type { Figure } from '../../src/metrics/absent.ts';
import { NOBODY, judgeExpectations, readExpectationOf } from '../judge/expectation.ts';
import type { Expectable, Expectation } from '../judge/expectation.ts';
import type { CsvPart } from '../report/csv.ts';
import { pointOf } from '../report/model/rows.ts';
import { columnsOf, unitOf } from '../report/tables.ts';
import type { TableRow } from '../report/tables.ts';

/** Units of columns as `--expect` knows them. */
const UNITS: Readonly<Record<string, string>> = { '1': 'ratio', '1/s': 'pps' };

/** Figures that are measured, and the share that is lost of what was sent. */
const FIGURES: Readonly<Record<string, Expectable>> = {
  ...Object.fromEntries(
    Object.entries(columnsOf('throughput'))
      .filter(([, kind]) => kind === 'measured' || kind === 'figure')
      .map(([name]) => {
        const unit = unitOf(name);
        return [name, { unit: unit === null ? null : (UNITS[unit] ?? unit) }];
      }),
  ),
  loss_ratio: { unit: 'ratio', ratioOf: 'lost', otherNames: ['loss', 'losses', 'packet_loss'] },
};

/** @throws UsageError for anything but such an expectation */
export const readBenchExpectation = (text: string, option: string): Expectation<string> =>
  readExpectationOf(FIGURES, text, option);

/** A point's figure; undefined where it can have none, as the lateness of a flat-out run. */
function figureOf(row: TableRow<'throughput'>, name: string): Figure | undefined {
  if (name === 'loss_ratio') {
    const { lost, sent } = row;
    return lost === null || sent === null || sent === 0 ? null : lost / sent;
  }
  if (name === 'rate_ratio' && row.expected_pps === null) return undefined;
  const figure = (row as Readonly<Record<string, string | number | null>>)[name];
  return figure === 'none' ? undefined : ((figure ?? null) as Figure);
}

/** Every point is held against every expectation. */
export const expectationParts = (
  expectations: readonly Expectation<string>[],
  parts: readonly CsvPart<'throughput'>[],
): CsvPart<'expectations'>[] =>
  parts.map(({ identity, rows }) => ({
    identity,
    rows: judgeExpectations(
      expectations,
      rows.map((row) => ({
        name: pointOf({ ...row, transport: identity.transport }),
        figureOf: (name: string) => figureOf(row, name),
      })),
    ),
  }));

/** The same of a whole benchmark: an expectation that no point could be held against is not met. */
export function allExpectationParts(
  expectations: readonly Expectation<string>[],
  parts: readonly CsvPart<'throughput'>[],
): CsvPart<'expectations'>[] {
  const judged = expectationParts(expectations, parts);
  const held = new Set(judged.flatMap(({ rows }) => rows.map(({ expectation }) => expectation)));
  const idle = judgeExpectations(expectations, [NOBODY]).filter(({ expectation }) => !held.has(expectation));
  return judged.map(({ identity, rows }, k) => ({
    identity,
    rows: k === judged.length - 1 ? [...rows, ...idle] : rows,
  }));
}
