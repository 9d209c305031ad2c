/**
 * What a flow is told: what all flows of a proxy share, and whom this one is for. Types only.
 */
import type { Peer } from '../../src/net/batch.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { WatchedFor } from './flowWatch.ts';
import type { Trust } from './trust.ts';

export type ProxyProtocol = 'matchstream' | 'any';

/** What all flows of a proxy share. */
export interface FlowSettings {
  readonly protocol: ProxyProtocol;
  readonly impairment: Impairment;
  /** Keep what fate files need. */
  readonly keepFates?: boolean;
  /**
   * Media time of an index, nanoseconds, where the caller knows the stream: a recording's times. Without it they are
   * as the registration says; and where that names no interval, or there is none, time is told by arrivals.
   */
  readonly mediaTimeNs?: (index: number) => number;
}

/** Who a flow is for. */
export interface FlowOpening {
  /** 1 or more. */
  readonly number: number;
  readonly listenPort: number;
  readonly client: Peer;
  readonly nowNs: number;
  /** Whether its client is one of the original programs: such a one never repeats that it is there. */
  readonly isOriginal: boolean;
  /** What may be sent to the client; null where the protocol knows no registration, and everything may. */
  readonly trust: Trust | null;
  readonly watched: WatchedFor;
}
