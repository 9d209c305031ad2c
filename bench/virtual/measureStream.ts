/**
 * The stream that the virtual engine's benchmark measures, on the virtual clock: a server, the impairing proxy and one
 * client with all metrics.
 *
 * It checks that every datagram is accounted for, and hashes the results. The caller measures the time.
 */
import { readImpairment } from '../../harness/impairment/impairment.ts';
import type { LedgerRow } from '../../harness/judge/accounting.ts';
import { sessionAccount } from '../../harness/judge/accounting.ts';
import { runVirtualSession } from '../../harness/session/virtualSession.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import { EMPTY, formatSum, mixText } from '../micro/checksum.ts';

/** The impairment of the stream. */
const KNOBS = { drop: '5%', reorder: '5%', duplicate: '1%' };
/** The hash depends on both seeds. */
export const STREAM_SEED = 'bank';
const FATES_SEED = '1';
const INTERVAL_NS = 1000;
/** A quantum of one server batch: that many datagrams become due together. */
const QUANTUM_NS = 64 * INTERVAL_NS;

export interface VirtualStream {
  readonly datagrams: number;
  /** Every datagram is padded to this size; null for no padding. */
  readonly datagramBytes: number | null;
}

/**
 * Runs one stream from registration to its last report.
 * @returns the hash of ledger and statistics, eight hexadecimal digits
 * @throws Error when a datagram is unaccounted for
 */
export async function runVirtualStream({ datagrams, datagramBytes }: VirtualStream): Promise<string> {
  const result = await runVirtualSession(
    {
      clients: 1,
      source: new BankSource(STREAM_SEED, datagrams, INTERVAL_NS, datagramBytes ?? 0),
      speed: 1,
      impairment: readImpairment({ seed: FATES_SEED, down: KNOBS }),
      check: false,
      tmaxNs: 1e9,
    },
    QUANTUM_NS,
  );
  const account = sessionAccount(result, 1);
  if (account.sent !== datagrams || account.unexplained !== 0) {
    throw new Error(`${datagrams} datagrams: not all are accounted for: ${JSON.stringify(account)}`);
  }
  const { statistics, reorderDensity } = (result.clients[0] as (typeof result.clients)[number]).report;
  return formatSum(mixText(EMPTY, JSON.stringify([countsOf(account), statistics, reorderDensity])));
}

/** The ledger's row without lateness, which is no count: on a virtual clock nothing is late. */
const countsOf = (account: LedgerRow): object =>
  Object.fromEntries(Object.entries(account).filter(([column]) => !column.startsWith('late_')));
