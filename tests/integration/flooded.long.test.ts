/** 50,000 forged registrations from 20,000 addresses in ten seconds, and what the honest notice of them. */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeAlive, encodeRegister } from '../../src/protocol/control.ts';
import type { Peer } from '../../src/net/batch.ts';
import { pause } from '../net/arrivals.ts';
import { buildWay, excess } from './forged.ts';
import { ended, printed } from './program.ts';
import { PRODUCT, missingForTwoHosts, nameOf, withTwoHosts } from './twoHosts.ts';
import type { TwoHosts } from './twoHosts.ts';

const FORGED = 50_000;
const NAMES = 20_000;
const FLOOD_MS = 10_000;
/** How long is waited for a machine that is not busy with other things: it plays both hosts, and the flood. */
const WAIT_FOR_QUIET_MS = 5 * 60_000;
/** When the honest come that are not served yet. */
const COME_AT_MS = [0.1, 0.4, 0.7].map((share) => share * FLOOD_MS);
const MAX_DELAY_MS = 2000;

const TOKEN = 'UjkKSeNuksVtQCe_lTw7Nw';
const KINDS: readonly ((k: number) => Uint8Array)[] = [
  () => Buffer.from('register'),
  (k) => encodeRegister({ nonce: `nonce-${k}`, token: null, client: null }),
  (k) => encodeRegister({ nonce: `nonce-${k}`, token: TOKEN, client: k + 1 }),
  () => encodeAlive(TOKEN),
];

/** Nobody listens there: the machine has the same work, and the product has none of it. */
const NOWHERE: Peer = { address: PRODUCT, port: 9 };

const nameAt = (k: number, port: number): Peer => ({
  address: `10.99.${4 + Math.floor((k % NAMES) / 250)}.${1 + (k % 250)}`,
  port: port + (k % 7),
});

/** Sends them at an even rate, to each place in turn, from this port of each name and the next ones. Name → title. */
async function flood(
  { forger }: TwoHosts,
  places: readonly Peer[],
  port: number,
): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  const startedMs = performance.now();
  for (let k = 0; k < FORGED;) {
    const due = Math.min(FORGED, Math.floor(((performance.now() - startedMs) / FLOOD_MS) * FORGED));
    for (; k < due; k += 1) {
      const name = nameAt(k, port);
      titles.set(nameOf(name), nameOf(name));
      const kind = KINDS[(k + Math.floor(k / NAMES)) % KINDS.length] as (typeof KINDS)[number];
      forger.send(name, places[k % places.length] as Peer, kind(k));
    }
    await pause(5);
  }
  return titles;
}

async function quietMachine(): Promise<void> {
  const endMs = performance.now() + WAIT_FOR_QUIET_MS;
  while ((loadavg()[0] as number) > 2 * availableParallelism() && performance.now() < endMs)
    await pause(1000);
}

interface Seen {
  /** How long the later ones waited for their registration, milliseconds. */
  readonly registrationsMs: readonly number[];
  readonly lost: number;
  readonly received: number;
  /** Of the stream of the one that was served before, microseconds. */
  readonly lateP99Us: number;
}

/** One honest client is served, others come; `meanwhile` something happens. */
async function observe(
  { start, folder }: TwoHosts,
  places: readonly Peer[],
  round: string,
  meanwhile: () => Promise<unknown>,
): Promise<Seen> {
  const client = (name: string, place: number) => {
    const server = nameOf(places[place] as Peer);
    const program = start('honest', [
      'client',
      '--server',
      server,
      '--log',
      `${name}.log`,
      '--register-timeout',
      '60s',
    ]);
    return { program, end: ended(program, 300_000) };
  };
  const served = client(`${round}-served`, 0);
  await printed(served.program, /\S/, 60_000);
  const come = Promise.all(
    COME_AT_MS.map(async (atMs, k) => {
      await pause(atMs);
      const later = client(`${round}-${k}`, k + 1);
      await printed(later.program, /\S/, 120_000);
      return later;
    }),
  );
  const [later] = await Promise.all([come, meanwhile()]);
  for (const { program, end } of [served, ...later]) {
    program.kill('SIGINT');
    await end;
  }
  const registrationsMs = COME_AT_MS.map((_, k) => {
    const log = readFileSync(join(folder, `${round}-${k}.log`), 'utf8');
    const [asked, granted] = ['registering with', 'registered as'].map((words) =>
      Number(new RegExp(`^ *([\\d.]+)  ${words} `, 'm').exec(log)?.[1]),
    );
    return ((granted as number) - (asked as number)) * 1000;
  });
  const { statistics } = JSON.parse(readFileSync(join(folder, `${round}-served.stats.json`), 'utf8')) as {
    statistics: { received: number; lost: number; pdv_p99_us: number };
  };
  const { received, lost, pdv_p99_us: lateP99Us } = statistics;
  return { registrationsMs, lost, received, lateP99Us };
}

const test = suite('a flood of forged registrations');

test('the flood has as many names as it should', () => {
  assert.is(new Set(Array.from({ length: FORGED }, (_, k) => nameAt(k, 1).address)).size, NAMES);
});

const missing = missingForTwoHosts();
for (const [way, proxies] of [
  ['a server', 0],
  ['a proxy before it', 1],
] as const) {
  const claim = `${way}: the honest register within 2 s, and whoever is served notices nothing`;
  if (missing !== null) {
    test.skip(`${claim} (${missing})`);
    continue;
  }
  test(claim, () =>
    withTwoHosts(async (hosts) => {
      const places = await buildWay(hosts, proxies, '127.0.0.1', 1 + 2 * COME_AT_MS.length, []);
      await quietMachine();
      const calm = await observe(hosts, places, 'calm', () => flood(hosts, [NOWHERE], 20_000));
      // Other ports than the calm round's clients had, but for the server, which has only one.
      const fresh = [...places.slice(0, 1), ...places.slice(1 + COME_AT_MS.length)];
      let titles = new Map<string, string>();
      const flooded = await observe(
        hosts,
        fresh,
        'flooded',
        async () => (titles = await flood(hosts, fresh, 30_000)),
      );
      console.log(`${way}: ${JSON.stringify({ calm, flooded })}`);
      assert.equal(await excess(hosts, titles), []);
      const mostMs = Math.max(...calm.registrationsMs) + MAX_DELAY_MS;
      for (const tookMs of flooded.registrationsMs)
        assert.ok(tookMs <= mostMs, `registered after ${tookMs} ms`);
      assert.equal([calm.lost, flooded.lost], [0, 0]);
      assert.ok(flooded.received > 1000, `${flooded.received} received`);
      // Within what one such run differs from another on a machine that also runs the flood.
      const mostLateUs = 3 * calm.lateP99Us + 50_000;
      assert.ok(
        flooded.lateP99Us <= mostLateUs,
        `late by ${flooded.lateP99Us} us, calm ${calm.lateP99Us} us`,
      );
    }),
  );
}

test.run();
