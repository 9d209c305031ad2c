/**
 * Warnings about figures of a point that this machine cannot measure reliably.
 */
import { formatNumber } from '../../src/base/figures.ts';
import type { TableRow } from '../../harness/report/tables.ts';
import type { Pacing } from '../../src/net/driver.ts';
import { isTooFine } from '../machineWarnings.ts';
import type { Machine } from '../machineWarnings.ts';

/** Shorter runs give no reliable rate, nor processor time, which has the resolution of the kernel's timer. */
const MIN_SECONDS = 0.05;

/** `100 us, 1 client`. */
export function pointName(row: Pick<TableRow<'throughput'>, 'interval_us' | 'clients'>): string {
  const interval = row.interval_us === 0 ? 'flat out' : `${formatNumber(row.interval_us)} us`;
  return `${interval}, ${row.clients === 1 ? '1 client' : `${row.clients} clients`}`;
}

/** One sentence per warning, without the name of the point. */
export function pointWarnings(row: TableRow<'throughput'>, machine: Machine, pacing: Pacing): string[] {
  const warnings: string[] = [];
  const intervalNs = row.interval_us * 1e3;
  if (intervalNs > 0 && isTooFine(intervalNs, machine)) {
    warnings.push(
      `${Math.round(intervalNs)} ns between datagrams are less than ten steps of the clock (${machine.clockStepNs} ns): ` +
        'when each was due cannot be told',
    );
  }
  if (intervalNs > 0 && pacing === 'sleep' && row.interval_us < machine.sleepLatenessUs) {
    warnings.push(
      `a sleep of 1 ms is ${machine.sleepLatenessUs} us late here, longer than the interval: ` +
        "lateness is the timer's; pace by hybrid or busy to see the program's",
    );
  }
  if (row.duration_s < MIN_SECONDS) {
    warnings.push(
      `it streamed for ${formatNumber(row.duration_s * 1e3)} ms only: its rates and shares of a processor say little`,
    );
  }
  return warnings;
}
