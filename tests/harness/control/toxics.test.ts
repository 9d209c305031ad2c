/** What toxics mean for datagrams: knobs, acts on flows, and what cannot stand together. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { conditionsOfFlow } from '../../../harness/impairment/conditions.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { fakeControl } from './fakeProxies.ts';
import type { Answer, Fake } from './fakeProxies.ts';

const meaning = suite('what a toxic means');

async function started(): Promise<Fake & { add: (toxic: object) => Promise<Answer> }> {
  const fake = fakeControl();
  await fake.ask('POST', '/proxies', { name: 'p', upstream: '127.0.0.1:1', seed: 's' });
  return { ...fake, add: (toxic) => fake.ask('POST', '/proxies/p/toxics', toxic) };
}

const messageOf = ({ body }: Answer): string => (body as { error: string }).error;

/** What a flow gets. */
const configOf = ({ last }: Fake, flow = 1): Record<'down' | 'up', ImpairmentConfig> =>
  conditionsOfFlow(last().conditions, 's', flow);

meaning('latency is a delay with uniform jitter that keeps the order, and several add up', async () => {
  const fake = await started();
  await fake.add({ type: 'latency', attributes: { latency: 100, jitter: 20 } });
  await fake.add({ type: 'latency', name: 'more', attributes: { latency: 50 } });
  await fake.add({ type: 'latency', stream: 'upstream', attributes: { latency: 7 } });
  const { down, up } = configOf(fake);
  assert.equal(down.delay, { delayNs: 150e6, jitterNs: 20e6, distribution: 'uniform', keepOrder: true });
  assert.is(up.delay?.delayNs, 7e6);
});

meaning(
  'delays that add up to more than a delay can be are refused, whatever share of flows each has',
  async () => {
    const fake = await started();
    const attributes = { latency: 100 * 24 * 3600 * 1000 };
    assert.is((await fake.add({ type: 'latency', attributes })).status, 200);
    const refused = await fake.add({ type: 'latency', name: 'more', toxicity: 0.01, attributes });
    assert.is(refused.status, 400);
    assert.match(messageOf(refused), /^--delay: expected whole nanoseconds/);
    assert.is(configOf(fake).down.delay?.delayNs, 8.64e15);
  },
);

meaning('bandwidth is a rate of kilobytes a second, with a queue', async () => {
  const fake = await started();
  const first = await fake.add({ type: 'bandwidth', attributes: { rate: 100 } });
  assert.equal((first.body as { attributes: object }).attributes, { rate: 100 });
  assert.equal(configOf(fake).down.rate, readKnobs({ rate: '800kbit' }).rate);
  const second = await fake.add({ type: 'bandwidth', stream: 'upstream', attributes: { rate: 1, queue: 5 } });
  assert.equal((second.body as { attributes: object }).attributes, { rate: 1, queue: 5 });
  assert.equal(configOf(fake).up.rate, readKnobs({ rate: '8kbit', queue: '5' }).rate);
  const none = await fake.add({ type: 'bandwidth', name: 'none', attributes: {} });
  assert.is(
    messageOf(none),
    'bad request body: attributes.rate: expected a whole number from 1 to 125000000, got 0',
  );
});

meaning('timeout loses everything, and closes each flow after its time', async () => {
  const fake = await started();
  const handle = fake.last();
  handle.open(1);
  await fake.add({ type: 'timeout', attributes: { timeout: 500 } });
  assert.is(configOf(fake).down.outages.length, 1);
  fake.machine.pass(400);
  handle.open(2);
  assert.equal(handle.acts, []);
  fake.machine.pass(100);
  assert.equal(handle.acts, ['close 1']);
  fake.machine.pass(400);
  assert.equal(handle.acts, ['close 1', 'close 2']);
});

meaning('timeout 0 closes nothing, and what is removed or changed acts no more', async () => {
  const fake = await started();
  const handle = fake.last();
  handle.open(1);
  await fake.add({ type: 'timeout', attributes: { timeout: 0 } });
  assert.is(fake.machine.timers, 0);
  const path = '/proxies/p/toxics/timeout_downstream';
  await fake.ask('PATCH', path, { attributes: { timeout: 100 } });
  assert.is(fake.machine.timers, 1);
  await fake.ask('PATCH', path, { attributes: { timeout: 300 } });
  assert.is(fake.machine.timers, 1);
  fake.machine.pass(200);
  assert.equal(handle.acts, []);
  await fake.ask('DELETE', path);
  assert.is(fake.machine.timers, 0);
  assert.equal(configOf(fake).down.outages, []);
});

meaning('limit_data lets so many bytes of a stream through', async () => {
  const fake = await started();
  const { body } = await fake.add({ type: 'limit_data', attributes: { bytes: 1500 } });
  assert.equal((body as { attributes: object }).attributes, { bytes: 1500 });
  assert.is(configOf(fake).down.dropAfterBytes, 1500);
});

meaning('reset_peer gives each flow a new port towards the server', async () => {
  const fake = await started();
  const handle = fake.last();
  handle.open(1);
  await fake.add({ type: 'reset_peer', attributes: { timeout: 100 } });
  assert.equal(fake.last().conditions.shares, [], 'no datagram is touched');
  handle.open(2);
  fake.machine.pass(100);
  assert.equal(handle.acts, ['rebind 1', 'rebind 2']);
  await fake.ask('DELETE', '/proxies/p');
  assert.is(fake.machine.timers, 0);
});

meaning('what was to become of a flow is not done to one of the same number after a move', async () => {
  const fake = await started();
  fake.last().open(1);
  await fake.add({ type: 'timeout', attributes: { timeout: 100 } });
  fake.machine.pass(50);
  await fake.ask('PATCH', '/proxies/p', { listen: '127.0.0.1:7000' });
  fake.last().open(1);
  fake.machine.pass(60);
  assert.equal(fake.last().acts, []);
  fake.machine.pass(40);
  assert.equal(fake.last().acts, ['close 1']);
});

meaning('what was to become of a flow is not done to one that opens later with its number', async () => {
  const fake = await started();
  await fake.add({ type: 'timeout', attributes: { timeout: 100 } });
  fake.last().open(1);
  fake.machine.pass(50);
  fake.last().open(1);
  fake.machine.pass(60);
  assert.equal(fake.last().acts, []);
  fake.machine.pass(40);
  assert.equal(fake.last().acts, ['close 1']);
  assert.is(fake.machine.timers, 0);
});

meaning('an act has the toxicity of its toxic: the first draw of its own stream', async () => {
  const fake = await started();
  const handle = fake.last();
  await fake.add({ type: 'reset_peer', toxicity: 0.3 });
  for (let flow = 1; flow <= 200; flow += 1) handle.open(flow);
  fake.machine.pass(0);
  const wanted = Array.from({ length: 200 }, (_, k) => k + 1)
    .filter((flow) => randomStream(`s/${flow}/down/toxicity/reset_peer_downstream`).draw() < 0.3)
    .map((flow) => `rebind ${flow}`);
  assert.equal(handle.acts, wanted);
  assert.ok(wanted.length > 30 && wanted.length < 90, `${wanted.length}`);
});

meaning('timers of flows that have closed do not pile up', async () => {
  const fake = await started();
  const handle = fake.last();
  await fake.add({ type: 'timeout', attributes: { timeout: 8_640_000_000 } });
  for (let flow = 1; flow <= 20_000; flow += 1) {
    handle.open(flow);
    handle.flows = [flow];
  }
  assert.ok(fake.machine.timers <= 1025, `${fake.machine.timers}`);
});

meaning('every knob is a type, with itself and others as attributes', async () => {
  const fake = await started();
  const drop = await fake.add({ type: 'drop', attributes: { drop: '5%', dropMaxRun: '3' }, toxicity: 1 });
  assert.equal(drop.body, {
    attributes: { drop: '5%', dropMaxRun: '3' },
    name: 'drop_downstream',
    type: 'drop',
    stream: 'downstream',
    toxicity: 1,
  });
  await fake.add({ type: 'reorder', attributes: { reorder: '5%', reorderDistance: '3' } });
  assert.equal(
    configOf(fake).down,
    readKnobs({ drop: '5%', dropMaxRun: '3', reorder: '5%', reorderDistance: '3' }),
  );
  const path = '/proxies/p/toxics/drop_downstream';
  const changed = await fake.ask('PATCH', path, { attributes: { drop: '6%' } });
  assert.equal((changed.body as { attributes: object }).attributes, { drop: '6%', dropMaxRun: '3' });
});

meaning('wrong attributes are refused in the words of the command line', async () => {
  const { add } = await started();
  assert.is(
    messageOf(await add({ type: 'drop', attributes: {} })),
    'attributes.drop: expected a value, as in --drop <ratio>, got none',
  );
  assert.match(
    messageOf(await add({ type: 'drop', attributes: { drop: '5' } })),
    /^attributes\.drop: expected a ratio .* did you mean 5%\?$/,
  );
  assert.match(
    messageOf(await add({ type: 'drop', attributes: { drop: 0.05 } })),
    /^attributes\.drop: expected text/,
  );
  assert.match(
    messageOf(await add({ type: 'drop', attributes: { drop: '5%', dorp: '1' } })),
    /^attributes: no such knob as "dorp"; did you mean drop\?$/,
  );
  assert.match(
    messageOf(await add({ type: 'latency', attributes: { latncy: 5 } })),
    /no such key as "latncy"; did you mean latency\?$/,
  );
  assert.match(
    messageOf(await add({ type: 'dropMaxRun', attributes: { dropMaxRun: '3' } })),
    /^attributes\.dropMaxRun: expected .*drop.* beside it, got none$/,
  );
  for (const type of ['slicer', 'slow_close', 'noop', 'shared', 'rebind'])
    assert.match(messageOf(await add({ type })), /^invalid toxic type: \S+ .{20}/);
});

meaning('two that set the same of one stream are refused, whatever their types', async () => {
  const { add, last } = await started();
  await add({ type: 'drop', attributes: { drop: '5%' } });
  const epoch = last().epoch;
  const again = await add({ type: 'drop', name: 'b', attributes: { drop: '6%' } });
  assert.equal(
    [again.status, messageOf(again)],
    [
      400,
      '"b" and "drop_downstream" set the same of one stream, and only delays add up; update the one there is, or remove it first',
    ],
  );
  assert.is((await add({ type: 'dropExact', attributes: { dropExact: '5%/100' } })).status, 400);
  assert.is(
    (await add({ type: 'drop', name: 'b', stream: 'upstream', attributes: { drop: '6%' } })).status,
    200,
  );
  await add({ type: 'reset_peer' });
  assert.is((await add({ type: 'reset_peer', name: 'c' })).status, 400);
  assert.is(last().epoch, epoch + 2, 'what is refused is no change');
});

meaning('what some flow could get is looked at: every combination of what acts on some only', async () => {
  const { add, ask } = await started();
  await ask('PUT', '/proxies/p/conditions', { down: { drop: '1%', dropMaxRun: '2' } });
  // Beside the proxy's own longest run, an exact number of losses cannot be kept.
  const exact = await add({ type: 'dropExact', toxicity: 0.5, attributes: { dropExact: '5%/100' } });
  assert.is(exact.status, 400);
  assert.match(messageOf(exact), /--drop-max-run/);
});

meaning('there is a bound on toxics of a proxy, and on those of some flows', async () => {
  const { add } = await started();
  for (let k = 0; k < 64; k += 1)
    assert.is((await add({ type: 'latency', name: `${k}`, toxicity: 0.5 })).status, 200);
  assert.is((await add({ type: 'latency', name: 'more' })).status, 400);
});

meaning.run();

const own = suite('a proxy’s own conditions');

own('are replaced a direction at a time, whole, and toxics stay', async () => {
  const fake = await started();
  await fake.add({ type: 'latency', attributes: { latency: 5 } });
  const path = '/proxies/p/conditions';
  assert.equal((await fake.ask('GET', path)).body, { epoch: 2, down: {}, up: {} });
  const put = await fake.ask('PUT', path, { down: { drop: '5%', mtu: '1200' } });
  assert.equal(put, { status: 200, body: { epoch: 3, down: { drop: '5%', mtu: '1200' }, up: {} } });
  const next = await fake.ask('PUT', path, { up: { delay: '5ms' }, down: { drop: '1%' } });
  assert.equal(next.body, { epoch: 4, down: { drop: '1%' }, up: { delay: '5ms' } });
  const { down } = configOf(fake);
  assert.equal([down.mtuBytes, down.delay?.delayNs], [null, 5e6]);
  const wrong = await fake.ask('PUT', path, { down: { drop: '5' } });
  assert.is(wrong.status, 400);
  assert.match(messageOf(wrong), /^down\.drop: expected a ratio/);
  assert.is(
    messageOf(await fake.ask('PUT', path, { up: { dorp: '5%' } })),
    'up: no such knob as "dorp"; did you mean drop?',
  );
  assert.is(fake.last().epoch, 4);
});

own('what the engine refuses has changed nothing', async () => {
  const fake = await started();
  const path = '/proxies/p/conditions';
  await fake.ask('PUT', path, { down: { drop: '5%' } });
  const refused = await fake.ask('PUT', path, { down: { rate: '1mbit', shared: true } });
  assert.is(refused.status, 400);
  assert.equal((await fake.ask('GET', path)).body, { epoch: 2, down: { drop: '5%' }, up: {} });
});

own('what has not changed is the same value for the engine', async () => {
  const fake = await started();
  await fake.ask('PUT', '/proxies/p/conditions', { down: { drop: '5%' } });
  const { down } = fake.last().conditions;
  await fake.add({ type: 'latency', attributes: { latency: 5 } });
  assert.is(fake.last().conditions.down, down);
});

own('an outage loses all, both ways, for so long, and then all is as before', async () => {
  const fake = await started();
  await fake.add({ type: 'outage', attributes: { outage: '5s..6s' } });
  await fake.ask('PUT', '/proxies/p/conditions', { down: { drop: '5%', spare: '3' } });
  const before = fake.last().conditions;
  const isOut = (): boolean => {
    const { down, up } = configOf(fake);
    return [down, up].every(({ outages, spare }) => outages[0]?.fromNs === 0 && spare === 0);
  };
  assert.is((await fake.ask('POST', '/proxies/p/outage', { duration: '2s' })).status, 200);
  assert.ok(isOut());
  // A change meanwhile holds afterwards, and a second outage takes the place of the first.
  await fake.add({ type: 'latency', attributes: { latency: 5 } });
  assert.ok(isOut());
  fake.machine.pass(1500);
  await fake.ask('POST', '/proxies/p/outage', { duration: '1s' });
  fake.machine.pass(900);
  assert.ok(isOut());
  fake.machine.pass(100);
  assert.not.ok(isOut());
  assert.is(fake.last().conditions.down, before.down);
  assert.is(configOf(fake).down.delay?.delayNs, 5e6);
  for (const body of [{}, { duration: '0' }, { duration: 5 }, { duration: 'x' }, []])
    assert.is((await fake.ask('POST', '/proxies/p/outage', body)).status, 400, JSON.stringify(body));
});

own('a rebinding is one of all flows', async () => {
  const fake = await started();
  assert.is((await fake.ask('POST', '/proxies/p/rebind')).status, 200);
  assert.equal(fake.last().acts, ['rebind all']);
  assert.is((await fake.ask('POST', '/proxies/none/rebind')).status, 404);
});

own('a proxy may be created with its own knobs, seed and protocol', async () => {
  const fake = fakeControl();
  const plan = { name: 'q', upstream: '127.0.0.1:1', seed: '42', protocol: 'rtp', up: { drop: '5%' } };
  assert.is((await fake.ask('POST', '/proxies', plan)).status, 201);
  const { seed, protocol, conditions } = fake.last().opened;
  assert.equal([seed, protocol, conditions.up], ['42', 'rtp', readKnobs({ drop: '5%' })]);
  assert.is((await fake.ask('POST', '/proxies', { ...plan, name: 'r', protocol: 'tcp' })).status, 400);
  assert.is((await fake.ask('POST', '/proxies', { ...plan, name: 'r', up: { drop: 'x' } })).status, 400);
  const other = await fake.ask('POST', '/populate', [
    { ...plan, listen: '127.0.0.1:40001', protocol: 'any' },
  ]);
  assert.is(other.status, 400);
  assert.match(messageOf(other), /remove it first$/);
});

own.run();

const reach = suite('where proxies listen and send to');

reach('beyond loopback only where it was allowed', async () => {
  const { ask } = fakeControl();
  const create = (listen: string, upstream: string): Promise<Answer> =>
    ask('POST', '/proxies', { name: `${listen} ${upstream}`, listen, upstream });
  assert.is((await create('127.0.0.1:1', '10.1.2.3:53')).status, 201);
  assert.is((await create('[::1]:2', 'server:53')).status, 201, 'a name is judged by its address');
  const up = await create('127.0.0.1:3', '192.0.2.1:53');
  assert.equal(
    [up.status, messageOf(up)],
    [
      400,
      'upstream: expected an address of loopback, or one that was allowed, got 192.0.2.1; start matchstream with --allow-upstream 192.0.2.1',
    ],
  );
  const down = await create('0.0.0.0:4', '127.0.0.1:1');
  assert.match(messageOf(down), /^listen: .*--allow-listen 0\.0\.0\.0$/);
  assert.match(messageOf(await create('127.0.0.1:5', 'nowhere:1')), /^upstream: expected a host/);
  assert.match(messageOf(await create('127.0.0.1:5', '127.0.0.1:0')), /^upstream: expected a port/);
  assert.match(messageOf(await create('x', '127.0.0.1:1')), /^listen: expected HOST:PORT/);
});

reach('names of many proxies are looked up at once: it takes as long as one', async () => {
  const { machine, ask } = fakeControl();
  const plans = [1, 2, 3, 4, 5].map((k) => ({ name: `p${k}`, upstream: 'server:53', listen: 'localhost:0' }));
  const waiting: (() => void)[] = [];
  const { resolve } = machine;
  Object.assign(machine, {
    resolve: async (host: string, what: string): Promise<string> => {
      await new Promise<void>((found) => waiting.push(found));
      return resolve(host, what);
    },
  });
  const populated = ask('POST', '/populate', plans);
  for (let turns = 0; turns < 100 && waiting.length < 10; turns += 1) await Promise.resolve();
  await new Promise((resolved) => setImmediate(resolved));
  assert.is(waiting.length, 10);
  for (const found of waiting) found();
  assert.is((await populated).status, 201);
});

reach('what a proxy of the command has already is not asked for again', async () => {
  const { proxies, machine, ask } = fakeControl();
  const ends = { listen: { address: '0.0.0.0', port: 9000 }, upstream: { address: '192.0.2.1', port: 53 } };
  const conditions = { down: readKnobs({}), up: readKnobs({}) };
  const plan = {
    name: 'own',
    listen: '0.0.0.0:9000',
    upstream: 'dns.example:53',
    enabled: true,
    protocol: 'any',
    seed: '7',
    base: null,
  };
  const handle = await machine.open({ ...plan, ...ends, conditions, flowOpened: () => undefined });
  proxies.adopt(plan, ends, handle);
  const body = { name: 'own', listen: '0.0.0.0:9000', upstream: 'dns.example:53' };
  assert.is((await ask('POST', '/proxies/own', { ...body, enabled: false })).status, 200);
  assert.is((await ask('POST', '/populate', [body])).status, 201);
  assert.is((await ask('POST', '/reset')).status, 204);
  assert.is(handle.isOpen, true);
  for (const [method, path, sent] of [
    ['DELETE', '/proxies/own', undefined],
    ['POST', '/proxies/own', { listen: '127.0.0.1:1' }],
    ['POST', '/populate', [{ ...body, listen: '127.0.0.1:1' }]],
  ] as const) {
    const refused = await ask(method, path, sent);
    assert.is(refused.status, 400);
    assert.match(messageOf(refused), /^"own" is the command’s own proxy, and cannot be /);
  }
  // It is the command that ends it; but nothing is left that would keep the program from ending.
  await ask('POST', '/proxies/own/outage', { duration: '1h' });
  assert.is(machine.timers, 1);
  await proxies.close();
  assert.equal([machine.timers, handle.isOpen], [0, true]);
});

reach.run();
