/**
 * A bottleneck link with tail drop, over a whole sequence of arrivals.
 *
 * It simulates no queue: departure times of accepted datagrams are known in order, so the queue's length at an arrival
 * is a difference of two positions.
 */
import type { Arrivals, ExpectedStream, LinkRate } from './expectedStream.ts';

/**
 * What leaves the link, and when. The datagram being sent does not count as waiting; a datagram whose sending ends at
 * the instant of an arrival has left.
 *
 * @param offered datagrams that reach the link, in order of time; first those that are spared, which never enter it
 * @param spare the last count that is spared
 */
export function overLink(stream: ExpectedStream, offered: Arrivals, rate: LinkRate, spare = 0): Arrivals {
  const size = offered.counts.length;
  const accepted = new Uint32Array(size);
  const throughNs = new Float64Array(size);
  let entered = 0;
  let through = 0;
  // The last bit can decide a tie, so the time of a byte is rounded once: 8 / rate as a float64, as in the link queue.
  const nsPerByte = 8e9 / rate.rateBps;
  for (let row = 0; row < size; row += 1) {
    const timeNs = offered.timesNs[row] as number;
    const isSpared = (offered.counts[row] as number) <= spare;
    while (through < entered && (throughNs[through] as number) <= timeNs) through += 1;
    if (!isSpared && entered - through > rate.queueDatagrams) continue;
    const startNs = entered === 0 ? timeNs : Math.max(timeNs, throughNs[entered - 1] as number);
    // What is spared takes no time on the link, and none of the others is there before it.
    const linkNs = isSpared ? 0 : stream.sizeBytes(offered.counts[row] as number) * nsPerByte;
    throughNs[entered] = startNs + linkNs;
    accepted[entered] = row;
    entered += 1;
  }
  const rows = accepted.subarray(0, entered);
  return {
    counts: Uint32Array.from(rows, (row) => offered.counts[row] as number),
    corrupted: Uint8Array.from(rows, (row) => offered.corrupted[row] as number),
    timesNs: throughNs.slice(0, entered),
  };
}
