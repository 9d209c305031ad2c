import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeRegister } from '../../../../src/protocol/control.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import { Chain } from '../chain.ts';
import { bytesOf } from '../rows.ts';
import { BankStream, MS, SECOND } from '../stage.ts';

const test = suite('whose a proxied port is');

const REGISTER = encodeRegister({ nonce: 'forged', token: null, client: null });
const forged = (k: number): Peer => ({
  address: `10.${100 + (k >> 16)}.${(k >> 8) & 255}.${k & 255}`,
  port: 9,
});

test('one forged register does not keep it from the next client', () => {
  const chain = new Chain({ proxies: 1 });
  chain.forge(forged(1), chain.port(), REGISTER);
  chain.network.run(100 * MS);
  const honest = chain.watch();
  chain.network.run(200 * MS);
  assert.is(honest.registeredNs(), 100 * MS);
  assert.equal(
    chain.proxies[0]?.machine.reports().map(({ client }) => client.address),
    ['10.0.1.1'],
  );
});

test('of those that ask, the first that answers the challenge gets it, and nobody gets it back', () => {
  const chain = new Chain({ proxies: 1, listening: 2 });
  for (let k = 0; k < 5; k += 1) chain.forge(forged(k), chain.port(), REGISTER);
  const honest = chain.watch();
  chain.network.run(300 * MS);
  assert.is(honest.registeredNs(), 0);
  assert.is(chain.proxies[0]?.machine.ignored.uncompleted, 5);
  for (let k = 0; k < 5; k += 1) chain.forge(forged(k), chain.port(), REGISTER);
  chain.network.run(2 * SECOND);
  assert.is(chain.proxies[0]?.machine.ignored.portTaken, 5);
  assert.is(chain.proxies[0]?.machine.ignored.uncompleted, 5);
  assert.is(honest.counts.at(-1), 201);
  assert.equal(
    chain.events.map(({ kind }) => kind),
    ['flow opened', 'port taken', 'port taken', 'port taken', 'port taken', 'port taken'],
  );
});

test('a flood of forged registers delays nobody, opens few ports, and takes nothing from a served client', () => {
  const chain = new Chain({
    proxies: 1,
    listening: 2,
    server: { source: new BankStream(300, 10 * MS), waitFor: 1 },
  });
  const served = chain.watch(0);
  let late = served;
  // 5,000 a second for two seconds, at the port that nobody has and at the one that is taken.
  const flood = (k: number): void => {
    chain.forge(forged(k % 500), chain.port(k % 2), REGISTER);
    if (k < 10_000) chain.network.at((10 + (k + 1) / 5) * MS, () => flood(k + 1));
  };
  chain.network.at(10 * MS, () => flood(0));
  chain.network.at(1000.1 * MS, () => {
    late = chain.watch(1);
  });
  chain.network.run(4 * SECOND);
  assert.equal(
    served.counts,
    Array.from({ length: 300 }, (_, k) => k + 1),
  );
  assert.is(late.registeredNs(), 1000.1 * MS);
  assert.is(late.counts.at(-1), 300);
  // Two listening ones, and what candidates may have at a time.
  assert.ok((chain.proxies[0]?.host.inboxes.length ?? 0) <= 2 + 128 + 1);
  const said = chain.events.filter(({ kind }) => kind !== 'flow opened').map(({ kind }) => kind);
  assert.ok(said.length <= 2 * 8 + 1, `${said.length} lines`);
});

test('whoever is on this machine gives way last: such an address is not forged from another one', () => {
  const chain = new Chain({ proxies: 1 });
  const near: Peer = { address: '127.0.0.1', port: 7000 };
  const heard = chain.listen(near);
  chain.forge(near, chain.port(), REGISTER);
  for (let k = 0; k < 1000; k += 1) {
    chain.network.at((1 + k) * MS, () => chain.forge(forged(k % 200), chain.port(), REGISTER));
  }
  chain.network.run(1100 * MS);
  assert.ok((chain.proxies[0]?.machine.ignored.uncompleted ?? 0) >= 800, 'the places changed hands');
  const token = /"token":"([\w-]+)"/.exec(heard[0] ?? '')?.[1] ?? '';
  chain.forge(near, chain.port(), encodeRegister({ nonce: 'near', token, client: null }));
  assert.equal(
    chain.proxies[0]?.machine.reports().map(({ client }) => client.port),
    [7000],
  );
});

test('a place is kept for 20 ms, whatever comes', () => {
  const chain = new Chain({ proxies: 1 });
  for (let k = 0; k < 500; k += 1) chain.forge(forged(k), chain.port(), REGISTER);
  const { machine } = chain.proxies[0] ?? {};
  assert.is(machine?.ignored.crowded, 372);
  assert.is(machine?.ignored.uncompleted, 128, 'those that are still there');
  chain.network.at(21 * MS, () => chain.forge(forged(501), chain.port(), REGISTER));
  chain.network.run(22 * MS);
  assert.is(machine?.ignored.crowded, 372);
  assert.is(machine?.ignored.uncompleted, 129);
});

test('a client that was killed is displaced by one that proves its address, not by one that asks', () => {
  const chain = new Chain({ proxies: 1 });
  const killed = chain.watch();
  chain.network.at(100 * MS, () => chain.network.vanish(killed.host));
  chain.network.at(4 * SECOND, () => chain.forge(forged(1), chain.port(), REGISTER));
  chain.network.run(4.5 * SECOND);
  assert.equal(
    chain.events.map(({ kind }) => kind),
    ['flow opened'],
  );
  const next = chain.watch();
  chain.network.run(5 * SECOND);
  assert.ok(next.registeredNs() >= 4 * SECOND && next.registeredNs() <= 4.6 * SECOND);
  assert.equal(
    chain.events.map(({ kind }) => kind),
    ['flow opened', 'flow expired', 'flow opened'],
  );
});

test('an original client on this machine takes it at once from those that have only asked', () => {
  const chain = new Chain({ proxies: 1 });
  chain.forge(forged(1), chain.port(), REGISTER);
  const near: Peer = { address: '127.0.0.1', port: 7000 };
  chain.forge(near, chain.port(), bytesOf('register'));
  chain.network.run(SECOND);
  assert.ok(chain.account(near).datagramsOut >= 99);
  assert.is(chain.proxies[0]?.machine.ignored.uncompleted, 1);
});

test('who asks and never answers is forgotten after ten seconds, whatever still comes for a former client', () => {
  const closed: number[] = [];
  const chain = new Chain({ proxies: 1, proxy: { closeUpstream: (port) => void closed.push(port) } });
  chain.forge(forged(1), chain.port(), REGISTER);
  for (let k = 1; k < 12; k += 1) {
    chain.network.at(k * SECOND, () =>
      chain.forge(
        { address: '127.0.0.1', port: 9000 },
        { address: '127.0.0.1', port: 49_152 },
        bytesOf(`{"message":{"count":${k},"score":""}}`),
      ),
    );
  }
  chain.network.run(9 * SECOND);
  assert.equal(closed, []);
  chain.network.run(12 * SECOND);
  assert.equal(closed, [1]);
});

test('one that waits for an answer is small', () => {
  const chain = new Chain({ proxies: 1 });
  for (let k = 0; k < 20; k += 1) chain.forge(forged(k), chain.port(), REGISTER);
  const before = process.memoryUsage().arrayBuffers;
  // Addresses that have asked before: nothing but the proxy's own places is new.
  for (let k = 20; k < 120; k += 1) chain.forge(forged(k), chain.port(), REGISTER);
  const bytesEach = (process.memoryUsage().arrayBuffers - before) / 100;
  assert.ok(bytesEach < 32 * 1024, `${bytesEach} bytes`);
});

test.run();
