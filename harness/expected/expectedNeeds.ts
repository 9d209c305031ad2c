/**
 * What a schedule asks of those it passes through: how much memory its delays take at a time, and how far back a receiver
 * must remember. Worked out over the whole sequence.
 */
import type { Arrivals, ExpectedStream } from './expectedStream.ts';

/** How far a datagram arrives behind the highest count before it, in counts, at most; 0 if none arrives late. */
export function reachOf({ counts }: Pick<Arrivals, 'counts'>): number {
  let highest = 0;
  let reach = 0;
  for (const count of counts) {
    if (count > highest) highest = count;
    else if (highest - count > reach) reach = highest - count;
  }
  return reach;
}

/**
 * The most memory that datagrams on their way take at a time, bytes. One is on its way from its planned sending until its
 * last copy leaves; one that leaves at once never is.
 * @param bytesOf memory of a datagram of that payload
 */
export function peakBytes(
  stream: ExpectedStream,
  { counts, timesNs }: Pick<Arrivals, 'counts' | 'timesNs'>,
  bytesOf: (sizeBytes: number) => number,
): number {
  const { firstCount, lastCount } = stream;
  const leavesNs = new Float64Array(lastCount - firstCount + 1).fill(Number.NEGATIVE_INFINITY);
  // Arrivals are in order of time, so the last one stays.
  for (let row = 0; row < counts.length; row += 1)
    leavesNs[(counts[row] as number) - firstCount] = timesNs[row] as number;
  const held = [...leavesNs.keys()].filter((k) => (leavesNs[k] as number) > stream.sendNs(firstCount + k));
  const leaving = held.toSorted((a, b) => (leavesNs[a] as number) - (leavesNs[b] as number));
  const bytesAt = (k: number): number => bytesOf(stream.sizeBytes(firstCount + k));
  let bytes = 0;
  let most = 0;
  let gone = 0;
  for (const k of held) {
    const nowNs = stream.sendNs(firstCount + k);
    while ((leavesNs[leaving[gone] as number] as number) <= nowNs) {
      bytes -= bytesAt(leaving[gone] as number);
      gone += 1;
    }
    bytes += bytesAt(k);
    if (bytes > most) most = bytes;
  }
  return most;
}
