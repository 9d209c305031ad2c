/**
 * A host of the simulated network: the ports of one endpoint with their inboxes, and its sink.
 *
 * The network moves datagrams and the clock.
 */
import type { DatagramBatch, Peer } from './batch.ts';
import type { DatagramSink, Endpoint } from './endpoint.ts';
import type { Host, KernelDrops, NetworkReport } from './network.ts';
import type { OpenOptions } from './transport.ts';

/** A port and its arrivals that are not delivered yet. */
export class Inbox {
  readonly host: SimulatedHost;
  readonly local: Peer;
  readonly chunks: DatagramBatch[] = [];
  /** Peer → refusals that are not reported yet; null if refusals are not reported. */
  readonly refused: Map<Peer, number> | null;
  dropped = 0;
  isOpen = true;

  constructor(host: SimulatedHost, local: Peer, tellsRefusals: boolean) {
    this.host = host;
    this.local = local;
    this.refused = tellsRefusals ? new Map() : null;
  }
}

/** The methods of the network that a host uses. */
interface HostNetwork {
  nowNs(): number;
  at(atNs: number, action: () => void): void;
  bind(host: SimulatedHost, options: OpenOptions): Inbox;
  unbind(inbox: Inbox): void;
  enter(host: SimulatedHost): void;
  vanish(host: SimulatedHost): void;
  carry(from: Peer, to: Peer, batch: DatagramBatch, first: number, end: number): number;
  carryAway(from: Peer, to: Peer, batch: DatagramBatch): number;
}

/** The placeholder of a host without an endpoint. */
const NOBODY: Endpoint = {
  finished: false,
  handleDatagrams: () => undefined,
  handleTimeout: () => undefined,
  nextTimeoutNs: () => Number.POSITIVE_INFINITY,
  drain: () => undefined,
};

/** Settles the promise of a run. */
interface Ending {
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

export class SimulatedHost implements Host, DatagramSink {
  endpoint: Endpoint = NOBODY;
  /** Whether a run of the network waits for this endpoint to finish; endpoints that only serve others never finish. */
  readonly awaited: boolean;
  readonly inboxes: Inbox[] = [];
  /**
   * Whether it is in the network's queue of hosts with arrivals; true without an endpoint, which keeps it out of the
   * queue.
   */
  ready = true;
  /** Whether its run is over. */
  ended = false;
  readonly #network: HostNetwork;
  #ending: Ending | undefined;

  constructor(network: HostNetwork, awaited: boolean) {
    this.#network = network;
    this.awaited = awaited;
  }

  open(options: OpenOptions): number {
    return this.inboxes.push(this.#network.bind(this, options)) - 1;
  }

  closePort(port: number): void {
    this.#network.unbind(this.#inbox(port));
  }

  localPeer(port: number): Peer {
    return this.#inbox(port).local;
  }

  /** Datagrams lost because the inbox was full. */
  dropped(port: number): number {
    return this.#inbox(port).dropped;
  }

  kernelDrops(port: number): KernelDrops {
    return { drops: this.dropped(port), coalesced: false };
  }

  report(): NetworkReport {
    return { transport: 'simulated', notes: [] };
  }

  run(endpoint: Endpoint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ending = { resolve, reject };
      this.enter(endpoint);
    });
  }

  /** As `run`, for a caller of the network's `run`, which then throws the endpoint's errors. */
  enter(endpoint: Endpoint): void {
    if (this.endpoint !== NOBODY) throw new Error('a host runs one endpoint, once');
    this.endpoint = endpoint;
    this.ready = false;
    this.#network.enter(this);
  }

  act(action: (nowNs: number) => void): void {
    if (this.ended) return;
    const nowNs = this.#network.nowNs();
    this.#network.at(nowNs, () => {
      if (this.ended) return;
      try {
        action(nowNs);
        this.endpoint.drain(this);
      } catch (cause) {
        this.fail(cause);
      }
    });
  }

  close(): Promise<void> {
    this.#network.vanish(this);
    this.end();
    return Promise.resolve();
  }

  end(): void {
    this.ended = true;
    this.#ending?.resolve();
  }

  /** Ends it with an error of its endpoint. @throws that error if no promise reports it */
  fail(cause: unknown): void {
    if (this.#ending === undefined) throw cause;
    this.#network.vanish(this);
    this.ended = true;
    this.#ending.reject(cause);
  }

  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    const inbox = this.#inbox(port);
    return inbox.isOpen ? this.#network.carry(inbox.local, peer, batch, from, to) : 0;
  }

  sendAway(port: number, peer: Peer, batch: DatagramBatch): number {
    const inbox = this.#inbox(port);
    return inbox.isOpen ? this.#network.carryAway(inbox.local, peer, batch) : 0;
  }

  #inbox(port: number): Inbox {
    const inbox = this.inboxes[port];
    if (inbox === undefined) throw new Error(`port ${port} was never opened`);
    return inbox;
  }
}
