/** Nobody is sent more than was sent in his name, whatever it was: seen on the wire, by a server, a proxy and a chain. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeAlive, encodeRegister, encodeUnregister } from '../../src/protocol/control.ts';
import type { Peer } from '../../src/net/batch.ts';
import { pause } from '../net/arrivals.ts';
import { FORGED, INSIDE, WAYS, buildWay, excess } from './forged.ts';
import { ended, printed } from './program.ts';
import { missingForTwoHosts, nameOf, withTwoHosts } from './twoHosts.ts';
import type { TwoHosts } from './twoHosts.ts';

const kinds = Object.entries(FORGED);
/** Everything twice, both ways, control too: whatever goes astray goes astray twice. */
const TWICE = ['--duplicate', '100%', '--impair-control', '--direction', 'both', '--seed', '1'];

/** Places for the honest client, for all kinds in one name, for tokens of others; the rest is for a kind each. */
const HONEST_PLACE = 0;
const MIXED_PLACE = 1;
const LAUNDERED_PLACE = 2;
const KINDS_PLACE = 3;
/** With an outer proxy a place, few: the kinds share them, and those that register come first at theirs. */
const placesFor = (proxies: number): number => KINDS_PLACE + (proxies > 1 ? 4 : kinds.length);

const test = suite('forged datagrams');

test('every control message that there is has its forgery', () => {
  const texts = kinds.map(([, bytes]) => Buffer.from(bytes).toString());
  for (const word of ['register', 'alive', 'unregister', 'challenge', 'registered', 'end'])
    assert.ok(
      texts.some((one) => one.startsWith(`{"${word}":`)),
      word,
    );
});

/** The token of the challenge that came to a name. */
async function tokenOf({ forger }: TwoHosts, name: string): Promise<string> {
  for (let k = 0; k < 300; k += 1) {
    const last = (await forger.echoes()).get(name)?.last.toString() ?? '';
    const token = /"token":"([^"]+)"/.exec(last)?.[1];
    if (token !== undefined) return token;
    await pause(100);
  }
  throw new Error(`${name} was sent no challenge`);
}

/** Sends every kind in a name of its own, all of them in one, and what a token of another name does. Name → title. */
async function attack(hosts: TwoHosts, places: readonly Peer[]): Promise<Map<string, string>> {
  const { forger } = hosts;
  const titles = new Map<string, string>();
  const victim = (title: string): Peer => {
    const name = { address: `10.99.1.${titles.size + 1}`, port: 40_000 + titles.size };
    titles.set(nameOf(name), title);
    return name;
  };
  const kindsPlaces = places.slice(KINDS_PLACE);
  for (const [k, [title, payload]] of kinds.entries()) {
    const name = victim(title);
    for (let times = 0; times < 3; times += 1) {
      forger.send(name, kindsPlaces[k % kindsPlaces.length] as Peer, payload);
      await pause(20);
    }
  }
  const mixed = victim('all of them');
  for (const [, payload] of kinds) forger.send(mixed, places[MIXED_PLACE] as Peer, payload);
  // Where somebody is served, everybody else is a stranger.
  const stranger = victim('all of them at the port of somebody who is served');
  for (const [, payload] of kinds) forger.send(stranger, places[HONEST_PLACE] as Peer, payload);

  // The attacker proves an address of its own, and uses the token in another's name, at once and when it is silent.
  const own = { address: '10.99.2.1', port: 50_000 };
  const to = places[LAUNDERED_PLACE] as Peer;
  const register = (token: string | null): Uint8Array => encodeRegister({ nonce: 'n', token, client: null });
  forger.send(own, to, register(null));
  const token = await tokenOf(hosts, nameOf(own));
  const laundered = victim('a token of another address');
  for (const waitMs of [0, 5000]) {
    await pause(waitMs);
    for (const payload of [register(token), encodeAlive(token), encodeUnregister(token), register(token)])
      forger.send(laundered, to, payload);
  }
  return titles;
}

const missing = missingForTwoHosts();
for (const [title, proxies] of Object.entries(WAYS)) {
  for (const [where, inside] of Object.entries(INSIDE)) {
    if (proxies === 0 && where !== 'loopback') continue;
    const way = proxies === 0 ? title : `${title}, reached by ${where}`;
    const claim = `${way}: no more is sent to a name than was sent in it`;
    if (missing !== null) {
      test.skip(`${claim} (${missing})`);
      continue;
    }
    test(claim, () =>
      withTwoHosts(async (hosts) => {
        const places = await buildWay(hosts, proxies, inside, placesFor(proxies), TWICE);
        // Somebody is served: there is a stream that could go astray.
        const watching = hosts.start('honest', [
          'client',
          '--server',
          nameOf(places[HONEST_PLACE] as Peer),
          '--log',
          'honest.log',
        ]);
        const end = ended(watching);
        await printed(watching, /\S/, 60_000);
        const titles = await attack(hosts, places);
        await pause(3000);
        assert.equal(await excess(hosts, titles), []);
        watching.kill('SIGINT');
        await end;
        const { statistics } = JSON.parse(readFileSync(join(hosts.folder, 'honest.stats.json'), 'utf8')) as {
          statistics: { received: number; lost: number };
        };
        assert.ok(statistics.received > 100, `${statistics.received} received`);
        assert.is(statistics.lost, 0);
      }),
    );
  }
}

test.run();
