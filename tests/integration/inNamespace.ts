/**
 * Runs inside of a network namespace that a test made (namespaces.test.ts): what needs interfaces that no machine has by
 * itself. It prints `done` at its end; a claim that does not hold ends it with an error. Not a test by itself.
 */
import * as assert from 'uvu/assert';
import { MonotonicClock } from '../../src/net/clock.ts';
import { LinuxTransport } from '../../src/net/linux/linuxTransport.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { NodeTransport } from '../../src/net/nodeTransport.ts';
import { canonicalAddress } from '../../src/net/transport.ts';
import type { Transport } from '../../src/net/transport.ts';
import { peerKey } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import { Arrivals, batchOf } from '../net/arrivals.ts';
import { PATIENCE_MS, Plain, until } from './loopback.ts';

const [, , work = '', which = ''] = process.argv;

async function open(): Promise<Transport> {
  if (which === 'node') return new NodeTransport(new MonotonicClock());
  const loaded = await loadNativeSockets();
  if (!loaded.ok) throw new Error(loaded.reason);
  return new LinuxTransport(loaded.value, new MonotonicClock());
}

const refusalOf = (opening: Promise<unknown>): Promise<string> =>
  opening.then(
    () => 'no refusal',
    (cause: Error) => cause.message,
  );

const WORKS: Readonly<Record<string, (transport: Transport) => Promise<void>>> = {
  /** va and vb are the ends of one cable. */
  zones: async (transport) => {
    const from = await transport.open({ host: 'fe80::a%va', port: 0 });
    const to = await transport.open({ host: canonicalAddress('FE80:0::b%vb'), port: 0 });
    assert.is(transport.localPeer(from).address, 'fe80::a%va');
    assert.is(transport.localPeer(to).address, 'fe80::b%vb');
    assert.is(transport.kernelDrops(from), 0);
    // As seen from the other end of the cable, each lies on the interface of the one who looks.
    const arrivals = new Arrivals(transport);
    const batch = batchOf([5, 6, 7]);
    const { port } = transport.localPeer(to);
    assert.is(transport.send(from, { address: 'fe80::b%va', port }, batch, 0, 3), 3);
    const source = (await arrivals.until(3))[0]?.source as Peer;
    assert.equal(source, { address: 'fe80::a%vb', port: transport.localPeer(from).port });
    assert.is(transport.send(to, source, batch, 0, 3), 3);
    const back = (await arrivals.until(6)).slice(3);
    assert.equal(
      back.map(({ port: at, source: by }) => [at, by?.address]),
      back.map(() => [from, 'fe80::b%va']),
    );
    assert.is(back.length, 3);
    // The interface's number means the interface.
    const numbers = ['1', '2', '3', '4', '5', '6', '7', '8'].map((n) => canonicalAddress(`fe80::a%${n}`));
    assert.ok(numbers.includes('fe80::a%va') && numbers.includes('fe80::a%vb'), numbers.join());
    assert.match(await refusalOf(transport.open({ host: 'fe80::a%nowhere', port: 0 })), 'fe80::a%nowhere');
  },

  wildcard: async (transport) => {
    const server = await transport.open({ host: '::', port: 0 });
    const { port } = transport.localPeer(server);
    const sources: Peer[] = [];
    transport.onBatch = (at, batch) => {
      for (let row = 0; row < batch.count; row += 1) {
        const source = batch.sources[row] as Peer;
        sources.push(source);
        transport.send(at, source, batch, row, row + 1);
      }
    };
    const client = await Plain.open('fd00::1');
    const asked = ['fd00::1', 'fd00::2', '::1', 'fd00::3'];
    for (const address of asked) await client.send({ address, port }, `to ${address}`);
    const local = await Plain.open('127.0.0.1');
    await local.send({ address: '127.0.0.2', port }, 'to 127.0.0.2');
    await until(PATIENCE_MS, 'the answers', () => client.heard.length === 4 && local.heard.length === 1);
    if (transport.name === 'linux') {
      assert.equal(
        client.from.map(({ address }, k) => `${client.heard[k]} from ${address}`),
        asked.map((address) => `to ${address} from ${address}`),
      );
      assert.equal(
        sources.map(({ local: at }) => at),
        [...asked, '::ffff:127.0.0.2'],
      );
      assert.equal(local.from[0]?.address, '127.0.0.2');
      assert.is(new Set(sources.map(peerKey)).size, 5);
    } else {
      assert.match(transport.notes().join('\n'), 'answers leave from the address that the kernel chooses');
    }
    assert.not.match(transport.notes().join('\n'), 'cut off');
    await Promise.all([client.close(), local.close()]);
  },

  /** Refusals over IPv6. */
  refusals: async (transport) => {
    const gone = await Plain.open('::1');
    const dead = gone.local;
    await gone.close();
    const port = await transport.open({ host: '::1', port: 0, tellsRefusals: true, connectTo: dead });
    let told = 0;
    transport.onRefused = (at, peer, count) => {
      assert.equal([at, peer.address, peer.port], [port, dead.address, dead.port]);
      told += count;
    };
    for (let k = 1; k <= 5; k += 1) {
      assert.is(transport.send(port, dead, batchOf([k]), 0, 1), 1);
      await until(PATIENCE_MS, `refusal ${k}`, () => told === k);
    }
  },

  groups: async (transport) => {
    for (const host of ['239.1.2.3', 'ff02::1234', 'ff15::1234']) {
      const options = { host, port: 0, multicastInterface: 'd0' };
      const heard = await transport.open(options);
      const { port } = transport.localPeer(heard);
      const isIpv6 = host.includes(':');
      const shared = await transport.open({ ...options, port });
      const from = await transport.open({
        host: isIpv6 ? '::' : '0.0.0.0',
        port: 0,
        multicastInterface: 'd0',
      });
      const arrivals = new Arrivals(transport);
      assert.is(transport.send(from, { address: host, port }, batchOf([9]), 0, 1), 1, host);
      const got = await arrivals.until(2);
      assert.equal(got.map(({ port: at }) => at).toSorted(), [heard, shared].toSorted(), host);
      const source = got[0]?.source as Peer;
      assert.is(transport.send(heard, source, batchOf([4]), 0, 1), 1);
      assert.is((await arrivals.until(3))[2]?.port, from, `an answer to one who asked ${host}`);
      assert.match(await refusalOf(transport.open({ host, port: 0 })), 'it is a group; name the interface');
      assert.match(
        await refusalOf(transport.open({ ...options, multicastInterface: 'eth77' })),
        /there is no interface eth77 with an IPv[46] address; choose one of .*d0/,
      );
    }
  },

  broadcasts: async (transport) => {
    const heard = await transport.open({ host: '0.0.0.0', port: 0 });
    const to = { address: '10.9.0.255', port: transport.localPeer(heard).port };
    const may = await transport.open({ host: '0.0.0.0', port: 0, broadcast: true });
    const mayNot = await transport.open({ host: '0.0.0.0', port: 0 });
    const arrivals = new Arrivals(transport);
    let failed = 0;
    transport.onSendFailure = (_port, _peer, datagrams) => {
      failed += datagrams;
    };
    const taken = transport.send(mayNot, to, batchOf([1, 2]), 0, 2);
    await until(PATIENCE_MS, 'the denial', () => taken - failed === 0);
    assert.match(transport.notes().join('\n'), `sends to 10.9.0.255:${to.port} are denied (EACCES)`);
    assert.is(transport.send(may, to, batchOf([3]), 0, 1), 1);
    const [got] = await arrivals.until(1);
    assert.is(got?.bytes.length, 3);
    assert.is(transport.send(heard, got?.source as Peer, batchOf([4]), 0, 1), 1);
    assert.is((await arrivals.until(2))[1]?.port, may, 'an answer to who broadcast');
  },
};

const transport = await open();
await (WORKS[work] as (transport: Transport) => Promise<void>)(transport);
await transport.close();
console.log('done');
