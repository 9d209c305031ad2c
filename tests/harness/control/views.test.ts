/** What the API tells: flows, changes, figures for Prometheus, and the state of the page. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DROP_CAUSES } from '../../../harness/impairment/causes.ts';
import type { ProxyState } from '../../../harness/control/liveState.ts';
import { fakeControl, LOOPBACK } from './fakeProxies.ts';
import type { Fake } from './fakeProxies.ts';
import { readMetrics } from './prometheus.ts';

const views = suite('what the API tells');

const INDEPENDENT = DROP_CAUSES.indexOf('independent');

async function started(name = 'p'): Promise<Fake> {
  const fake = fakeControl();
  await fake.ask('POST', '/proxies', { name, upstream: '127.0.0.1:1', seed: 's' });
  fake.last().open(1);
  fake.last().open(2);
  const { counters } = fake.last();
  counters.arrived = 100;
  counters.arrivedBytes = 5000;
  counters.forwarded = 90;
  counters.droppedByCause[INDEPENDENT] = 7;
  counters.heldAtEnd = 3;
  return fake;
}

const COUNTS = {
  arrived: 100,
  forwarded: 90,
  duplicated: 0,
  dropped: 7,
  droppedByCause: { independent: 7 },
  heldNow: 3,
  refused: 0,
  unindexed: 0,
};
const NO_COUNTS = { ...COUNTS, arrived: 0, forwarded: 0, dropped: 0, droppedByCause: {}, heldNow: 0 };

views('/flows has every flow with its counts', async () => {
  const { ask } = await started();
  const flow = { proxy: 'p', flow: 1, client: '127.0.0.1:50001', open: true, down: COUNTS, up: NO_COUNTS };
  assert.equal(await ask('GET', '/flows'), {
    status: 200,
    body: [flow, { ...flow, flow: 2, client: '127.0.0.1:50002' }],
  });
});

views('/epochs has the lines of the journals, and says how many are not there', async () => {
  const { ask, last } = await started();
  await ask('PUT', '/proxies/p/conditions', { down: { drop: '5%' } });
  assert.equal((await ask('GET', '/epochs')).body, [
    { proxy: 'p', version: 1 },
    { proxy: 'p', epoch: 2 },
  ]);
  for (let k = 3; k <= 1500; k += 1) last().change(last().conditions);
  const lines = (await ask('GET', '/epochs')).body as object[];
  assert.equal(
    [lines.length, lines[0], lines.at(-1)],
    [1001, { proxy: 'p', leftOut: 500 }, { proxy: 'p', epoch: 1500 }],
  );
});

views('the state has totals, rates since the last one, and some of the flows', async () => {
  const { views: told, last, machine } = await started();
  const first = told.state().proxies[0];
  assert.equal([first?.down.arrived, first?.down.rate, first?.flowsOpen], [200, 0, 2]);
  assert.equal(first?.down.droppedByCause, { independent: 14 });
  last().counters.arrived += 50;
  last().counters.arrivedBytes += 1000;
  machine.pass(500);
  const second = told.state().proxies[0];
  assert.equal(
    [second?.down.rate, second?.flows[0]?.down.rate, second?.down.bytesPerSecond],
    [200, 100, 4000],
  );
  for (let flow = 3; flow <= 150; flow += 1) last().open(flow);
  const third = told.state().proxies[0];
  assert.equal([third?.flowsOpen, third?.flows.length], [150, 100]);
});

views('the state names seed, protocol, own conditions and toxics', async () => {
  const { ask, views: told } = await started('<p>');
  await ask('PUT', '/proxies/%3Cp%3E/conditions', { down: { drop: '5%' } });
  await ask('POST', '/proxies/%3Cp%3E/toxics', { type: 'latency' });
  const { proxies, ...rest } = told.state();
  assert.equal(rest, {
    v: 1,
    program: 'control',
    isReadOnly: false,
    doing: null,
    ended: null,
    atUs: 0,
    match: null,
  });
  const { name, listen, upstream, enabled, seed, protocol, conditions, epoch, toxics, kernelDrops } =
    proxies[0] as ProxyState;
  assert.equal(
    {
      name,
      listen,
      upstream,
      enabled,
      seed,
      protocol,
      conditions,
      epoch,
      kernelDrops,
      toxics: toxics.length,
    },
    {
      name: '<p>',
      listen: '127.0.0.1:40001',
      upstream: '127.0.0.1:1',
      enabled: true,
      seed: 's',
      protocol: 'any',
      conditions: { down: { drop: '5%' }, up: {} },
      epoch: 3,
      kernelDrops: null,
      toxics: 1,
    },
  );
});

views('a proxy that does not run is told of, too', async () => {
  const { ask, views: told } = fakeControl();
  await ask('POST', '/proxies', { name: 'off', upstream: '127.0.0.1:1', enabled: false });
  assert.equal([told.state().proxies[0]?.enabled, told.state().proxies[0]?.down.arrived], [false, 0]);
  assert.equal((await ask('GET', '/flows')).body, []);
  assert.equal((await ask('GET', '/epochs')).body, []);
});

views('pages are told of each line of a journal once', async () => {
  const { ask, views: told } = await started();
  assert.is(told.news().length, 1);
  await ask('PUT', '/proxies/p/conditions', { down: { drop: '5%' } });
  await ask('PUT', '/proxies/p/conditions', { down: { drop: '6%' } });
  assert.equal(told.news(), [
    ['epoch', { proxy: 'p', epoch: 2 }],
    ['epoch', { proxy: 'p', epoch: 3 }],
  ]);
  assert.equal(told.news(), []);
  // Moved, it has a journal that begins again.
  await ask('PATCH', '/proxies/p', { listen: '127.0.0.1:7000' });
  assert.equal(told.news(), [['epoch', { proxy: 'p', version: 1 }]]);
});

views('the figures are in Prometheus’s format, whatever a proxy is called', async () => {
  const name = 'a"b\\c\nd{e="f"} 😀';
  const { app } = await started(name);
  const response = await app.request(
    '/metrics',
    { headers: { host: 'localhost', 'user-agent': 'Prometheus/3' } },
    LOOPBACK,
  );
  assert.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const samples = readMetrics(await response.text());
  const value = (of: string, labels: object = {}): number | undefined =>
    samples.find(
      (one) => one.name === of && Object.entries(labels).every(([key, wanted]) => one.labels[key] === wanted),
    )?.value;
  const down = { proxy: name, direction: 'down' };
  assert.is(value('matchstream_info', { version: '0.0.0' }), 1);
  assert.is(value('matchstream_proxy_enabled', { proxy: name }), 1);
  assert.is(value('matchstream_proxy_open_flows', { proxy: name }), 2);
  assert.is(value('matchstream_proxy_arrived_datagrams_total', down), 200);
  assert.is(value('matchstream_proxy_arrived_bytes_total', down), 10_000);
  assert.is(value('matchstream_proxy_forwarded_datagrams_total', down), 180);
  assert.is(value('matchstream_proxy_dropped_datagrams_total', down), 14);
  assert.is(value('matchstream_proxy_dropped_by_cause_total', { ...down, cause: 'independent' }), 14);
  assert.is(value('matchstream_proxy_held_datagrams', down), 6);
  assert.is(value('matchstream_proxy_arrived_datagrams_total', { proxy: name, direction: 'up' }), 0);
});

views('without a proxy the figures are those of the program', () => {
  assert.equal(readMetrics(fakeControl().views.metrics()), [
    { name: 'matchstream_info', labels: { version: '0.0.0' }, value: 1 },
  ]);
});

views.run();
