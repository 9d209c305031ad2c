/**
 * What the clients of toxiproxy for Go, Ruby and Python send, byte for byte as their sources have it, and what they need back.
 *
 * Read in: github.com/Shopify/toxiproxy (client/client.go, proxy.go, toxic.go), github.com/Shopify/toxiproxy-ruby (lib), and
 * github.com/douglas/toxiproxy-python (toxiproxy).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeControl } from './fakeProxies.ts';

const transcripts = suite('what toxiproxy’s clients send');

type Step = readonly [
  call: string,
  method: string,
  path: string,
  sent: string | undefined,
  status: number,
  got: unknown,
];

const JSON_TYPE = { 'content-type': 'application/json' };
const GO = { ...JSON_TYPE, 'user-agent': 'toxiproxy-cli', 'accept-encoding': 'gzip' };
const RUBY = {
  ...JSON_TYPE,
  'user-agent': 'Ruby',
  accept: '*/*',
  'accept-encoding': 'gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
};
const PYTHON = {
  ...JSON_TYPE,
  'user-agent': 'python-requests/2.32.3',
  accept: '*/*',
  'accept-encoding': 'gzip, deflate',
  connection: 'keep-alive',
};

const redis = {
  name: 'redis',
  listen: '127.0.0.1:40001',
  upstream: 'localhost:6379',
  enabled: true,
  toxics: [] as object[],
};
const latency = {
  attributes: { latency: 100, jitter: 0 },
  name: 'latency_downstream',
  type: 'latency',
  stream: 'downstream',
  toxicity: 1,
};

const GO_STEPS: readonly Step[] = [
  ['Version', 'GET', '/version', undefined, 200, { version: '2.12.0' }],
  [
    'CreateProxy',
    'POST',
    '/proxies',
    '{"name":"redis","listen":"127.0.0.1:0","upstream":"localhost:6379","enabled":true,"toxics":null}',
    201,
    redis,
  ],
  ['Proxies', 'GET', '/proxies', undefined, 200, { redis }],
  ['Proxy', 'GET', '/proxies/redis', undefined, 200, redis],
  [
    'proxy.AddToxic("", "latency", "downstream", 1, …)',
    'POST',
    '/proxies/redis/toxics',
    '{"name":"","type":"latency","stream":"downstream","toxicity":1,"attributes":{"jitter":0,"latency":100}}',
    200,
    latency,
  ],
  [
    'proxy.AddToxic without a stream',
    'POST',
    '/proxies/redis/toxics',
    '{"name":"slow","type":"bandwidth","toxicity":0.25,"attributes":{"rate":100}}',
    200,
    { attributes: { rate: 100 }, name: 'slow', type: 'bandwidth', stream: 'downstream', toxicity: 0.25 },
  ],
  [
    'proxy.UpdateToxic with toxicity −1',
    'PATCH',
    '/proxies/redis/toxics/slow',
    '{"attributes":{"rate":200}}',
    200,
    { attributes: { rate: 200 }, name: 'slow', type: 'bandwidth', stream: 'downstream', toxicity: 0.25 },
  ],
  [
    'proxy.UpdateToxic',
    'PATCH',
    '/proxies/redis/toxics/latency_downstream',
    '{"attributes":{"jitter":5},"toxicity":0.5}',
    200,
    { ...latency, attributes: { latency: 100, jitter: 5 }, toxicity: 0.5 },
  ],
  ['proxy.RemoveToxic', 'DELETE', '/proxies/redis/toxics/slow', undefined, 204, null],
  [
    'proxy.Toxics',
    'GET',
    '/proxies/redis/toxics',
    undefined,
    200,
    [{ ...latency, attributes: { latency: 100, jitter: 5 }, toxicity: 0.5 }],
  ],
  [
    'proxy.Disable, with the toxics that it read',
    'POST',
    '/proxies/redis',
    '{"name":"redis","listen":"127.0.0.1:40001","upstream":"localhost:6379","enabled":false,"toxics":[{"name":"latency_downstream","type":"latency","stream":"downstream","toxicity":0.5,"attributes":{"jitter":5,"latency":100}}]}',
    200,
    {
      ...redis,
      enabled: false,
      toxics: [{ ...latency, attributes: { latency: 100, jitter: 5 }, toxicity: 0.5 }],
    },
  ],
  ['ResetState', 'POST', '/reset', '', 204, null],
  [
    'Populate',
    'POST',
    '/populate',
    '[{"name":"redis","listen":"127.0.0.1:40001","upstream":"localhost:6379","enabled":true,"toxics":null},{"name":"web","listen":"127.0.0.1:8081","upstream":"localhost:80","enabled":true,"toxics":null}]',
    201,
    { proxies: [redis, { ...redis, name: 'web', listen: '127.0.0.1:8081', upstream: 'localhost:80' }] },
  ],
  ['proxy.Delete', 'DELETE', '/proxies/web', undefined, 204, null],
  ['Proxy of none', 'GET', '/proxies/web', undefined, 404, { error: 'proxy not found', status: 404 }],
];

const RUBY_STEPS: readonly Step[] = [
  [
    'Toxiproxy.populate',
    'POST',
    '/populate',
    '[{"name":"redis","listen":"127.0.0.1:0","upstream":"localhost:6379"}]',
    201,
    { proxies: [redis] },
  ],
  ['Toxiproxy.all', 'GET', '/proxies', undefined, 200, { redis }],
  [
    'Toxiproxy.create, with neither listen nor enabled',
    'POST',
    '/proxies',
    '{"upstream":"localhost:80","name":"web","listen":"localhost:0","enabled":null}',
    201,
    { ...redis, name: 'web', listen: '127.0.0.1:40002', upstream: 'localhost:80' },
  ],
  [
    'toxic.save',
    'POST',
    '/proxies/redis/toxics',
    '{"name":"latency_upstream","type":"latency","stream":"upstream","toxicity":1.0,"attributes":{"latency":100}}',
    200,
    { ...latency, name: 'latency_upstream', stream: 'upstream' },
  ],
  [
    'proxy.toxics',
    'GET',
    '/proxies/redis/toxics',
    undefined,
    200,
    [{ ...latency, name: 'latency_upstream', stream: 'upstream' }],
  ],
  ['toxic.destroy', 'DELETE', '/proxies/redis/toxics/latency_upstream', undefined, 204, null],
  ['server_supports_patch?', 'GET', '/version', undefined, 200, { version: '2.12.0' }],
  ['proxy.disable', 'PATCH', '/proxies/redis', '{"enabled":false}', 200, { ...redis, enabled: false }],
  ['proxy.enable', 'PATCH', '/proxies/redis', '{"enabled":true}', 200, redis],
  [
    'an invalid toxic',
    'POST',
    '/proxies/redis/toxics',
    '{"name":"x_downstream","type":"x","stream":"downstream","toxicity":1.0,"attributes":{}}',
    400,
    { error: 'invalid toxic type', status: 400 },
  ],
  [
    'a proxy that exists',
    'POST',
    '/proxies',
    '{"upstream":"localhost:80","name":"web","listen":"localhost:0","enabled":null}',
    409,
    { error: 'proxy already exists', status: 409 },
  ],
  ['proxy.destroy', 'DELETE', '/proxies/web', undefined, 204, null],
  ['Toxiproxy.reset', 'POST', '/reset', undefined, 204, null],
];

const PYTHON_STEPS: readonly Step[] = [
  ['create asks for all first', 'GET', '/proxies', undefined, 200, {}],
  [
    'create',
    'POST',
    '/proxies',
    '{"upstream": "localhost:6379", "name": "redis", "listen": "127.0.0.1:0"}',
    201,
    redis,
  ],
  ['version', 'GET', '/version', undefined, 200, { version: '2.12.0' }],
  [
    'proxy.add_toxic',
    'POST',
    '/proxies/redis/toxics',
    '{"name": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": 1.0, "attributes": {"latency": 100}}',
    200,
    latency,
  ],
  ['proxy.toxics', 'GET', '/proxies/redis/toxics', undefined, 200, [latency]],
  ['proxy.destroy_toxic', 'DELETE', '/proxies/redis/toxics/latency_downstream', undefined, 204, null],
  ['proxy.disable', 'POST', '/proxies/redis', '{"enabled": false}', 200, { ...redis, enabled: false }],
  ['proxy.enable', 'POST', '/proxies/redis', '{"enabled": true}', 200, redis],
  ['reset', 'POST', '/reset', undefined, 204, null],
  ['proxy.destroy', 'DELETE', '/proxies/redis', undefined, 204, null],
];

for (const [language, headers, steps] of [
  ['Go', GO, GO_STEPS],
  ['Ruby', RUBY, RUBY_STEPS],
  ['Python', PYTHON, PYTHON_STEPS],
] as const) {
  transcripts(`the client for ${language} gets what it needs, call by call`, async () => {
    const { ask } = fakeControl();
    for (const [call, method, path, sent, status, got] of steps)
      assert.equal(await ask(method, path, sent, headers), { status, body: got }, call);
  });
}

transcripts.run();
