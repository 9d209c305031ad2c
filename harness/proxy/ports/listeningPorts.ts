/**
 * The listening ports of a proxy: the number that each has now, and those that are closed for a while, so that the
 * kernel refuses their clients as the upstream refuses the proxy.
 *
 * It opens and closes nothing itself.
 */
import type { Peer } from '../../../src/net/batch.ts';
import type { ProxyEvent } from '../told/events.ts';
import type { ProxyOptions } from '../proxyOptions.ts';

/** What a refusal by the upstream leads to: it is counted and said, or the listening port is closed for a second as well. */
export type OnRefused = 'count' | 'close';

export const ON_REFUSED: readonly OnRefused[] = ['count', 'close'];

/** How long a port stays closed, and the time between attempts to open it again, nanoseconds. */
const CLOSED_NS = 1e9;
/** Number of attempts to open a port again. */
export const MAX_REOPENINGS = 60;

interface ListeningPort {
  /** As whoever runs the proxy numbers it; a closed port keeps its last number. */
  number: number;
  /** Its address, known once it has been closed. */
  local: Peer;
  /** `closed` for a while, `shut` until it is asked for. */
  state: 'open' | 'closed' | 'shut';
  /** When to open it again, nanoseconds. */
  dueNs: number;
  /** Attempts that failed. */
  failed: number;
}

/** The calls that close a port and open it again, which is answered by `opened` or `failed`. */
export interface PortMover {
  readonly closeListening?: (port: number) => void;
  readonly openListening?: (index: number) => void;
}

type Options = Pick<ProxyOptions, 'listening' | 'localPeer' | keyof PortMover>;

export class ListeningPorts {
  readonly #options: Options;
  readonly #tell: (event: ProxyEvent, nowNs: number) => void;
  readonly #ports: ListeningPort[];
  readonly #indexOf = new Map<number, number>();
  /** When the next closed port is due; Infinity for none. */
  nextNs = Number.POSITIVE_INFINITY;
  #lost = 0;
  /** Who waits until those that were shut are open. */
  #unshutting: {
    left: number;
    failure?: Error | null;
    readonly done: (failure: Error | null) => void;
  } | null = null;

  constructor(options: Options, tell: (event: ProxyEvent, nowNs: number) => void) {
    this.#options = options;
    this.#tell = tell;
    this.#ports = Array.from({ length: options.listening }, (_, number) => ({
      number,
      local: { address: '', port: 0 },
      state: 'open',
      dueNs: Number.POSITIVE_INFINITY,
      failed: 0,
    }));
    for (let index = 0; index < options.listening; index += 1) this.#indexOf.set(index, index);
  }

  /** Whether all are closed for good: nothing can come any more. */
  get areLost(): boolean {
    return this.#lost === this.#ports.length;
  }

  /** The listening port with a number, from 0; undefined for another port. */
  indexOf(number: number): number | undefined {
    return this.#indexOf.get(number);
  }

  /** The number of a listening port; of a closed one the last, through which nothing is sent. */
  numberOf(index: number): number {
    return (this.#ports[index] as ListeningPort).number;
  }

  /** Closes a port for a while, if it is open. */
  close(nowNs: number, index: number): void {
    const port = this.#ports[index] as ListeningPort;
    if (port.state !== 'open' || this.#options.closeListening === undefined) return;
    port.state = 'closed';
    port.local = this.#options.localPeer?.(port.number) ?? port.local;
    this.#wait(nowNs, port);
    this.#tell({ kind: 'port closed', listening: port.local }, nowNs);
    this.#options.closeListening(port.number);
  }

  /** Shuts all until `unshut`. */
  shut(nowNs: number): void {
    for (const port of this.#ports) {
      const isOpen = port.state === 'open';
      if (isOpen) port.local = this.#options.localPeer?.(port.number) ?? port.local;
      Object.assign(port, { state: 'shut', dueNs: Number.POSITIVE_INFINITY });
      if (isOpen) this.#options.closeListening?.(port.number);
    }
    this.#tell({ kind: 'listening changed', isListening: false }, nowNs);
    // Whoever waits for them to open has been overtaken, and what comes of that opening is closed.
    const waiting = this.#unshutting;
    this.#unshutting = null;
    waiting?.done(null);
  }

  /** Opens those that are shut. @param done called once, with why one could not be opened, or null */
  unshut(nowNs: number, done: (failure: Error | null) => void): void {
    const shut = [...this.#ports.entries()].filter(([, { state }]) => state === 'shut');
    this.#tell({ kind: 'listening changed', isListening: true }, nowNs);
    if (shut.length === 0) return done(null);
    this.#unshutting = { left: shut.length, done };
    for (const [index, port] of shut) {
      port.state = 'closed';
      this.#options.openListening?.(index);
    }
  }

  /** Opens those that are due. */
  handleTimeout(nowNs: number): void {
    if (nowNs < this.nextNs) return;
    this.nextNs = Number.POSITIVE_INFINITY;
    for (const [index, port] of this.#ports.entries()) {
      if (port.dueNs <= nowNs) {
        port.dueNs = Number.POSITIVE_INFINITY;
        this.#options.openListening?.(index);
      }
      if (port.dueNs < this.nextNs) this.nextNs = port.dueNs;
    }
  }

  /** A port is open again, under a new number. */
  opened(nowNs: number, index: number, number: number): void {
    const port = this.#ports[index] as ListeningPort;
    this.#indexOf.delete(port.number);
    this.#indexOf.set(number, index);
    const isShut = port.state === 'shut';
    Object.assign(port, { number, state: isShut ? 'shut' : 'open', failed: 0 });
    // It was shut again before it was open.
    if (isShut) return this.#options.closeListening?.(number);
    this.#tell({ kind: 'port opened', listening: port.local }, nowNs);
    this.#settle(null);
  }

  /** It could not be opened. @param reason for people */
  failed(nowNs: number, index: number, reason: string, cause: Error = new Error(reason)): void {
    const port = this.#ports[index] as ListeningPort;
    if (port.state === 'shut') return;
    if (this.#unshutting !== null) {
      port.state = 'shut';
      this.#settle(cause);
      return;
    }
    port.failed += 1;
    const isTriedAgain = port.failed < MAX_REOPENINGS;
    if (isTriedAgain) this.#wait(nowNs, port);
    else this.#lost += 1;
    this.#tell({ kind: 'port not opened', listening: port.local, reason, isTriedAgain }, nowNs);
  }

  /** One of those that are opened on request is open, or could not be. */
  #settle(failure: Error | null): void {
    const waiting = this.#unshutting;
    if (waiting === null) return;
    waiting.left -= 1;
    waiting.failure ??= failure;
    if (waiting.left > 0) return;
    this.#unshutting = null;
    waiting.done(waiting.failure ?? null);
  }

  #wait(nowNs: number, port: ListeningPort): void {
    port.dueNs = nowNs + CLOSED_NS;
    if (port.dueNs < this.nextNs) this.nextNs = port.dueNs;
  }
}
