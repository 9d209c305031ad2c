/**
 * What the API needs of a proxy that runs, and of whoever starts one. It opens no port itself, so that its tests need none.
 */
import type { Peer } from '../../../src/net/batch.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { DirectionCounters } from '../../proxy/path/counters.ts';
import type { Waits } from '../../proxy/proxyOptions.ts';
import type { Conditions } from '../../impairment/conditions.ts';

export interface HandleLook {
  /** Those that are open, and the last ones that were closed. */
  readonly flows: readonly FlowLook[];
  /** Sums of those that were closed before. */
  readonly earlier: Readonly<Record<Direction, DirectionCounters>> & { readonly flows: number };
  /** How long what was held or delayed was to wait, of all flows. */
  readonly waits: Waits;
  /** At the proxy's sockets; null where nothing counts them. */
  readonly kernelDrops: number | null;
}

export interface FlowLook extends Readonly<Record<Direction, DirectionCounters>> {
  readonly flow: number;
  readonly client: Peer;
  readonly isOpen: boolean;
}

/** Lines of the journal. */
export interface JournalSoFar {
  /** The last ones. */
  readonly lines: readonly string[];
  /** Lines before them, which are no longer in memory. */
  readonly leftOut: number;
}

export interface OpenProxy {
  readonly name: string;
  readonly listen: Peer;
  readonly upstream: Peer;
  readonly seed: string;
  /** As after `--protocol`. */
  readonly protocol: string;
  readonly conditions: Conditions;
  /** Called with the number of each flow that opens. */
  readonly flowOpened: (flow: number) => void;
}

export interface ProxyHandle {
  /** Where it listens, in numbers. */
  readonly listening: Peer;
  /** The number of the last change; 1 is what it began with. */
  readonly epoch: number;
  /** New conditions, from each flow's next datagram on. */
  change(conditions: Conditions): void;
  /** @throws UsageError for conditions or an upstream that it would refuse; it changes nothing */
  check(conditions: Conditions, upstream: Peer): void;
  /** Closes the listening port, or opens it again. @throws EnvironmentError if it cannot be opened */
  setListening(isOpen: boolean): Promise<void>;
  /** Where new flows go; open ones are closed. @throws UsageError for an address that it cannot be; then nothing changes */
  setUpstream(upstream: Peer): void;
  /** The server sees the flow, or every one, from a new port. */
  rebind(flow?: number): void;
  closeFlow(flow: number): void;
  /** The numbers of open flows. */
  readonly flows: readonly number[];
  /** Figures so far. Its cost grows with the number of flows. */
  look(): HandleLook;
  /** What was changed and done, a line each. */
  journal(): JournalSoFar;
  /** Ends at once, and its port is free; what is under way is thrown away. */
  close(): Promise<void>;
}

export interface ProxyOpener {
  /** @throws EnvironmentError if it cannot listen there, UsageError if it would send to itself */
  open(proxy: OpenProxy): Promise<ProxyHandle>;
  /** @throws UsageError if a proxy that listens there would send to itself */
  checkEnds(listen: Peer, upstream: Peer): void;
  /** A host's numeric address, within a bounded time. @throws UsageError if there is none */
  resolve(host: string, what: string): Promise<string>;
  /** Calls back after a time. Returns what cancels it. */
  after(ms: number, act: () => void): () => void;
}
