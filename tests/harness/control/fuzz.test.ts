/**
 * Whatever the API is sent: it answers in JSON, never with a fault of its own, and a request that it refuses has changed nothing.
 * Seeded. TEST_ROUNDS says how many requests; the full size is 100000.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.ts';
import { KNOBS } from '../../../harness/impairment/knobs.ts';
import { roundsOf } from '../../runner/rounds.ts';
import { LOOPBACK, fakeControl } from './fakeProxies.ts';
import type { Fake } from './fakeProxies.ts';

const fuzz = suite('whatever the API is sent');

const REQUESTS = roundsOf(2000);
/** For one request; nothing here waits for anything. */
const PATIENCE_MS = 20_000;

type Pick = <One>(of: readonly One[]) => One;

const METHODS = ['GET', 'POST', 'POST', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS', 'PROPFIND'];
const NAMES = [
  'a',
  'b',
  'c',
  'own',
  'ü',
  '__proto__',
  'a/b',
  '',
  '.',
  '%',
  'x'.repeat(300),
  'latency_downstream',
  'drop_upstream',
];
const HOSTS = [
  '127.0.0.1:1',
  'localhost:2',
  '127.0.0.1:0',
  '10.0.0.1:53',
  '192.0.2.1:53',
  'nowhere:1',
  '[::1]:5',
  '',
  ':',
  'x',
  '127.0.0.1:99999',
  5,
  null,
];
const TYPES = [
  'latency',
  'bandwidth',
  'timeout',
  'limit_data',
  'reset_peer',
  'slicer',
  'slow_close',
  'noop',
  'x',
  '',
  '__proto__',
  ...KNOBS.map(({ name }) => name),
];
const VALUES = [
  0,
  1,
  -1,
  0.5,
  1e9,
  1e300,
  -0,
  '',
  '5%',
  '0.05',
  '3',
  '10ms',
  '1mbit',
  '0s..5s',
  '1..3',
  'x',
  true,
  false,
  null,
  [],
  {},
  [[]],
  '5%/100',
  '1%,10%',
];
/** Attributes that are right. */
const OWN: Readonly<Record<string, object>> = {
  latency: { latency: 5, jitter: 1 },
  bandwidth: { rate: 100 },
  timeout: { timeout: 300 },
  reset_peer: { timeout: 100 },
  limit_data: { bytes: 1000 },
  drop: { drop: '5%' },
  dropExact: { dropExact: '5%/100' },
  dropMaxRun: { drop: '5%', dropMaxRun: '3' },
  mtu: { mtu: '1200' },
  reorder: { reorder: '5%' },
  duplicate: { duplicate: '5%' },
  delay: { delay: '5ms' },
};
const KEYS = [
  'latency',
  'jitter',
  'rate',
  'queue',
  'timeout',
  'bytes',
  'toString',
  '__proto__',
  'Latency',
  ...KNOBS.map(({ name }) => name),
];

/** What makes requests. */
function requests(draw: () => number): () => Sent {
  const pick: Pick = (of) => of[Math.floor(draw() * of.length)] as (typeof of)[number];
  const object = (keys: readonly string[], value: (key: string) => unknown): object =>
    Object.fromEntries(keys.filter(() => draw() < 0.85).map((key) => [key, value(key)]));
  const some = (): readonly string[] => Array.from({ length: Math.floor(draw() * 4) }, () => pick(KEYS));
  const knobs = (): object => object(some(), () => pick(VALUES));
  const proxy = (): unknown =>
    draw() < 0.05
      ? pick(VALUES)
      : object(['name', 'listen', 'upstream', 'enabled', 'toxics', 'seed', 'protocol', 'down'], (key) => {
          if (draw() < 0.05) return pick(VALUES);
          if (key === 'name') return draw() < 0.7 ? pick(['a', 'b', 'c']) : pick(NAMES);
          if (key === 'enabled') return pick([true, false, null]);
          if (key === 'protocol') return pick(['any', 'any', 'any', 'rtp', 'x']);
          if (key === 'down') return draw() < 0.7 ? undefined : knobs();
          if (key === 'listen' || key === 'upstream')
            return draw() < 0.8 ? pick(['127.0.0.1:1', 'localhost:2']) : pick(HOSTS);
          return pick([null, null, null, 'x', []]);
        });
  const toxic = (): unknown => {
    const type = pick(TYPES);
    const fit = OWN[type];
    const own = fit !== undefined && draw() < 0.8 ? fit : { [type]: pick(VALUES) };
    return object(['name', 'type', 'stream', 'toxicity', 'attributes'], (key) => {
      if (draw() < 0.03) return pick(VALUES);
      if (key === 'type') return type;
      if (key === 'attributes') return draw() < 0.8 ? own : { ...own, ...knobs() };
      if (key === 'name') return pick(NAMES);
      return key === 'stream'
        ? pick(['upstream', 'downstream', 'UPSTREAM', 'x'])
        : pick([0, 0.3, 0.5, 1, 2, null]);
    });
  };
  const mangled = (text: string): string => {
    const at = Math.floor(draw() * text.length);
    return `${text.slice(0, at)}${pick(['', '{', '"', '\0', '\uD800', '[[[[', 'e9', ','])}${text.slice(at + 1)}`;
  };
  const nameOf = (): string => encodeURIComponent(draw() < 0.7 ? pick(['a', 'b', 'c']) : pick(NAMES));
  const toxicOf = (): string =>
    encodeURIComponent(draw() < 0.7 ? `${pick(TYPES)}_${pick(['up', 'down'])}stream` : pick(NAMES));
  const list = (): unknown => Array.from({ length: Math.floor(draw() * 4) }, proxy);
  /** Ways that there are, with the body that belongs there. */
  const ways: readonly (readonly [method: string, path: () => string, body: () => unknown])[] = [
    ['POST', () => '/proxies', proxy],
    ['POST', () => '/populate', list],
    ['POST', () => '/reset', () => undefined],
    ['POST', () => `/proxies/${nameOf()}`, proxy],
    ['PATCH', () => `/proxies/${nameOf()}`, proxy],
    ['DELETE', () => `/proxies/${nameOf()}`, () => undefined],
    ['GET', () => `/proxies/${nameOf()}`, () => undefined],
    ['POST', () => `/proxies/${nameOf()}/toxics`, toxic],
    ['POST', () => `/proxies/${nameOf()}/toxics`, toxic],
    ['POST', () => `/proxies/${nameOf()}/toxics`, toxic],
    ['PATCH', () => `/proxies/${nameOf()}/toxics/${toxicOf()}`, toxic],
    ['DELETE', () => `/proxies/${nameOf()}/toxics/${toxicOf()}`, () => undefined],
    ['PUT', () => `/proxies/${nameOf()}/conditions`, () => ({ down: knobs(), up: knobs() })],
    ['POST', () => `/proxies/${nameOf()}/outage`, () => ({ duration: pick(VALUES) })],
    ['POST', () => `/proxies/${nameOf()}/rebind`, () => undefined],
  ];
  const ODD_PATHS = [
    '/flows',
    '/epochs',
    '/metrics',
    '/',
    '/x',
    '/proxies/%E0%A4%A',
    '/proxies//toxics',
    `/proxies/${'x/'.repeat(50)}`,
  ];
  return () => {
    const [method, path, body] = pick(ways);
    const kind = draw();
    const text = JSON.stringify((draw() < 0.9 ? body : pick(ways)[2])());
    const request = { method, path: path(), body: text };
    if (kind < 0.7) return request;
    if (kind < 0.8) return { ...request, body: mangled(text ?? '') };
    if (kind < 0.9) return { ...request, method: pick(METHODS) };
    if (kind < 0.95) return { ...request, path: pick(ODD_PATHS) };
    return {
      ...request,
      body: pick(['x'.repeat(70_000), '['.repeat(60_000), `"${'é'.repeat(40_000)}"`, undefined]),
    };
  };
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

function ask({ app }: Fake, { method, path, body }: Sent): Promise<Response> {
  const hasBody = body !== undefined && !['GET', 'HEAD'].includes(method);
  return Promise.resolve(
    app.request(path, { method, headers: { host: 'localhost' }, ...(hasBody && { body }) }, LOOPBACK),
  );
}

/** All that a request may change. */
const stateOf = ({ proxies, machine }: Fake): string =>
  JSON.stringify([
    proxies.all.map((proxy) => [proxy.answer, proxy.base, proxy.seed, proxy.handle?.epoch]),
    machine.handles
      .filter(({ isOpen }) => isOpen)
      .map(({ listening, upstream, acts }) => [listening, upstream, acts]),
    machine.timers,
  ]);

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer: ${what}`)), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

fuzz('no request is a fault, and what is refused has changed nothing', async () => {
  const { draw } = randomStream('fuzz of the control API');
  const next = requests(draw);
  let fake = fakeControl();
  const statuses = new Map<number, number>();
  for (let k = 0; k < REQUESTS; k += 1) {
    // From the beginning at times, so that names and ports are free again.
    if (k % 200 === 0) fake = fakeControl();
    const sent = next();
    const { method, path, body = '' } = sent;
    const before = stateOf(fake);
    const what = `${k}: ${method} ${path} ${body.slice(0, 300)}`;
    const response = await within(ask(fake, sent), what);
    const { status } = response;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const text = await within(response.text(), what);
    if (status >= 400) {
      assert.is(stateOf(fake), before, what);
      if (method !== 'HEAD') {
        const told = JSON.parse(text) as { error: string; status: number };
        assert.is(told.status, status, what);
        assert.not.match(told.error, /[\n\r]/, what);
        // The system’s refusal, of a port that is taken, is no fault of the API.
        if (status >= 500) assert.match(told.error, /^cannot listen on /, what);
      }
    }
    if (draw() < 0.05) {
      fake.machine.handles.at(-1)?.open(k);
      fake.machine.pass(Math.floor(draw() * 1000));
    }
  }
  // It is no test if nothing gets through, or nothing is refused.
  for (const status of [200, 201, 204, 400, 404, 405, 409, 413])
    assert.ok((statuses.get(status) ?? 0) > 0, `no ${status} among ${JSON.stringify([...statuses])}`);
});

fuzz('requests at the same time are done one after the other', async () => {
  const { draw } = randomStream('fuzz of the control API at once');
  const next = requests(draw);
  for (let round = 0; round < REQUESTS / 200; round += 1) {
    const fake = fakeControl();
    const answers = await within(
      Promise.all(Array.from({ length: 50 }, () => ask(fake, next()))),
      `round ${round}`,
    );
    for (const answer of answers)
      assert.ok(answer.status < 500 || /cannot listen on/.test(await answer.text()));
    const open = fake.machine.handles.filter(({ isOpen }) => isOpen);
    const enabled = fake.proxies.all.filter(({ isEnabled }) => isEnabled);
    assert.equal(
      new Set(enabled.map(({ handle }) => handle)),
      new Set(open),
      'what listens is what is enabled, and nothing else',
    );
  }
});

fuzz.run();
