/** Populating is all or nothing, also where what runs refuses what it is to become. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FAKE_GROUP, fakeControl } from './fakeProxies.ts';
import type { Fake } from './fakeProxies.ts';

const populate = suite('populating what runs');

const planOf = (name: string, port: number): { name: string; listen: string; upstream: string } => ({
  name,
  listen: `127.0.0.1:${port}`,
  upstream: 'localhost:1',
});
const A = planOf('a', 6001);
const B = planOf('b', 6002);
const C = planOf('c', 6003);

/** `a` and `b` run, with a flow each. */
async function started(): Promise<Fake> {
  const fake = fakeControl();
  assert.is((await fake.ask('POST', '/populate', [A, B])).status, 201);
  for (const handle of fake.machine.handles) handle.open(1);
  return fake;
}

const stateOf = ({ machine }: Fake): unknown[] =>
  machine.handles.map(({ isOpen, acts, flows, epoch, upstream }) => [
    isOpen,
    [...acts],
    [...flows],
    epoch,
    upstream,
  ]);

for (const [what, refused] of [
  ['its conditions', { ...A, down: { shared: true, rate: '1mbit' } }],
  ['its upstream', { ...A, upstream: `${FAKE_GROUP}:1` }],
] as const) {
  for (const [where, plansOf] of [
    ['before what is new', (plan: object) => [plan, C]],
    ['after what is new', (plan: object) => [C, plan]],
    ['after what is replaced', (plan: object) => [{ ...B, listen: '127.0.0.1:6004' }, plan]],
    ['after what is turned', (plan: object) => [{ ...B, upstream: 'localhost:2' }, plan]],
  ] as const) {
    populate(`what refuses ${what} ${where} changes nothing`, async () => {
      const fake = await started();
      const [before, shown] = [stateOf(fake), await fake.ask('GET', '/proxies')];
      assert.is((await fake.ask('POST', '/populate', plansOf(refused))).status, 400);
      assert.equal(stateOf(fake), before);
      assert.equal(await fake.ask('GET', '/proxies'), shown);
      // Nothing has kept a port.
      assert.is((await fake.ask('POST', '/populate', [C, { ...B, listen: '127.0.0.1:6004' }])).status, 201);
    });
  }
}

populate('what refuses only when it is turned leaves nothing open that nobody can reach', async () => {
  const fake = await started();
  const [a] = fake.machine.handles;
  const before = await fake.ask('GET', '/proxies');
  // It finds out while the new one opens.
  Object.assign(a as object, { check: () => undefined });
  Object.assign(a as object, {
    change: () => {
      throw new Error('not any more');
    },
  });
  assert.is((await fake.ask('POST', '/populate', [C, { ...A, down: { drop: '5%' } }])).status, 500);
  assert.equal(
    fake.machine.handles.map(({ isOpen }) => isOpen),
    [true, true, false],
  );
  assert.equal(await fake.ask('GET', '/proxies'), before);
  assert.equal([a?.acts, a?.flows], [[], [1]]);
});

populate.run();
