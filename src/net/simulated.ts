/**
 * A network and a clock that exist only in memory: the same endpoints as on real sockets, without waiting.
 *
 * Time jumps to the next thing that is due. What is sent arrives at once, in the order it was sent; who wakes at the
 * same moment wakes in the order it joined. Nothing here is random and nothing reads the real clock, so a run
 * repeats exactly. Inboxes have a cap, and what overflows one is counted as the kernel would count it.
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
/** Empty chunks kept at the least; with many ports, one for each: a stream to all of them fills one of each at a time. */
const MIN_SPARE_CHUNKS = 16;
const FIRST_PICKED_PORT = 49_152;
/** The longest that the rest of the process waits for a turn of the event loop, such as a signal that is to be heard. */
const TURN_MS = 50;

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

const never = (): boolean => false;

export class SimulatedNetwork implements Network, Clock {
  readonly clock: Clock = this;
  readonly isVirtual = true;
  readonly #hosts: SimulatedHost[] = [];
  /** Who has an address. */
  readonly #inboxes = new Map<string, Inbox>();
  /** The same by identity, because senders mostly use the same peer object again. */
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
  /** How often random bytes were asked for. */
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

  /** Times the clock was moved to something due: what a run costs beyond its datagrams. Time in which nothing is due is free. */
  get steps(): number {
    return this.#steps;
  }

  /** Nothing of it is on any machine. */
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

  /** For hosts: from now on its endpoint is woken, and gets what has arrived. */
  enter(host: SimulatedHost): void {
    this.#hosts.push(host);
    if (host.inboxes.some(({ chunks }) => chunks.length > 0)) this.#markReady(host);
  }

  /** Takes a host off the network without a word, as a killed process would go. */
  vanish(host: SimulatedHost): void {
    const place = this.#hosts.indexOf(host);
    if (place >= 0) this.#hosts.splice(place, 1);
    for (const inbox of host.inboxes) this.unbind(inbox);
  }

  /** Runs something at a given time, before any endpoint wakes at that time. */
  at(atNs: number, action: () => void): void {
    this.#actions.push({ atNs, action });
    this.#actions.sort((a, b) => a.atNs - b.atNs);
  }

  /** Drains a host and delivers what follows from it, at the present time: after acting on its endpoint by hand. */
  settle(host: SimulatedHost): void {
    host.endpoint.drain(host);
    this.#deliver();
  }

  /**
   * Runs until every awaited endpoint is finished, nothing is due any more, or the time limit.
   * Returns true when every awaited endpoint finished.
   * @param pause asked now and then; after a true it returns, and another call goes on where this one stopped
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
   * Lets time pass until a promise is settled, such as that of a server's report, and gives what it gives. When an endpoint has
   * finished, whatever waits for that goes on first, so that what it does is done at that time, unless it waits for more
   * than the network; and the rest of the process has a turn now and then.
   * @param signal ends it before that
   * @throws what the promise rejects with, the signal's reason, an Error where nothing is due any more
   */
  async until<T>(promise: Promise<T>, signal: AbortSignal | null = null): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isSettled) return promise;
      signal?.throwIfAborted();
      const turnEndsMs = performance.now() + TURN_MS;
      const finished = this.#finished;
      let isPaused = false;
      const isOver = this.run(Number.POSITIVE_INFINITY, () => {
        // Asking for the time at every step would cost more than many a step does.
        isPaused = this.#finished > finished || (this.#steps % 16 === 0 && performance.now() > turnEndsMs);
        return isPaused;
      });
      if (isPaused || this.#finished > finished) continue;
      // Everything has finished: what it waits for now is not the network's.
      if (isOver) return promise;
      throw new Error('a network in memory came to a stop before its end');
    }
  }

  /** For hosts: takes an address. */
  bind(host: SimulatedHost, options: OpenOptions): Inbox {
    const local = {
      address: options.host,
      port: options.port === 0 ? this.#pickPort(options.host) : options.port,
    };
    const key = keyOf(local);
    if (this.#inboxes.has(key)) throw bindFailure(options, 'EADDRINUSE');
    const inbox = new Inbox(host, local);
    this.#inboxes.set(key, inbox);
    return inbox;
  }

  /** For hosts: gives an address back; what has arrived there is gone. */
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
    const inbox = this.#find(to);
    // As on a real network, a datagram for nobody is sent and lost.
    if (inbox === undefined) return end - first;
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

  /** For hosts: the same for a whole batch. Where the inbox is empty, it gets the batch's memory, and nothing is copied. */
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

  #deliver(): void {
    const mostSpare = Math.max(MIN_SPARE_CHUNKS, this.#inboxes.size);
    for (let host = this.#ready.shift(); host !== undefined; host = this.#ready.shift()) {
      host.ready = false;
      const { endpoint } = host;
      try {
        for (let port = 0; port < host.inboxes.length; port += 1) {
          const inbox = host.inboxes[port] as Inbox;
          // Only what is there now: an answer to it waits for the next round, so that nobody starves.
          const chunks = inbox.chunks.splice(0);
          for (const chunk of chunks) {
            if (!inbox.isOpen) break;
            endpoint.handleDatagrams(this.#nowNs, port, chunk, 0, chunk.count);
            endpoint.drain(host);
            chunk.clear();
            if (this.#spare.length < mostSpare) this.#spare.push(chunk);
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

/** The first row from `first` on that no datagram can be; `end` where there is none. */
function tooLong({ lengths }: DatagramBatch, first: number, end: number): number {
  let row = first;
  while (row < end && (lengths[row] as number) <= MAX_DATAGRAM_BYTES) row += 1;
  return row;
}
