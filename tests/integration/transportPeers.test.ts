/** Whom a transport hears and answers, and what it is told of them: addresses, refusals, types of service. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import { peerKey } from '../../src/net/batch.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { LinuxTransport } from '../../src/net/linux/linuxTransport.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { NodeTransport } from '../../src/net/nodeTransport.ts';
import type { OpenOptions, Transport } from '../../src/net/transport.ts';
import { Arrivals, batchOf, pause } from '../net/arrivals.ts';
import { moodyKernel } from '../net/contractKernel.ts';
import { missingIpv6 } from '../net/ipv6.ts';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import {
  closedPeer,
  forgeFromPortZero,
  missingForForging,
  missingPython,
  talkWithTos,
} from './foreignSockets.ts';

const ANYWHERE: OpenOptions = { host: '0.0.0.0', port: 0 };
const HERE: OpenOptions = { host: '127.0.0.1', port: 0 };

/** A socket of the test's own that hears nobody but one peer. */
async function connected(to: Peer): Promise<{ socket: Socket; heard: string[] }> {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (bytes) => heard.push(bytes.toString()));
  await new Promise<void>((resolve) => {
    socket.connect(to.port, to.address, resolve);
  });
  return { socket, heard };
}

/** Sends everything back to where it came from. */
function echo(transport: Transport): Peer[] {
  const sources: Peer[] = [];
  transport.onBatch = (port, batch) => {
    for (let row = 0; row < batch.count; row += 1) {
      const source = batch.sources[row] as Peer;
      sources.push(source);
      transport.send(port, source, batch, row, row + 1);
    }
  };
  return sources;
}

/** Refusals told, by peer. */
function refusalsOf(transport: Transport): Map<string, number> {
  const told = new Map<string, number>();
  transport.onRefused = (_port, peer, count) => {
    const key = peerKey({ address: peer.address, port: peer.port });
    told.set(key, (told.get(key) ?? 0) + count);
  };
  return told;
}

function declare(name: string, make: () => Transport): void {
  const test = suite(`whom a transport hears, ${name}`);
  const on = (use: (transport: Transport) => Promise<void>) => async () => {
    const transport = make();
    try {
      await use(transport);
      assert.not.match(transport.notes().join('\n'), 'cut off');
    } finally {
      await transport.close();
    }
  };

  test(
    'a port that listens everywhere answers from the address that was asked, or says that it cannot',
    on(async (transport) => {
      const { port } = transport.localPeer(await transport.open(ANYWHERE));
      const sources = echo(transport);
      const clients = [];
      for (const address of ['127.0.0.1', '127.0.0.2', '127.1.2.3'])
        clients.push(await connected({ address, port }));
      for (let k = 0; k < 20; k += 1) for (const { socket } of clients) socket.send(`${k}`);
      await until(PATIENCE_MS, 'what was sent', () => sources.length === 60);
      if (transport.name === 'linux') {
        for (const [k, { heard }] of clients.entries())
          await until(PATIENCE_MS, `the answers of client ${k}`, () => heard.length === 20);
        assert.equal([...new Set(sources.map(({ local }) => local))].toSorted(), [
          '127.0.0.1',
          '127.0.0.2',
          '127.1.2.3',
        ]);
      } else {
        assert.match(transport.notes().join('\n'), 'answers leave from the address that the kernel chooses');
      }
      for (const { socket } of clients) socket.close();
    }),
  );

  test(
    'one client that asks two addresses is two peers where the system tells, each with one object',
    on(async (transport) => {
      const { port } = transport.localPeer(await transport.open(ANYWHERE));
      const sources = echo(transport);
      const client = await Plain.open('127.0.0.1');
      for (let k = 0; k < 30; k += 1) await client.send({ address: `127.0.0.${1 + (k % 3)}`, port }, `${k}`);
      await until(PATIENCE_MS, 'the answers', () => client.heard.length === 30);
      const isTold = transport.name === 'linux';
      assert.is(new Set(sources).size, isTold ? 3 : 1);
      assert.is(new Set(sources.map(peerKey)).size, isTold ? 3 : 1);
      assert.is(new Set(client.from.map(({ address }) => address)).size, isTold ? 3 : 1);
      await client.close();
    }),
  );

  test(
    'a port that is bound to an address is told no other, and nothing of it is noted',
    on(async (transport) => {
      const { port } = transport.localPeer(await transport.open(HERE));
      const notes = transport.notes().length;
      const sources = echo(transport);
      const client = await connected({ address: '127.0.0.1', port });
      client.socket.send('x');
      await until(PATIENCE_MS, 'the answer', () => client.heard.length === 1);
      assert.equal(Object.keys(sources[0] ?? {}), ['address', 'port']);
      assert.is(transport.notes().length, notes);
      client.socket.close();
    }),
  );

  test(
    'refusals of a closed port are told, one for each datagram that left, and the rest counts as not sent',
    on(async (transport) => {
      const dead = await closedPeer();
      const port = await transport.open({ ...HERE, tellsRefusals: true, connectTo: dead });
      const told = refusalsOf(transport);
      let failed = 0;
      transport.onSendFailure = (_port, _peer, datagrams) => {
        failed += datagrams;
      };
      // Each longer than the one before, so that none are joined: the kernel would refuse them as one.
      const batch = batchOf(Array.from({ length: 10 }, (_, k) => 100 + k));
      let taken = 0;
      for (let round = 0; round < 5; round += 1) {
        taken += transport.send(port, dead, batch, 0, 10);
        await pause(5);
      }
      assert.is(taken, 50);
      await until(PATIENCE_MS, 'the refusals', () => (told.get(peerKey(dead)) ?? 0) + failed === 50);
      assert.equal([...told.keys()], [peerKey(dead)]);
      if (transport.name === 'linux') assert.is(failed, 0);
      await pause(20);
      assert.is((told.get(peerKey(dead)) ?? 0) + failed, 50);
    }),
  );

  test(
    'what a port was refused before costs nothing once somebody is there',
    on(async (transport) => {
      const dead = await closedPeer();
      const port = await transport.open({ ...HERE, tellsRefusals: true, connectTo: dead });
      const told = refusalsOf(transport);
      const batch = batchOf([10]);
      transport.send(port, dead, batch, 0, 1);
      await until(PATIENCE_MS, 'a refusal', () => told.get(peerKey(dead)) === 1);
      const revived = transport.localPeer(await transport.open({ host: dead.address, port: dead.port }));
      const arrivals = new Arrivals(transport);
      const many = batchOf(Array.from({ length: 100 }, () => 50));
      assert.is(transport.send(port, revived, many, 0, 100), 100);
      assert.is((await arrivals.until(100)).length, 100);
      assert.is(told.get(peerKey(dead)), 1);
    }),
  );

  test(
    'nothing is told of refusals at a port that was not opened for it',
    on(async (transport) => {
      const dead = await closedPeer();
      const port = await transport.open(HERE);
      const told = refusalsOf(transport);
      for (let k = 0; k < 5; k += 1) assert.is(transport.send(port, dead, batchOf([10, 10]), 0, 2), 2);
      await pause(30);
      assert.is(told.size, 0);
    }),
  );

  test(
    'a transport that hears only its peer says so, and so does one that hears no refusals',
    on(async (transport) => {
      const peer = transport.localPeer(await transport.open(HERE));
      const port = await transport.open({ ...HERE, tellsRefusals: true, connectTo: peer });
      const stranger = await Plain.open();
      const arrivals = new Arrivals(transport);
      await stranger.send(transport.localPeer(port), 'from elsewhere');
      transport.send(0, transport.localPeer(port), batchOf([7]), 0, 1);
      const isNode = transport.name === 'node';
      assert.is((await arrivals.until(isNode ? 1 : 2)).length, isNode ? 1 : 2);
      await transport.open({ ...HERE, tellsRefusals: true });
      const notes = transport.notes().join('\n');
      assert.is(
        notes.includes(`answers in place of 127.0.0.1:${peer.port} from elsewhere are not seen`),
        isNode,
      );
      assert.is(notes.includes('whether a peer refuses datagrams is not told'), isNode);
      await stranger.close();
    }),
  );

  const noForging = missingForForging();
  const fromZero = 'a datagram from port 0 is counted and not handed over';
  if (noForging === null)
    test(
      fromZero,
      on(async (transport) => {
        const port = await transport.open(HERE);
        const arrivals = new Arrivals(transport);
        await forgeFromPortZero(transport.localPeer(port), 3);
        transport.send(port, transport.localPeer(port), batchOf([5]), 0, 1);
        await arrivals.until(1);
        await until(PATIENCE_MS, 'the count', () => transport.unanswerable === 3);
        assert.equal(
          arrivals.list.map(({ bytes }) => bytes.length),
          [5],
        );
        assert.match(transport.notes().join('\n'), '3 datagrams were not taken: from port 0');
      }),
    );
  else test.skip(`${fromZero} (${noForging})`);

  const noPython = missingPython();
  const carried = 'types of service are carried across a relay both ways, or a note says that they are not';
  if (noPython === null)
    test(
      carried,
      on(async (transport) => {
        const options = { ...HERE, carriesTos: true };
        const [front, back] = [await transport.open(options), await transport.open(options)];
        let upstream: Peer | undefined;
        let client: Peer | undefined;
        transport.onBatch = (port, batch: DatagramBatch) => {
          if (port === front) client = batch.sources[0];
          const to = port === front ? upstream : client;
          assert.ok(to);
          transport.send(port === front ? back : front, to, batch, 0, batch.count);
        };
        const sent = [0, 0, 2, 2, 2, 1, 3, 0xb8, 0xb8, 0xba, 0, 0x28, 255, 255].flatMap((tos) => [
          tos,
          tos,
          tos,
        ]);
        const heard = await talkWithTos(transport.localPeer(front), sent, (peer) => (upstream = peer));
        const expected = transport.name === 'linux' ? sent : sent.map(() => 0);
        assert.equal(heard.up, expected);
        // The kernel of the test's server sends each answer as it got the question.
        assert.equal(heard.down, expected);
        if (transport.name === 'node')
          assert.match(transport.notes().join('\n'), 'the type of service is not carried across');
      }),
    );
  else test.skip(`${carried} (${noPython})`);

  test.run();
}

const loaded = await loadNativeSockets();
const noIpv6 = await missingIpv6();
declare('node', () => new NodeTransport(new MonotonicClock()));
if (loaded.ok) {
  const real = loaded.value;
  declare('linux', () => new LinuxTransport(real, new MonotonicClock()));

  const test = suite('whom the linux transport hears');
  test('traffic to a live peer is not disturbed by refusals of another through the same port', async () => {
    const transport = new LinuxTransport(real, new MonotonicClock());
    try {
      const dead = await closedPeer();
      const live = transport.localPeer(await transport.open(HERE));
      const port = await transport.open({ ...HERE, tellsRefusals: true });
      const told = refusalsOf(transport);
      const arrivals = new Arrivals(transport);
      const singles = batchOf([9, 10, 11, 12]);
      const joined = batchOf(Array.from({ length: 20 }, () => 60));
      for (let round = 0; round < 50; round += 1) {
        assert.is(transport.send(port, dead, singles, 0, 4), 4);
        assert.is(transport.send(port, live, joined, 0, 20), 20);
        // What arrives at the port itself is not disturbed either.
        assert.is(transport.send(0, transport.localPeer(port), singles, 0, 1), 1);
        if (round % 10 === 0) await pause(2);
      }
      await arrivals.until(50 * 21);
      assert.is(arrivals.list.length, 50 * 21);
      await until(PATIENCE_MS, 'the refusals', () => told.get(peerKey(dead)) === 200);
      assert.equal([...told.keys()], [peerKey(dead)]);
      assert.is(transport.refusals().length, 0, 'no segments were taken for refused');
    } finally {
      await transport.close();
    }
  });

  test('rows whose types of service differ are not joined, and those that have none cost no control message', async () => {
    const { native, sent, controlBytes } = moodyKernel(real);
    const transport = new LinuxTransport(native, new MonotonicClock());
    try {
      const to = transport.localPeer(await transport.open(HERE));
      const plain = await transport.open(HERE);
      const marked = await transport.open({ ...HERE, carriesTos: true });
      const batch = batchOf(Array.from({ length: 8 }, () => 100));
      transport.send(marked, to, batch, 0, 8);
      batch.setTos(2, 5, 184);
      batch.setTos(7, 8, 1);
      transport.send(marked, to, batch, 0, 8);
      transport.send(plain, to, batch, 0, 8);
      assert.equal(
        sent.map(({ bytes }, k) => `${bytes} ${controlBytes[k]}`),
        ['800 24', '200 24', '300 48', '200 24', '100 24', '800 24'],
      );
    } finally {
      await transport.close();
    }
  });

  for (const [host, address] of [
    ['::1', '::1'],
    ['::', '::1'],
    ['::', '::ffff:127.0.0.1'],
  ] as const) {
    const claim = `types of service are carried over ${host} to ${address}, beside the address that was asked`;
    if (noIpv6 !== null) {
      test.skip(`${claim} (${noIpv6})`);
      continue;
    }
    test(claim, async () => {
      const transport = new LinuxTransport(real, new MonotonicClock());
      try {
        const port = await transport.open({ host, port: 0, carriesTos: true });
        const from = await transport.open({ host, port: 0, carriesTos: true });
        const batch = batchOf(Array.from({ length: 9 }, () => 100));
        for (const [row, tos] of [0, 0, 2, 2, 2, 184, 184, 3, 255].entries()) batch.setTos(row, row + 1, tos);
        const seen: number[] = [];
        transport.onBatch = (at, arrived) => {
          if (at === port) transport.send(port, arrived.sources[0] as Peer, arrived, 0, arrived.count);
          else seen.push(...arrived.tos.subarray(0, arrived.count));
        };
        const to = { address, port: transport.localPeer(port).port };
        assert.is(transport.send(from, to, batch, 0, 9), 9);
        await until(PATIENCE_MS, 'the answers', () => seen.length === 9);
        assert.equal(seen, [...batch.tos.subarray(0, 9)]);
        assert.not.match(transport.notes().join('\n'), 'cut off');
      } finally {
        await transport.close();
      }
    });
  }

  test('control messages that are cut off are noted', async () => {
    const { native } = moodyKernel(real, { controlRoomBytes: 40 });
    const transport = new LinuxTransport(native, new MonotonicClock());
    try {
      const port = await transport.open(ANYWHERE);
      const arrivals = new Arrivals(transport);
      transport.send(
        port,
        { address: '127.0.0.1', port: transport.localPeer(port).port },
        batchOf([5]),
        0,
        1,
      );
      await arrivals.until(1);
      assert.match(transport.notes().join('\n'), 'about 1 of its buffers was cut off');
    } finally {
      await transport.close();
    }
  });
  test.run();
}
