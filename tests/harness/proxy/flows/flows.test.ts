import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anyProgram } from '../../../../harness/protocols/any.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { expectedDelivery } from '../../../../harness/expected/expectedArrivals.ts';
import { describeEvent } from '../../../../harness/proxy/told/events.ts';
import type { ProxyEvent } from '../../../../harness/proxy/told/events.ts';
import { encodeEnd, encodeRegister, encodeRegistered } from '../../../../src/protocol/control.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import type { Endpoint } from '../../../../src/net/endpoint.ts';
import { BankStream, MS, PROXY, SECOND, SERVER, Stage, countsOf, isControl, payloadOf } from '../stage.ts';
import { bytesOf } from '../rows.ts';

const test = suite('flows through the proxy');

const KNOBS = {
  drop: '10%',
  duplicate: '10%',
  reorder: '10%',
  reorderDistance: '1..5',
  delay: '4ms',
  jitter: '2ms',
};

/** What flow `flow` must hand its client of the counts from `firstCount` on, a millisecond apart. */
function expected(knobs: Record<string, string>, flow: number, firstCount: number, lastCount: number) {
  const config = readKnobs(knobs);
  const schedule = new Schedule(config, { seed: '42', flow, direction: 'down' }, (index) => (index - 1) * MS);
  const stream = {
    firstCount,
    lastCount,
    sizeBytes: (count: number) => payloadOf(count).length,
    sendNs: (count: number) => (count - 1) * MS,
  };
  const line = { keepOrder: config.delay?.keepOrder ?? true, rate: config.rate };
  return expectedDelivery(stream, schedule, line).arrivals;
}

test('a client that joins late gets the fates of the counts it gets', () => {
  const stage = new Stage({ proxy: { listening: 2 }, down: readKnobs(KNOBS) });
  const early = stage.watch(0);
  let late = early;
  stage.network.at(30.5 * MS, () => {
    late = stage.watch(1);
  });
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(late.machine.nextCount, 32);
  for (const [flow, watcher, first] of [
    [1, early, 1],
    [2, late, 32],
  ] as const) {
    const { counts, timesNs } = expected(KNOBS, flow, first, 100);
    assert.equal(countsOf(watcher.stream()), [...counts]);
    assert.equal(
      watcher.stream().map(({ timeNs }) => timeNs),
      [...timesNs],
    );
  }
});

test('several flows at once have a schedule each', () => {
  const stage = new Stage({ proxy: { listening: 3 }, server: { waitFor: 3 }, down: readKnobs(KNOBS) });
  const watchers = [0, 1, 2].map((port) => stage.watch(port));
  assert.ok(stage.network.run(60 * SECOND));
  const orders = watchers.map((watcher) => countsOf(watcher.stream()));
  for (const [k, order] of orders.entries()) assert.equal(order, [...expected(KNOBS, k + 1, 1, 100).counts]);
  assert.not.equal(orders[0], orders[1]);
  assert.not.equal(orders[1], orders[2]);
  assert.equal(
    stage.proxy.reports().map(({ flow }) => flow),
    [1, 2, 3],
  );
});

test('a datagram lost before the proxy shifts no fate, and counts as gone', () => {
  const knobs = { drop: '10%', duplicate: '10%', reorder: '20%', reorderDistance: '1..5' };
  const missing = new Set([1, 7, 8, 9, 30, 31, 55, 80, 99, 100]);
  const stage = new Stage({
    down: readKnobs(knobs),
    rule: (from, to, payload) => {
      const isStream = from.port === SERVER.port && !isControl({ timeNs: 0, payload });
      const count = isStream ? countsOf([{ timeNs: 0, payload }])[0] : 0;
      return to.address === PROXY && missing.has(count as number) ? 'drop' : 'deliver';
    },
  });
  const watcher = stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  // The whole stream's order, less what was missing: missing passes release what they would have released.
  const order = [...expected(knobs, 1, 1, 100).counts].filter((count) => !missing.has(count));
  assert.equal(countsOf(watcher.stream()), order);
  assert.is(stage.report(1).down.arrived, 90);
});

test('a huge jump of the index passes unimpaired and is counted', () => {
  const stage = new Stage({ down: readKnobs({ drop: '100%' }) });
  const watcher = stage.watch();
  const forged = (count: string): Uint8Array => bytesOf(`{"message":{"count":${count},"score":""}}`);
  const counts = ['9007199254740991', '4000000', '0', '9007199254740993', '1e400', '-1', '007'];
  stage.network.at(10.5 * MS, () => {
    for (const count of counts) stage.send(SERVER, stage.upstream(1), forged(count));
  });
  assert.ok(stage.network.run(60 * SECOND));
  assert.equal(
    watcher.stream().map(({ payload }) => Buffer.from(payload).toString()),
    counts.map((count) => Buffer.from(forged(count)).toString()),
  );
  const { down } = stage.report(1);
  assert.is(down.unindexed, counts.length);
  assert.is(down.arrived, 100);
  assert.is(down.highestIndex, 100);
});

test('the end leaves after everything that was scheduled before it', () => {
  for (const knobs of [
    { delay: '300ms', jitter: '100ms' },
    { reorder: '50%', reorderDistance: '50' },
    { rate: '1mbit', queue: '1000', reorder: '50%' },
  ]) {
    const stage = new Stage({ down: readKnobs(knobs) });
    const watcher = stage.watch();
    assert.ok(stage.network.run(60 * SECOND));
    const { arrivals } = watcher;
    const lastStream = arrivals.findLastIndex((arrival) => !isControl(arrival));
    const firstEnd = arrivals.findIndex(({ payload }) =>
      Buffer.from(payload).toString().startsWith('{"end"'),
    );
    assert.ok(firstEnd > lastStream, JSON.stringify(knobs));
    assert.is(watcher.stream().length, 100);
    assert.is(watcher.metrics().statistics().lost, 0);
  }
});

test('a matchstream port belongs to one client until its stream has ended', () => {
  const stage = new Stage({ proxy: { listening: 1 } });
  const first = stage.watch();
  let refused = first;
  stage.network.at(20 * MS, () => {
    refused = stage.watch(0, { registerTimeoutNs: 50 * MS });
  });
  let next = first;
  stage.network.at(150 * MS, () => {
    next = stage.watch();
  });
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(first.machine.reason, 'end of stream');
  assert.is(first.stream().length, 100);
  assert.is(refused.machine.reason, 'no answer');
  assert.is(next.machine.reason, 'end of stream');
  assert.is(next.machine.nextCount, 101, 'it is told that there is nothing left');
  assert.ok(stage.proxy.ignored.portTaken > 0);
  assert.equal(
    stage.events.map(({ kind }) => kind),
    ['flow opened', 'port taken', 'flow expired', 'flow opened', 'refused'],
    'the first one unregisters when its port is the next one’s',
  );
  assert.equal(
    stage.proxy.reports().map(({ flow, down }) => [flow, down.arrived]),
    [
      [1, 100],
      [1, 0],
    ],
  );
});

test('a client whose stream has ended keeps its port until all of it has left', () => {
  const stage = new Stage({ down: readKnobs({ delay: '300ms' }) });
  const first = stage.watch();
  let next = first;
  stage.network.at(150 * MS, () => {
    next = stage.watch();
  });
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(first.stream().length, 100);
  assert.is(next.machine.reason, 'end of stream');
  assert.is(stage.proxy.reports()[0]?.down.heldAtEnd, 0);
});

test('a client that was killed makes room for the next one after three alives that did not come', () => {
  const stage = new Stage({
    source: new BankStream(1000, 10 * MS),
    server: { keepAliveNs: SECOND / 2 },
    down: readKnobs({ drop: '10%', reorder: '10%', delay: '400ms' }),
  });
  const killed = stage.watch();
  // Its last alive was at 1.5 s; the server goes on for a second more than the proxy waits.
  stage.network.at(1.6 * SECOND, () => stage.network.vanish(killed.host));
  let next = killed;
  stage.network.at(2 * SECOND, () => {
    next = stage.watch();
  });
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(next.machine.reason, 'end of stream');
  const nextCount = next.machine.nextCount ?? 0;
  assert.ok(nextCount > 300 && nextCount < 400, `joined at ${nextCount}`);
  assert.equal(
    stage.events.map(({ kind }) => kind),
    ['flow opened', 'port taken', 'flow expired', 'flow opened'],
  );
  const [former, latter] = stage.proxy.reports();
  // What was on its way at that moment found the former port closed.
  const unseen = nextCount - 1 - (former?.down.arrived ?? 0);
  assert.ok(unseen === 0 || unseen === 1, `${unseen}`);
  assert.ok((former?.down.heldAtEnd ?? 0) > 30, 'what was delayed for it was never sent');
  assert.is(latter?.down.arrived, 1000 - nextCount + 1);
  assert.is(latter?.down.heldAtEnd, 0);
  for (const { down } of stage.proxy.reports()) {
    const dropped = down.droppedByCause.reduce((a, b) => a + b, 0);
    assert.is(down.arrived, dropped + down.forwarded + down.refused + down.heldAtEnd);
  }
});

test('a client that is only quiet, or never says that it is there, keeps its port', () => {
  const stage = new Stage({ source: new BankStream(10, 10 * SECOND), server: { keepAliveNs: 4 * SECOND } });
  const quiet = stage.watch();
  stage.network.at(11 * SECOND, () => stage.watch(0, { registerTimeoutNs: 100 * MS }));
  assert.ok(stage.network.run(200 * SECOND));
  assert.is(quiet.machine.reason, 'end of stream');
  assert.is(quiet.stream().length, 10);

  const other = new Stage({
    source: new BankStream(10, 10 * SECOND),
    server: { waitFor: 2 },
    proxy: { allowUnverified: true },
  });
  const original: Peer = { address: '10.9.9.9', port: 99 };
  other.send(original, other.proxyHost.localPeer(0), bytesOf('register'));
  let refused = quiet;
  other.network.at(50 * SECOND, () => {
    refused = other.watch(0, { registerTimeoutNs: 100 * MS });
  });
  other.network.run(55 * SECOND);
  assert.is(refused.machine.reason, 'no answer');
});

test('a way to the server that opens when its flow is gone is closed again', () => {
  const closed: number[] = [];
  const stage = new Stage({
    proxy: { openUpstream: () => undefined, closeUpstream: (port) => void closed.push(port) },
  });
  stage.watch();
  stage.network.run(MS);
  stage.proxy.upstreamFailed(MS, 1);
  stage.proxy.upstreamOpened(1, 5);
  assert.equal(closed, [5]);
});

test('a client that joins beyond what is believed unseen is believed by its promise', () => {
  const stage = new Stage({ server: { waitFor: 2 }, down: readKnobs({ dropList: '3000002' }) });
  const watcher = stage.watch();
  stage.network.at(5 * MS, () => {
    const answer = encodeRegistered({
      nonce: 'nonce-of-client-1',
      client: 1,
      nextCount: 3_000_001,
      timing: { intervalUs: 1000, speed: 1 },
      epochUs: 0,
      keepAliveMs: 1000,
    });
    stage.send(SERVER, stage.upstream(1), answer);
    for (const count of [3_000_001, 3_000_002, 3_000_003]) {
      stage.send(SERVER, stage.upstream(1), bytesOf(`{"message":{"count":${count},"score":""}}`));
    }
  });
  stage.network.run(10 * MS);
  assert.equal(countsOf(watcher.stream()), [3_000_001, 3_000_003]);
  assert.is(stage.report(1).down.unindexed, 0);
});

test('only a registration opens a matchstream flow', () => {
  const stage = new Stage();
  const stranger: Peer = { address: '10.9.9.9', port: 99 };
  const listening = stage.proxyHost.localPeer(0);
  for (const text of ['hello', '', '{"alive":{"token":"x"}}', '{"unregister":{"token":"x"}}', 'unregister']) {
    stage.send(stranger, listening, bytesOf(text));
  }
  stage.send(stranger, listening, new Uint8Array(60_000));
  stage.network.run(SECOND);
  const { notOurs, noFlow } = stage.proxy.ignored;
  assert.equal([notOurs, noFlow], [3, 3]);
  assert.is(stage.proxyHost.inboxes.length, 1, 'no way to the server was opened');
  stage.send(stranger, listening, encodeRegister({ nonce: 'n', token: null, client: null }));
  stage.network.run(2 * SECOND);
  assert.is(stage.proxyHost.inboxes.length, 2);
  assert.equal(stage.proxy.reports(), [], 'and nobody has the port before the address is proved');
});

test('who is not the server is a stranger on the way down', () => {
  const stage = new Stage();
  const watcher = stage.watch();
  stage.network.at(5 * MS, () => {
    for (const from of [
      { address: '10.0.0.1', port: 9001 },
      { address: '10.0.0.3', port: 9000 },
    ]) {
      stage.send(from, stage.upstream(1), payloadOf(50));
    }
    stage.send({ ...SERVER }, stage.upstream(1), payloadOf(50));
  });
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(stage.proxy.ignored.notUpstream, 2);
  assert.is(watcher.stream().length, 101, 'the server by another object is the server');
});

test('a silent flow expires, a living one does not', () => {
  const stage = new Stage({
    source: new BankStream(30, SECOND),
    proxy: { listening: 2, idleNs: 5 * SECOND },
    server: { waitFor: 2 },
  });
  stage.watch(0);
  const vanishing = stage.watch(1);
  stage.network.at(3 * SECOND, () => stage.network.vanish(vanishing.host));
  stage.network.run(60 * SECOND);
  const expired = stage.events.filter(({ kind }) => kind === 'flow expired');
  // The server gives the second up after 5 s of silence; then nobody uses its flow.
  assert.equal(
    expired.map((event) => 'flow' in event && event.flow),
    [2],
  );
  assert.is(stage.proxy.reports()[0]?.down.arrived, 30);
});

test('flows that cannot reach the server are closed, and can be opened again', () => {
  let attempts = 0;
  const stage = new Stage({
    proxy: {
      openUpstream: (flow) => {
        attempts += 1;
        if (attempts < 3) stage.proxy.upstreamFailed(stage.network.nowNs(), flow);
        else stage.proxy.upstreamOpened(flow, stage.proxyHost.open({ host: PROXY, port: 0 }));
      },
    },
  });
  const watcher = stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(watcher.machine.reason, 'end of stream');
  assert.is(attempts, 3);
  assert.equal(
    stage.events.map(({ kind }) => kind),
    ['flow failed', 'flow opened'],
  );
});

test('what never left because there was no way to the server is counted', () => {
  const stage = new Stage({ proxy: { protocol: anyProgram, openUpstream: () => undefined } });
  for (let k = 0; k < 5; k += 1) {
    stage.send({ address: '10.9.9.9', port: 9 }, stage.proxyHost.localPeer(0), bytesOf('hello'));
  }
  stage.network.run(MS);
  stage.proxy.upstreamFailed(2 * MS, 1);
  const { up } = stage.report(1);
  assert.is(up.arrived, 5);
  assert.is(up.heldAtEnd, 5);
});

test('datagrams that come before the way to the server is open are not lost', () => {
  let asked = 0;
  const stage = new Stage({ proxy: { openUpstream: (flow) => void (asked = flow) } });
  const watcher = stage.watch();
  stage.network.at(30 * MS, () => {
    stage.proxy.upstreamOpened(asked, stage.proxyHost.open({ host: PROXY, port: 0 }));
    stage.network.settle(stage.proxyHost);
  });
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(watcher.machine.reason, 'end of stream');
  assert.is(stage.server.startNs, 30 * MS, 'the first request was kept, not repeated');
});

/** Never done: a network runs on for it. */
class Waiter implements Endpoint {
  readonly finished = false;
  handleDatagrams(): void {}
  handleTimeout(): void {}
  nextTimeoutNs(): number {
    return Number.POSITIVE_INFINITY;
  }
  drain(): void {}
}

test('stopping lets out what is held and delayed, in its time, takes nothing more, and finishes', () => {
  const stage = new Stage({ down: readKnobs({ delay: '40ms', reorder: '20%', reorderDistance: '900' }) });
  const watcher = stage.watch();
  stage.network.at(50.5 * MS, () => {
    stage.proxy.stop(stage.network.nowNs());
    stage.network.settle(stage.proxyHost);
  });
  stage.network.run(89 * MS);
  assert.is(stage.proxy.finished, false, 'delays run');
  stage.network.run(91 * MS);
  assert.ok(stage.proxy.finished);
  assert.is(watcher.stream().length, 51);
  stage.proxy.abandon();
  assert.is(stage.report(1).down.heldAtEnd, 0);
  assert.ok(stage.proxy.ignored.tooLate >= 39, 'the server still sends');
});

test('stopping waits for a delay as long as it is, and says how long', () => {
  const stage = new Stage({ down: readKnobs({ delay: '40s' }), impairment: { holdMaxNs: 30 * MS } });
  stage.network.join(new Waiter());
  const watcher = stage.watch();
  stage.network.at(50.5 * MS, () => stage.proxy.stop(stage.network.nowNs()));
  stage.network.run(40.049 * SECOND);
  assert.is(stage.proxy.finished, false);
  stage.network.run(40.051 * SECOND);
  assert.ok(stage.proxy.finished);
  stage.proxy.abandon();
  assert.is(watcher.stream().length, 51);
  assert.is(stage.report(1).down.heldAtEnd, 0);
  const said = stage.events.filter(({ kind }) => kind === 'end awaits');
  assert.equal(said, [{ kind: 'end awaits', datagrams: 51, waitNs: 40 * SECOND - 0.5 * MS }]);
  assert.is(
    describeEvent(said[0] as ProxyEvent),
    '51 datagrams still to leave, the last in 40.0 s at most; a second signal throws them away',
  );
});

for (const shared of [false, true]) {
  test(`stopping waits until ${shared ? 'a shared' : 'the'} link is empty, however long that takes, and no longer`, () => {
    // 51 datagrams of some hundred bytes, 8 kbit a second.
    const stage = new Stage({ down: readKnobs({ delay: '5ms', rate: '8kbit', queue: '100', shared }) });
    stage.network.join(new Waiter());
    const watcher = stage.watch();
    stage.network.at(50.5 * MS, () => stage.proxy.stop(stage.network.nowNs()));
    stage.network.run(60 * SECOND);
    assert.ok(stage.proxy.finished);
    stage.proxy.abandon();
    const { down } = stage.report(1);
    assert.equal([down.arrived, down.forwarded, down.heldAtEnd], [51, 51, 0]);
    const bytes = watcher.stream().reduce((sum, { payload }) => sum + payload.length, 0);
    const lastNs = watcher.stream().at(-1)?.timeNs as number;
    const [said] = stage.events.filter(({ kind }) => kind === 'end awaits');
    assert.ok(Math.abs(lastNs - (5 * MS + bytes * MS)) < 1000);
    assert.ok(
      said?.kind === 'end awaits' && Math.abs(50.5 * MS + said.waitNs - lastNs) < 1000,
      JSON.stringify(said),
    );
  });
}

test('asked a second time to stop, it does not wait, and what is left is counted', () => {
  const stage = new Stage({ down: readKnobs({ delay: '40s' }) });
  const watcher = stage.watch();
  for (const atMs of [50.5, 60]) {
    stage.network.at(atMs * MS, () => stage.proxy.stop(stage.network.nowNs()));
  }
  stage.network.run(59 * MS);
  assert.is(stage.proxy.finished, false);
  stage.network.run(61 * MS);
  assert.ok(stage.proxy.finished);
  stage.proxy.abandon();
  assert.is(watcher.stream().length, 0);
  const { down } = stage.report(1);
  assert.equal([down.arrived, down.heldAtEnd], [51, 51]);
});

test('with nothing held, stopping is immediate', () => {
  const stage = new Stage();
  stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  const nowNs = stage.network.nowNs();
  stage.proxy.stop(nowNs);
  stage.network.settle(stage.proxyHost);
  // On a clock that jumps nothing waits to be read.
  assert.is(stage.proxy.nextTimeoutNs(), nowNs);
  stage.proxy.handleTimeout(nowNs);
  assert.ok(stage.proxy.finished);
  assert.is(stage.proxy.nextTimeoutNs(), Infinity);
});

test('what the transport could not send after all is refused, never more than was forwarded', () => {
  const stage = new Stage();
  stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  const { client, upstreamPort } = stage.report(1);
  stage.proxy.handleSendFailure(0, client, 7);
  stage.proxy.handleSendFailure(upstreamPort, SERVER, 3);
  stage.proxy.handleSendFailure(0, { address: '10.9.9.9', port: 1 }, 3);
  const { down, up } = stage.report(1);
  assert.is(down.forwarded, 93);
  assert.is(down.refused, 7);
  assert.is(up.refused, 0, 'only control goes up');
});

test('media times that the caller knows go before an interval', () => {
  // Bursts of four, ten milliseconds apart: no interval says that.
  const mediaTimeNs = (count: number): number => Math.floor((count - 1) / 4) * 10 * MS;
  const knobs = { outage: '100ms..105ms', delay: '5ms', jitter: '20ms', reorder: '10%' };
  const source = new BankStream(100, 0);
  source.mediaTimeNs = mediaTimeNs;
  const config = readKnobs(knobs);
  const schedule = new Schedule(config, { seed: '42', flow: 1, direction: 'down' }, mediaTimeNs);
  const stream = { firstCount: 1, lastCount: 100, sizeBytes: () => 1, sendNs: mediaTimeNs };
  const { counts, timesNs } = expectedDelivery(stream, schedule, { keepOrder: false, rate: null }).arrivals;
  assert.ok(counts.length === 96);
  for (const quantumNs of [0, 1e7]) {
    const stage = new Stage({ source, proxy: { mediaTimeNs }, down: config, quantumNs });
    const watcher = stage.watch();
    assert.ok(stage.network.run(60 * SECOND));
    assert.equal(countsOf(watcher.stream()), [...counts]);
    assert.equal(
      watcher.stream().map(({ timeNs }) => timeNs),
      [...timesNs],
    );
  }
});

test('flat out everything is planned for one instant, interval or not', () => {
  const knobs = { delay: '5ms', jitter: '3ms', reorder: '10%', rate: '50mbit', queue: '60' };
  const config = readKnobs(knobs);
  const schedule = new Schedule(config, { seed: '42', flow: 1, direction: 'down' });
  const stream = {
    firstCount: 1,
    lastCount: 100,
    sizeBytes: (count: number) => payloadOf(count).length,
    sendNs: () => 0,
  };
  const { counts, timesNs } = expectedDelivery(stream, schedule, {
    keepOrder: false,
    rate: config.rate,
  }).arrivals;
  for (const intervalNs of [0, MS]) {
    const stage = new Stage({
      source: new BankStream(100, intervalNs),
      server: { speed: 0 },
      down: config,
      quantumNs: 1e6,
    });
    const watcher = stage.watch();
    assert.ok(stage.network.run(60 * SECOND));
    assert.equal(countsOf(watcher.stream()), [...counts]);
    assert.equal(
      watcher.stream().map(({ timeNs }) => timeNs),
      [...timesNs],
    );
  }
});

test('flat out, order waits for the end, however long the stream takes to come', () => {
  const knobs = { delay: '5ms', jitter: '5ms' };
  const stage = new Stage({ server: { waitFor: 2 }, down: readKnobs(knobs) });
  const watcher = stage.watch();
  const answer = encodeRegistered({
    nonce: 'nonce-of-client-1',
    client: 1,
    nextCount: 1,
    timing: { intervalUs: 0, speed: 0 },
    epochUs: 0,
    keepAliveMs: 1000,
  });
  stage.network.at(MS, () => stage.send(SERVER, stage.upstream(1), answer));
  for (let count = 1; count <= 30; count += 1) {
    stage.network.at(count * 10 * MS, () => stage.send(SERVER, stage.upstream(1), payloadOf(count)));
  }
  stage.network.run(305 * MS);
  assert.is(watcher.stream().length, 0);
  stage.network.at(306 * MS, () => stage.send(SERVER, stage.upstream(1), encodeEnd('nonce-of-client-1', 30)));
  stage.network.run(310 * MS);
  const schedule = new Schedule(readKnobs(knobs), { seed: '42', flow: 1, direction: 'down' });
  const delayNs = (count: number): number => schedule.delayNs[schedule.at(count)] as number;
  const counts = Array.from({ length: 30 }, (_, k) => k + 1).toSorted(
    (a, b) => delayNs(a) - delayNs(b) || a - b,
  );
  assert.equal(countsOf(watcher.stream()), counts);
});

test('without media times or an interval, time is told by arrivals', () => {
  const mediaTimeNs = (count: number): number => Math.floor((count - 1) / 4) * 10 * MS;
  const source = new BankStream(100, 0);
  source.mediaTimeNs = mediaTimeNs;
  const stage = new Stage({
    source,
    down: readKnobs({ outage: '50ms..55ms', delay: '7ms' }),
    server: { speed: 2 },
  });
  const watcher = stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  const counts = Array.from({ length: 100 }, (_, k) => k + 1).filter(
    (count) => mediaTimeNs(count) !== 50 * MS,
  );
  assert.equal(countsOf(watcher.stream()), counts);
  assert.equal(
    watcher.stream().map(({ timeNs }) => timeNs),
    counts.map((count) => mediaTimeNs(count) / 2 + 7 * MS),
  );
});

test.run();
