/**
 * A client's statistics as JSON.
 */
import { notMeasured } from '../metrics/absent.ts';
import { delaysSince } from './reports.ts';
import type { ClientReport } from './reports.ts';

/** The object that is written to the file, and printed with --json. */
export function statsFile(report: ClientReport): object {
  const { client, reason, nextCount, lastCount, tmaxNs, foreign, kernel, network } = report;
  const statistics = delaysSince(report.statistics, null);
  return {
    client,
    reason,
    nextCount,
    lastCount,
    tmaxMs: tmaxNs / 1e6,
    foreign,
    kernelDrops: kernel.drops,
    transport: network.transport,
    statistics,
    // The other metrics without a value are undefined.
    notMeasured: notMeasured(statistics),
  };
}
