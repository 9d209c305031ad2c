/**
 * What a proxy is told, and handed on unopened to its flows; and whom a flow is for. Types only.
 */
import type { Peer } from '../../src/net/batch.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { FlowProtocol, Protocol } from '../protocols/protocol.ts';
import type { FlowReport } from './closedFlows.ts';
import type { ProxyEvent } from './events.ts';
import type { WatchedFor } from './flowWatch.ts';
import type { IsLocal } from './ownPorts.ts';
import type { Trust } from './trust.ts';

export interface ProxyOptions {
  readonly server: Peer;
  readonly protocol: Protocol;
  readonly impairment: Impairment;
  /** Keep what fate files need. */
  readonly keepFates?: boolean;
  /**
   * Media time of an index, nanoseconds, where the caller knows the stream of a protocol that announces its plan: a
   * recording's times. Without it they are as the plan says.
   */
  readonly mediaTimeNs?: (index: number) => number;
  /** Listening ports, 1 or more. */
  readonly listening: number;
  /** Asks for an upstream port, under a number; answer at once or later. */
  readonly openUpstream: (opening: number) => void;
  /** Told that an upstream port is needed no more. */
  readonly closeUpstream?: (port: number) => void;
  /** Where a port is bound; without it nothing is known to come from the proxy itself. */
  readonly localPeer?: (port: number) => Peer;
  /** Which addresses are this machine's; those on loopback are, anyway. */
  readonly isLocal?: IsLocal;
  readonly maxFlows?: number;
  /** A flow that neither side has used for so long is closed, nanoseconds. */
  readonly idleNs?: number;
  /** How often idle flows are looked for, nanoseconds; 1 s. */
  readonly sweepNs?: number;
  /** Believe every address without proof, where a client asks for that; else those on loopback. */
  readonly allowUnverified?: boolean;
  readonly observe?: (event: ProxyEvent, nowNs: number) => void;
  /** Told of a closed flow that is from now on reported only as one of the earlier ones. */
  readonly forget?: (report: FlowReport) => void;
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
