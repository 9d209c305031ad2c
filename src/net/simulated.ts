/**
 * A simulated network and clock in memory: runs the same endpoints as real sockets, without waiting.
 *
 * Time jumps to the next event. Datagrams arrive at once, in the order of sending; hosts due at the same time wake in
 * the order of joining. Nothing is random or depends on the real clock, so a run repeats exactly. Inboxes are bounded,
 * and an overflow counts as a kernel drop. Where an address is known and nobody has the port, datagrams are refused.
 */
import { callback, optional, shape, timeNs } from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { MAX_DATAGRAM_BYTES } from './batch.ts';
import type { DatagramBatch, Peer } from './batch.ts';
import { bindFailure } from './bindFailure.ts';
import type { Clock } from './clock.ts';
import type { Endpoint } from './endpoint.ts';
import type { Network } from './network.ts';
import { copyRows, isChunk, newChunk } from './sendQueue.ts';
import { Inbox, SimulatedHost } from './simulatedHost.ts';
import type { OpenOptions } from './transport.ts';

export type { SimulatedHost } from './simulatedHost.ts';

const INBOX_CHUNKS = 1024;
/**
 * Minimum of spare chunks; with many ports it is one per port, because a stream to all of them fills one chunk of each.
 */
const MIN_SPARE_CHUNKS = 16;
const FIRST_PICKED_PORT = 49_152;
/** Longest time between two turns of the event loop, which handles signals, for example. */
const TURN_MS = 50;

/** Decides the fate of one datagram; for tests that need a particular loss. */
export type LinkRule = (from: Peer, to: Peer, payload: Uint8Array) => 'deliver' | 'drop';

export interface SimulatedOptions {
  /**
   * How far a wake-up may run ahead of the clock, nanoseconds, so that datagrams are sent in batches. Each keeps its
   * own due time. 0 wakes once for every distinct time.
   */
  readonly quantumNs?: number;
  readonly rule?: LinkRule;
}

const CHECKS: Checks<SimulatedOptions> = { quantumNs: optional(timeNs), rule: optional(callback) };

/** When the event loop is to get its next turn, milliseconds as `performance.now`. */
let turnEndsMs = 0;

/**
 * Waits until all code that awaits settled promises has continued. A turn of the event loop may include a garbage
 * collection and costs more than a short run, so there is one only every `TURN_MS`.
 */
async function settlePromises(): Promise<void> {
  if (performance.now() < turnEndsMs) return new Promise((resolve) => process.nextTick(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  turnEndsMs = performance.now() + TURN_MS;
}

const never = (): boolean => false;

export class SimulatedNetwork implements Network, Clock {
  readonly clock: Clock = this;
  readonly isVirtual = true;
  readonly #hosts: SimulatedHost[] = [];
  /** Address → inbox. */
  readonly #inboxes = new Map<string, Inbox>();
  /** Addresses that were ever bound: they refuse what is sent to a port without an inbox. */
  readonly #addresses = new Set<string>();
  /** The same by identity, because senders mostly reuse the same peer object. */
  readonly #known = new WeakMap<Peer, Inbox>();
  readonly #ready: SimulatedHost[] = [];
  readonly #spare: DatagramBatch[] = [];
  readonly #actions: { atNs: number; action: () => void }[] = [];
  readonly #quantumNs: number;
  readonly #rule: LinkRule | undefined;
  #nowNs = 0;
  #steps = 0;
  /** Endpoints that have finished, or failed. */
  #finished = 0;
  /** Number of requests for random bytes. */
  #drawn = 0;
  #nextPort = FIRST_PICKED_PORT;

  constructor(options: SimulatedOptions = {}) {
    shape(CHECKS)(options, 'SimulatedNetwork');
    this.#quantumNs = options.quantumNs ?? 0;
    this.#rule = options.rule;
  }

  nowNs(): number {
    return this.#nowNs;
  }

  /** Number of jumps of the clock, which measures the cost of a run besides its datagrams. */
  get steps(): number {
    return this.#steps;
  }

  /** No simulated address belongs to this machine. */
  isLocal(): boolean {
    return false;
  }

  random(sizeBytes: number): Uint8Array {
    this.#drawn += 1;
    const drawn = new Uint8Array(sizeBytes);
    new DataView(drawn.buffer).setUint32(sizeBytes - 4, this.#drawn);
    return drawn;
  }

  host(): SimulatedHost {
    return new SimulatedHost(this, true);
  }

  /** A host that runs an endpoint from now on. @param awaited whether a run lasts until this endpoint is finished */
  join(endpoint: Endpoint, awaited = true): SimulatedHost {
    const host = new SimulatedHost(this, awaited);
    host.enter(endpoint);
    return host;
  }

  /** For hosts: starts to wake its endpoint and to deliver arrivals. */
  enter(host: SimulatedHost): void {
    this.#hosts.push(host);
    if (host.inboxes.some(({ chunks }) => chunks.length > 0)) this.#markReady(host);
  }

  /** Removes a host from the network silently, like a killed process. */
  vanish(host: SimulatedHost): void {
    const place = this.#hosts.indexOf(host);
    if (place >= 0) this.#hosts.splice(place, 1);
    for (const inbox of host.inboxes) this.unbind(inbox);
  }

  /** Calls the action at a given time, before any endpoint wakes at that time. */
  at(atNs: number, action: () => void): void {
    this.#actions.push({ atNs, action });
    this.#actions.sort((a, b) => a.atNs - b.atNs);
  }

  /** Drains a host at the current time, after its endpoint was called directly. */
  settle(host: SimulatedHost): void {
    host.endpoint.drain(host);
    this.#deliver();
  }

  /**
   * Runs until every awaited endpoint is finished, nothing is due, or the time limit is reached. Returns true when
   * every awaited endpoint finished.
   * @param pause called regularly; after a true `run` returns, and another call continues from there
   */
  run(untilNs = Number.POSITIVE_INFINITY, pause: () => boolean = never): boolean {
    for (;;) {
      this.#deliver();
      let wakeNs = this.#actions[0]?.atNs ?? Number.POSITIVE_INFINITY;
      let running = false;
      for (const host of this.#hosts) {
        const { endpoint } = host;
        if (endpoint.finished) {
          if (!host.ended) this.#end(host);
          continue;
        }
        running ||= host.awaited;
        const nextNs = endpoint.nextTimeoutNs();
        if (nextNs < wakeNs) wakeNs = nextNs;
      }
      if (!running) return true;
      if (wakeNs === Number.POSITIVE_INFINITY || wakeNs > untilNs || pause()) return false;
      this.#wake(wakeNs);
    }
  }

  /**
   * Runs until a promise is settled, such as that of a server's report, and returns its result. When an endpoint
   * finishes, code that awaits it continues first, at that virtual time, unless it waits for something else than the
   * network. The event loop gets regular turns.
   * @param signal ends it before that
   * @throws the rejection of the promise, the signal's reason, or an Error when nothing is due
   */
  async until<T>(promise: Promise<T>, signal: AbortSignal | null = null): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await settlePromises();
      if (isSettled) return promise;
      signal?.throwIfAborted();
      const finished = this.#finished;
      let isPaused = false;
      const isOver = this.run(Number.POSITIVE_INFINITY, () => {
        // Reading the clock at every step would cost more than most steps.
        isPaused = this.#finished > finished || (this.#steps % 16 === 0 && performance.now() > turnEndsMs);
        return isPaused;
      });
      if (isPaused || this.#finished > finished) continue;
      // Everything has finished: the promise now waits for something else than the network.
      if (isOver) return promise;
      throw new Error('a network in memory came to a stop before its end');
    }
  }

  /** For hosts: binds an address. */
  bind(host: SimulatedHost, options: OpenOptions): Inbox {
    const local = {
      address: options.host,
      port: options.port === 0 ? this.#pickPort(options.host) : options.port,
    };
    const key = keyOf(local);
    if (this.#inboxes.has(key)) throw bindFailure(options, 'EADDRINUSE');
    const inbox = new Inbox(host, local, options.tellsRefusals === true);
    this.#inboxes.set(key, inbox);
    this.#addresses.add(local.address);
    return inbox;
  }

  /** For hosts: releases an address and discards its arrivals. */
  unbind(inbox: Inbox): void {
    if (!inbox.isOpen) return;
    inbox.isOpen = false;
    inbox.chunks.length = 0;
    this.#inboxes.delete(keyOf(inbox.local));
    this.#known.delete(inbox.local);
  }

  #pickPort(address: string): number {
    while (this.#inboxes.has(keyOf({ address, port: this.#nextPort }))) this.#nextPort += 1;
    const port = this.#nextPort;
    this.#nextPort += 1;
    return port;
  }

  /**
   * For hosts: puts datagrams into the inbox of an address. Returns how many were sent: port 0 and datagrams too long
   * for UDP are refused, as on real networks.
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
    const inbox = this.#find(to);
    // A datagram to an address without a host counts as sent and is lost, as on a real network.
    if (inbox === undefined) {
      if (this.#addresses.has(to.address)) this.#refuse(from, to, end - first);
      return end - first;
    }
    if (this.#rule === undefined) this.#put(inbox, from, batch, first, end);
    else {
      for (let row = first; row < end; row += 1) {
        if (this.#rule(from, to, batch.payload(row)) === 'deliver')
          this.#put(inbox, from, batch, row, row + 1);
      }
    }
    this.#markReady(inbox.host);
    return end - first;
  }

  /** For hosts: the same for a whole batch. An empty inbox takes the batch's memory without a copy. */
  carryAway(from: Peer, to: Peer, batch: DatagramBatch): number {
    const { count } = batch;
    const inbox = this.#find(to);
    if (
      inbox === undefined ||
      inbox.chunks.length > 0 ||
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
    this.#markReady(inbox.host);
    return count;
  }

  /** Notes a refusal for the sender, if its port reports them. */
  #refuse(from: Peer, by: Peer, count: number): void {
    const inbox = this.#find(from);
    if (inbox === undefined || inbox.refused === null) return;
    inbox.refused.set(by, (inbox.refused.get(by) ?? 0) + count);
    this.#markReady(inbox.host);
  }

  #markReady(host: SimulatedHost): void {
    if (host.ready) return;
    host.ready = true;
    this.#ready.push(host);
  }

  /** Puts rows into an inbox; those that do not fit are lost and counted. */
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

  #find(peer: Peer): Inbox | undefined {
    let inbox = this.#known.get(peer);
    if (inbox === undefined || !inbox.isOpen) {
      inbox = this.#inboxes.get(keyOf(peer));
      if (inbox !== undefined) this.#known.set(peer, inbox);
    }
    return inbox;
  }

  #end(host: SimulatedHost): void {
    this.#finished += 1;
    host.end();
  }

  /** @param wakeNs time of the next event; if it is in the past, the clock does not move */
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
      const { endpoint } = host;
      if (endpoint.finished || endpoint.nextTimeoutNs() > this.#nowNs) continue;
      try {
        endpoint.handleTimeout(this.#nowNs);
        endpoint.drain(host);
      } catch (cause) {
        this.#finished += 1;
        host.fail(cause);
      }
    }
  }

  #tellRefusals(host: SimulatedHost, port: number, refused: Map<Peer, number>): void {
    const told = [...refused];
    refused.clear();
    for (const [peer, count] of told) host.endpoint.handleRefused?.(this.#nowNs, port, peer, count);
    host.endpoint.drain(host);
  }

  #deliver(): void {
    const maxSpare = Math.max(MIN_SPARE_CHUNKS, this.#inboxes.size);
    for (let host = this.#ready.shift(); host !== undefined; host = this.#ready.shift()) {
      host.ready = false;
      const { endpoint } = host;
      try {
        for (let port = 0; port < host.inboxes.length; port += 1) {
          const inbox = host.inboxes[port] as Inbox;
          if (inbox.refused !== null && inbox.refused.size > 0) this.#tellRefusals(host, port, inbox.refused);
          // Only the present arrivals: answers to them wait for the next round, so that no host starves.
          const chunks = inbox.chunks.splice(0);
          for (const chunk of chunks) {
            if (!inbox.isOpen) break;
            endpoint.handleDatagrams(this.#nowNs, port, chunk, 0, chunk.count);
            endpoint.drain(host);
            chunk.clear();
            if (this.#spare.length < maxSpare) this.#spare.push(chunk);
          }
        }
      } catch (cause) {
        this.#finished += 1;
        host.fail(cause);
      }
    }
  }
}

const keyOf = ({ address, port }: Peer): string => `${address}|${port}`;

/** The first row from `first` on that is too long for UDP; `end` without one. */
function tooLong({ lengths }: DatagramBatch, first: number, end: number): number {
  let row = first;
  while (row < end && (lengths[row] as number) <= MAX_DATAGRAM_BYTES) row += 1;
  return row;
}
