/**
 * What comparison and ledger say: whether every datagram is accounted for, and whether what was measured is what the
 * schedule says.
 */
import { NOT_MEASURED } from '../../../src/base/figures.ts';
import { METRICS } from '../../../src/metrics/catalogue.ts';
import type { MetricName } from '../../../src/metrics/catalogue.ts';
import { be, grouped, many, NO_FINDING } from './finding.ts';
import type { Finding } from './finding.ts';
import { accountOf, figure, isUnmeasured, numberIn, partLabels, subjectOf } from './rows.ts';
import type { Row } from './rows.ts';

const timingOf = (row: Row): 'delay' | 'difference' | 'rate' | null => {
  const metric = String(row['metric']);
  return Object.hasOwn(METRICS, metric) ? (METRICS[metric as MetricName].timing ?? null) : null;
};

function expectedOf(row: Row): string {
  const [low, high] = [row['expected_low'] ?? null, row['expected_high'] ?? null];
  if (low === null && high === null) return figure(row['expected']);
  return `${low === null ? '' : figure(low)}..${high === null ? '' : figure(high)}`;
}

/** Microseconds as a person says them. */
function formatUs(us: number): string {
  if (us < 1000) return `${Math.ceil(us)} us`;
  const ms = us / 1000;
  return ms < 100 ? `${ms.toFixed(1)} ms` : `${grouped(Math.round(ms))} ms`;
}

export function sessionFinding(comparison: readonly Row[], ledger: readonly Row[]): Finding {
  if (comparison.length + ledger.length === 0) return NO_FINDING;
  const label = partLabels([...comparison, ...ledger]);
  const unmeasured = unmeasuredAccounts(comparison, ledger);
  const open = ledger.filter((row) => (numberIn(row, 'unexplained') ?? 0) !== 0);
  const unexplained = open.reduce((sum, row) => sum + Math.abs(numberIn(row, 'unexplained') ?? 0), 0);
  const mismatches = comparison.filter(({ verdict }) => verdict === 'mismatch');
  const wrong: string[] = [];
  if (mismatches.length > 0) {
    const subjects = new Set(mismatches.map(subjectOf)).size;
    const noun = mismatches[0]?.['client'] === null ? 'flow' : 'client';
    wrong.push(
      `${many(mismatches.length, 'figure')} of ${many(subjects, noun)} ${be(mismatches.length)} not what the schedule says`,
    );
  }
  if (unexplained > 0) wrong.push(`${many(unexplained, 'datagram')} ${be(unexplained)} unexplained`);
  return {
    accounted: ledger
      .filter((row) => row['unexplained'] === 0)
      .reduce((sum, row) => sum + (numberIn(row, 'sent') ?? 0), 0),
    wrong,
    kind: mismatches.length > 0 ? 'mismatch' : unexplained > 0 ? 'unexplained' : null,
    isOpen: unexplained > 0,
    faults: [
      ...open.map(
        (row) =>
          `${label(row)}${subjectOf(row)}: ${figure(row['unexplained'])} unexplained of ${figure(row['sent'])} sent`,
      ),
      ...mismatches.map(
        (row) =>
          `${label(row)}${subjectOf(row)}: ${row['metric']} is ${figure(row['measured'])}, expected ${expectedOf(row)}`,
      ),
    ],
    right: rightOf(comparison, mismatches.length),
    besides: [...kernelOf(ledger), ...timesOf(comparison), ...beforeOf(comparison)],
    missing: missingOf(comparison, ledger, unmeasured),
  };
}

/** What was counted, if anything was compared. */
function rightOf(comparison: readonly Row[], mismatches: number): string[] {
  const compared = comparison.filter(
    (row) => timingOf(row) === null && ['match', 'within', 'kernel drop'].includes(String(row['verdict'])),
  );
  if (compared.length === 0 || mismatches > 0) return [];
  const isDropped = comparison.some(({ verdict }) => verdict === 'kernel drop');
  const less = isDropped ? ', less what the kernel dropped' : '';
  if (compared.every(({ client }) => client === null))
    return [`what left the proxy is exactly what the schedule makes of what came in${less}`];
  const who = new Set(compared.map(({ client }) => client)).size === 1 ? 'client' : 'clients';
  return [`the ${who} counted exactly what the schedule says${less}`];
}

function kernelOf(ledger: readonly Row[]): string[] {
  const drops = ledger.reduce((sum, row) => {
    // A proxy's account ends at its exit: what the receiver's kernel drops is no part of it.
    const beyond = row['client'] === null ? 0 : (numberIn(row, 'kernel_drops_client') ?? 0);
    return sum + (numberIn(row, 'kernel_drops_proxy') ?? 0) + beyond;
  }, 0);
  return drops === 0 ? [] : [`The kernel dropped ${grouped(drops)} of them, by its own count.`];
}

/** How far times may be trusted: the widest band that a delay was allowed. */
function timesOf(comparison: readonly Row[]): string[] {
  const figures = comparison.filter((row) => typeof row['measured'] === 'number');
  if (figures.length > 0 && figures.every((row) => row['verdict'] === NOT_MEASURED))
    return ['Nothing was compared with the schedule.'];
  const timed = figures.filter((row) => timingOf(row) !== null);
  if (timed.length === 0) return [];
  if (timed.some(({ verdict }) => verdict === 'mismatch')) return [];
  const banded = timed.filter((row) => row['clock'] !== 'virtual' && timingOf(row) === 'delay');
  const bandUs = Math.max(
    ...banded.flatMap((row) => {
      const value = numberIn(row, 'expected');
      const high = numberIn(row, 'expected_high');
      return value === null || high === null
        ? []
        : [high - value, value - (numberIn(row, 'expected_low') ?? value)];
    }),
    -1,
  );
  if (bandUs >= 0) return [`Times lie within what this machine adds (±${formatUs(bandUs)}).`];
  const isExact = timed.every((row) => row['clock'] === 'virtual' && row['verdict'] !== NOT_MEASURED);
  return [isExact ? 'Times are exact, for the clock is virtual.' : 'Times were not compared.'];
}

/** Without numbers in the datagrams a proxy cannot say what was lost on the way to it. */
const beforeOf = (comparison: readonly Row[]): string[] =>
  comparison.some((row) => row['client'] === null && row['metric'] === 'lost' && isUnmeasured(row, 'entered'))
    ? ['What was lost before the proxy is not known: the datagrams bear no numbers.']
    : [];

/** Accounts of which nothing is known. */
function unmeasuredAccounts(comparison: readonly Row[], ledger: readonly Row[]): Set<string> {
  const measured = new Set(comparison.filter((row) => !isUnmeasured(row, 'measured')).map(accountOf));
  const all = [
    ...comparison.map(accountOf).filter((account) => !measured.has(account)),
    ...ledger.filter((row) => isUnmeasured(row, 'unexplained')).map(accountOf),
  ];
  return new Set(all);
}

function missingOf(
  comparison: readonly Row[],
  ledger: readonly Row[],
  unmeasured: ReadonlySet<string>,
): string[] {
  const found: string[] = [];
  if (unmeasured.size > 0) {
    const rows = [...comparison, ...ledger];
    const noun = rows[0]?.['client'] === null ? 'flow' : 'client';
    const all = new Set(rows.map(accountOf)).size;
    const were = unmeasured.size === 1 ? 'was' : 'were';
    found.push(`${grouped(unmeasured.size)} of ${many(all, noun)} ${were} not measured`);
  }
  // Without a check in its datagrams nobody looks for damage: that is no gap.
  const withheld = comparison.filter(
    (row) =>
      row['metric'] !== 'corrupted' && isUnmeasured(row, 'measured') && !unmeasured.has(accountOf(row)),
  ).length;
  if (withheld > 0) found.push(`${many(withheld, 'figure')} could not be measured`);
  return found;
}
