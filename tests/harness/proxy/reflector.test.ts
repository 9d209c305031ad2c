import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Tokens } from '../../../harness/protocols/matchstream/tokens.ts';
import { encodeAlive, encodeRegister, encodeUnregister } from '../../../src/protocol/control.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { Chain } from './chain.ts';
import { bytesOf } from './rows.ts';
import { MS, SECOND } from './stage.ts';

const test = suite('the proxy as a reflector');

const VICTIM: Peer = { address: '10.9.9.9', port: 99 };
const ATTACKER: Peer = { address: '10.8.8.8', port: 88 };
const PLAIN = bytesOf('register');
const register = (token: string | null): Uint8Array => encodeRegister({ nonce: 'evil', token, client: null });

const tokensIn = (heard: readonly string[]): string[] =>
  heard.flatMap((text) => /"token":"([\w-]+)"/.exec(text)?.[1] ?? []);

/** At any time: no more datagrams and no more bytes to an address than came in its name. */
function assertNotReflected(chain: Chain, peer: Peer): void {
  const { bytesOut, bytesIn, datagramsOut, datagramsIn } = chain.account(peer);
  assert.ok(bytesOut <= bytesIn, `${bytesOut} bytes for ${bytesIn}`);
  assert.ok(datagramsOut <= datagramsIn, `${datagramsOut} datagrams for ${datagramsIn}`);
}

for (const proxies of [1, 2]) {
  test(`a plain register from another machine starts no stream through ${proxies}`, () => {
    const chain = new Chain({ proxies });
    chain.forge(VICTIM, chain.port(), PLAIN);
    chain.network.run(5 * SECOND);
    assert.is(chain.account(VICTIM).bytesOut, 0);
    assert.is(chain.server.members().length, 0);
    assert.is(chain.proxies[0]?.machine.ignored.unprovedOriginal, 1);
  });

  test(`nor one that follows a padded register, through ${proxies}`, () => {
    const chain = new Chain({ proxies });
    for (const payload of [register(null), PLAIN, PLAIN]) chain.forge(VICTIM, chain.port(), payload);
    chain.network.run(5 * SECOND);
    assert.is(chain.account(VICTIM).datagramsOut, 1, 'the challenge');
    assert.is(chain.server.members().length, 0);
  });
}

test('a plain register from loopback is believed, and one from elsewhere where the proxy is told so', () => {
  const chain = new Chain({ proxies: 1 });
  const near: Peer = { address: '127.0.0.1', port: 4000 };
  chain.forge(near, chain.port(), PLAIN);
  chain.network.run(SECOND);
  assert.ok(chain.account(near).datagramsOut >= 99);
  const open = new Chain({ proxies: 1, proxy: { allowUnverified: true } });
  open.forge(VICTIM, open.port(), PLAIN);
  open.network.run(SECOND);
  assert.ok(open.account(VICTIM).datagramsOut >= 99);
});

test('who is verified cannot register plainly besides: that would have no end', () => {
  const chain = new Chain({ proxies: 1 });
  const honest = chain.watch();
  chain.network.run(SECOND);
  assert.ok(honest.counts.length > 90);
  const before = chain.server.members().length;
  chain.forge(honest.host.localPeer(0), chain.port(), PLAIN);
  chain.network.run(2 * SECOND);
  assert.is(chain.server.members().length, before);
  assert.is(chain.proxies[0]?.machine.ignored.unprovedOriginal, 1);
});

test('a token is good for the client that it was carried to, and goes no further for anybody else', () => {
  const chain = new Chain({ proxies: 1, listening: 2 });
  const heard = chain.listen(ATTACKER);
  chain.forge(ATTACKER, chain.port(), register(null));
  const [token = ''] = tokensIn(heard);
  assert.ok(token.length > 0);
  // Another port: the token is shown in the name of an address that never saw it.
  chain.forge(VICTIM, chain.port(1), register(token));
  chain.forge(VICTIM, chain.port(1), register(null));
  chain.forge(VICTIM, chain.port(1), register(token));
  chain.network.run(SECOND);
  assert.is(chain.server.members().length, 0);
  assert.is(chain.proxies[0]?.machine.ignored.unknownToken, 2);
  assertNotReflected(chain, VICTIM);
});

test('tokens collected at one upstream port are worth nothing when it is another client’s', () => {
  const chain = new Chain({ proxies: 1 });
  const heard = chain.listen(ATTACKER);
  // A full house of candidates goes round: each newcomer gets the upstream port of one that the attacker had.
  for (let k = 0; k < 128; k += 1) {
    chain.forge({ ...ATTACKER, port: 1000 + k }, chain.port(), register(null));
  }
  chain.forge(ATTACKER, chain.port(), register(null));
  for (let k = 0; k < 300; k += 1) chain.forge(ATTACKER, chain.port(), register(null));
  const tokens = tokensIn(heard);
  assert.is(tokens.length, 0, 'places are kept for 20 ms');
  chain.network.at(30 * MS, () => {
    for (let k = 0; k < 10; k += 1) chain.forge(ATTACKER, chain.port(), register(null));
    const collected = tokensIn(heard);
    assert.is(collected.length, 10);
    for (let k = 0; k < 128; k += 1) {
      chain.forge({ address: '10.7.7.7', port: 1000 + k }, chain.port(), register(null));
    }
  });
  chain.network.at(60 * MS, () => {
    // All places but the attacker's own change hands, and its port with them.
    for (let k = 0; k < 256; k += 1) {
      const victim = { ...VICTIM, port: 2000 + (k % 128) };
      chain.forge(victim, chain.port(), register(null));
      for (const token of tokensIn(heard)) chain.forge(victim, chain.port(), register(token));
    }
  });
  chain.network.run(2 * SECOND);
  assert.is(chain.server.members().length, 0);
  for (let k = 0; k < 128; k += 1) assertNotReflected(chain, { ...VICTIM, port: 2000 + k });
});

test('what is left of another client’s stream does not go to who has its upstream port next', () => {
  for (const proxies of [1, 2]) {
    const chain = new Chain({ proxies, proxy: { idleNs: 2 * SECOND } });
    const heard = chain.listen(ATTACKER);
    chain.forge(ATTACKER, chain.port(), register(null));
    const [token = ''] = tokensIn(heard);
    chain.forge(ATTACKER, chain.port(), register(token));
    chain.network.run(SECOND / 2);
    assert.is(chain.server.members().length, 1);
    // It falls silent; after three seconds another client may have the port, while the server still sends to it.
    chain.network.at(3.6 * SECOND, () => chain.watch(0, undefined, SECOND));
    chain.network.at(3.7 * SECOND, () => {
      for (const payload of [register(null), encodeAlive(token), encodeUnregister(token), register(token)]) {
        chain.forge(VICTIM, chain.port(), payload);
      }
    });
    chain.network.run(20 * SECOND);
    assertNotReflected(chain, VICTIM);
  }
});

test('an unverified flow whose port the server still streams to gets challenges and nothing of the stream', () => {
  const chain = new Chain({ proxies: 1, listening: 2 });
  const [inner] = chain.proxies;
  chain.forge(VICTIM, chain.port(), register(null));
  // The simulated system numbers ports from here on.
  const upstream = { address: '127.0.0.1', port: 49_152 };
  for (let k = 1; k <= 100; k += 1) {
    chain.forge(
      { address: '127.0.0.1', port: 9000 },
      upstream,
      bytesOf(`{"message":{"count":${k},"score":""}}`),
    );
  }
  chain.forge({ address: '127.0.0.1', port: 9000 }, upstream, bytesOf('{"end":{"nonce":"n","count":3}}'));
  chain.forge({ address: '127.0.0.1', port: 9000 }, upstream, bytesOf('End of transmission'));
  chain.network.run(SECOND);
  assert.is(chain.account(VICTIM).datagramsOut, 1);
  assert.is(inner?.machine.ignored.withheld, 102);
  assert.equal(
    chain.events.map(({ kind }) => kind),
    ['withheld'],
  );
});

test('a challenge that comes twice, the second time for the next client of the port, is no proof of that one', () => {
  const first = new Tokens();
  assert.ok(first.note('once'));
  const second = new Tokens();
  second.follow(first);
  const third = new Tokens();
  third.follow(second);
  assert.not(second.note('once'));
  assert.not(second.wasCarried('once'));
  assert.not(third.note('once'));
  assert.ok(third.note('another') && third.wasCarried('another'));
});

type Step =
  | { readonly kind: 'register' | 'plain' | 'garbage'; readonly who: number; readonly port: number }
  | {
      readonly kind: 'token' | 'alive' | 'unregister';
      readonly who: number;
      readonly port: number;
      readonly token: number;
    }
  | { readonly kind: 'wait'; readonly ms: number };

const who = fc.nat({ max: 3 });
const port = fc.nat({ max: 1 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('register', 'plain', 'garbage'), who, port }),
  fc.record({
    kind: fc.constantFrom('token', 'token', 'alive', 'unregister'),
    who,
    port,
    token: fc.nat({ max: 40 }),
  }),
  fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(1, 25, 500, 4000, 11_000) }),
);

test('whatever is forged, in whatever order, no address that proved nothing gets more than it sent', () => {
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 60 }),
      fc.constantFrom(1, 2),
      fc.boolean(),
      (steps, proxies, isImpaired) => {
        const knobs = isImpaired ? { duplicate: '100%', reorder: '30%', delay: '5ms', jitter: '5ms' } : {};
        const chain = new Chain({
          proxies,
          listening: 2,
          proxy: { idleNs: 3 * SECOND },
          ...(isImpaired && { knobs }),
        });
        const heard = chain.listen(ATTACKER);
        const victims = [1, 2].map((k) => ({ address: `10.9.9.${k}`, port: 99 }));
        const senders = [ATTACKER, ATTACKER, ...victims] as const;
        let atNs = 0;
        for (const step of steps) {
          if (step.kind === 'wait') {
            atNs += step.ms * MS;
            continue;
          }
          chain.network.at(atNs, () => {
            const tokens = tokensIn(heard);
            const token = 'token' in step ? (tokens[step.token % Math.max(1, tokens.length)] ?? 'none') : '';
            const payload = {
              register: () => register(null),
              plain: () => PLAIN,
              garbage: () => bytesOf('x'.repeat(1000)),
              token: () => register(token),
              alive: () => encodeAlive(token),
              unregister: () => encodeUnregister(token),
            }[step.kind]();
            chain.forge(senders[step.who] as Peer, chain.port(step.port), payload);
            for (const victim of victims) assertNotReflected(chain, victim);
          });
        }
        chain.network.run(atNs + 15 * SECOND);
        for (const victim of victims) assertNotReflected(chain, victim);
      },
    ),
    { seed: 91, numRuns: 60 },
  );
});

test.run();
