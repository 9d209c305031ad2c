/** toxiproxy's client for Node, over TCP, does all that it can. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import toxiproxy from 'toxiproxy-node-client';
import type { ICreateToxicBody, Latency } from 'toxiproxy-node-client';
import { serveHttp } from '../../../harness/control/httpServer.ts';
import { fakeControl } from '../../harness/control/fakeProxies.ts';
import type { Fake } from '../../harness/control/fakeProxies.ts';
import { thrownBy } from '../../refusals.ts';

const { Toxiproxy } = toxiproxy;
const client = suite('toxiproxy’s client for Node');

async function connected(
  work: (client: InstanceType<typeof Toxiproxy>, fake: Fake) => Promise<void>,
): Promise<void> {
  const fake = fakeControl();
  const server = await serveHttp(fake.app.fetch, { host: '127.0.0.1', port: 0 });
  try {
    await work(new Toxiproxy(`http://127.0.0.1:${server.listening.port}`), fake);
  } finally {
    await server.close();
  }
}

const REDIS = { name: 'redis', listen: 'localhost:0', upstream: 'localhost:6379' };
const LATENCY: ICreateToxicBody<Latency> = {
  name: 'slow',
  type: 'latency',
  stream: 'upstream',
  toxicity: 0.5,
  attributes: { latency: 100, jitter: 10 },
};

client('creates, finds, lists, changes and removes a proxy', () =>
  connected(async (api, { last }) => {
    const proxy = await api.createProxy(REDIS);
    const { name, listen, upstream, enabled } = proxy;
    assert.equal({ name, listen, upstream, enabled }, { ...REDIS, listen: '127.0.0.1:40001', enabled: true });
    assert.is((await api.get('redis')).listen, '127.0.0.1:40001');
    assert.equal(Object.keys(await api.getAll()), ['redis']);
    const disabled = await proxy.update({ enabled: false, listen, upstream });
    assert.equal([disabled.enabled, last().isOpen], [false, false]);
    const moved = await proxy.update({ enabled: true, listen: '127.0.0.1:7000', upstream: 'localhost:7' });
    assert.equal([moved.enabled, moved.listen, moved.upstream], [true, '127.0.0.1:7000', 'localhost:7']);
    await proxy.remove();
    assert.equal(await api.getAll(), {});
    assert.match(String(await thrownBy(() => api.get('redis'))), /status code 404/);
  }),
);

client('populates', () =>
  connected(async (api) => {
    const first = await api.populate([REDIS, { ...REDIS, name: 'web', listen: 'localhost:6001' }]);
    assert.equal(Object.keys(first), ['redis', 'web']);
    const second = await api.populate([{ ...REDIS, name: 'web', listen: 'localhost:6001' }]);
    assert.is(second['web']?.listen, '127.0.0.1:6001');
  }),
);

client('adds toxics with toxicity, reads, changes and removes them', () =>
  connected(async (api, { last }) => {
    const proxy = await api.createProxy(REDIS);
    const toxic = await proxy.addToxic(LATENCY);
    assert.equal(toxic.toJson(), LATENCY);
    assert.is(last().conditions.shares?.[0]?.toxicity, 0.5);
    assert.equal((await proxy.getToxic<Latency>('slow')).attributes, { latency: 100, jitter: 10 });
    const changed = await toxic.update({ ...LATENCY, attributes: { latency: 5, jitter: 0 }, toxicity: 1 });
    assert.equal([changed.attributes, changed.toxicity], [{ latency: 5, jitter: 0 }, 1]);
    await changed.remove();
    assert.match(String(await thrownBy(() => proxy.getToxic('slow'))), /status code 404/);
    assert.match(
      String(await thrownBy(() => proxy.addToxic({ ...LATENCY, type: 'slicer' }))),
      /status code 400/,
    );
  }),
);

client('resets, and asks for the version', () =>
  connected(async (api, { last }) => {
    const proxy = await api.createProxy(REDIS);
    await proxy.addToxic(LATENCY);
    await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    await api.reset();
    const { enabled } = await api.get('redis');
    assert.equal([enabled, last().isOpen, last().conditions.shares], [true, true, []]);
    assert.equal(JSON.parse(await api.getVersion()), { version: '2.12.0' });
  }),
);

client.run();
