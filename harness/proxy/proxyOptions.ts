/**
 * The options of a proxy, passed unchanged to its flows.
 */
import type { Peer } from '../../src/net/batch.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { Protocol } from '../protocols/protocol.ts';
import type { RunCapture } from '../recording/tap/runCapture.ts';
import type { Tap } from '../recording/tap/tap.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import type { StreamChanges } from './changes/fixedConditions.ts';
import type { Journal } from './changes/journal.ts';
import type { Timeline } from './changes/timeline.ts';
import type { FlowReport } from './flows/closedFlows.ts';
import type { ProxyEvent } from './told/events.ts';
import type { HeldDatagrams } from './path/heldDatagrams.ts';
import type { LateCounts } from './path/lateness.ts';
import type { OnRefused, PortMover } from './ports/listeningPorts.ts';
import type { IsLocal } from './ports/ownPorts.ts';
import type { RouteRules } from './ports/route.ts';
import type { Traffic } from './told/traffic.ts';
import type { SharedDirections } from './path/sharedDirection.ts';

/** How long what was held or delayed was to wait in the proxy, from its arrival, by direction. */
export type Waits = Readonly<Record<Direction, LateCounts>>;

export interface ProxyOptions extends RouteRules, PortMover {
  readonly server: Peer;
  readonly protocol: Protocol;
  readonly impairment: Impairment;
  /** Sees every datagram that is passed on, before it is impaired. */
  readonly tap?: Tap;
  /** Notes what enters each stream and what leaves it, for a report. */
  readonly traffic?: Traffic;
  /** Sees every datagram as it comes, with its fate, and as it leaves. */
  readonly capture?: Pick<RunCapture, 'way'>;
  /** Counts of waits, of all flows, that are added to; default: nobody counts them. */
  readonly waits?: Waits;
  /** Keep the notes for fate files. */
  readonly keepFates?: boolean;
  /**
   * Media time of an index, nanoseconds, if the caller knows the stream, such as a recording's times. By default, times
   * follow the plan.
   */
  readonly mediaTimeNs?: (index: number) => number;
  /** Listening ports, 1 or more. */
  readonly listening: number;
  /** Requests an upstream port for datagrams to a server, with a number; answer at once or later. */
  readonly openUpstream: (opening: number, server: Peer) => void;
  /** Called when an upstream port is no longer needed. */
  readonly closeUpstream?: (port: number) => void;
  /** Called when a flow has left its upstream port for another one. */
  readonly movedPort?: (left: number, port: number) => void;
  /** What a refusal by the upstream leads to; default `count`. */
  readonly onRefused?: OnRefused;
  /** Interval at which the upstream's name is looked up again, nanoseconds; by default never. */
  readonly resolveEveryNs?: number;
  /** Requests that, with the address in use; answer by `upstream.resolved` or `upstream.unresolved`, at once or later. */
  readonly resolveUpstream?: (inUse: string) => void;
  /** Address of a port; without it, nothing is known to come from the proxy itself. */
  readonly localPeer?: (port: number) => Peer;
  /** Whether an address is this machine's; those on loopback always are. */
  readonly isLocal?: IsLocal;
  /** Unpredictable bytes, for checks that nobody else can answer. */
  readonly random?: (sizeBytes: number) => Uint8Array;
  readonly maxFlows?: number;
  /** Most upstream ports that are open at a time, those of closed flows included; they are closed first. */
  readonly maxPorts?: number;
  /** Flows without datagrams from either side for this long are closed, nanoseconds. */
  readonly idleNs?: number;
  /**
   * A client that was silent for so long opens a new flow, with indices from 1, by its next datagram, nanoseconds; by default
   * it goes on until the flow is idle. Not with a protocol that has a registration.
   */
  readonly newFlowAfterNs?: number;
  /** Interval of the search for idle flows, nanoseconds; 1 s. */
  readonly sweepNs?: number;
  /** Accept every address without proof, if a client requests that; by default only those on loopback. */
  readonly allowUnverified?: boolean;
  /** Whether time jumps from event to event, so that nothing is ever late. Default false. */
  readonly isVirtual?: boolean;
  /** Where what changes is written; default nowhere but in memory. */
  readonly journal?: Journal;
  /** The changes of another run, which are made again. */
  readonly timeline?: Timeline;
  readonly observe?: (event: ProxyEvent, nowNs: number) => void;
  /** Called with a closed flow that will be reported only in the sums. */
  readonly forget?: (report: FlowReport) => void;
}

/** The same for a flow, with what all flows share. */
export interface FlowOptions extends ProxyOptions {
  readonly held: HeldDatagrams;
  /** What all flows share. */
  readonly shared: Pick<SharedDirections, Direction>;
  /** What the conditions are, and with which a stream begins. */
  readonly changes: StreamChanges;
}

/** What one direction of a flow needs of them. */
export type DirectionOptions = Pick<
  FlowOptions,
  | 'protocol'
  | 'impairment'
  | 'traffic'
  | 'waits'
  | 'keepFates'
  | 'mediaTimeNs'
  | 'isVirtual'
  | 'held'
  | 'shared'
  | 'changes'
>;

/** Whether the order of leaving depends on times of arrival: by jitter, or at a shared link, without a plan. */
export const ordersByArrival = (settings: readonly ImpairmentConfig[], protocol: Protocol): boolean =>
  protocol.admission === 'source' &&
  settings.some(
    ({ delay, rate, shared }) =>
      (delay !== null && delay.jitterNs > 0 && !delay.keepOrder) || (rate !== null && shared),
  );

/** Whether control datagrams have schedules. */
export const impairsControl = ({
  impairment,
  protocol: { down, up },
}: Pick<ProxyOptions, 'impairment' | 'protocol'>): boolean =>
  impairment.impairControl && (down.hasControl || up.hasControl);
