import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import type { Direction } from '../../../harness/impairment/schedule.ts';
import { fateLines } from '../../../harness/proxy/told/fateLines.ts';
import { ProxyEndpoint } from '../../../harness/proxy/proxyEndpoint.ts';
import type { FlowReport, ProxyEvent, ProxyOptions } from '../../../harness/proxy/proxyEndpoint.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { SimulatedNetwork } from '../../../src/net/simulated.ts';
import { Echo, Sender, series } from './plain.ts';
import { Catcher, bytesOf, oneRow, struckOf } from './rows.ts';
import { MS, PROXY, SECOND, SERVER } from './stage.ts';

const test = suite('the proxy before any UDP program');

type Knobs = Readonly<Record<string, string | boolean>>;

/** An echo server behind the proxy. */
function echoStage(down: Knobs, up: Knobs, options: Partial<ProxyOptions> = {}) {
  const network = new SimulatedNetwork();
  const echo = new Echo();
  network.join(echo, false).open({ host: SERVER.address, port: SERVER.port });
  const events: ProxyEvent[] = [];
  const proxy: ProxyEndpoint = new ProxyEndpoint({
    server: SERVER,
    listening: 1,
    protocol: anyProgram,
    impairment: readImpairment({ seed: '42', down, up, holdMaxNs: 100 * MS, impairControl: true }),
    openUpstream: (flow) => proxy.upstreamOpened(flow, host.open({ host: PROXY, port: 0 })),
    observe: (event) => events.push(event),
    ...options,
  });
  const host = network.join(proxy, false);
  host.open({ host: PROXY, port: 9001 });
  const target = host.localPeer(0);
  const addClient = (address: string, plan: readonly { atNs: number; text: string }[]) => {
    const sender = new Sender(target, plan);
    network.join(sender, false).open({ host: address, port: 5000 });
    return sender;
  };
  // Somebody must be waited for, or the network has nothing to run for.
  const waiter = {
    finished: false,
    handleDatagrams() {},
    handleTimeout() {},
    nextTimeoutNs: () => Infinity,
    drain() {},
  };
  network.join(waiter);
  return { network, echo, proxy, host, target, events, addClient };
}

/** What survives of `texts`, by drop and copies alone. */
function survivors(knobs: Knobs, flow: number, direction: Direction, texts: readonly string[]): string[] {
  const schedule = new Schedule(readKnobs(knobs), { seed: '42', flow, direction });
  return texts.flatMap((text, k) => {
    const row = schedule.at(k + 1);
    if (schedule.dropCause[row] !== 0) return [];
    return Array.from({ length: 1 + (schedule.copies[row] as number) }, () => text);
  });
}

test('with no knob turned everything goes both ways, at once and unchanged', () => {
  const { network, proxy, addClient, echo, target } = echoStage({}, {});
  const client = addClient('10.0.5.1', series('a', 50, MS));
  network.run(SECOND);
  assert.equal(
    client.heard,
    series('a', 50, MS).map(({ atNs, text }) => ({ from: target, text, timeNs: atNs })),
  );
  assert.is(echo.heard.length, 50);
  const [report] = proxy.reports();
  assert.is(report?.up.arrived, 50);
  assert.is(report?.down.forwarded, 50);
  assert.is(report?.control, null, 'nothing is control here');
});

/** What the server heard, and when, each as `text@ms`. */
const heardBy = ({ heard }: Echo): string[] => heard.map(({ text, timeNs }) => `${text}@${timeNs / MS}`);

test('flows have links of their own, or share one', () => {
  // Three bytes take 3 ms. Shared: a-1 until 3, b-1 until 6, a-2 until 9; b-2, at 4, finds a-2 waiting.
  const link = { rate: '8kbit', queue: '1' };
  for (const [isShared, heard, queueDrops] of [
    [false, 'a-1@3 b-1@4 a-2@6 b-2@7', 0],
    [true, 'a-1@3 b-1@6 a-2@9', 1],
  ] as const) {
    const { network, proxy, addClient, echo } = echoStage({}, { ...link, shared: isShared });
    addClient('10.0.5.1', series('a', 2, 3 * MS));
    addClient('10.0.5.2', series('b', 2, 3 * MS, MS));
    network.run(SECOND);
    assert.is(
      heardBy(echo)
        .toSorted((a, b) => Number(a.split('@')[1]) - Number(b.split('@')[1]))
        .join(' '),
      heard,
    );
    const up = proxy.reports().map((report) => report.up);
    assert.is(
      up.reduce((sum, { droppedByCause }) => sum + (droppedByCause[7] as number), 0),
      queueDrops,
    );
    for (const { arrived, forwarded, droppedByCause } of up)
      assert.is(arrived, forwarded + (droppedByCause[7] as number));
  }
});

test('an outage is at a time of each flow, or at one for all', () => {
  for (const [isShared, heard] of [
    // Each flow loses its second and third.
    [false, 'a-1 b-1 a-4 b-4'],
    // From 10 to 29 ms behind a-1: b begins at 15.
    [true, 'a-1 a-4 b-3 b-4'],
  ] as const) {
    const fates: string[] = [];
    const { network, proxy, addClient, echo } = echoStage(
      {},
      { outage: '10ms..29ms', shared: isShared },
      { keepFates: true },
    );
    addClient('10.0.5.1', series('a', 4, 10 * MS));
    addClient('10.0.5.2', series('b', 4, 10 * MS, 15 * MS));
    network.run(SECOND);
    assert.is(echo.heard.map(({ text }) => text).join(' '), heard);
    for (const source of proxy.fateSources())
      if (source.key.direction === 'up')
        fates.push([...fateLines(source)].map((line) => (line.includes('outage') ? 'x' : '.')).join(''));
    assert.equal(fates, isShared ? ['.xx.', 'xx..'] : ['.xx.', '.xx.']);
  }
});

test('a flow that waits at the shared link is not idle, and all leave at the end', () => {
  const shared = { rate: '8kbit', queue: '99', delay: '1s', shared: true };
  const { network, proxy, addClient, echo } = echoStage({}, shared, { idleNs: 100 * MS, sweepNs: 50 * MS });
  addClient('10.0.5.1', series('a', 3, MS));
  addClient('10.0.5.2', series('b', 3, MS));
  network.run(10 * SECOND);
  assert.equal(
    heardBy(echo)
      .map((text) => text.split('@')[0])
      .toSorted(),
    ['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'b-3'],
  );
  assert.equal(
    proxy.reports().map(({ up }) => [up.arrived, up.forwarded, up.heldAtEnd]),
    [
      [3, 3, 0],
      [3, 3, 0],
    ],
  );
});

test('each direction of each flow has its own schedule, in order of arrival', () => {
  const down = { drop: '20%', duplicate: '20%' };
  const up = { drop: '10%', duplicate: '30%' };
  const { network, proxy, addClient, echo } = echoStage(down, up);
  const clients = ['a', 'b', 'c'].map((name, k) => addClient(`10.0.5.${k + 1}`, series(name, 200, MS, k)));
  network.run(SECOND);
  for (const [k, name] of ['a', 'b', 'c'].entries()) {
    const sent = series(name, 200, MS).map(({ text }) => text);
    const upward = survivors(up, k + 1, 'up', sent);
    const heard = echo.heard.map(({ text }) => text).filter((text) => text.startsWith(name));
    assert.equal(heard, upward);
    assert.equal(clients[k]?.texts, survivors(down, k + 1, 'down', upward));
  }
  assert.equal(
    proxy.reports().map(({ flow, client }) => `${flow} ${client.address}`),
    ['1 10.0.5.1', '2 10.0.5.2', '3 10.0.5.3'],
  );
});

test('even what looks like our protocol is counted by arrival', () => {
  const { network, proxy, addClient } = echoStage({ drop: '50%' }, {});
  const texts = [
    '{"message":{"count":7}}',
    '{"end":{"nonce":"n","count":1}}',
    'register',
    'End of transmission',
    '',
    'x',
  ];
  const client = addClient(
    '10.0.5.1',
    texts.map((text, k) => ({ atNs: k * MS, text })),
  );
  network.run(SECOND);
  assert.equal(client.texts, survivors({ drop: '50%' }, 1, 'down', texts));
  assert.is(proxy.reports()[0]?.down.arrived, 6);
  assert.is(proxy.reports()[0]?.down.control, 0);
});

test('what is held at the end of a stream that announces none leaves after the longest wait', () => {
  const knobs = { reorder: '50%', reorderDistance: '900' };
  const { network, proxy, addClient, echo } = echoStage({}, knobs);
  addClient('10.0.5.1', series('a', 20, MS));
  network.run(60 * MS);
  const schedule = new Schedule(readKnobs(knobs), { seed: '42', flow: 1, direction: 'up' });
  const heldTexts = series('a', 20, MS)
    .map(({ text }) => text)
    .filter((_, k) => (schedule.hold[schedule.at(k + 1)] as number) > 0);
  assert.is(echo.heard.length, 20 - heldTexts.length);
  network.run(SECOND);
  assert.equal(
    echo.heard.slice(-heldTexts.length).map(({ text, timeNs }) => ({ text, timeNs })),
    heldTexts.map((text) => ({ text, timeNs: 119 * MS })),
  );
  assert.equal(struckOf((proxy.reports()[0] as FlowReport).up), {});
});

test('one direction that is held does not wait for the other to fall silent', () => {
  const { network, proxy, host, addClient, echo } = echoStage({}, { reorder: '99%', reorderDistance: '900' });
  const client = addClient('10.0.5.1', series('a', 5, MS));
  // The server speaks all the time, unasked.
  for (let k = 1; k <= 300; k += 1) {
    network.at(k * MS, () => {
      const upstream = host.localPeer(proxy.reports()[0]?.upstreamPort as number);
      network.carry(SERVER, upstream, oneRow(bytesOf('tick'), k * MS), 0, 1);
    });
  }
  network.run(300 * MS);
  assert.equal(
    echo.heard.map(({ text, timeNs }) => `${text} ${timeNs}`),
    series('a', 5, MS).map(({ text }) => `${text} ${104 * MS}`),
  );
  assert.is(client.texts.length, 305);
});

test('an outage covers the time since the flow began', () => {
  const { network, addClient, echo } = echoStage({}, { outage: '10ms..20ms' });
  addClient('10.0.5.1', series('a', 30, MS, 500 * MS));
  network.run(2 * SECOND);
  const numbers = echo.heard.map(({ text }) => Number(text.slice(2)));
  assert.equal(
    numbers,
    Array.from({ length: 30 }, (_, k) => k + 1).filter((n) => n <= 10 || n > 20),
  );
});

test('a delay, a jitter and a link go by arrival times', () => {
  const knobs = { delay: '10ms', jitter: '3ms', keepOrder: true, rate: '16kbit', queue: '3' };
  const { network, addClient, echo, proxy } = echoStage({}, knobs);
  addClient('10.0.5.1', series('a', 40, MS));
  network.run(2 * SECOND);
  const [report] = proxy.reports();
  const dropped = report?.up.droppedByCause.reduce((a, b) => a + b, 0) as number;
  assert.ok(dropped > 0 && dropped < 40);
  assert.is(echo.heard.length, 40 - dropped);
  const timesNs = echo.heard.map(({ timeNs }) => timeNs);
  assert.equal(
    timesNs,
    timesNs.toSorted((a, b) => a - b),
  );
  assert.ok((timesNs[0] as number) >= 7 * MS);
});

test('flows are capped, and who is turned away is named once', () => {
  const { network, addClient, events, proxy } = echoStage({}, {}, { maxFlows: 2 });
  const clients = [1, 2, 3].map((k) => addClient(`10.0.5.${k}`, series('a', 10, MS, k)));
  network.run(SECOND);
  assert.equal(
    clients.map(({ texts }) => texts.length),
    [10, 10, 0],
  );
  assert.is(proxy.ignored.flowsFull, 10);
  assert.equal(
    events.map((event) => (event.kind === 'flows full' ? `${event.maxFlows} at most` : event.kind)),
    ['flow opened', 'flow opened', '2 at most'],
  );
});

test('an idle flow expires, and its client then opens a new one', () => {
  const { network, addClient, events, proxy } = echoStage({}, {}, { maxFlows: 1, idleNs: 3 * SECOND });
  const client = addClient('10.0.5.1', [...series('a', 3, SECOND), ...series('b', 2, SECOND, 10 * SECOND)]);
  network.run(30 * SECOND);
  assert.is(client.texts.length, 5);
  assert.equal(
    events.map((event) => `${event.kind} ${'flow' in event ? event.flow : ''}`),
    ['flow opened 1', 'flow expired 1', 'flow opened 2', 'flow expired 2'],
  );
  assert.equal(
    proxy.reports().map(({ flow, up }) => [flow, up.arrived]),
    [
      [1, 3],
      [2, 2],
    ],
  );
});

test('a flow is not idle while something of it is still to leave', () => {
  const { network, addClient, events, echo } = echoStage({}, { delay: '8s' }, { idleNs: 2 * SECOND });
  addClient('10.0.5.1', series('a', 3, MS));
  network.run(7.9 * SECOND);
  assert.is(events.length, 1);
  network.run(30 * SECOND);
  assert.is(echo.heard.length, 3);
});

test('an answer for a client that is gone is too late, and from anybody else no answer', () => {
  const { network, proxy, addClient } = echoStage({}, {}, { idleNs: SECOND });
  addClient('10.0.5.1', series('a', 1, MS));
  network.run(5 * SECOND);
  const upstream: Peer = { address: PROXY, port: 49_152 };
  const late = new Sender(upstream, [{ atNs: 6 * SECOND, text: 'late' }]);
  network.join(late, false).open({ host: '10.0.0.77', port: 1 });
  network.at(6 * SECOND, () => network.carry(SERVER, upstream, oneRow(bytesOf('late'), 6 * SECOND), 0, 1));
  network.run(7 * SECOND);
  assert.is(proxy.ignored.tooLate, 1);
  assert.is(proxy.ignored.notUpstream, 1);
});

test('of closed flows the last thousand are reported one by one, the earlier ones as sums', () => {
  const forgotten: number[] = [];
  const proxy: ProxyEndpoint = new ProxyEndpoint({
    server: SERVER,
    listening: 1,
    protocol: anyProgram,
    impairment: readImpairment({ seed: '42', up: { drop: '50%', duplicate: '50%' } }),
    idleNs: SECOND,
    openUpstream: (flow) => proxy.upstreamOpened(flow, flow),
    forget: ({ flow }) => forgotten.push(flow),
  });
  const sink = new Catcher();
  const clients = 1500;
  for (let k = 1; k <= clients; k += 1) {
    const nowNs = k * 2 * SECOND;
    const client: Peer = { address: '10.9.9.9', port: k };
    proxy.handleDatagrams(nowNs, 0, oneRow(bytesOf('hello'), nowNs, client), 0, 1);
    proxy.drain(sink);
    proxy.handleTimeout(nowNs + SECOND);
    proxy.handleTimeout(nowNs + 1.9 * SECOND);
  }
  const reports = proxy.reports();
  assert.equal(
    reports.map(({ flow }) => flow),
    Array.from({ length: 1024 }, (_, k) => clients - 1023 + k),
  );
  assert.equal(
    forgotten,
    Array.from({ length: clients - 1024 }, (_, k) => k + 1),
  );
  const { flows, up, down, control } = proxy.earlier;
  assert.equal([flows, up.arrived, down.arrived, control], [476, 476, 0, null]);
  assert.equal(struckOf(up), {});
  const dropped = up.droppedByCause.reduce((a, b) => a + b, 0);
  assert.ok(dropped > 150 && dropped < 326, `${dropped}`);
  assert.is(up.forwarded, up.arrived + up.duplicated - dropped);
  const later = reports.reduce((sum, report) => sum + report.up.forwarded, 0);
  assert.is(up.forwarded + later, sink.caught.length);
});

test.run();
