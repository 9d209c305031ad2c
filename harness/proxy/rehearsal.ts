/**
 * Runs a flow through an endpoint of its own, on sockets of its own, before the first real one: the engine compiles code
 * only when it has run for a while, and until then it takes several times as long.
 *
 * A client and a server in the same process send a datagram to and fro through the proxy. Nothing of it is told or
 * recorded; what fails is left, because it only costs time later.
 */
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import type { Network } from '../../src/net/network.ts';
import { describeEvent } from './told/events.ts';
import { ProxyEndpoint } from './proxyEndpoint.ts';
import type { ProxyOptions } from './proxyOptions.ts';

/** Round trips, of which each passes the proxy twice; and the time for them, whichever is reached first. */
const ROUND_TRIPS = 2000;
const LIMIT_NS = 100e6;
/** After so long without an answer, which an impairment may drop or delay, the next datagram is sent. */
const PATIENCE_NS = 1e6;
const DATAGRAM_BYTES = 200;
/** Ports of the rehearsal's host; those towards the server follow. */
const LISTENING = 0;
const CLIENT = 1;
const SERVER = 2;
const LOOPBACK = { host: '127.0.0.1', port: 0 } as const;

type Rehearsed = Pick<ProxyOptions, 'protocol' | 'impairment'>;

/** Protocols and transports that were rehearsed in this process. */
const rehearsed = new Set<string>();

/**
 * Rehearses once a process, protocol and transport. The code that is run depends on the real endpoint's protocol and impairment.
 * @param transport the name of the network's
 */
export async function rehearse(
  { protocol, impairment }: Rehearsed,
  network: Network,
  transport: string,
): Promise<void> {
  // A flow that begins with a registration runs other code first, which a made-up datagram does not reach.
  if (protocol.admission !== 'source') return;
  const key = `${protocol.text} ${transport}`;
  if (rehearsed.has(key)) return;
  rehearsed.add(key);
  const host = await network.host();
  try {
    for (let port = LISTENING; port <= SERVER; port += 1) await host.open({ ...LOOPBACK, carriesTos: true });
    const server = host.localPeer(SERVER);
    const proxy: ProxyEndpoint = new ProxyEndpoint({
      protocol,
      impairment,
      server,
      listening: 1,
      openUpstream: (opening, to) => {
        const opened = host.open({ ...LOOPBACK, carriesTos: true, tellsRefusals: true, connectTo: to });
        void Promise.resolve(opened).then(
          (port) => host.act(() => proxy.upstreamOpened(opening, port)),
          () => host.close(),
        );
      },
      localPeer: (port) => host.localPeer(port),
      observe: (event) => void describeEvent(event),
    });
    await host.run(new Rehearsal(proxy, host.localPeer(LISTENING), network.clock.nowNs()), 'hybrid');
    proxy.abandon();
  } catch {
    // The real ports fail as well, and that is told.
  } finally {
    await host.close();
  }
}

/** A proxy between a client that sends the next datagram when an answer has come, and an echo. */
class Rehearsal implements Endpoint {
  readonly #proxy: ProxyEndpoint;
  readonly #listening: Peer;
  readonly #endNs: number;
  readonly #datagram = new DatagramBatch(1, DATAGRAM_BYTES);
  #roundTrips = 0;
  #isDue = true;
  #sentNs: number;
  #echoTo: Peer | undefined;
  #isOver = false;

  constructor(proxy: ProxyEndpoint, listening: Peer, nowNs: number) {
    this.#proxy = proxy;
    this.#listening = listening;
    this.#sentNs = nowNs;
    this.#endNs = nowNs + LIMIT_NS;
    this.#datagram.commit(DATAGRAM_BYTES, nowNs);
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    if (port === SERVER) this.#echoTo = batch.sources[from];
    else if (port === CLIENT) this.#answered(nowNs);
    else this.#proxy.handleDatagrams(nowNs, port, batch, from, to);
    this.#look(nowNs);
  }

  handleTimeout(nowNs: number): void {
    this.#proxy.handleTimeout(nowNs);
    if (nowNs >= this.#sentNs + PATIENCE_NS) this.#answered(nowNs);
    this.#look(nowNs);
  }

  nextTimeoutNs(): number {
    return Math.min(this.#proxy.nextTimeoutNs(), this.#sentNs + PATIENCE_NS, this.#endNs);
  }

  drain(sink: DatagramSink): void {
    this.#proxy.drain(sink);
    if (this.#isDue) sink.send(CLIENT, this.#listening, this.#datagram, 0, 1);
    if (this.#echoTo !== undefined) sink.send(SERVER, this.#echoTo, this.#datagram, 0, 1);
    this.#isDue = false;
    this.#echoTo = undefined;
  }

  get finished(): boolean {
    return this.#isOver;
  }

  #answered(nowNs: number): void {
    this.#roundTrips += 1;
    this.#isDue = true;
    this.#sentNs = nowNs;
  }

  #look(nowNs: number): void {
    this.#isOver ||= this.#roundTrips >= ROUND_TRIPS || nowNs >= this.#endNs;
  }
}
