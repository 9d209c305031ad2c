/**
 * A network that endpoints run on: sockets and the machine's clock, or both in memory.
 *
 * Whoever starts a server, a client or a proxy is given a network and does not know which; so what runs on sockets runs on
 * the virtual clock by the same code.
 */
import type { Peer } from './batch.ts';
import type { Clock } from './clock.ts';
import type { Pacing } from './driver.ts';
import type { Endpoint } from './endpoint.ts';
import type { OpenOptions } from './transport.ts';

/** What carried the datagrams. */
export interface NetworkReport {
  /** `node`, `linux` or `simulated`. */
  readonly transport: string;
  /** What a reader of the figures must know of it. */
  readonly notes: readonly string[];
}

/** What the kernel says it dropped at a port for want of buffer space. */
export interface KernelDrops {
  /** Its counter; null where it does not say. */
  readonly drops: number | null;
  /** Whether it may have joined datagrams, and then counted a batch of 1 to 64 as one. */
  readonly coalesced: boolean;
}

export interface RunOptions {
  /** How deadlines are waited for; `sleep`. A virtual clock never waits. */
  readonly pacing?: Pacing;
  /** Told of datagrams that were taken and could not be sent after all; control datagrams are not reported. */
  readonly onSendFailure?: (port: number, peer: Peer, datagrams: number) => void;
}

/** One endpoint's place on a network. Ask it for figures before it is closed. */
export interface Host {
  /**
   * Opens a port and gives its number: 0 for the first, and so on. In memory it is there at once, without a promise.
   * @throws EnvironmentError when it cannot be had
   */
  open(options: OpenOptions): number | Promise<number>;
  /** What is sent through it afterwards is refused. Its address and its figures stay. */
  closePort(port: number): void;
  /** Address and port that a port is bound to. */
  localPeer(port: number): Peer;
  kernelDrops(port: number): KernelDrops;
  report(): NetworkReport;
  /**
   * Runs an endpoint whose first ports are open, until it is finished or the host is closed. Once.
   * The promise rejects with what the endpoint throws, which ends it.
   */
  run(endpoint: Endpoint, options?: RunOptions): Promise<void>;
  /**
   * Does something to the endpoint while it runs, such as to interrupt it, and sends what comes of it: now, or in memory as
   * the next thing that happens, at the present time. After its end it does nothing.
   */
  act(action: (nowNs: number) => void): void;
  /** Ends the run, if it goes on, and closes every port. */
  close(): Promise<void>;
}

export interface Network {
  readonly clock: Clock;
  /** Whether its time jumps from one thing that is due to the next: nothing is ever late on it. */
  readonly isVirtual: boolean;
  /** Whether a numeric address is one of this machine's; those on loopback may be left out. */
  isLocal(address: string): boolean;
  /** Bytes that nobody can guess; in memory, where nobody is there to deceive, the same ones in every run. */
  random(sizeBytes: number): Uint8Array;
  /** A host without ports. @throws EnvironmentError when the machine cannot carry datagrams in the way that was asked for */
  host(): Host | Promise<Host>;
}
