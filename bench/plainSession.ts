/**
 * The session that benchmarks measure: messages of the bank to clients that count, no proxy, no file, no log.
 *
 * Plain data: each benchmark changes what it is about.
 */
import type { SessionPlan } from '../harness/session/session.ts';

export interface BankStream {
  readonly messages: number;
  /** 0 is flat out. */
  readonly intervalNs: number;
  readonly datagramBytes: number;
}

/** Over loopback nothing arrives later than this. */
const TMAX_NS = 200e6;

/** To one client, each in a process of its own; which transport and how long at most is the caller's to say. */
export const plainSession = ({
  messages,
  intervalNs,
  datagramBytes,
}: BankStream): Omit<SessionPlan, 'transport' | 'streamLimitMs'> => ({
  mode: 'processes',
  clients: 1,
  source: { kind: 'bank', messages, intervalNs, datagramSizeBytes: datagramBytes },
  speed: intervalNs === 0 ? 0 : 1,
  pacing: 'hybrid',
  impairment: null,
  check: false,
  tmaxNs: TMAX_NS,
  verify: null,
  arrivalsPath: null,
  logsDir: null,
  debugLog: false,
  measureStalls: false,
  warmUp: true,
});
