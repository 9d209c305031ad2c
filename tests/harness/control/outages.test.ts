/** An outage that ends while a proxy opens is over for what has opened. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeControl } from './fakeProxies.ts';
import type { Answer, Fake } from './fakeProxies.ts';

const outages = suite('outages and proxies that open');

const P = { name: 'p', listen: '127.0.0.1:6001', upstream: '127.0.0.1:1' };

const isOut = (fake: Fake): boolean => fake.last().conditions.down.outages.length > 0;

/** Asks for a proxy to open during an outage of 2 s, of which `ms` pass meanwhile. */
async function openedDuring(fake: Fake, ask: () => Promise<Answer>, ms: number): Promise<void> {
  const { machine } = fake;
  assert.is((await fake.ask('POST', '/proxies/p/outage', { duration: '2s' })).status, 200);
  const { open } = machine;
  Object.assign(machine, {
    open: async (proxy: Parameters<typeof open>[0]) => {
      const handle = await open(proxy);
      machine.pass(ms);
      return handle;
    },
  });
  assert.is((await ask()).status, 200);
}

for (const [what, enabled, body] of [
  ['is enabled', false, { enabled: true }],
  ['moves', true, { listen: '127.0.0.1:6002' }],
] as const) {
  outages(`one that ends while a proxy ${what} is over, one that lasts is not`, async () => {
    for (const [ms, lasts] of [
      [2000, false],
      [1999, true],
    ] as const) {
      const fake = fakeControl();
      assert.is((await fake.ask('POST', '/proxies', { ...P, enabled })).status, 201);
      const handles = fake.machine.handles.length;
      await openedDuring(fake, () => fake.ask('POST', '/proxies/p', body), ms);
      assert.is(fake.machine.handles.length, handles + 1);
      assert.is(isOut(fake), lasts);
      fake.machine.pass(1);
      assert.is(isOut(fake), false);
    }
  });
}

outages.run();
