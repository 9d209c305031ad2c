/** Requests to the control API, seeded: most of them nearly right, some right, some wild. */
import { KNOBS } from '../../../harness/impairment/knobs.ts';
import { LOOPBACK } from './fakeProxies.ts';
import type { Fake } from './fakeProxies.ts';

type PickOne = <One>(of: readonly One[]) => One;

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
export function requests(draw: () => number): () => Sent {
  const pick: PickOne = (of) => of[Math.floor(draw() * of.length)] as (typeof of)[number];
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

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

/** Asks an app; no port is open. */
export function ask({ app }: Pick<Fake, 'app'>, { method, path, body }: Sent): Promise<Response> {
  const hasBody = body !== undefined && !['GET', 'HEAD'].includes(method);
  return Promise.resolve(
    app.request(path, { method, headers: { host: 'localhost' }, ...(hasBody && { body }) }, LOOPBACK),
  );
}
