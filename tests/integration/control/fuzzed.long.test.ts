/** Whatever the API is sent, what runs is what it says: the requests of the fuzz test, on proxies with ports, under traffic. */
import { createSocket } from 'node:dgram';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../../../bench/peers/ports.ts';
import { randomStream } from '../../../src/base/random.ts';
import { ask, requests } from '../../harness/control/anyRequest.ts';
import { readMetrics } from '../../harness/control/prometheus.ts';
import { roundsOf } from '../../runner/rounds.ts';
import { pause } from '../../net/arrivals.ts';
import { runningApp } from './runningApp.ts';

const fuzz = suite('whatever the API is sent, of proxies that run');

const REQUESTS = roundsOf(3000);

fuzz('what is refused has changed nothing, and no request is a fault', async () => {
  const { app, proxies, views, failures, end } = runningApp();
  const next = requests(randomStream('fuzz of proxies that run').draw);
  const [one, other] = [await freePort(), await freePort()];
  /** The requests know two places; here they are ports that are free. */
  const placed = (body: string | undefined): string | undefined =>
    body?.replaceAll('127.0.0.1:1"', `127.0.0.1:${one}"`).replaceAll('localhost:2"', `localhost:${other}"`);
  const stateOf = (): string =>
    JSON.stringify(proxies.all.map(({ answer, base, handle }) => [answer, base, handle?.epoch]));
  const statuses = new Set<number>();
  const client = createSocket('udp4');
  client.on('error', () => undefined);
  try {
    for (let k = 0; k < REQUESTS; k += 1) {
      const sent = next();
      const body = placed(sent.body);
      const before = stateOf();
      const what = `${k}: ${sent.method} ${sent.path} ${body?.slice(0, 300) ?? ''}`;
      const response = await ask({ app }, { ...sent, body });
      const text = await response.text();
      statuses.add(response.status);
      if (response.status >= 500) assert.match(text, /"error":"cannot listen on /, what);
      if (response.status >= 400) assert.is(stateOf(), before, what);
      for (const port of [one, other]) client.send('x', port, '127.0.0.1');
      if (k % 50 === 0) await pause(2);
    }
    for (const status of [200, 201, 204, 400, 404, 409]) assert.ok(statuses.has(status), `no ${status}`);
    readMetrics(views.metrics());
    assert.equal(failures, []);
  } finally {
    client.close();
    await end();
  }
});

fuzz.run();
