/**
 * Text for the virtual engine's figures.
 */
import type { TableRow } from '../../harness/report/tables.ts';

/** The size of its datagrams. */
export const formatSize = ({ datagram_bytes: sizeBytes }: TableRow<'virtual'>): string =>
  sizeBytes === null ? 'unpadded' : `${sizeBytes} B`;

/**
 * One row as a line of text, without the line end.
 * @param cpuS processor time of one run, all threads, seconds: far below the median if other programs were running
 */
export function formatVirtualRow(row: TableRow<'virtual'>, cpuS: number): string {
  const spread = `${row.min_s.toFixed(3)} to ${row.max_s.toFixed(3)}`;
  return (
    `${row.datagrams} datagrams, ${formatSize(row)}: ${Math.round(row.datagrams_per_s)}/s, ` +
    `median ${row.median_s.toFixed(3)} s of ${row.runs} (${spread}), processor ${cpuS.toFixed(3)} s a run, ` +
    `peak ${row.peak_rss_mib.toFixed(0)} MiB, hash ${row.hash}`
  );
}
