import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MS, SECOND, SERVER } from '../stage.ts';
import { crowd } from '../crowd.ts';

const test = suite('a proxy whose flows are all taken');

test('a new client gets the place of the flow that was silent for the longest, which is said once and counted', () => {
  const { proxy, events, hear, answer, pass, linesOf } = crowd({}, { maxFlows: 4 });
  for (const port of [1, 2, 3, 4]) hear(port, port * MS);
  // The first one goes on in both ways: by its server alone, too, a flow is in use.
  pass(2 * SECOND);
  hear(2, 2 * SECOND);
  answer(1, 2.1 * SECOND);
  pass(4.1 * SECOND);
  for (const port of [5, 6, 7]) hear(port, 4.2 * SECOND);
  assert.equal(
    events.filter(({ kind }) => kind === 'flow expired').map((event) => 'flow' in event && event.flow),
    [3, 4, 2],
  );
  assert.equal(linesOf('gave way'), [
    'flow 3 of 10.0.5.1:3 gave way to a new client: 4 flows open, as many as --max-flows allows, and that one was silent ' +
      'for the longest; so will others',
  ]);
  assert.is(proxy.ignored.gaveWay, 3);
  assert.is(proxy.ignored.flowsFull, 0);
  // The one that had to go comes back as a new flow, and takes the place of the next.
  hear(3, 4.3 * SECOND);
  assert.equal(
    proxy.reports().map(({ flow, client, up }) => [flow, client.port, up.forwarded]),
    [
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 1],
      [4, 4, 1],
      [5, 5, 1],
      [6, 6, 1],
      [7, 7, 1],
      [8, 3, 1],
    ],
  );
});

test('no flow in use is closed by a flood of new sources', () => {
  const { proxy, hear, pass } = crowd({}, { maxFlows: 100 });
  const standing = Array.from({ length: 60 }, (_, k) => k + 1);
  for (const one of standing) hear(one, 0);
  let port = 1000;
  for (let step = 0; step < 100; step += 1) {
    const nowNs = (step + 1) * 100 * MS;
    pass(nowNs);
    // Each speaks twice a second.
    for (const one of standing) if ((one + step) % 5 === 0) hear(one, nowNs);
    for (let k = 0; k < 40; k += 1) hear((port += 1), nowNs);
  }
  const refused = proxy.ignored.flowsFull;
  const reports = new Map(proxy.reports().map((report) => [report.client.port, report]));
  for (const one of standing) assert.is(reports.get(one)?.up.arrived, 21, `client ${one}`);
  const { gaveWay } = proxy.ignored;
  assert.ok(gaveWay > 100 && refused > 100, `${gaveWay} gave way, ${refused} were refused`);
  assert.is(
    proxy.reports().length + proxy.earlier.flows + refused,
    60 + 4000,
    'every client is accounted for',
  );
});

test('twenty thousand flows in a minute hold, with the default limit', () => {
  const { proxy, hear, answer, pass } = crowd();
  for (let k = 1; k <= 20_000; k += 1) {
    const nowNs = k * 3 * MS;
    pass(nowNs);
    hear(k, nowNs);
    answer(k, nowNs);
  }
  assert.is(proxy.ignored.flowsFull, 0);
  assert.is(proxy.ignored.gaveWay, 20_000 - 1024);
  const totals = [proxy.earlier, ...proxy.reports()];
  for (const way of ['up', 'down'] as const)
    assert.is(
      totals.reduce((sum, { [way]: counters }) => sum + counters.forwarded, 0),
      20_000,
    );
});

test('a flow that holds or delays a datagram never gives way', () => {
  for (const knobs of [{ delay: '30s' }, { reorder: '99%', reorderDistance: '900' }]) {
    const { proxy, hear, pass, events } = crowd(knobs, { maxFlows: 3 }, 20 * SECOND);
    for (const port of [1, 2, 3]) hear(port, port * MS);
    pass(10 * SECOND);
    hear(4, 10 * SECOND);
    assert.is(proxy.ignored.flowsFull, 1, JSON.stringify(knobs));
    assert.is(proxy.ignored.gaveWay, 0);
    pass(40 * SECOND);
    hear(4, 40 * SECOND);
    assert.is(proxy.ignored.gaveWay, 1);
    assert.is(events.at(-1)?.kind, 'flow opened');
    assert.is(proxy.reports()[0]?.up.heldAtEnd, 0);
  }
});

test('a proxy that was held up takes nobody for silent before it has read its sockets', () => {
  const { proxy, hear, pass } = crowd({}, { maxFlows: 2 });
  hear(1, 0);
  hear(2, MS);
  pass(1.5 * SECOND);
  hear(1, 1.5 * SECOND);
  hear(2, 1.5 * SECOND);
  // Held up for a minute; then the new client's datagram is the first to be read.
  hear(3, 61.5 * SECOND);
  hear(1, 61.5 * SECOND);
  hear(2, 61.5 * SECOND);
  assert.equal([proxy.ignored.gaveWay, proxy.ignored.flowsFull], [0, 1]);
  assert.equal(
    proxy.reports().map(({ up }) => up.arrived),
    [3, 3],
  );
});

test('a proxy that was held up for longer than --idle reads its sockets before it closes a flow', () => {
  const { proxy, events, hear, answer, pass, late } = crowd({}, { idleNs: 2 * SECOND });
  hear(1, 0);
  answer(1, 0);
  hear(2, MS);
  pass(0.5 * SECOND);
  // The timers of an event loop that was held up run first.
  late(5.4 * SECOND);
  for (let k = 0; k < 5; k += 1) hear(1, 5.4 * SECOND + k);
  for (let k = 0; k < 5; k += 1) answer(1, 5.4 * SECOND + k);
  pass(6 * SECOND);
  assert.equal(
    events.filter(({ kind }) => kind === 'flow expired').map((event) => 'flow' in event && event.flow),
    [2],
    'who was silent is closed all the same',
  );
  const [report] = proxy.reports();
  assert.equal([report?.up.forwarded, report?.down.forwarded], [6, 6]);
  assert.is(proxy.ignored.tooLate, 0);
});

test('what had arrived when the end was asked for is read first', () => {
  const { proxy, hear, answer, pass, late, sink } = crowd();
  hear(1, 0);
  answer(1, 1 * MS);
  pass(2 * SECOND);
  proxy.stop(2 * SECOND);
  late(2 * SECOND);
  assert.is(proxy.finished, false);
  hear(1, 2 * SECOND + MS);
  answer(1, 2 * SECOND + MS);
  hear(2, 2 * SECOND + MS);
  assert.is(proxy.nextTimeoutNs(), 2 * SECOND + 5 * MS);
  late(2 * SECOND + 5 * MS);
  assert.ok(proxy.finished);
  assert.is(sink.caught.length, 4);
  assert.is(proxy.ignored.tooLate, 1, 'the new client');
  const again = crowd();
  again.hear(1, 0);
  again.proxy.stop(SECOND);
  again.proxy.stop(SECOND);
  again.late(SECOND);
  assert.ok(again.proxy.finished, 'asked twice, it waits for nothing');
});

test('answers that come after --idle are counted, for a while', () => {
  const closed: number[] = [];
  const { proxy, hear, answer, pass } = crowd(
    {},
    { idleNs: 3 * SECOND, closeUpstream: (port) => closed.push(port) },
  );
  hear(1, 0);
  pass(4.5 * SECOND);
  assert.equal(closed, []);
  for (let k = 0; k < 7; k += 1) answer(1, 4.5 * SECOND);
  assert.is(proxy.ignored.tooLate, 7);
  assert.is(proxy.reports()[0]?.down.arrived, 0);
  assert.ok(proxy.nextTimeoutNs() <= 6 * SECOND);
  pass(9.5 * SECOND);
  assert.equal(closed, [1]);
});

test('ports of closed flows are few, and none is left open where ports are scarce', () => {
  const closed: number[] = [];
  const closeUpstream = (port: number): void => void closed.push(port);
  const many = crowd({}, { idleNs: 2 * SECOND, closeUpstream });
  for (let port = 1; port <= 600; port += 1) many.hear(port, port);
  many.pass(4 * SECOND);
  assert.ok(closed.length >= 600 - 256 && closed.length < 600 - 200, `${closed.length}`);
  assert.is(closed[0], 1, 'the first closed is the first to go');
  closed.length = 0;
  const scarce = crowd({}, { idleNs: 2 * SECOND, maxPorts: 10, closeUpstream });
  for (let port = 1; port <= 8; port += 1) scarce.hear(port, port);
  scarce.pass(4 * SECOND);
  assert.is(closed.length, 0);
  for (let port = 11; port <= 14; port += 1) scarce.hear(port, 4 * SECOND);
  assert.equal(closed, [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a client whose port cannot be opened is refused, and opens no flow with each datagram', () => {
  let isShort = false;
  let asked = 0;
  const stage = crowd(
    {},
    {
      idleNs: 5 * SECOND,
      openUpstream: (opening) => {
        asked += 1;
        if (isShort) stage.proxy.upstreamFailed(stage.nowNs(), opening, 'too many open files');
        else stage.proxy.upstreamOpened(opening, opening);
      },
    },
  );
  const { proxy, hear, pass, linesOf } = stage;
  hear(1, 0);
  isShort = true;
  for (let k = 0; k < 50; k += 1) hear(2, k * MS);
  for (let k = 0; k < 50; k += 1) hear(3, k * MS);
  assert.is(asked, 2);
  assert.equal([proxy.ignored.noUpstreamPort, proxy.ignored.noPort], [1, 99]);
  assert.equal(linesOf('flow failed'), [
    'flow 2 of 10.0.5.1:2 has no way to the server: too many open files',
  ]);
  assert.match(linesOf('no port')[0] as string, /^refused 10\.0\.5\.1:2: .* one of them to close$/);
  hear(1, 60 * MS);
  assert.is(proxy.reports()[0]?.up.forwarded, 2, 'those that are open go on');
  // One flow closes: one may open, and no other.
  isShort = false;
  pass(6.9 * SECOND);
  hear(3, 6.9 * SECOND);
  hear(2, 6.9 * SECOND);
  assert.equal([asked, proxy.ignored.noPort], [3, 100]);
  // After ten seconds it is tried again; where that succeeds, the shortage is over.
  pass(10.5 * SECOND);
  hear(2, 10.5 * SECOND);
  hear(4, 10.5 * SECOND);
  assert.equal([asked, proxy.ignored.noPort], [5, 100]);
  const arrived = proxy.reports().reduce((sum, { up }) => sum + up.arrived, 0);
  assert.is(arrived + proxy.ignored.noPort, 106, 'every datagram is in a counter');
});

test('a client that was silent for --new-flow-after begins anew; without it, it goes on', () => {
  for (const [newFlowAfterNs, expected] of [
    [undefined, [[1, 5]]],
    [
      5 * SECOND,
      [
        [1, 3],
        [2, 2],
      ],
    ],
  ] as const) {
    const { proxy, hear, answer, pass, sink } = crowd(
      {},
      newFlowAfterNs === undefined ? {} : { newFlowAfterNs },
    );
    hear(1, 0);
    hear(1, 1 * SECOND);
    // Answers are no sign of the client.
    answer(1, 5 * SECOND);
    hear(1, 5.9 * SECOND);
    pass(10.9 * SECOND);
    hear(1, 10.9 * SECOND);
    hear(1, 11 * SECOND);
    assert.equal(
      proxy.reports().map(({ flow, up }) => [flow, up.highestIndex]),
      expected,
    );
    // The former one still takes its answers.
    answer(1, 12 * SECOND);
    assert.is(sink.caught.filter(({ peer }) => peer.port === 1).length, 2);
    assert.is(sink.caught.filter(({ peer }) => peer === SERVER).length, 5);
  }
});

test.run();
