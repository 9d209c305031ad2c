/**
 * From arrivals to receipts: which datagrams arrived, how often, and their first arrivals in order.
 *
 * A corrupted arrival is not a receipt (RFC 7680 counts it as lost); a repeat is not a first arrival.
 */
import type { Arrivals, ExpectedStream } from './expectedStream.ts';

export interface Receipt {
  /** Count - firstCount → uncorrupted arrivals of it. */
  readonly copies: Uint32Array;
  /** Rows of the first intact arrival of each datagram, in order of arrival. */
  readonly firstRows: Uint32Array;
  /** Uncorrupted arrivals, copies included. */
  readonly received: number;
  readonly corrupted: number;
}

export function receiptOf(stream: ExpectedStream, arrivals: Arrivals): Receipt {
  const copies = new Uint32Array(stream.lastCount - stream.firstCount + 1);
  const firstRows = new Uint32Array(copies.length);
  let unique = 0;
  let received = 0;
  for (let row = 0; row < arrivals.counts.length; row += 1) {
    if (arrivals.corrupted[row] === 1) continue;
    received += 1;
    const k = (arrivals.counts[row] as number) - stream.firstCount;
    if (copies[k] === 0) {
      firstRows[unique] = row;
      unique += 1;
    }
    copies[k] = (copies[k] as number) + 1;
  }
  return {
    copies,
    firstRows: firstRows.slice(0, unique),
    received,
    corrupted: arrivals.counts.length - received,
  };
}
