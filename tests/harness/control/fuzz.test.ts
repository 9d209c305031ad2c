/**
 * Whatever the API is sent: it answers in JSON, never with a fault of its own, and a request that it refuses has changed nothing.
 * Seeded. TEST_ROUNDS says how many requests; the full size is 100000.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.ts';
import { roundsOf } from '../../runner/rounds.ts';
import { ask, requests } from './anyRequest.ts';
import { fakeControl } from './fakeProxies.ts';
import type { Fake } from './fakeProxies.ts';

const fuzz = suite('whatever the API is sent');

const REQUESTS = roundsOf(2000);
/** For one request; nothing here waits for anything. */
const PATIENCE_MS = 20_000;

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
