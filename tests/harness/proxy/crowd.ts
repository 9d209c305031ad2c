/** A proxy before any program, its clients told apart by port, and time by hand. Not a test. */
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { describeEvent } from '../../../harness/proxy/told/events.ts';
import { ProxyEndpoint } from '../../../harness/proxy/proxyEndpoint.ts';
import type { ProxyEvent, ProxyOptions } from '../../../harness/proxy/proxyEndpoint.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { Catcher, bytesOf, oneRow } from './rows.ts';
import { SECOND, SERVER } from './stage.ts';

/** Upstream ports have the numbers of their requests: that of flow N is N. */
export function crowd(
  up: Readonly<Record<string, string>> = {},
  options: Partial<ProxyOptions> = {},
  holdMaxNs = SECOND,
) {
  const events: ProxyEvent[] = [];
  const proxy: ProxyEndpoint = new ProxyEndpoint({
    server: SERVER,
    listening: 1,
    protocol: anyProgram,
    impairment: readImpairment({ seed: '42', up, holdMaxNs }),
    openUpstream: (opening) => proxy.upstreamOpened(opening, opening),
    observe: (event) => events.push(event),
    ...options,
  });
  const sink = new Catcher();
  const clients = new Map<number, Peer>();
  let latestNs = 0;
  /** A datagram arrives. */
  const arrive = (at: number, nowNs: number, from: Peer, text: string): void => {
    latestNs = nowNs;
    proxy.handleDatagrams(nowNs, at, oneRow(bytesOf(text), nowNs, from), 0, 1);
    proxy.drain(sink);
  };
  /** Its timers run, at that time and not before. */
  const late = (nowNs: number): void => {
    latestNs = nowNs;
    proxy.handleTimeout(nowNs);
    proxy.drain(sink);
  };
  return {
    proxy,
    events,
    sink,
    late,
    nowNs: () => latestNs,
    hear: (port: number, nowNs: number, text = 'hello'): void => {
      const client = clients.get(port) ?? { address: '10.0.5.1', port };
      clients.set(port, client);
      arrive(0, nowNs, client, text);
    },
    answer: (flow: number, nowNs: number): void => arrive(flow, nowNs, SERVER, 'hello to you'),
    /** Lets time pass, with every timeout in between. */
    pass: (untilNs: number): void => {
      for (let nextNs = proxy.nextTimeoutNs(); nextNs <= untilNs; nextNs = proxy.nextTimeoutNs())
        late(nextNs);
    },
    linesOf: (kind: ProxyEvent['kind']): string[] =>
      events.filter((event) => event.kind === kind).map(describeEvent),
  };
}
