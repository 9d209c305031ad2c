/** Flows that the server sees from a new port, at given times and when that is asked for; on a simulated network. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../../harness/protocols/any.ts';
import { ProxyEndpoint } from '../../../../harness/proxy/proxyEndpoint.ts';
import type { ProxyEvent } from '../../../../harness/proxy/proxyEndpoint.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import { Scene, at, nameOf } from '../bystanders.ts';
import { bytesOf, oneRow } from '../rows.ts';
import { assertRefusal } from '../../../refusals.ts';
import { Passage } from '../../judge/proxied/passage.ts';

const test = suite('rebinding');

const SERVER = at('10.0.0.1', 9000);
const CLIENT = at('10.0.5.1', 5000);
const LISTENING = at('10.0.0.2', 9001);
const SECOND = 1e9;
const MS = 1e6;

/** Has a datagram sent at a time of the network, seconds. */
function sendAt({ network }: Scene, second: number, text: string, from = CLIENT, to = LISTENING): void {
  network.at(second * SECOND, () => network.carry(from, to, oneRow(bytesOf(text), second * SECOND), 0, 1));
}

/** What came, and which of the sources it came from: the first is 1. */
const numbered = ({ heard, from }: { heard: readonly string[]; from: readonly Peer[] }): string[] => {
  const names = from.map(nameOf);
  const known = [...new Set(names)];
  return heard.map((text, k) => `${text} from ${known.indexOf(names[k] as string) + 1}`);
};

const linesOf = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => /rebound|new port/.test(line))
    .map((line) => line.replaceAll(/port \d{5}/g, 'port N'));

test('the server sees a flow from a new port from each time on, and answers to every port reach the client', async () => {
  const scene = await Scene.open({
    server: SERVER,
    impairment: readImpairment({ seed: '42', down: { rebind: '1s,2s' } }),
  });
  const client = scene.join(CLIENT);
  const server = scene.join(SERVER);
  for (const [k, second] of [0, 0.5, 1, 1.5, 2].entries()) sendAt(scene, second, `q${k}`);
  scene.pass(2 * SECOND);
  assert.equal(numbered(server), ['q0 from 1', 'q1 from 1', 'q2 from 2', 'q3 from 2', 'q4 from 3']);
  // The server may still answer to each of them.
  for (const [k, port] of [...new Set(server.from)].entries()) scene.send(SERVER, port, `a${k}`);
  assert.equal(client.heard, ['a0', 'a1', 'a2']);
  const moves = [
    'flow 1 of 10.0.5.1:5000: rebound: the server sees it from port N now, no longer from port N',
  ];
  assert.equal(linesOf(scene.printed), moves, 'the first is printed');
  const { flows } = await scene.end();
  assert.equal(linesOf(scene.log.lines), [
    ...moves,
    ...moves,
    'flow 1: the server saw a new port 2 times (--rebind)',
  ]);
  assert.equal(
    flows.map(({ rebinds, up, down }) => [rebinds, up.arrived, up.forwarded, down.arrived, down.forwarded]),
    [[2, 5, 5, 3, 3]],
  );
});

test('what is delayed leaves from the port that the flow has when it leaves', async () => {
  const scene = await Scene.open({
    server: SERVER,
    impairment: readImpairment({ seed: '42', up: { delay: '300ms', rebind: '1s' } }),
  });
  scene.join(CLIENT);
  const server = scene.join(SERVER);
  for (const [k, second] of [0, 0.4, 0.8, 1.2].entries()) sendAt(scene, second, `q${k}`);
  scene.pass(2 * SECOND);
  assert.equal(numbered(server), ['q0 from 1', 'q1 from 1', 'q2 from 2', 'q3 from 2']);
  await scene.end();
});

test("the port that was left closes after a while, and what comes then is nobody's", async () => {
  const scene = await Scene.open({
    server: SERVER,
    impairment: readImpairment({ seed: '42', up: { rebind: '1s' } }),
  });
  const client = scene.join(CLIENT);
  const server = scene.join(SERVER);
  sendAt(scene, 0, 'a');
  sendAt(scene, 1, 'b');
  scene.pass(SECOND);
  const [left, port] = server.from as [Peer, Peer];
  sendAt(scene, 10, 'in time', SERVER, left);
  sendAt(scene, 14, 'too late', SERVER, left);
  sendAt(scene, 14, 'still there', SERVER, port);
  scene.pass(14 * SECOND);
  assert.equal(client.heard, ['in time', 'still there']);
  const { flows } = await scene.end();
  assert.is(flows[0]?.down.arrived, 2);
});

test('all flows move when that is asked for, or one, and it is said how many did', async () => {
  const scene = await Scene.open({ server: SERVER });
  const clients = [1, 2, 3].map((k) => at('10.0.5.1', k));
  const server = scene.join(SERVER);
  const portsNow = (): string[] => {
    const before = server.from.length;
    for (const client of clients) scene.send(client, LISTENING, 'x');
    return server.from.slice(before).map(nameOf);
  };
  const first = portsNow();
  const moved = (flow?: number): Promise<number> => {
    const asked = scene.proxy.rebind(flow);
    scene.pass(0);
    return asked;
  };
  assert.is(await moved(), 3);
  const second = portsNow();
  assert.is(new Set([...first, ...second]).size, 6, 'all are new');
  assert.is(await moved(2), 1);
  const third = portsNow();
  assert.equal(
    third.map((name, k) => name === second[k]),
    [true, false, true],
  );
  assert.is(await moved(7), 0, 'there is no flow 7');
  const { flows, earlier } = await scene.end();
  assert.equal(
    flows.map(({ rebinds }) => rebinds),
    [1, 2, 1],
  );
  assert.is(earlier.rebinds, 0);
  assert.is(await scene.proxy.rebind(), 0, 'it has ended');
});

test('it begins nothing and holds nothing up: an idle flow closes, and its ports with it', async () => {
  const scene = await Scene.open({
    server: SERVER,
    idleNs: 2 * SECOND,
    impairment: readImpairment({ seed: '42', up: { rebind: '1s,30s' } }),
  });
  const server = scene.join(SERVER);
  scene.send(CLIENT, LISTENING, 'a');
  scene.pass(10 * SECOND);
  assert.is(scene.proxy.look().flows[0]?.rebinds, 1);
  assert.ok(scene.log.lines.some((line) => /flow 1 of .* closed/.test(line)));
  scene.send(CLIENT, LISTENING, 'b');
  assert.is(new Set(server.from.map(nameOf)).size, 2, 'a new flow, with a port of its own');
  await scene.end();
});

test('a change of the settings keeps the times from the beginning, and a new time is refused', async () => {
  const passage = new Passage('any', { rebind: '5ms' });
  passage.feed([{ number: 1 }]);
  passage.change({ drop: '5%' });
  passage.change({ rebind: '5ms' });
  await assertRefusal(() => passage.change({ rebind: '9ms' }), 'conflict | --rebind');
  passage.feed([{ number: 2, afterNs: 10e6 }]);
  assert.is(passage.end().ledger.length > 0, true);
  assert.is(passage.rebinds, 1);
});

test('a phase adds its times to those of the flow', async () => {
  const phased = readImpairment({
    seed: '42',
    up: { rebind: '1s' },
    phases: [{ atNs: 500 * MS, up: { rebind: '2s' }, down: {} }],
  } as never);
  const scene = await Scene.open({ server: SERVER, impairment: phased });
  scene.join(CLIENT);
  const server = scene.join(SERVER);
  for (const [k, second] of [0, 1, 2].entries()) sendAt(scene, second, `q${k}`);
  scene.pass(2 * SECOND);
  assert.equal(numbered(server), ['q0 from 1', 'q1 from 2', 'q2 from 3']);
  await scene.end();
});

/** An endpoint whose ports are opened by hand. */
function byHand(rebind: string) {
  const requests: number[] = [];
  const closed: number[] = [];
  const events: ProxyEvent[] = [];
  const sent: number[] = [];
  const proxy = new ProxyEndpoint({
    server: SERVER,
    listening: 1,
    protocol: anyProgram,
    impairment: readImpairment({ seed: '1', up: rebind === '' ? {} : { rebind } }),
    openUpstream: (opening) => requests.push(opening),
    closeUpstream: (port) => closed.push(port),
    observe: (event) => events.push(event),
  });
  const step = (nowNs: number): void => {
    proxy.handleTimeout(nowNs);
    proxy.drain({
      send: (port, _peer, _batch, from, to) => {
        for (let row = from; row < to; row += 1) sent.push(port);
        return to - from;
      },
    });
  };
  const ask = (nowNs: number): void => {
    const row = oneRow(bytesOf('x'), nowNs, CLIENT);
    proxy.handleDatagrams(nowNs, 0, row, 0, 1);
    step(nowNs);
  };
  return { proxy, requests, closed, events, sent, step, ask };
}

test('a port is requested before its time, used at its time, and later if it comes later', () => {
  const { proxy, requests, sent, step, ask } = byHand('1s,2s');
  ask(0);
  proxy.upstreamOpened(1, 11);
  step(0.949 * SECOND);
  assert.equal(requests, [1]);
  step(0.95 * SECOND);
  assert.equal(requests, [1, 2]);
  proxy.upstreamOpened(2, 12);
  ask(0.96 * SECOND);
  ask(SECOND);
  step(1.95 * SECOND);
  ask(2 * SECOND);
  proxy.upstreamOpened(3, 13);
  ask(2.1 * SECOND);
  assert.equal(sent, [11, 11, 12, 12, 13]);
});

test('a port that cannot be opened leaves the flow where it is, and that is told once', () => {
  const { proxy, requests, sent, events, ask, step } = byHand('1s');
  ask(0);
  proxy.upstreamOpened(1, 11);
  step(0.95 * SECOND);
  proxy.upstreamFailed(0.951 * SECOND, 2, 'too many open files');
  ask(SECOND);
  ask(1.1 * SECOND);
  assert.equal(requests, [1, 2], 'none is requested soon after one that failed');
  assert.equal(sent, [11, 11, 11]);
  assert.equal(
    events.filter(({ kind }) => kind.includes('rebound')),
    [{ kind: 'flow not rebound', flow: 1, client: CLIENT, reason: null }],
  );
  let moved = -1;
  proxy.rebind(20 * SECOND, null, (count) => (moved = count));
  assert.is(moved, -1, 'it is under way');
  proxy.upstreamFailed(20 * SECOND, 3, 'too many open files');
  assert.is(moved, 0);
  assert.equal(events.at(-1), {
    kind: 'flow not rebound',
    flow: 1,
    client: CLIENT,
    reason: 'too many open files',
  });
});

test('a flow that ends while its next port is opened, or before it is used, leaves no port open', () => {
  for (const isOpened of [false, true]) {
    const { proxy, closed, ask, step } = byHand('100s');
    ask(0);
    proxy.upstreamOpened(1, 11);
    step(1);
    ask(50 * SECOND);
    step(99.96 * SECOND);
    if (isOpened) proxy.upstreamOpened(2, 12);
    // It has been silent for a minute at 110 s, but has moved by then; so another flow is asked for its own.
    let moved = -1;
    proxy.rebind(99.97 * SECOND, null, (count) => (moved = count));
    assert.is(moved, isOpened ? 1 : -1);
    for (let second = 100; second < 200; second += 1) step(second * SECOND);
    if (!isOpened) proxy.upstreamOpened(2, 12);
    assert.is(moved, isOpened ? 1 : 0, 'whoever asked is answered');
    assert.equal(
      closed.toSorted((a, b) => a - b),
      [11, 12],
      isOpened ? 'opened' : 'not yet',
    );
  }
});

test("the kernel's drops at a port that was left stay those of the flow", async () => {
  const { DropSums } = await import('../../../../harness/proxy/ports/dropSums.ts');
  const drops = [0, 5, 7, null];
  const sums = new DropSums(
    { kernelDrops: (port) => ({ drops: drops[port] ?? null, coalesced: port === 1 }) },
    1,
  );
  sums.moved(1, 2);
  assert.equal(sums.ofPort(2), { drops: 12, coalesced: true });
  assert.equal(sums.ofPort(1), { drops: 5, coalesced: true });
  sums.forget(2);
  assert.is(sums.forgottenDown, 12);
  assert.equal(sums.ofPort(2), { drops: 7, coalesced: false }, 'and no longer remembered');
  sums.moved(3, 2);
  assert.is(sums.ofPort(2).drops, null, 'unknown where one is');
});

test.run();
