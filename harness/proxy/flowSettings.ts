/**
 * What a flow is told: what all flows of a proxy share, and whom this one is for. Types only.
 */
import type { Peer } from '../../src/net/batch.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { FlowProtocol, Protocol } from '../protocols/protocol.ts';
import type { WatchedFor } from './flowWatch.ts';
import type { Trust } from './trust.ts';

/** What all flows of a proxy share. */
export interface FlowSettings {
  readonly protocol: Protocol;
  readonly impairment: Impairment;
  /** Keep what fate files need. */
  readonly keepFates?: boolean;
  /**
   * Media time of an index, nanoseconds, where the caller knows the stream of a protocol that announces its plan: a
   * recording's times. Without it they are as the plan says.
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
  readonly protocol: FlowProtocol;
  /** What may be sent to the client; null where the protocol knows no registration, and everything may. */
  readonly trust: Trust | null;
  readonly watched: WatchedFor;
}
