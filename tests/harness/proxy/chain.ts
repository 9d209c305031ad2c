/**
 * A server behind one or two proxies, whose outer one is reached from other machines, on a simulated network that
 * writes down what is sent to whom, and in whose name. Not a test.
 *
 * Upstream ports that are closed are used again at once, as a system may do it.
 */
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { matchstream } from '../../../harness/protocols/matchstream.ts';
import type { ProxyEvent, ProxyOptions } from '../../../harness/proxy/proxyEndpoint.ts';
import { ProxyEndpoint } from '../../../harness/proxy/proxyEndpoint.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { ClientEndpoint } from '../../../src/stream/clientEndpoint.ts';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { ServerEndpoint } from '../../../src/stream/serverEndpoint.ts';
import type { ServerOptions } from '../../../src/stream/serverEndpoint.ts';
import { SimulatedNetwork } from '../../../src/net/simulated.ts';
import type { SimulatedHost } from '../../../src/net/simulated.ts';
import { BankStream, MS } from './stage.ts';

/** Where the outer proxy listens. */
const OUTSIDE = '10.0.0.2';
const HOME = '127.0.0.1';

export interface Account {
  bytesOut: number;
  bytesIn: number;
  datagramsOut: number;
  datagramsIn: number;
}

export interface ChainOptions {
  /** 1 or 2. */
  readonly proxies: number;
  readonly listening?: number;
  readonly knobs?: Readonly<Record<string, string>>;
  readonly proxy?: Partial<ProxyOptions>;
  readonly server?: Partial<ServerOptions>;
}

/** Writes down what a machine at an address hears. */
class Ear implements Endpoint {
  readonly finished = false;
  readonly heard: string[] = [];

  handleDatagrams(_nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) this.heard.push(Buffer.from(batch.payload(row)).toString());
  }

  handleTimeout(): void {}

  nextTimeoutNs(): number {
    return Number.POSITIVE_INFINITY;
  }

  drain(): void {}
}

const keyOf = ({ address, port }: Peer): string => `${address}:${port}`;

export class Chain {
  readonly network: SimulatedNetwork;
  readonly server: ServerEndpoint;
  /** From the outermost to the one before the server. */
  readonly proxies: { readonly machine: ProxyEndpoint; readonly host: SimulatedHost }[] = [];
  readonly events: ProxyEvent[] = [];
  readonly accounts = new Map<string, Account>();
  readonly #listening: number;
  /** Who hears what comes to an address: without somebody there, nothing is carried to it. */
  readonly #heard = new Map<string, string[]>();
  #serial = 0;

  constructor(options: ChainOptions) {
    this.#listening = options.listening ?? 1;
    this.network = new SimulatedNetwork({
      rule: (from, to, payload) => {
        const account = this.account(to);
        account.bytesOut += payload.length;
        account.datagramsOut += 1;
        const sender = this.account(from);
        sender.bytesIn += payload.length;
        sender.datagramsIn += 1;
        return 'deliver';
      },
    });
    this.server = new ServerEndpoint({
      source: new BankStream(1000, 10 * MS),
      secret: new Uint8Array(32).fill(9),
      waitFor: 0,
      ...options.server,
    });
    const serverHost = this.network.join(this.server);
    serverHost.open({ host: HOME, port: 9000 });
    this.#heard.set(`${HOME}:9000`, []);
    let upstream = serverHost.localPeer(0);
    for (let k = options.proxies; k >= 1; k -= 1) {
      upstream = this.#addProxy(upstream, k === 1 ? OUTSIDE : HOME, 9000 + 100 * k, options);
    }
  }

  /** A listening port of the outer proxy. */
  port(k = 0): Peer {
    return { address: OUTSIDE, port: 9100 + k };
  }

  account(peer: Peer): Account {
    const key = keyOf(peer);
    const account = this.accounts.get(key) ?? { bytesOut: 0, bytesIn: 0, datagramsOut: 0, datagramsIn: 0 };
    this.accounts.set(key, account);
    return account;
  }

  /** Puts one datagram on the network under a sender's address that need not be its own, and lets what follows follow. */
  forge(from: Peer, to: Peer, payload: Uint8Array): void {
    this.listen(from);
    const batch = new DatagramBatch(1, payload.length);
    batch.append(payload, 0, payload.length, this.network.nowNs());
    this.network.carry(from, to, batch, 0, 1);
    const [outer] = this.proxies;
    if (outer !== undefined) this.network.settle(outer.host);
  }

  /** What comes to an address where nobody else is. */
  listen(peer: Peer): readonly string[] {
    const key = keyOf(peer);
    const known = this.#heard.get(key);
    if (known !== undefined) return known;
    const ear = new Ear();
    this.network.join(ear, false).open({ host: peer.address, port: peer.port });
    this.#heard.set(key, ear.heard);
    return ear.heard;
  }

  /** A client of ours, from another machine unless told. */
  watch(port = 0, address?: string, registerTimeoutNs = 10e9) {
    this.#serial += 1;
    let registeredNs = Number.NaN;
    const counts: number[] = [];
    const machine = new ClientEndpoint({
      server: this.port(port),
      nonce: `honest-${this.#serial}`,
      registerTimeoutNs,
      record: (firstCount) => new StreamMetrics({ firstCount, verifiesCheck: false }),
      observe: ({ kind }, nowNs) => {
        if (kind === 'registered') registeredNs = nowNs;
      },
      observeDatagram: (count) => counts.push(count),
    });
    const host = this.network.join(machine, false);
    host.open({ host: address ?? `10.0.1.${this.#serial}`, port: 5000 });
    this.#heard.set(keyOf(host.localPeer(0)), []);
    return { machine, host, counts, registeredNs: () => registeredNs };
  }

  #addProxy(server: Peer, address: string, port: number, options: ChainOptions): Peer {
    const free: number[] = [];
    const machine: ProxyEndpoint = new ProxyEndpoint({
      server,
      listening: this.#listening,
      protocol: matchstream,
      impairment: readImpairment({
        seed: '42',
        down: options.knobs ?? {},
        up: options.knobs ?? {},
        impairControl: options.knobs !== undefined,
      }),
      openUpstream: (opening) =>
        machine.upstreamOpened(opening, free.pop() ?? host.open({ host: HOME, port: 0 })),
      closeUpstream: (closed) => void free.push(closed),
      localPeer: (number) => host.localPeer(number),
      observe: (event) => this.events.push(event),
      ...options.proxy,
    });
    const host = this.network.join(machine, false);
    for (let k = 0; k < this.#listening; k += 1) host.open({ host: address, port: port + k });
    this.proxies.unshift({ machine, host });
    return { address, port };
  }
}
