/** toxiproxy's routes: statuses and bodies, literally as its clients get them from it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeControl } from './fakeProxies.ts';
import type { Fake } from './fakeProxies.ts';

const routes = suite('the routes of toxiproxy');

const REDIS = { name: 'redis', listen: '127.0.0.1:6000', upstream: 'localhost:6379' };
const REDIS_ANSWER = { ...REDIS, enabled: true, toxics: [] };
const LATENCY = { type: 'latency', attributes: { latency: 100, jitter: 20 } };
const LATENCY_ANSWER = {
  attributes: { latency: 100, jitter: 20 },
  name: 'latency_downstream',
  type: 'latency',
  stream: 'downstream',
  toxicity: 1,
};

const error = (status: number, text: string): object => ({ status, body: { error: text, status } });

async function withRedis(): Promise<Fake> {
  const fake = fakeControl();
  assert.is((await fake.ask('POST', '/proxies', REDIS)).status, 201);
  return fake;
}

routes('the version is one that clients change things by PATCH for', async () => {
  assert.equal(await fakeControl().ask('GET', '/version'), { status: 200, body: { version: '2.12.0' } });
});

routes('a proxy is created, shown, listed and deleted', async () => {
  const { ask, last } = fakeControl();
  assert.equal(await ask('GET', '/proxies'), { status: 200, body: {} });
  assert.equal(await ask('POST', '/proxies', REDIS), { status: 201, body: REDIS_ANSWER });
  assert.equal(await ask('GET', '/proxies/redis'), { status: 200, body: REDIS_ANSWER });
  assert.equal(await ask('GET', '/proxies'), { status: 200, body: { redis: REDIS_ANSWER } });
  assert.equal(last().opened.upstream, { address: '127.0.0.1', port: 6379 });
  assert.is(last().opened.seed, '7/redis');
  assert.equal(await ask('DELETE', '/proxies/redis'), { status: 204, body: null });
  assert.is(last().isOpen, false);
  assert.equal(await ask('GET', '/proxies/redis'), error(404, 'proxy not found'));
  assert.equal(await ask('DELETE', '/proxies/redis'), error(404, 'proxy not found'));
});

routes('port 0 comes back as the port that it is, and no address as loopback', async () => {
  const { ask } = fakeControl();
  const listen = '127.0.0.1:40001';
  const { body } = await ask('POST', '/proxies', { ...REDIS, listen: 'localhost:0' });
  assert.equal(body, { ...REDIS_ANSWER, listen });
  const other = await ask('POST', '/proxies', { name: 'b', upstream: '127.0.0.1:1', enabled: null });
  assert.equal(other.body, {
    name: 'b',
    listen: '127.0.0.1:40002',
    upstream: '127.0.0.1:1',
    enabled: true,
    toxics: [],
  });
});

routes('what is missing, there already or not JSON is said', async () => {
  const { ask } = await withRedis();
  assert.equal(
    await ask('POST', '/proxies', { upstream: 'a:1' }),
    error(400, 'missing required field: name'),
  );
  assert.equal(await ask('POST', '/proxies', { name: 'a' }), error(400, 'missing required field: upstream'));
  assert.equal(await ask('POST', '/proxies', REDIS), error(409, 'proxy already exists'));
  assert.equal(await ask('POST', '/proxies', ''), error(400, 'bad request body: expected JSON, got nothing'));
  assert.match(JSON.stringify(await ask('POST', '/proxies', '{')), /"error":"bad request body: /);
  assert.equal(
    await ask('POST', '/proxies', []),
    error(400, 'bad request body: expected an object, got an array'),
  );
  assert.equal(
    await ask('POST', '/proxies', { ...REDIS, name: 5 }),
    error(400, 'bad request body: name: expected text, got 5'),
  );
});

routes('a port that is taken is the system’s refusal, and changes nothing', async () => {
  const { ask } = await withRedis();
  const { status, body } = await ask('POST', '/proxies', { ...REDIS, name: 'b' });
  assert.is(status, 500);
  assert.match((body as { error: string }).error, /^cannot listen on 127\.0\.0\.1:6000/);
  assert.equal(Object.keys((await ask('GET', '/proxies')).body as object), ['redis']);
});

for (const method of ['POST', 'PATCH']) {
  routes(`a proxy is disabled and enabled by ${method}, and its toxics stay`, async () => {
    const { ask, last } = await withRedis();
    await ask('POST', '/proxies/redis/toxics', LATENCY);
    const off = await ask(method, '/proxies/redis', { enabled: false });
    assert.equal(off, { status: 200, body: { ...REDIS_ANSWER, enabled: false, toxics: [LATENCY_ANSWER] } });
    assert.is(last().isOpen, false);
    // As the Go client has it: the whole proxy.
    const on = await ask(method, '/proxies/redis', { ...REDIS_ANSWER, toxics: null });
    assert.equal(on, { status: 200, body: { ...REDIS_ANSWER, toxics: [LATENCY_ANSWER] } });
    assert.is(last().isOpen, true);
  });

  routes(`a proxy is sent elsewhere, and moved, by ${method}`, async () => {
    const { ask, machine, last } = await withRedis();
    await ask('POST', '/proxies/redis/toxics', LATENCY);
    const sent = await ask(method, '/proxies/redis', { upstream: 'localhost:7000' });
    assert.is((sent.body as typeof REDIS).upstream, 'localhost:7000');
    assert.equal([machine.handles.length, last().acts], [1, ['to 127.0.0.1:7000']]);
    const moved = await ask(method, '/proxies/redis', { listen: '127.0.0.1:6001' });
    assert.equal(moved.body, {
      ...REDIS_ANSWER,
      listen: '127.0.0.1:6001',
      upstream: 'localhost:7000',
      toxics: [LATENCY_ANSWER],
    });
    assert.equal(
      machine.handles.map(({ isOpen }) => isOpen),
      [false, true],
    );
    assert.is(last().opened.conditions.shares?.length, 1, 'it begins with the toxics that there are');
  });
}

routes('a proxy that is created disabled has no port until it is enabled', async () => {
  const { ask, machine, last } = fakeControl();
  const { body } = await ask('POST', '/proxies', { ...REDIS, enabled: false });
  assert.equal(body, { ...REDIS_ANSWER, enabled: false });
  assert.is(machine.handles.length, 0);
  await ask('POST', '/proxies/redis/toxics', LATENCY);
  await ask('POST', '/proxies/redis', { enabled: true });
  assert.is(last().opened.conditions.shares?.length, 1);
});

routes('populating leaves alone what is there, replaces what differs, adds what is new', async () => {
  const { ask, machine } = await withRedis();
  await ask('POST', '/proxies/redis/toxics', LATENCY);
  const web = { name: 'web', listen: '127.0.0.1:6100', upstream: '127.0.0.1:80', enabled: false };
  const first = await ask('POST', '/populate', [REDIS, web]);
  assert.equal(first, {
    status: 201,
    body: {
      proxies: [
        { ...REDIS_ANSWER, toxics: [LATENCY_ANSWER] },
        { ...web, toxics: [] },
      ],
    },
  });
  assert.is(machine.handles.length, 1);
  const other = await ask('POST', '/populate', [
    { ...REDIS, upstream: 'localhost:1' },
    { ...web, listen: '127.0.0.1:6101' },
  ]);
  assert.equal(other.body, {
    proxies: [
      { ...REDIS_ANSWER, upstream: 'localhost:1' },
      { ...web, listen: '127.0.0.1:6101', toxics: [] },
    ],
  });
  assert.is(machine.handles.length, 1, 'the port stays where only the upstream differs');
  const moved = await ask('POST', '/populate', [{ ...REDIS, listen: '127.0.0.1:6002' }]);
  assert.equal(moved.body, { proxies: [{ ...REDIS_ANSWER, listen: '127.0.0.1:6002' }] });
  assert.equal(
    machine.handles.map(({ isOpen }) => isOpen),
    [false, true],
  );
});

routes('populating is all or nothing', async () => {
  const { ask, machine } = await withRedis();
  const good = { name: 'good', listen: '127.0.0.1:6200', upstream: '127.0.0.1:1' };
  const before = await ask('GET', '/proxies');
  assert.equal(
    await ask('POST', '/populate', [good, { name: 'bad' }]),
    error(400, 'missing required field: upstream at proxy 2'),
  );
  assert.equal(
    await ask('POST', '/populate', [good, good]),
    error(409, 'proxy already exists: "good" is the name of proxy 1 and 2'),
  );
  assert.is((await ask('POST', '/populate', [good, { ...good, name: 'same port' }])).status, 500);
  assert.is(
    (await ask('POST', '/populate', [good, { ...good, name: 'b', listen: '192.0.2.1:1' }])).status,
    400,
  );
  assert.equal(
    await ask('POST', '/populate', {}),
    error(400, 'bad request body: expected an array of proxies, got an object'),
  );
  assert.equal(await ask('GET', '/proxies'), before);
  assert.equal(machine.handles.filter(({ isOpen }) => isOpen).length, 1);
});

routes('a toxic is added, shown, listed, changed and removed', async () => {
  const { ask, last } = await withRedis();
  assert.equal(await ask('GET', '/proxies/redis/toxics'), { status: 200, body: [] });
  assert.equal(await ask('POST', '/proxies/redis/toxics', LATENCY), { status: 200, body: LATENCY_ANSWER });
  assert.equal(last().conditions.shares, [
    {
      name: 'latency_downstream',
      direction: 'down',
      toxicity: 1,
      knobs: { delay: '100ms', jitter: '20ms', keepOrder: true },
    },
  ]);
  const path = '/proxies/redis/toxics/latency_downstream';
  assert.equal(await ask('GET', path), { status: 200, body: LATENCY_ANSWER });
  const changed = { ...LATENCY_ANSWER, attributes: { latency: 5, jitter: 20 }, toxicity: 0.5 };
  assert.equal(await ask('PATCH', path, { attributes: { latency: 5 }, toxicity: 0.5 }), {
    status: 200,
    body: changed,
  });
  assert.equal(await ask('POST', path, { attributes: { jitter: 0 } }), {
    status: 200,
    body: { ...changed, attributes: { latency: 5, jitter: 0 } },
  });
  assert.is(last().epoch, 4, 'each change is an epoch');
  assert.equal(await ask('DELETE', path), { status: 204, body: null });
  assert.equal(last().conditions.shares, []);
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
    assert.equal(await ask(method, path, method === 'GET' ? undefined : {}), error(404, 'toxic not found'));
});

routes('those of the way up are listed first', async () => {
  const { ask } = await withRedis();
  await ask('POST', '/proxies/redis/toxics', { type: 'latency' });
  await ask('POST', '/proxies/redis/toxics', {
    type: 'bandwidth',
    stream: 'Upstream',
    attributes: { rate: 10 },
  });
  await ask('POST', '/proxies/redis/toxics', { type: 'timeout' });
  const { body } = await ask('GET', '/proxies/redis/toxics');
  assert.equal(
    (body as { name: string }[]).map(({ name }) => name),
    ['bandwidth_upstream', 'latency_downstream', 'timeout_downstream'],
  );
});

routes('a toxic that there cannot be is refused as toxiproxy refuses it', async () => {
  const { ask } = await withRedis();
  const add = (toxic: object): Promise<unknown> => ask('POST', '/proxies/redis/toxics', toxic);
  await add(LATENCY);
  assert.equal(await add({ type: 'bogus' }), error(400, 'invalid toxic type'));
  assert.equal(await add({ type: '__proto__' }), error(400, 'invalid toxic type'));
  assert.equal(await add({}), error(400, 'invalid toxic type'));
  assert.equal(
    await add({ type: 'bogus', stream: 'sideways' }),
    error(400, 'stream was invalid, can be either upstream or downstream'),
  );
  assert.equal(await add(LATENCY), error(409, 'toxic already exists'));
  assert.equal(await add({ ...LATENCY, attributes: { latency: 'x' } }), error(409, 'toxic already exists'));
  assert.equal(
    await add({ ...LATENCY, name: 'b', toxicity: 2 }),
    error(400, 'bad request body: toxicity: expected a number from 0 to 1, got 2'),
  );
  assert.equal(
    await add({ ...LATENCY, name: 'b', attributes: { latency: 1.5 } }),
    error(400, 'bad request body: attributes.latency: expected a whole number from 0 to 8640000000, got 1.5'),
  );
  assert.equal(await ask('POST', '/proxies/none/toxics', LATENCY), error(404, 'proxy not found'));
});

routes('resetting enables all and removes all toxics', async () => {
  const { ask, last } = await withRedis();
  await ask('POST', '/proxies/redis/toxics', LATENCY);
  await ask('POST', '/proxies/redis', { enabled: false });
  assert.equal(await ask('POST', '/reset'), { status: 204, body: null });
  assert.equal(await ask('GET', '/proxies'), { status: 200, body: { redis: REDIS_ANSWER } });
  assert.is(last().isOpen, true);
  assert.equal(last().conditions.shares, []);
});

routes('a proxy that would send to itself is refused, whichever call would make it so', async () => {
  const { ask } = await withRedis();
  const before = await ask('GET', '/proxies');
  for (const [method, path, sent] of [
    ['POST', '/proxies', { name: 'b', listen: '127.0.0.1:7', upstream: '127.0.0.1:7' }],
    ['POST', '/proxies/redis', { upstream: REDIS.listen }],
    ['POST', '/proxies/redis', { upstream: REDIS.listen, enabled: false }],
    [
      'POST',
      '/populate',
      [
        { name: 'c', upstream: '127.0.0.1:1' },
        { ...REDIS, upstream: REDIS.listen },
      ],
    ],
  ] as const)
    assert.is((await ask(method, path, sent)).status, 400);
  assert.equal(await ask('GET', '/proxies'), before);
});

routes('resetting is all or nothing', async () => {
  const { ask } = await withRedis();
  await ask('POST', '/proxies/redis', { enabled: false });
  await ask('POST', '/proxies/redis/toxics', LATENCY);
  // It has the port meanwhile, and one that is disabled wants it, too.
  await ask('POST', '/proxies', { ...REDIS, name: 'b', enabled: false });
  const before = await ask('GET', '/proxies');
  assert.is((await ask('POST', '/reset')).status, 500);
  assert.equal(await ask('GET', '/proxies'), before);
});

routes('moving and enabling at once is all or nothing', async () => {
  const { ask } = await withRedis();
  await ask('POST', '/proxies', { ...REDIS, name: 'b', listen: '127.0.0.1:6009', enabled: false });
  const before = await ask('GET', '/proxies');
  const refused = await ask('POST', '/proxies/b', {
    listen: REDIS.listen,
    upstream: 'localhost:1',
    enabled: true,
  });
  assert.is(refused.status, 500);
  assert.equal(await ask('GET', '/proxies'), before);
  await ask('POST', '/proxies/redis', { enabled: false });
  const moved = await ask('POST', '/proxies/b', {
    listen: REDIS.listen,
    upstream: 'localhost:1',
    enabled: true,
  });
  assert.equal(moved.body, {
    name: 'b',
    listen: REDIS.listen,
    upstream: 'localhost:1',
    enabled: true,
    toxics: [],
  });
});

routes('a path that there is not, and a method that it has not, are told in JSON', async () => {
  const { ask, app } = await withRedis();
  assert.equal(await ask('GET', '/nothing'), error(404, 'no such path: GET /nothing'));
  assert.equal(await ask('GET', '/proxies/'), error(404, 'no such path: GET /proxies/'));
  assert.equal(
    await ask('PUT', '/proxies', {}),
    error(405, 'method not allowed: expected GET, POST, got PUT'),
  );
  assert.equal(await ask('GET', '/reset'), error(405, 'method not allowed: expected POST, got GET'));
  const response = await app.request(
    '/populate',
    { headers: { host: 'localhost' } },
    { incoming: { socket: { remoteAddress: '::1' } } },
  );
  assert.is(response.headers.get('allow'), 'POST');
});

routes('browsers are kept out, but for our page', async () => {
  const { ask } = await withRedis();
  const headers = { 'user-agent': 'Mozilla/5.0' };
  assert.equal(await ask('GET', '/proxies', undefined, headers), error(403, 'user agent not allowed'));
  assert.is((await ask('DELETE', '/proxies/redis', undefined, headers)).status, 403);
  assert.is((await ask('GET', '/proxies', undefined, { ...headers, 'x-matchstream': 'page' })).status, 200);
});

routes('a name of any characters is a name', async () => {
  const { ask } = fakeControl();
  for (const name of ['a/b', 'ü 😀', '__proto__', 'constructor', '%', 'a?b#c']) {
    const path = `/proxies/${encodeURIComponent(name)}`;
    assert.is((await ask('POST', '/proxies', { name, upstream: '127.0.0.1:1' })).status, 201, name);
    assert.is(((await ask('GET', path)).body as { name: string }).name, name);
    assert.ok(Object.hasOwn((await ask('GET', '/proxies')).body as object, name), name);
    assert.is((await ask('POST', `${path}/toxics`, { ...LATENCY, name })).status, 200);
    assert.is((await ask('DELETE', `${path}/toxics/${encodeURIComponent(name)}`)).status, 204, name);
    assert.is((await ask('DELETE', path)).status, 204, name);
  }
  // Half of a character cannot be written in a path either.
  for (const name of ['..', 'half \ud83d'])
    assert.is((await ask('POST', '/proxies', { name, upstream: '127.0.0.1:1' })).status, 400);
});

routes('a key that would do nothing is refused, wherever a request has one', async () => {
  const { ask, last } = await withRedis();
  const refused = async (method: string, path: string, body: object, text: string): Promise<void> =>
    assert.equal(await ask(method, path, body), error(400, text), path);
  const { epoch } = last();
  await refused(
    'POST',
    '/proxies',
    { ...REDIS, name: 'b', enabeld: false },
    'proxy: no such key as "enabeld"; did you mean enabled?',
  );
  await refused(
    'POST',
    '/populate',
    [REDIS, { ...REDIS, name: 'b', drop: '5%' }],
    'proxy 2: no such key as "drop"; expected one of name, listen, upstream, enabled, toxics, protocol, seed, down, up',
  );
  await refused(
    'PATCH',
    '/proxies/redis',
    { down: { drop: '5%' } },
    'proxy: no such key as "down"; expected one of name, listen, upstream, enabled, toxics',
  );
  const toxic = 'toxic: no such key as "latency"; expected one of name, type, stream, toxicity, attributes';
  await refused('POST', '/proxies/redis/toxics', { type: 'latency', latency: 100 }, toxic);
  await ask('POST', '/proxies/redis/toxics', LATENCY);
  await refused('PATCH', '/proxies/redis/toxics/latency_downstream', { latency: 100 }, toxic);
  await refused(
    'PUT',
    '/proxies/redis/conditions',
    { drop: '5%' },
    'conditions: no such key as "drop"; expected one of down, up, epoch',
  );
  await refused(
    'POST',
    '/proxies/redis/outage',
    { duration: '1s', stream: 'upstream' },
    'outage: no such key as "stream"; expected one of duration',
  );
  assert.is(last().epoch, epoch + 1, 'of all these only the toxic is a change');
  // As toxiproxy has it: null is nothing, letters are of either case, and what was answered may be sent back.
  const again = { Name: 'c', Upstream: REDIS.upstream, enabled: true, toxics: [], x: null };
  assert.is((await ask('POST', '/proxies', again)).status, 201);
  const { body } = await ask('GET', '/proxies/redis/conditions');
  assert.is((await ask('PUT', '/proxies/redis/conditions', body as object)).status, 200);
});

routes('a type that is nearly one is named', async () => {
  const { ask } = await withRedis();
  for (const [type, meant] of [
    ['latncy', 'latency'],
    ['dorp', 'drop'],
    ['reorderlist', 'reorderList'],
  ])
    assert.equal(
      await ask('POST', '/proxies/redis/toxics', { type }),
      error(400, `invalid toxic type: did you mean ${meant}?`),
    );
});

routes('a body of more than 64 KiB is refused', async () => {
  const { ask } = fakeControl();
  const padded = (bytes: number): string =>
    JSON.stringify({ name: 'a', upstream: '127.0.0.1:1' }).padEnd(bytes);
  assert.is((await ask('POST', '/proxies', padded(65_536))).status, 201);
  assert.equal(
    await ask('POST', '/proxies', padded(65_537)),
    error(413, 'request body too large: expected at most 65536 bytes'),
  );
});

routes.run();
