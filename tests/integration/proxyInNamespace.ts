/**
 * Runs in a network namespace made for it (proxyNamespaces.long.test.ts): the built proxy with addresses that no machine has by
 * itself. It prints `done` at its end; a claim that does not hold ends it with an error. Not a test by itself.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import * as assert from 'uvu/assert';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import { assertRefused, ended, inFolder, printed, run, start } from './program.ts';

const [, , work = '', transport = ''] = process.argv;

/** A proxy of any program; `use` gets the port that it listens on. */
async function behindProxy(args: readonly string[], use: (port: number) => Promise<void>): Promise<string> {
  let table = '';
  await inFolder(async (folder) => {
    const common = ['--protocol', 'any', '--log', 'none', '--transport', transport];
    const proxy = start(['proxy', ...common, ...args], folder);
    const end = ended(proxy);
    const [, port] = await printed(proxy, /listening on \S+:(\d+)\n/);
    await use(Number(port)).finally(() => proxy.kill('SIGINT'));
    const { code, stdout, stderr } = await end;
    assert.is(code, 0, stderr);
    table = `${stdout}${stderr}`;
  });
  return table;
}

/** A member of a group on d0, which answers with its name. */
async function join(group: string, port: number, name: string): Promise<Socket> {
  const isIpv6 = group.includes(':');
  const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', reuseAddr: true });
  await new Promise<void>((resolve) => {
    socket.bind({ address: isIpv6 ? '::' : '0.0.0.0', port }, resolve);
  });
  socket.addMembership(group, isIpv6 ? '::%d0' : '10.9.0.1');
  socket.on('message', (bytes, from) => socket.send(`${name} heard ${bytes}`, from.port, from.address));
  return socket;
}

const texts = ({ heard }: Plain): string[] => heard.map((bytes) => bytes.toString());

const WORKS: Readonly<Record<string, () => Promise<void>>> = {
  zones: async () => {
    const server = await Plain.open('fe80::b%vb');
    server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
    const client = await Plain.open('fe80::b%vb');
    const addresses = ['--listen', '[fe80::a%va]:0', '--upstream', `[FE80:0::b%va]:${server.local.port}`];
    const table = await behindProxy(addresses, async (port) => {
      await client.send({ address: 'fe80::a%vb', port }, 'hello');
      await until(PATIENCE_MS, 'the answer', () => client.heard.length === 1);
    });
    assert.equal([texts(client), texts(server)], [['hello'], ['hello']]);
    assert.equal(client.from[0]?.address, 'fe80::a%vb');
    assert.match(table, `is [fe80::b%va]:${server.local.port}\n`);
    assert.match(table, 'listening on [fe80::a%va]:');
    assert.not.match(table, 'not passed on');
    await Promise.all([server.close(), client.close()]);
  },

  groupAsUpstream: async () => {
    for (const group of ['239.1.2.3', 'ff02::1234']) {
      const members = [await join(group, 7777, 'one'), await join(group, 7777, 'two')];
      const client = await Plain.open();
      const upstream = group.includes(':') ? `[${group}]:7777` : `${group}:7777`;
      const args = ['--listen', '127.0.0.1:0', '--upstream', upstream, '--multicast', 'd0'];
      await behindProxy(args, async (port) => {
        for (const k of [1, 2]) {
          await client.send({ address: '127.0.0.1', port }, `${k}`);
          await until(PATIENCE_MS, `both answers of ${group}`, () => client.heard.length === 2 * k);
        }
      });
      assert.equal(texts(client).toSorted(), ['one heard 1', 'one heard 2', 'two heard 1', 'two heard 2']);
      for (const member of members) member.close();
      await client.close();
    }
  },

  groupAsListen: async () => {
    const server = await Plain.open();
    server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
    const client = await Plain.open('10.9.0.1');
    client.socket.setMulticastInterface('10.9.0.1');
    const upstream = `127.0.0.1:${server.local.port}`;
    const args = ['--listen', '239.1.2.4:0', '--upstream', upstream, '--multicast', 'd0'];
    await behindProxy(args, async (port) => {
      await client.send({ address: '239.1.2.4', port }, 'anybody?');
      await until(PATIENCE_MS, 'the answer', () => client.heard.length === 1);
    });
    assert.equal(texts(client), ['anybody?']);
    await Promise.all([server.close(), client.close()]);
  },

  broadcasts: async () => {
    const server = await Plain.open('0.0.0.0');
    server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
    const client = await Plain.open();
    const addresses = ['--listen', '127.0.0.1:0', '--upstream', `10.9.0.255:${server.local.port}`];
    await behindProxy([...addresses, '--broadcast'], async (port) => {
      await client.send({ address: '127.0.0.1', port }, 'all');
      await until(PATIENCE_MS, 'the answer', () => client.heard.length === 1);
    });
    assert.equal(texts(client), ['all']);
    await inFolder(async (folder) => {
      assertRefused(await run(['proxy', ...addresses, '--log', 'none'], folder), 2, 'add --broadcast');
    });
    await Promise.all([server.close(), client.close()]);
  },
};

await (WORKS[work] as () => Promise<void>)();
console.log('done');
