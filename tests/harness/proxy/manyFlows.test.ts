import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { Flow } from '../../../harness/proxy/flow.ts';
import { ProxyEndpoint } from '../../../harness/proxy/proxyEndpoint.ts';
import type { ProxyEvent, ProxyOptions } from '../../../harness/proxy/proxyEndpoint.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { Catcher, bytesOf, oneRow } from './rows.ts';
import { MS, SECOND, SERVER } from './stage.ts';

const test = suite('a proxy of many flows');

/** A proxy whose upstream ports are numbered as they were asked for, and its clients by port. */
function proxyOf(up: Readonly<Record<string, string>>, options: Partial<ProxyOptions> = {}) {
  const events: ProxyEvent[] = [];
  const proxy: ProxyEndpoint = new ProxyEndpoint({
    server: SERVER,
    listening: 1,
    protocol: anyProgram,
    impairment: readImpairment({ seed: '42', up }),
    openUpstream: (opening) => proxy.upstreamOpened(opening, opening),
    observe: (event) => events.push(event),
    ...options,
  });
  const sink = new Catcher();
  const clients = new Map<number, Peer>();
  const hear = (port: number, nowNs: number, text = 'hello'): void => {
    const client = clients.get(port) ?? { address: '10.0.5.1', port };
    clients.set(port, client);
    proxy.handleDatagrams(nowNs, 0, oneRow(bytesOf(text), nowNs, client), 0, 1);
    proxy.drain(sink);
  };
  /** Lets time pass, with every timeout in between. */
  const pass = (untilNs: number): void => {
    for (let nextNs = proxy.nextTimeoutNs(); nextNs <= untilNs; nextNs = proxy.nextTimeoutNs()) {
      proxy.handleTimeout(nextNs);
      proxy.drain(sink);
    }
  };
  return { proxy, events, sink, hear, pass };
}

/** How often the flows are asked for their next wake in a step. */
function countLooks(step: () => void): number {
  const { nextWakeNs } = Flow.prototype;
  let looks = 0;
  Flow.prototype.nextWakeNs = function counted(this: Flow) {
    looks += 1;
    return nextWakeNs.call(this);
  };
  try {
    step();
  } finally {
    Flow.prototype.nextWakeNs = nextWakeNs;
  }
  return looks;
}

test('a datagram costs as many looks at a flow among a thousand as alone', () => {
  const costs = [0, 1000].map((others) => {
    const { proxy, hear, pass } = proxyOf({ delay: '1ms' });
    for (let port = 1; port <= 1 + others; port += 1) hear(port, 0);
    pass(2 * SECOND);
    return countLooks(() => {
      hear(1, 2.5 * SECOND);
      pass(2.6 * SECOND);
      assert.is(proxy.nextTimeoutNs(), 3 * SECOND, 'the next search for idle flows');
    });
  });
  assert.is(costs[0], costs[1]);
  assert.ok((costs[0] ?? 0) > 0, 'it counts');
});

test('a search for idle flows looks at those that are due, not at all of them', () => {
  const { hear, pass, events } = proxyOf({}, { idleNs: 60 * SECOND });
  for (let port = 1; port <= 1000; port += 1) hear(port, port * MS);
  pass(50 * SECOND);
  // Nothing is idle for long enough: one look at the first in line is enough for each search.
  const calls = countLooks(() => pass(59 * SECOND));
  assert.ok(calls <= 10, `${calls}`);
  pass(62 * SECOND);
  assert.is(events.filter(({ kind }) => kind === 'flow expired').length, 1000);
});

test('flows that are due at once send in the order in which they were opened', () => {
  const { hear, pass, sink } = proxyOf({ delay: '5ms' });
  const ports = [7, 3, 9, 1, 5, 8, 2];
  for (const port of ports) hear(port, MS, `of ${port}`);
  pass(6 * MS);
  assert.equal(
    sink.texts,
    ports.map((port) => `of ${port}`),
  );
});

test.run();
