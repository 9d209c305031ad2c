/**
 * The session that benchmarks measure: messages of the bank, clients that only compute count metrics, no proxy, no
 * file, no log.
 *
 * Each benchmark overrides the settings that it is about.
 */
import type { SessionPlan } from '../harness/session/session.ts';

export interface BankStream {
  readonly messages: number;
  /** 0 is flat out. */
  readonly intervalNs: number;
  readonly datagramBytes: number;
}

/** Enough for late datagrams over loopback. */
const TMAX_NS = 200e6;

/** One client; server and client each in a process. The caller adds the transport and the time limit. */
export const plainSession = ({ messages, intervalNs, datagramBytes }: BankStream): SessionPlan => ({
  mode: 'processes',
  clients: 1,
  source: { kind: 'bank', messages, intervalNs, datagramSizeBytes: datagramBytes },
  speed: intervalNs === 0 ? 0 : 1,
  impairment: null,
  check: false,
  tmaxNs: TMAX_NS,
  warmUp: true,
});
