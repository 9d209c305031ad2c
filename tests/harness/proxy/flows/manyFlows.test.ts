import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Flow } from '../../../../harness/proxy/flows/flow.ts';
import { crowd } from '../crowd.ts';
import { MS, SECOND } from '../stage.ts';

const test = suite('a proxy of many flows');

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
    const { proxy, hear, pass } = crowd({ delay: '1ms' });
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
  const { hear, pass, events } = crowd({}, { idleNs: 60 * SECOND });
  for (let port = 1; port <= 1000; port += 1) hear(port, port * MS);
  pass(50 * SECOND);
  // Nothing is idle for long enough: one look at the first in line is enough for each search.
  const calls = countLooks(() => pass(59 * SECOND));
  assert.ok(calls <= 10, `${calls}`);
  pass(62 * SECOND);
  assert.is(events.filter(({ kind }) => kind === 'flow expired').length, 1000);
});

test('a crowd that comes or goes at once holds nobody up: ports are opened and closed a few at a time', () => {
  let asked = 0;
  let closed = 0;
  let most = 0;
  const stage = crowd(
    {},
    {
      idleNs: 3 * SECOND,
      openUpstream: (opening) => {
        asked += 1;
        stage.proxy.upstreamOpened(opening, opening);
      },
      closeUpstream: () => void (closed += 1),
    },
  );
  const { proxy, hear, late, events, sink } = stage;
  for (let port = 1; port <= 500; port += 1) hear(port, SECOND);
  assert.is(asked, 32, 'the others wait for their turn');
  const opened = (): number => events.filter(({ kind }) => kind === 'flow opened').length;
  const gone = (): number => events.filter(({ kind }) => kind === 'flow expired').length;
  for (let nextNs = proxy.nextTimeoutNs(); nextNs < 30 * SECOND; nextNs = proxy.nextTimeoutNs()) {
    const before = [asked, gone(), closed] as const;
    late(nextNs);
    for (const [k, count] of [asked, gone(), closed].entries())
      most = Math.max(most, count - (before[k] ?? 0));
  }
  assert.equal([opened(), gone(), closed], [500, 500, 500]);
  assert.ok(most <= 64, `${most} in one step`);
  assert.is(
    sink.texts.filter((text) => text === 'hello').length,
    500,
    'what came before its port was open was sent then',
  );
  assert.is(
    proxy.reports().reduce((sum, { up }) => sum + up.forwarded, 0),
    500,
  );
});

test('flows that are due at once send in the order in which they were opened', () => {
  const { hear, pass, sink } = crowd({ delay: '5ms' });
  const ports = [7, 3, 9, 1, 5, 8, 2];
  for (const port of ports) hear(port, MS, `of ${port}`);
  pass(6 * MS);
  assert.equal(
    sink.texts,
    ports.map((port) => `of ${port}`),
  );
});

test.run();
