/**
 * Runs a flow through an endpoint of its own, without a network, before the first real one: the engine compiles code when
 * it is first called, which would delay the first datagram by milliseconds.
 */
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { DatagramSink } from '../../src/net/endpoint.ts';
import { describeEvent } from './told/events.ts';
import { ProxyEndpoint } from './proxyEndpoint.ts';
import type { ProxyOptions } from './proxyOptions.ts';

/** What is compiled depends hardly on the number, and each takes time at the start. */
const DATAGRAMS = 3;
const DATAGRAM_BYTES = 200;
const LISTENING = 0;
const UPSTREAM = 1;
const CLIENT: Peer = { address: '127.0.0.1', port: 10 };
const SERVER: Peer = { address: '127.0.0.1', port: 9 };

const NOWHERE: DatagramSink = { send: (_port, _peer, _batch, from, to) => to - from };

/** @param options of the real endpoint: the code that is run depends on them */
export function rehearse(options: Pick<ProxyOptions, 'protocol' | 'impairment'>): void {
  // A flow that begins with a registration runs other code first, which a made-up datagram does not reach.
  if (options.protocol.admission !== 'source') return;
  const endpoint: ProxyEndpoint = new ProxyEndpoint({
    protocol: options.protocol,
    impairment: options.impairment,
    server: SERVER,
    listening: 1,
    openUpstream: (opening) => endpoint.upstreamOpened(opening, UPSTREAM),
    localPeer: (port) => ({ address: '127.0.0.1', port: 10_000 + port }),
    observe: (event) => void describeEvent(event),
  });
  const batch = new DatagramBatch(1, DATAGRAM_BYTES);
  let nowNs = 0;
  const pass = (port: number, from: Peer): void => {
    nowNs += 1e6;
    batch.clear();
    batch.commit(DATAGRAM_BYTES, nowNs, from);
    endpoint.handleDatagrams(nowNs, port, batch, 0, 1);
    endpoint.drain(NOWHERE);
  };
  endpoint.handleTimeout(nowNs);
  for (let k = 0; k < DATAGRAMS; k += 1) {
    pass(LISTENING, CLIENT);
    pass(UPSTREAM, SERVER);
    endpoint.handleTimeout(endpoint.nextTimeoutNs());
    endpoint.drain(NOWHERE);
  }
  endpoint.stop(nowNs);
  endpoint.abandon();
}
