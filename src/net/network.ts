/**
 * The network that endpoints run on: real sockets and the real clock, or a simulation of both.
 *
 * Servers, clients and proxies are started on this interface, so the same code runs on sockets and on the virtual
 * clock.
 */
import type { Peer } from './batch.ts';
import type { Clock } from './clock.ts';
import type { Pacing } from './driver.ts';
import type { Endpoint } from './endpoint.ts';
import type { OpenOptions } from './transport.ts';

/** How the datagrams were carried. */
export interface NetworkReport {
  /** `node`, `linux` or `simulated`. */
  readonly transport: string;
  /** Notes about it for a reader of the figures. */
  readonly notes: readonly string[];
}

/** Datagrams that the kernel dropped at a port because its buffer was full. */
export interface KernelDrops {
  /** The kernel's counter; null where unknown. */
  readonly drops: number | null;
  /** Whether the kernel may have joined datagrams (GRO): it counts a buffer of 1 to 64 datagrams as one. */
  readonly coalesced: boolean;
}

/** One endpoint's place on a network. Ask it for figures before it is closed. */
export interface Host {
  /**
   * Opens a port and returns its number: 0 for the first, and so on; without a promise where the network can.
   * @throws EnvironmentError when it cannot be opened
   */
  open(options: OpenOptions): number | Promise<number>;
  /** Later sends through it are refused. Its address and figures stay available. A promise as `Transport.closePort` has it. */
  closePort(port: number): void | Promise<void>;
  /** Address and port that a port is bound to. */
  localPeer(port: number): Peer;
  kernelDrops(port: number): KernelDrops;
  report(): NetworkReport;
  /**
   * Runs an endpoint whose first ports are open, until it is finished or the host is closed. To be called once. The
   * promise rejects with an error that the endpoint throws.
   * @param pacing how deadlines are waited for; default `sleep`. A virtual clock never waits.
   * @param keepsAlive whether the process waits for its deadlines; default true
   */
  run(endpoint: Endpoint, pacing?: Pacing, keepsAlive?: boolean): Promise<void>;
  /**
   * Calls the action on the running endpoint, such as an interrupt, and drains the endpoint: at once, or in a
   * simulation as the next event at the current time. Does nothing after the endpoint's end.
   */
  act(action: (nowNs: number) => void): void;
  /** Stops the run if it is not over, and closes every port. */
  close(): Promise<void>;
}

export interface Network {
  readonly clock: Clock;
  /** Whether its time jumps from event to event, so that nothing is ever late. */
  readonly isVirtual: boolean;
  /** Whether a numeric address is one of this machine's; those on loopback may be left out. */
  isLocal(address: string): boolean;
  /** Unpredictable bytes; in a simulation, which has no attackers, the same bytes in every run. */
  random(sizeBytes: number): Uint8Array;
  /** A host without ports. @throws EnvironmentError when the chosen transport does not work on this machine */
  host(): Host | Promise<Host>;
}
