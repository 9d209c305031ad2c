/**
 * A server, the proxy and its clients on a simulated network, with what each client's socket was handed written down.
 * Not a test.
 */
import { createHash } from 'node:crypto';
import { matchstream } from '../../../harness/protocols/matchstream.ts';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { UNIMPAIRED } from '../../../harness/impairment/impairment.ts';
import type { Impairment } from '../../../harness/impairment/impairment.ts';
import { ProxyEndpoint } from '../../../harness/proxy/proxyEndpoint.ts';
import type { FlowReport, ProxyEvent, ProxyOptions } from '../../../harness/proxy/proxyEndpoint.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import { classify } from '../../../src/protocol/control.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { ClientEndpoint } from '../../../src/stream/clientEndpoint.ts';
import type { ClientOptions } from '../../../src/stream/clientEndpoint.ts';
import type { DatagramSink, Endpoint } from '../../../src/net/endpoint.ts';
import { MatchSource } from '../../../src/stream/matchSource.ts';
import { ServerEndpoint } from '../../../src/stream/serverEndpoint.ts';
import type { ServerOptions } from '../../../src/stream/serverEndpoint.ts';
import type { StreamSource } from '../../../src/net/source.ts';
import { SimulatedNetwork } from '../../../src/net/simulated.ts';
import type { LinkRule, SimulatedHost } from '../../../src/net/simulated.ts';

export const SERVER: Peer = { address: '10.0.0.1', port: 9000 };
export const PROXY = '10.0.0.2';
export const MS = 1e6;
export const SECOND = 1e9;

/** A thousand datagrams of a match, with checks, made once. */
const BANK: readonly Uint8Array[] = (() => {
  const source = new MatchSource({ seed: 'bank', intervalNs: MS, messages: 1000, check: true });
  const batch = new DatagramBatch(1, 65_536);
  return Array.from({ length: source.total }, (_, k) => {
    batch.clear();
    source.append(batch, k + 1, 0);
    return batch.payload(0).slice();
  });
})();

/** The bank's datagrams as a stream of any interval; their `atUs` is of no concern here. */
export class BankStream implements StreamSource {
  readonly total: number;
  readonly intervalNs: number;

  constructor(total: number, intervalNs: number) {
    this.total = total;
    this.intervalNs = intervalNs;
  }

  mediaTimeNs(count: number): number {
    return (count - 1) * this.intervalNs;
  }

  append(batch: DatagramBatch, count: number, dueNs: number): boolean {
    const payload = payloadOf(count);
    return batch.append(payload, 0, payload.length, dueNs);
  }
}

export const payloadOf = (count: number): Uint8Array => BANK[count - 1] as Uint8Array;
export const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64');

/** One datagram as a socket was handed it. */
export interface Arrival {
  readonly timeNs: number;
  readonly payload: Uint8Array;
}

/** Stands before a machine and writes down what it is handed. */
class Tap implements Endpoint {
  readonly machine: Endpoint;
  readonly arrivals: Arrival[] = [];

  constructor(machine: Endpoint) {
    this.machine = machine;
  }

  get finished(): boolean {
    return this.machine.finished;
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      this.arrivals.push({ timeNs: batch.timesNs[row] as number, payload: batch.payload(row).slice() });
    }
    this.machine.handleDatagrams(nowNs, port, batch, from, to);
  }

  handleTimeout(nowNs: number): void {
    this.machine.handleTimeout(nowNs);
  }

  nextTimeoutNs(): number {
    return this.machine.nextTimeoutNs();
  }

  drain(sink: DatagramSink): void {
    this.machine.drain(sink);
  }
}

export interface Watcher {
  readonly machine: ClientEndpoint;
  readonly host: SimulatedHost;
  readonly metrics: () => StreamMetrics;
  /** Everything its socket was handed, in order. */
  readonly arrivals: readonly Arrival[];
  /** Whatever is not control, in order. */
  readonly stream: () => Arrival[];
  /** Control, in order. */
  readonly control: () => Arrival[];
}

export interface StageOptions {
  readonly source?: StreamSource;
  readonly server?: Partial<ServerOptions>;
  readonly proxy?: Partial<ProxyOptions>;
  readonly down?: Partial<ImpairmentConfig>;
  readonly up?: Partial<ImpairmentConfig>;
  /** The rest of it. */
  readonly impairment?: Partial<Omit<Impairment, 'down' | 'up'>>;
  readonly quantumNs?: number;
  readonly rule?: LinkRule;
  /** Of clients. */
  readonly check?: boolean;
}

export const config = (partial: Partial<ImpairmentConfig> = {}): ImpairmentConfig => ({
  ...NO_IMPAIRMENT,
  ...partial,
});

export const isControl = ({ payload }: Arrival): boolean =>
  classify(payload, 0, payload.length) === 'control';

/** The count of a stream datagram, read by other means than the code under test. */
const countOf = ({ payload }: Arrival): number =>
  JSON.parse(Buffer.from(payload).toString('utf8')).message.count as number;

export const countsOf = (stream: readonly Arrival[]): number[] => stream.map(countOf);

export class Stage {
  readonly network: SimulatedNetwork;
  readonly server: ServerEndpoint;
  readonly proxy: ProxyEndpoint;
  readonly proxyHost: SimulatedHost;
  readonly events: ProxyEvent[] = [];
  readonly #check: boolean;
  #serial = 0;

  constructor(options: StageOptions = {}) {
    const { quantumNs = 0, rule } = options;
    this.#check = options.check ?? true;
    this.network = new SimulatedNetwork({ quantumNs, ...(rule && { rule }) });
    this.server = new ServerEndpoint({
      source: options.source ?? new BankStream(100, MS),
      secret: new Uint8Array(32).fill(1),
      ...options.server,
    });
    this.network.join(this.server).open({ host: SERVER.address, port: SERVER.port });
    this.proxy = new ProxyEndpoint({
      server: SERVER,
      listening: 1,
      protocol: matchstream,
      isVirtual: true,
      impairment: {
        ...UNIMPAIRED,
        seed: '42',
        down: config(options.down),
        up: config(options.up),
        ...options.impairment,
      },
      openUpstream: (flow) => this.proxy.upstreamOpened(flow, this.proxyHost.open({ host: PROXY, port: 0 })),
      localPeer: (port) => this.proxyHost.localPeer(port),
      observe: (event) => this.events.push(event),
      ...options.proxy,
    });
    this.proxyHost = this.network.join(this.proxy, false);
    const listening = options.proxy?.listening ?? 1;
    for (let k = 0; k < listening; k += 1) this.proxyHost.open({ host: PROXY, port: 9001 + k });
  }

  /** Adds a client of a listening port. */
  watch(port = 0, options: Partial<ClientOptions> = {}): Watcher {
    this.#serial += 1;
    let metrics: StreamMetrics | null = null;
    const machine = new ClientEndpoint({
      server: this.proxyHost.localPeer(port),
      nonce: `nonce-of-client-${this.#serial}`,
      check: this.#check,
      record: (firstCount) => {
        metrics = new StreamMetrics({ firstCount, verifiesCheck: this.#check });
        return metrics;
      },
      ...options,
    });
    const tap = new Tap(machine);
    const host = this.network.join(tap);
    host.open({ host: `10.0.1.${this.#serial}`, port: 0 });
    return {
      machine,
      host,
      arrivals: tap.arrivals,
      metrics: () => metrics as unknown as StreamMetrics,
      stream: () => tap.arrivals.filter((arrival) => !isControl(arrival)),
      control: () => tap.arrivals.filter(isControl),
    };
  }

  /** Adds any machine, with one port. */
  join(machine: Endpoint, address: string): SimulatedHost {
    const host = this.network.join(machine, false);
    host.open({ host: address, port: 0 });
    return host;
  }

  /** Puts one datagram on the network under a sender's address. */
  send(from: Peer, to: Peer, payload: Uint8Array): void {
    const batch = new DatagramBatch(1, payload.length);
    batch.append(payload, 0, payload.length, this.network.nowNs());
    this.network.carry(from, to, batch, 0, 1);
  }

  /** The proxy's address towards the server. */
  upstream(flow: number): Peer {
    return this.proxyHost.localPeer(this.report(flow).upstreamPort);
  }

  report(flow: number): FlowReport {
    const found = this.proxy.reports().filter((report) => report.flow === flow);
    if (found.length !== 1) throw new Error(`${found.length} flows have number ${flow}`);
    return found[0] as FlowReport;
  }
}
