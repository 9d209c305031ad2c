/**
 * A network and a clock that exist only in memory: the same machines as on real sockets, without waiting.
 *
 * Time jumps to the next thing that is due. What is sent arrives at once, in the order it was sent; who wakes at the
 * same moment wakes in the order it joined. Nothing here is random and nothing reads the real clock, so a run
 * repeats exactly. Inboxes have a cap, and what overflows one is counted as the kernel would count it.
 */
import { callback, optional, shape, timeNs } from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { MAX_DATAGRAM_BYTES } from './batch.ts';
import type { DatagramBatch, Peer } from './batch.ts';
import { copyRows, isChunk, newChunk } from './sendQueue.ts';
import type { DatagramSink, Endpoint } from './endpoint.ts';

const INBOX_CHUNKS = 1024;
/** Empty chunks kept at the least; with many ports, one for each: a stream to all of them fills one of each at a time. */
const MIN_SPARE_CHUNKS = 16;
const FIRST_PICKED_PORT = 49_152;

/** Decides about one datagram in flight; for tests that need a particular loss. */
export type LinkRule = (from: Peer, to: Peer, payload: Uint8Array) => 'deliver' | 'drop';

export interface SimulatedOptions {
  /**
   * How far a wake-up may run ahead of the clock, nanoseconds, so that due datagrams move in batches. Each still
   * carries its own time. 0 wakes once for every distinct time.
   */
  readonly quantumNs?: number;
  readonly rule?: LinkRule;
}

const CHECKS: Checks<SimulatedOptions> = { quantumNs: optional(timeNs), rule: optional(callback) };

class Inbox {
  readonly local: Peer;
  readonly chunks: DatagramBatch[] = [];
  dropped = 0;

  constructor(local: Peer) {
    this.local = local;
  }
}

/** One machine's place in the network: its ports, and the sink it drains into. */
export class SimulatedHost implements DatagramSink {
  readonly machine: Endpoint;
  /** Whether a run waits for this machine to finish; one that only serves others, such as a proxy, never does. */
  readonly awaited: boolean;
  readonly inboxes: Inbox[] = [];
  /** Whether it waits in the network's queue of hosts with arrivals. */
  ready = false;
  /** Off the network for good. */
  vanished = false;
  readonly #network: SimulatedNetwork;

  constructor(network: SimulatedNetwork, machine: Endpoint, awaited: boolean) {
    this.#network = network;
    this.machine = machine;
    this.awaited = awaited;
  }

  /** Opens a port; 0 picks one. Returns its number among this host's ports. */
  open(options: { host: string; port: number }): number {
    this.inboxes.push(this.#network.bind(this, options.host, options.port, this.inboxes.length));
    return this.inboxes.length - 1;
  }

  localPeer(port: number): Peer {
    return this.#inbox(port).local;
  }

  /** Datagrams that found an inbox full. */
  dropped(port: number): number {
    return this.#inbox(port).dropped;
  }

  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    return this.#network.carry(this.#inbox(port).local, peer, batch, from, to);
  }

  sendAway(port: number, peer: Peer, batch: DatagramBatch): number {
    return this.#network.carryAway(this.#inbox(port).local, peer, batch);
  }

  #inbox(port: number): Inbox {
    const inbox = this.inboxes[port];
    if (inbox === undefined) throw new Error(`port ${port} was never opened`);
    return inbox;
  }
}

interface Address {
  readonly host: SimulatedHost;
  readonly port: number;
}

const never = (): boolean => false;

export class SimulatedNetwork {
  readonly #hosts: SimulatedHost[] = [];
  readonly #addresses = new Map<string, Address>();
  /** The same by identity, because senders mostly use the same peer object again. */
  readonly #known = new WeakMap<Peer, Address>();
  readonly #ready: SimulatedHost[] = [];
  readonly #spare: DatagramBatch[] = [];
  readonly #actions: { atNs: number; action: () => void }[] = [];
  readonly #quantumNs: number;
  readonly #rule: LinkRule | undefined;
  #nowNs = 0;
  #steps = 0;
  #nextPort = FIRST_PICKED_PORT;

  constructor(options: SimulatedOptions = {}) {
    shape(CHECKS)(options, 'SimulatedNetwork');
    this.#quantumNs = options.quantumNs ?? 0;
    this.#rule = options.rule;
  }

  nowNs(): number {
    return this.#nowNs;
  }

  /** Times the clock was moved to something due: what a run costs beyond its datagrams. Time in which nothing is due is free. */
  get steps(): number {
    return this.#steps;
  }

  /** @param awaited whether a run lasts until this machine is finished */
  join(machine: Endpoint, awaited = true): SimulatedHost {
    const host = new SimulatedHost(this, machine, awaited);
    this.#hosts.push(host);
    return host;
  }

  /** Takes a host off the network without a word, as a killed process would go. */
  vanish(host: SimulatedHost): void {
    const place = this.#hosts.indexOf(host);
    if (place < 0) return;
    this.#hosts.splice(place, 1);
    host.vanished = true;
    for (const inbox of host.inboxes) inbox.chunks.length = 0;
    for (const [key, address] of this.#addresses) if (address.host === host) this.#addresses.delete(key);
    for (const inbox of host.inboxes) this.#known.delete(inbox.local);
  }

  /** Runs something at a given time, before any machine wakes at that time. */
  at(atNs: number, action: () => void): void {
    this.#actions.push({ atNs, action });
    this.#actions.sort((a, b) => a.atNs - b.atNs);
  }

  /** Drains a host and delivers what follows from it, at the present time: after acting on its machine by hand. */
  settle(host: SimulatedHost): void {
    host.machine.drain(host);
    this.#deliver();
  }

  /**
   * Runs until every awaited machine is finished, nothing is due any more, or the time limit.
   * Returns true when every awaited machine finished.
   * @param pause asked now and then; after a true it returns, and another call goes on where this one stopped
   */
  run(untilNs = Number.POSITIVE_INFINITY, pause: () => boolean = never): boolean {
    for (;;) {
      this.#deliver();
      let wakeNs = this.#actions[0]?.atNs ?? Number.POSITIVE_INFINITY;
      let running = false;
      for (const { machine, awaited } of this.#hosts) {
        if (machine.finished) continue;
        running ||= awaited;
        const nextNs = machine.nextTimeoutNs();
        if (nextNs < wakeNs) wakeNs = nextNs;
      }
      if (!running) return true;
      if (wakeNs === Number.POSITIVE_INFINITY || wakeNs > untilNs || pause()) return false;
      this.#wake(wakeNs);
    }
  }

  /** For hosts: takes an address. */
  bind(host: SimulatedHost, address: string, wishedPort: number, number: number): Inbox {
    const port = wishedPort === 0 ? this.#pickPort(address) : wishedPort;
    const key = `${address}|${port}`;
    if (this.#addresses.has(key)) throw new Error(`${key} is taken`);
    const local = { address, port };
    this.#addresses.set(key, { host, port: number });
    return new Inbox(local);
  }

  #pickPort(address: string): number {
    while (this.#addresses.has(`${address}|${this.#nextPort}`)) this.#nextPort += 1;
    const port = this.#nextPort;
    this.#nextPort += 1;
    return port;
  }

  /**
   * For hosts: puts datagrams into the inbox of whoever has the address. Returns how many can be sent at all: as
   * elsewhere, nothing goes to port 0, and nothing that is too long for UDP.
   */
  carry(from: Peer, to: Peer, batch: DatagramBatch, first: number, end: number): number {
    if (to.port === 0) return 0;
    let sent = 0;
    for (let row = first; row < end;) {
      const next = tooLong(batch, row, end);
      sent += this.#carry(from, to, batch, row, next);
      row = next + 1;
    }
    return sent;
  }

  #carry(from: Peer, to: Peer, batch: DatagramBatch, first: number, end: number): number {
    const address = this.#find(to);
    // As on a real network, a datagram for nobody is sent and lost.
    if (address === undefined) return end - first;
    const inbox = address.host.inboxes[address.port] as Inbox;
    if (this.#rule === undefined) this.#put(inbox, from, batch, first, end);
    else {
      for (let row = first; row < end; row += 1) {
        if (this.#rule(from, to, batch.payload(row)) === 'deliver')
          this.#put(inbox, from, batch, row, row + 1);
      }
    }
    this.#markReady(address.host);
    return end - first;
  }

  /** For hosts: the same for a whole batch. Where the inbox is empty, it gets the batch's memory, and nothing is copied. */
  carryAway(from: Peer, to: Peer, batch: DatagramBatch): number {
    const { count } = batch;
    const address = this.#find(to);
    const inbox = address?.host.inboxes[address.port];
    const isEmpty = inbox?.chunks.length === 0;
    if (
      address === undefined ||
      !isEmpty ||
      this.#rule !== undefined ||
      !isChunk(batch) ||
      tooLong(batch, 0, count) < count
    ) {
      return this.carry(from, to, batch, 0, count);
    }
    const chunk = this.#spare.pop() ?? newChunk();
    chunk.swap(batch);
    chunk.sources.fill(from, 0, count);
    inbox.chunks.push(chunk);
    this.#markReady(address.host);
    return count;
  }

  #markReady(host: SimulatedHost): void {
    if (host.ready) return;
    host.ready = true;
    this.#ready.push(host);
  }

  /** Puts rows into an inbox; what finds no room is lost and counted. */
  #put(inbox: Inbox, from: Peer, batch: DatagramBatch, first: number, end: number): void {
    let chunk = inbox.chunks.at(-1);
    for (let row = first; row < end;) {
      const next = chunk === undefined ? row : copyRows(chunk, batch, row, end, from);
      if (next > row) {
        row = next;
      } else if (inbox.chunks.length < INBOX_CHUNKS) {
        chunk = this.#spare.pop() ?? newChunk();
        inbox.chunks.push(chunk);
      } else {
        inbox.dropped += 1;
        row += 1;
      }
    }
  }

  #find(peer: Peer): Address | undefined {
    let address = this.#known.get(peer);
    if (address === undefined || address.host.vanished) {
      address = this.#addresses.get(`${peer.address}|${peer.port}`);
      if (address !== undefined) this.#known.set(peer, address);
    }
    return address;
  }

  /** @param wakeNs when something is due; in the past when it is overdue, and then time stands still */
  #wake(wakeNs: number): void {
    this.#steps += 1;
    const action = this.#actions[0];
    if (action !== undefined && action.atNs <= wakeNs) {
      this.#nowNs = Math.max(wakeNs, this.#nowNs);
      this.#actions.shift();
      action.action();
      return;
    }
    if (wakeNs > this.#nowNs) {
      const limitNs = action?.atNs ?? Number.POSITIVE_INFINITY;
      this.#nowNs = Math.min(wakeNs + this.#quantumNs, limitNs);
    }
    for (const host of this.#hosts) {
      if (host.machine.finished || host.machine.nextTimeoutNs() > this.#nowNs) continue;
      host.machine.handleTimeout(this.#nowNs);
      host.machine.drain(host);
    }
  }

  #deliver(): void {
    const mostSpare = Math.max(MIN_SPARE_CHUNKS, this.#addresses.size);
    for (let host = this.#ready.shift(); host !== undefined; host = this.#ready.shift()) {
      host.ready = false;
      for (let port = 0; port < host.inboxes.length; port += 1) {
        const inbox = host.inboxes[port] as Inbox;
        // Only what is there now: an answer to it waits for the next round, so that nobody starves.
        const chunks = inbox.chunks.splice(0);
        for (const chunk of chunks) {
          host.machine.handleDatagrams(this.#nowNs, port, chunk, 0, chunk.count);
          host.machine.drain(host);
          chunk.clear();
          if (this.#spare.length < mostSpare) this.#spare.push(chunk);
        }
      }
    }
  }
}

/** The first row from `first` on that no datagram can be; `end` where there is none. */
function tooLong({ lengths }: DatagramBatch, first: number, end: number): number {
  let row = first;
  while (row < end && (lengths[row] as number) <= MAX_DATAGRAM_BYTES) row += 1;
  return row;
}
