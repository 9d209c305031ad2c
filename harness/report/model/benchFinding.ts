/**
 * What the tables of a benchmark say: whether every datagram of its points is accounted for, and which rates were
 * reached.
 */
import { NOT_MEASURED } from '../../../src/base/figures.ts';
import { be, grouped, many, NO_FINDING } from './finding.ts';
import type { Finding } from './finding.ts';
import { numberIn, pointOf, totalOf } from './rows.ts';
import type { Row } from './rows.ts';

export function throughputFinding(rows: readonly Row[]): Finding {
  if (rows.length === 0) return NO_FINDING;
  const judged = rows.filter(({ verdict }) => verdict !== NOT_MEASURED);
  const mismatches = judged.filter(({ verdict }) => verdict === 'mismatch');
  const slow = judged.filter(({ verdict }) => verdict === 'within');
  const drops = totalOf(judged, 'kernel_drops');
  const besides: string[] = [];
  if (drops > 0) besides.push(`The kernel dropped ${grouped(drops)} of the benchmark's, by its own count.`);
  if (slow.length > 0) {
    const rates = judged.filter((row) => row['interval_us'] !== 0).length;
    const limits = [...new Set(slow.map((row) => String(row['limited_by'])))].join(', ');
    const were = slow.length === 1 ? 'was' : 'were';
    besides.push(
      `${slow.length} of ${many(rates, 'rate')} ${were} not reached on this machine (limited by: ${limits}).`,
    );
  }
  const missing = rows.length - judged.length;
  return {
    accounted: judged.reduce(
      (sum, row) => sum + (row['unexplained'] === 0 ? (numberIn(row, 'sent') ?? 0) : 0),
      0,
    ),
    wrong:
      mismatches.length === 0
        ? []
        : [
            `${mismatches.length} of ${many(rows.length, 'throughput point')} ${be(mismatches.length)} not as sent`,
          ],
    kind: mismatches.length > 0 ? 'mismatch' : null,
    isOpen: judged.some((row) => (numberIn(row, 'unexplained') ?? 0) !== 0),
    faults: mismatches.map(
      (row) =>
        `throughput, ${pointOf(row)}: sent ${row['sent']}, received ${row['received']}, ` +
        `lost ${row['lost']}, unexplained ${row['unexplained']}`,
    ),
    right: [],
    besides,
    missing:
      missing === 0 ? [] : [`${missing} of ${many(rows.length, 'throughput point')} could not be judged`],
  };
}

/** The trials' own counts are in no table: a fault among them is a note. */
export const capacityFinding = (rows: readonly Row[], isWrong: boolean): Finding =>
  rows.length === 0 || isWrong
    ? NO_FINDING
    : {
        ...NO_FINDING,
        right: [
          `no trial of ${rows.length === 1 ? 'the search' : `the ${rows.length} searches`} for capacity left a datagram unexplained`,
        ],
      };
