/** What only node:dgram does: it queues what the kernel does not take at once, and tells of failures later. */
import { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer } from '../../src/net/batch.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { NodeTransport } from '../../src/net/nodeTransport.ts';
import { Arrivals, batchOf, pause, payloads, samePayloads } from '../net/arrivals.ts';

const test = suite('the node transport waits for libuv, within bounds');

const MIB = 1 << 20;

/** Sockets that keep whatever they are to send, until they are told to let it go. */
class Stall {
  readonly #kept: { bytes: Buffer; sent: (error: Error | null) => void }[] = [];
  readonly #real = {
    send: Socket.prototype.send,
    getSendQueueSize: Socket.prototype.getSendQueueSize,
    getSendQueueCount: Socket.prototype.getSendQueueCount,
  };

  begin(): void {
    const kept = this.#kept;
    Object.assign(Socket.prototype, {
      send: (bytes: Buffer, _port: number, _host: string, sent: () => void) => {
        kept.push({ bytes, sent });
      },
      getSendQueueSize: () => kept.reduce((sum, { bytes }) => sum + bytes.length, 0),
      getSendQueueCount: () => kept.length,
    });
  }

  /** What is kept, as it is now. */
  payloads(): Uint8Array[] {
    return this.#kept.map(({ bytes }) => Uint8Array.from(bytes));
  }

  /** Memory that the kept datagrams lie in, bytes. */
  get memoryBytes(): number {
    const buffers = new Set(this.#kept.map(({ bytes }) => bytes.buffer));
    let bytes = 0;
    for (const { byteLength } of buffers) bytes += byteLength;
    return bytes;
  }

  letGo(): void {
    for (let one = this.#kept.shift(); one !== undefined; one = this.#kept.shift()) one.sent(null);
  }

  end(): void {
    Object.assign(Socket.prototype, this.#real);
    this.#kept.length = 0;
  }
}

async function stalled(use: (transport: NodeTransport, to: Peer, stall: Stall) => void): Promise<void> {
  const transport = new NodeTransport(new MonotonicClock());
  const stall = new Stall();
  try {
    await transport.open({ host: '127.0.0.1', port: 0 });
    await transport.open({ host: '127.0.0.1', port: 0 });
    stall.begin();
    use(transport, transport.localPeer(1), stall);
  } finally {
    stall.end();
    await transport.close();
  }
}

test('a socket that sends nothing is offered no more than fits into a few megabytes', () =>
  stalled((transport, to, stall) => {
    const batch = batchOf(Array.from({ length: 64 }, () => 1200));
    let taken = 0;
    for (let k = 0; k < 2000; k += 1) taken += transport.send(0, to, batch, 0, 64);
    assert.ok(taken > 64 && taken * 1200 < 6 * MIB, `${taken} taken of 128,000`);
    assert.is(taken % 64, 0);
    assert.ok(stall.memoryBytes < 10 * MIB, `${stall.memoryBytes}`);
    assert.ok(transport.congested);
    // What is in the way is not the socket's but the process's: memory is shared.
    assert.is(transport.send(1, to, batch, 0, 64), 0);
    for (const bytes of stall.payloads()) assert.is(bytes.length, 1200);
    samePayloads(
      stall.payloads(),
      [...Array(taken / 64)].flatMap(() => payloads(batch)),
      'kept as offered',
    );
    stall.letGo();
    assert.not(transport.congested);
    assert.is(transport.send(0, to, batch, 0, 64), 64);
  }));

test('once all is sent, datagrams of other lengths go out as they are from where those before lay', () =>
  stalled((transport, to, stall) => {
    for (const lengths of [[1200, 1200, 10], [1200, 1200, 10], [1200, 700, 510], [3]]) {
      const batch = batchOf(lengths);
      assert.is(transport.send(0, to, batch, 0, lengths.length), lengths.length);
      samePayloads(stall.payloads(), payloads(batch), lengths.join());
      stall.letGo();
    }
  }));

test('small datagrams are bounded by what waiting takes, not by their bytes', () =>
  stalled((transport, to) => {
    const batch = batchOf(Array.from({ length: 256 }, () => 10));
    let taken = 0;
    for (let k = 0; k < 1000; k += 1) taken += transport.send(0, to, batch, 0, 256);
    assert.ok(taken < 20_000, `${taken} taken of 256,000`);
  }));

test('a port that is closed takes what waited there out of the way', () =>
  stalled((transport, to, stall) => {
    const batch = batchOf(Array.from({ length: 64 }, () => 1200));
    while (transport.send(0, to, batch, 0, 64) > 0);
    assert.ok(transport.congested);
    stall.end();
    transport.closePort(0);
    assert.not(transport.congested);
    assert.is(transport.send(0, to, batch, 0, 64), 0);
    assert.is(transport.send(1, to, batch, 0, 64), 64);
  }));

test('however much one step sends, nothing is refused that the kernel takes', async () => {
  const transport = new NodeTransport(new MonotonicClock());
  const batch = batchOf(Array.from({ length: 32 }, () => 1200));
  try {
    const peers: Peer[] = [];
    for (let k = 0; k < 20; k += 1) {
      peers.push(transport.localPeer(await transport.open({ host: '127.0.0.1', port: 0 })));
    }
    const arrivals = new Arrivals(transport);
    for (let round = 0; round < 10; round += 1) {
      for (const peer of peers) assert.is(transport.send(0, peer, batch, 0, 32), 32);
    }
    // 7.7 MB in one step, a tenth of a receive buffer for each.
    const got = await arrivals.until(6400);
    const ofOne = got.filter(({ port }) => port === 7).map(({ bytes }) => bytes);
    samePayloads(
      ofOne,
      [...Array(10)].flatMap(() => payloads(batch)),
      'port 7',
    );
    assert.is(got.length, 6400);
  } finally {
    await transport.close();
  }
});

test("many ports that are closed at once cost one reading of the kernel's table, and so do many that are asked", async () => {
  let readings = 0;
  const text = (file: string): string => {
    readings += 1;
    return readFileSync(file, 'latin1');
  };
  const transport = new NodeTransport(new MonotonicClock(), '', {
    now: text,
    later: (file) => Promise.resolve(text(file)),
  });
  const closed: number[] = [];
  try {
    // Fewer than may be open where there is a limit of 256.
    for (let k = 0; k < 150; k += 1) closed.push(await transport.open({ host: '127.0.0.1', port: 0 }));
    const standing = await transport.open({ host: '127.0.0.1', port: 0 });
    const freed = transport.localPeer(closed[7] as number);
    for (const port of closed) assert.is(transport.kernelDrops(port), 0);
    assert.is(readings, 1);
    await pause(1);
    for (const port of closed) transport.closePort(port);
    assert.is(readings, 1);
    // A port is free as soon as somebody wants it.
    assert.is(
      transport.localPeer(await transport.open({ host: freed.address, port: freed.port })).port,
      freed.port,
    );
    for (const port of closed) assert.is(transport.kernelDrops(port), 0);
    assert.is(transport.send(closed[0] as number, transport.localPeer(standing), batchOf([1]), 0, 1), 0);
    await pause(20);
    assert.ok(readings <= 3, `${readings} readings`);
  } finally {
    await transport.close();
  }
});

test('what the kernel dropped at a port that was closed is known afterwards', async () => {
  const transport = new NodeTransport(new MonotonicClock());
  try {
    const from = await transport.open({ host: '127.0.0.1', port: 0 });
    const to = await transport.open({ host: '127.0.0.1', port: 0, receiveBufferBytes: 4096 });
    const batch = batchOf(Array.from({ length: 50 }, () => 1200));
    transport.send(from, transport.localPeer(to), batch, 0, 50);
    transport.closePort(to);
    const drops = transport.kernelDrops(to);
    assert.ok(drops !== null && drops > 0 && drops < 50, `${drops}`);
    await pause(50);
    assert.is(transport.kernelDrops(to), drops);
  } finally {
    await transport.close();
  }
});

test('a name instead of an address is a mistake', async () => {
  const transport = new NodeTransport(new MonotonicClock());
  await transport.open({ host: '127.0.0.1', port: 0 });
  assert.throws(
    () => transport.send(0, { address: 'localhost', port: 9 }, batchOf([1]), 0, 1),
    /is a number, not a name such as localhost/,
  );
  await transport.close();
});

test.run();
