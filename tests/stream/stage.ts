/**
 * A server and its clients on a simulated network, with everything they say written down.
 *
 * For tests: the addresses are 10.0.0.1:12345 for the server and 10.0.0.2 and up for the clients.
 */
import { createHash } from 'node:crypto';
import type { Statistics } from '../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import { ClientEndpoint } from '../../src/stream/clientEndpoint.ts';
import type { ClientEvent, ClientOptions } from '../../src/stream/clientEndpoint.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { MatchSource } from '../../src/stream/matchSource.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import type { ServerEvent, ServerOptions } from '../../src/stream/serverEndpoint.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import type { LinkRule, SimulatedHost } from '../../src/net/simulated.ts';

export const SERVER: Peer = { address: '10.0.0.1', port: 12_345 };
export const SECRET = new Uint8Array(32).fill(7);
/** More than any stream here is long, and much cheaper than the default. */
export const WINDOW_COUNTS = 2048;
export const MS = 1e6;
export const SECOND = 1e9;

const utf8 = new TextEncoder();
export const bytesOf = (text: string): Uint8Array => utf8.encode(text);
export const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

/** The head of a datagram: these run for every datagram of every test. */
const headOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 40)).toString('latin1');

/** Whether a datagram is none of the stream's. */
export const isControl = (payload: Uint8Array): boolean => !headOf(payload).startsWith('{"message":');

/** The count of a stream datagram, read by other means than the code under test. */
export const countOf = (payload: Uint8Array): number => Number(/"count": ?(\d+)/.exec(headOf(payload))?.[1]);

/** A client, its instrument, and what it told. */
export interface Watcher {
  readonly machine: ClientEndpoint;
  readonly host: SimulatedHost;
  readonly events: ClientEvent[];
  /** Counts in the order in which it accepted them. */
  readonly counts: number[];
  readonly peer: Peer;
  statistics(): Statistics;
}

export interface StageOptions {
  readonly server?: Partial<ServerOptions>;
  readonly rule?: LinkRule;
  readonly quantumNs?: number;
  /** Puts something between a client and its network. */
  readonly wrap?: (machine: ClientEndpoint) => Endpoint;
  /** Puts something between the server and its network. */
  readonly wrapServer?: (machine: ServerEndpoint) => Endpoint;
}

export class Stage {
  readonly network: SimulatedNetwork;
  readonly server: ServerEndpoint;
  readonly serverHost: SimulatedHost;
  readonly serverEvents: ServerEvent[] = [];
  readonly watchers: Watcher[] = [];
  /** A hash of every datagram that was offered to the network: who, to whom, when, and its bytes. */
  readonly #carried = createHash('sha256');
  readonly #wrap: (machine: ClientEndpoint) => Endpoint;
  #serial = 0;

  constructor(options: StageOptions = {}) {
    this.#wrap = options.wrap ?? ((machine) => machine);
    const rule: LinkRule = (from, to, payload) => {
      this.#carried.update(`${from.address}:${from.port} ${to.address}:${to.port} ${this.network.nowNs()} `);
      this.#carried.update(payload);
      return options.rule?.(from, to, payload) ?? 'deliver';
    };
    this.network = new SimulatedNetwork({ quantumNs: options.quantumNs ?? 0, rule });
    this.server = new ServerEndpoint({
      source: matchSource(),
      secret: SECRET,
      observe: (event) => this.serverEvents.push(event),
      ...options.server,
    });
    this.serverHost = this.network.join(options.wrapServer?.(this.server) ?? this.server);
    this.serverHost.open({ host: SERVER.address, port: SERVER.port });
  }

  /** Adds a client now. */
  watch(options: Partial<ClientOptions> = {}, port = 0, address?: string): Watcher {
    this.#serial += 1;
    const events: ClientEvent[] = [];
    const counts: number[] = [];
    let metrics: StreamMetrics | null = null;
    const machine = new ClientEndpoint({
      server: SERVER,
      nonce: `nonce-of-client-${this.#serial}`,
      record: (firstCount) => {
        metrics = new StreamMetrics({
          firstCount,
          windowCounts: WINDOW_COUNTS,
          verifiesCheck: options.check ?? false,
        });
        return metrics;
      },
      observe: (event) => events.push(event),
      observeDatagram: (count) => counts.push(count),
      ...options,
    });
    const host = this.network.join(this.#wrap(machine));
    host.open({ host: address ?? `10.0.0.${this.#serial + 1}`, port });
    const watcher: Watcher = {
      machine,
      host,
      events,
      counts,
      peer: host.localPeer(0),
      statistics: () => {
        if (metrics === null) throw new Error('this client has no statistics');
        return metrics.statistics();
      },
    };
    this.watchers.push(watcher);
    return watcher;
  }

  /** Puts one datagram on the network under a sender's address that need not be its own. */
  forge(from: Peer, to: Peer, bytes: Uint8Array): void {
    const batch = new DatagramBatch(1, bytes.length);
    batch.append(bytes, 0, bytes.length, this.network.nowNs());
    this.network.carry(from, to, batch, 0, 1);
  }

  /** Everything there is to know about the server's members, in order. */
  members(): object[] {
    return this.server.members().map(({ id, peer, nextCount, sent, refused, endCount, leftBecause }) => ({
      id,
      peer,
      nextCount,
      sent,
      refused,
      endCount,
      leftBecause,
    }));
  }

  /** Call once, at the end. */
  carriedHash(): string {
    return this.#carried.digest('hex');
  }
}

/** One match, a message every 10 ms. */
export const matchSource = (more: Partial<ConstructorParameters<typeof MatchSource>[0]> = {}): MatchSource =>
  new MatchSource({ seed: 'cup', intervalNs: 10 * MS, ...more });

/** Lets exactly the datagrams through for which `keep` holds. */
export const dropUnless =
  (keep: (from: Peer, to: Peer, payload: Uint8Array) => boolean): LinkRule =>
  (from, to, payload) =>
    keep(from, to, payload) ? 'deliver' : 'drop';

/** A machine that only says what it is told to, and keeps what it hears. */
export class Voice implements Endpoint {
  readonly finished = true;
  readonly heard: { readonly from: Peer; readonly bytes: Uint8Array }[] = [];
  readonly #said = new DatagramBatch(64, 1 << 20);
  readonly #to: Peer[] = [];

  say(to: Peer, bytes: Uint8Array): void {
    this.#said.append(bytes, 0, bytes.length, 0);
    this.#to.push(to);
  }

  handleDatagrams(_nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      this.heard.push({ from: batch.sources[row] as Peer, bytes: Uint8Array.from(batch.payload(row)) });
    }
  }

  /** Nothing is ever due. */
  handleTimeout(): void {}

  nextTimeoutNs(): number {
    return Number.POSITIVE_INFINITY;
  }

  drain(sink: DatagramSink): void {
    for (const [row, to] of this.#to.entries()) sink.send(0, to, this.#said, row, row + 1);
    this.#said.clear();
    this.#to.length = 0;
  }
}
