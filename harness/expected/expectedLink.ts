/**
 * A bottleneck link with tail drop, over a whole sequence of arrivals.
 *
 * Pure. No queue is kept: when each accepted datagram is through the link is known in order, and how many are still
 * there when the next one comes is a difference of two positions.
 */
import type { Arrivals, ExpectedStream, LinkRate } from './expectedStream.ts';

/**
 * What comes out of the link, and when it is through. The one on the link does not count as waiting; one that is
 * through at the very instant another comes has left.
 *
 * @param offered what reaches the link, in order of time
 */
export function overLink(stream: ExpectedStream, offered: Arrivals, rate: LinkRate): Arrivals {
  const size = offered.counts.length;
  const accepted = new Uint32Array(size);
  const throughNs = new Float64Array(size);
  let entered = 0;
  let through = 0;
  // On a tie the last bit decides, so the time a byte takes is rounded once: it is 8 / rate as a float64.
  const nsPerByte = 8e9 / rate.rateBps;
  for (let row = 0; row < size; row += 1) {
    const timeNs = offered.timesNs[row] as number;
    while (through < entered && (throughNs[through] as number) <= timeNs) through += 1;
    if (entered - through > rate.queueDatagrams) continue;
    const startNs = entered === 0 ? timeNs : Math.max(timeNs, throughNs[entered - 1] as number);
    throughNs[entered] = startNs + stream.sizeBytes(offered.counts[row] as number) * nsPerByte;
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
