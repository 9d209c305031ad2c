/**
 * What every transport promises, as tests: the same for node:dgram, for batched system calls, for batched system
 * calls on a kernel that refuses things, and, without what needs a kernel or a clock, for the network in memory.
 *
 * Real sockets on loopback. That nothing is left open is the test runner's judgement: the process must end by itself.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EnvironmentError } from '../../src/base/errors.ts';
import type { Peer } from '../../src/net/batch.ts';
import { sendControl } from '../../src/net/endpoint.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import type { Clock } from '../../src/net/clock.ts';
import { RECEIVE_BUFFER_BYTES } from '../../src/net/transport.ts';
import type { Transport } from '../../src/net/transport.ts';
import { missingIpv6 } from '../net/ipv6.ts';
import { Arrivals, batchOf, pause, payloads, samePayloads } from './arrivals.ts';

export type Opener = (clock: Clock) => Transport | Promise<Transport>;

const HOSTS = ['127.0.0.1', '::1'];
const noIpv6 = await missingIpv6();

async function withTransport(
  opener: Opener,
  use: (transport: Transport, clock: Clock) => Promise<void>,
): Promise<void> {
  const clock = new MonotonicClock();
  const transport = await opener(clock);
  try {
    await use(transport, clock);
  } finally {
    await transport.close();
  }
}

async function openPair(
  transport: Transport,
  host = '127.0.0.1',
  receiveBufferBytes = RECEIVE_BUFFER_BYTES,
): Promise<{ from: number; to: Peer }> {
  const to = await transport.open({ host, port: 0, receiveBufferBytes });
  const from = await transport.open({ host, port: 0 });
  return { from, to: transport.localPeer(to) };
}

/**
 * Declares and runs the suite.
 * @param name which transport, on what
 * @param inMemory whether it has neither a kernel nor the run's clock: what is about these is left out
 */
export function transportContract(name: string, opener: Opener, inMemory = false): void {
  const test = suite(`transport contract, ${name}`);
  const onSockets: typeof test = inMemory ? (((): void => undefined) as unknown as typeof test) : test;

  for (const host of HOSTS) {
    const claim = `carries every size over ${host}, in order and unchanged`;
    if (host === '::1' && noIpv6 !== null && !inMemory) {
      test.skip(`${claim} (${noIpv6})`);
      continue;
    }
    test(claim, () =>
      withTransport(opener, async (transport) => {
        const batch = batchOf([0, 1, 2, 63, 64, 100, 0, 1200, 1472, 1473, 9000, 65_506, 65_507, 0]);
        const { from, to } = await openPair(transport, host);
        const arrivals = new Arrivals(transport);
        assert.is(transport.send(from, to, batch, 0, batch.count), batch.count);
        const got = await arrivals.until(batch.count);
        samePayloads(
          got.map(({ bytes }) => bytes),
          payloads(batch),
          host,
        );
        for (const { source, port } of got) {
          assert.equal(source, transport.localPeer(from));
          assert.is(source, got[0]?.source, 'the same peer is the same object');
          assert.is(port, 0);
        }
      }),
    );
  }

  test('carries long batches of one size', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      for (const lengthBytes of [1, 200, 1200]) {
        const batch = batchOf(Array.from({ length: 700 }, () => lengthBytes));
        const arrivals = new Arrivals(transport);
        assert.is(transport.send(from, to, batch, 0, batch.count), batch.count);
        const got = await arrivals.until(batch.count);
        samePayloads(
          got.map(({ bytes }) => bytes),
          payloads(batch),
          `${lengthBytes} bytes`,
        );
      }
    }));

  test('carries any rows of any batch as they are', async () => {
    const lengths = fc.array(
      fc.record({ lengthBytes: fc.constantFrom(0, 1, 7, 50, 200, 1200, 3000), times: fc.nat(90) }),
      { minLength: 1, maxLength: 5 },
    );
    await withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      await fc.assert(
        fc.asyncProperty(lengths, fc.nat(20), fc.boolean(), async (runs, skipped, gaps) => {
          const rows = runs.flatMap(({ lengthBytes, times }) =>
            Array.from({ length: times }, () => lengthBytes),
          );
          const batch = batchOf(rows, gaps ? 3 : 0);
          const first = Math.min(skipped, batch.count);
          const arrivals = new Arrivals(transport);
          assert.is(transport.send(from, to, batch, first, batch.count), batch.count - first);
          const got = await arrivals.until(batch.count - first);
          samePayloads(
            got.map(({ bytes }) => bytes),
            payloads(batch, first),
            JSON.stringify(runs),
          );
        }),
        { seed: 20, numRuns: 20 },
      );
    });
  });

  onSockets('gives arrival times that lie between send and receipt and never go back', () =>
    withTransport(opener, async (transport, clock) => {
      const { from, to } = await openPair(transport);
      const arrivals = new Arrivals(transport);
      const beforeNs = clock.nowNs();
      const batch = batchOf(Array.from({ length: 10 }, () => 100));
      for (let round = 0; round < 20; round += 1) {
        transport.send(from, to, batch, 0, batch.count);
        await pause(1);
      }
      const got = await arrivals.until(200);
      assert.is(got.length, 200);
      let lastNs = beforeNs;
      for (const { timeNs } of got) {
        assert.ok(timeNs >= lastNs, `${timeNs} after ${lastNs}`);
        lastNs = timeNs;
      }
      assert.ok(lastNs <= clock.nowNs());
    }),
  );

  onSockets('counts what a full receive buffer dropped', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport, '127.0.0.1', 1 << 20);
      const arrivals = new Arrivals(transport);
      assert.is(transport.kernelDrops(0), 0);
      const batch = batchOf(Array.from({ length: 100 }, () => 1000));
      let sent = 0;
      // In one turn, so that nothing is read: far more than the buffer holds.
      for (let round = 0; round < 200; round += 1) sent += transport.send(from, to, batch, 0, batch.count);
      await arrivals.settle();
      const missing = sent - arrivals.list.length;
      const counter = transport.kernelDrops(0) ?? -1;
      assert.ok(missing > 0, 'nothing was dropped');
      if (transport.coalesces(0)) {
        assert.ok(counter <= missing && missing <= 64 * counter, `${missing} missing, counter ${counter}`);
      } else {
        assert.is(counter, missing);
      }
      assert.is(transport.kernelDrops(1), 0);
    }),
  );

  test('is not troubled by a peer that is gone', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      const other = await opener(new MonotonicClock());
      const gone = other.localPeer(await other.open({ host: '127.0.0.1', port: 0 }));
      await other.close();
      const arrivals = new Arrivals(transport);
      const batch = batchOf([10, 10, 10]);
      for (let round = 0; round < 3; round += 1) {
        assert.is(transport.send(from, gone, batch, 0, 3), 3);
        await pause(2);
      }
      transport.send(from, to, batch, 0, 3);
      assert.is((await arrivals.until(3)).length, 3);
    }));

  test('reports a datagram that cannot be sent, and sends the others', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      const batch = batchOf([10, 65_508, 20, 30]);
      const arrivals = new Arrivals(transport);
      let failed = 0;
      transport.onSendFailure = (port, peer, datagrams) => {
        assert.is(port, from);
        assert.is(peer, to);
        failed += datagrams;
      };
      const taken = transport.send(from, to, batch, 0, batch.count);
      const got = await arrivals.until(3);
      assert.equal(
        got.map(({ bytes }) => bytes.length),
        [10, 20, 30],
      );
      assert.is(taken - failed, 3);
    }));

  test('tells nobody of control that cannot be sent: the stream is not to answer for it', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      const batch = batchOf([10, 65_508, 20]);
      const arrivals = new Arrivals(transport);
      let failed = 0;
      transport.onSendFailure = (_port, _peer, datagrams) => {
        failed += datagrams;
      };
      sendControl(transport, from, to, batch, 0, batch.count);
      const got = await arrivals.until(2);
      assert.equal(
        got.map(({ bytes }) => bytes.length),
        [10, 20],
      );
      await pause(20);
      assert.is(failed, 0);
    }));

  test('takes nothing for port 0, from which a datagram may come but to which none can go', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      let failed = 0;
      transport.onSendFailure = (_port, _peer, datagrams) => {
        failed += datagrams;
      };
      const batch = batchOf([10, 10, 10]);
      const before = transport.notes();
      assert.is(transport.send(from, { address: to.address, port: 0 }, batch, 0, 3), 0);
      await pause(5);
      assert.is(failed, 0);
      assert.equal(transport.notes(), before);
    }));

  test('serves fifty ports at a time', () =>
    withTransport(opener, async (transport) => {
      const opened = Array.from({ length: 50 }, () => transport.open({ host: '127.0.0.1', port: 0 }));
      const ports = await Promise.all(opened);
      assert.equal(
        [...ports].toSorted((a, b) => a - b),
        [...Array(50).keys()],
      );
      const arrivals = new Arrivals(transport);
      const batch = batchOf(ports.map((port) => 100 + port));
      for (const port of ports) transport.send(0, transport.localPeer(port), batch, port, port + 1);
      const got = await arrivals.until(50);
      assert.equal(
        got.map(({ port, bytes }) => `${port}: ${bytes.length}`).toSorted(),
        ports.map((port) => `${port}: ${100 + port}`).toSorted(),
      );
    }));

  test('lets timers run however much arrives', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      const batch = batchOf(Array.from({ length: 64 }, () => 1000));
      let fired = false;
      const timers = (async () => {
        for (let k = 0; k < 10; k += 1) await pause(5);
        fired = true;
      })();
      let received = 0;
      transport.onBatch = (_port, { count }) => {
        received += count;
        // There is always more to read.
        if (!fired) for (let k = 0; k < 4; k += 1) transport.send(from, to, batch, 0, batch.count);
      };
      transport.send(from, to, batch, 0, batch.count);
      await timers;
      assert.ok(received > 64);
    }));

  test('closes at once with nothing arriving, and then neither sends nor receives', async () => {
    const clock = new MonotonicClock();
    const transport = await opener(clock);
    const { from, to } = await openPair(transport);
    const arrivals = new Arrivals(transport);
    await pause(5);
    const batch = batchOf([10]);
    transport.send(from, to, batch, 0, 1);
    const beforeNs = clock.nowNs();
    await transport.close();
    assert.ok(clock.nowNs() - beforeNs < 5e9, 'close took long');
    assert.is(transport.send(from, to, batch, 0, 1), 0);
    await transport.close();
    await pause(20);
    assert.is(arrivals.list.length, 0);
  });

  test('may be closed while it hands over a batch', async () => {
    const transport = await opener(new MonotonicClock());
    const { from, to } = await openPair(transport);
    let batches = 0;
    const closed = new Promise<void>((resolve) => {
      transport.onBatch = () => {
        batches += 1;
        resolve(transport.close());
      };
    });
    const batch = batchOf([10]);
    for (let k = 0; k < 100; k += 1) transport.send(from, to, batch, 0, 1);
    await closed;
    await pause(20);
    assert.is(batches, 1);
  });

  onSockets('closes one port and leaves the others open', () =>
    withTransport(opener, async (transport) => {
      const { from, to } = await openPair(transport);
      const other = await transport.open({ host: '127.0.0.1', port: 0 });
      const { port: freed } = transport.localPeer(other);
      const drops = transport.kernelDrops(other);
      transport.closePort(other);
      transport.closePort(other);
      const arrivals = new Arrivals(transport);
      const batch = batchOf([10]);
      assert.is(transport.send(other, to, batch, 0, 1), 0);
      assert.is(transport.kernelDrops(other), drops);
      // Its number stays its own, and the address is free again.
      const again = await transport.open({ host: '127.0.0.1', port: freed });
      assert.is(again, 3);
      assert.is(transport.send(again, to, batch, 0, 1), 1);
      assert.is(transport.send(from, to, batch, 0, 1), 1);
      assert.is((await arrivals.until(2)).length, 2);
    }),
  );

  onSockets('says what is wrong with an address', () =>
    withTransport(opener, async (transport) => {
      const taken = transport.localPeer(await transport.open({ host: '127.0.0.1', port: 0 }));
      const refusals = [
        { host: '127.0.0.1', port: taken.port, code: 'EADDRINUSE', remedy: 'another port' },
        { host: '192.0.2.1', port: 0, code: 'EADDRNOTAVAIL', remedy: 'address of this machine' },
      ];
      for (const { code, remedy, ...options } of refusals) {
        try {
          await transport.open(options);
          assert.unreachable(code);
        } catch (cause) {
          assert.instance(cause, EnvironmentError);
          assert.match((cause as Error).message, code);
          assert.match((cause as Error).message, remedy);
        }
      }
    }),
  );

  onSockets('opens a port by a name', () =>
    withTransport(opener, async (transport) => {
      const port = await transport.open({ host: 'localhost', port: 0 });
      assert.is(transport.localPeer(port).address, '127.0.0.1');
    }),
  );

  test('throws for a port that was never opened', () =>
    withTransport(opener, async (transport) => {
      assert.throws(() => transport.localPeer(0), 'port 0 was never opened');
      assert.throws(() => transport.kernelDrops(0), 'port 0 was never opened');
      assert.throws(() => transport.coalesces(0), 'port 0 was never opened');
    }));

  test('says how it moves datagrams', () =>
    withTransport(opener, async (transport) => {
      assert.match(transport.notes()[0] ?? '', 'UDP by');
    }));

  test.run();
}
