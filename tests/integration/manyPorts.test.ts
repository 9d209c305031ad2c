import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { openTransport } from '../../src/net/select.ts';
import { resolveTransport } from '../../bench/suites.ts';

const test = suite('a transport with many ports');

const PORTS = 40;
/** Longer than the transport reads before it gives way. */
const SLOW_NS = 1.2e6;
/** Every turn of the event loop tells of each unread port anew; that many turns would be one for each. */
const MAX_TURNS = 10;
const LIMIT_MS = 60_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const transportName = await resolveTransport('auto');

test(`${transportName}: however slow its reader, no port waits for a turn of its own`, async () => {
  const clock = new MonotonicClock();
  const sender = await openTransport(transportName, clock);
  const receiver = await openTransport(transportName, clock);
  try {
    const from = await sender.open({ host: '127.0.0.1', port: 0 });
    const ports: number[] = [];
    for (let k = 0; k < PORTS; k += 1) ports.push(await receiver.open({ host: '127.0.0.1', port: 0 }));
    const seen = new Set<number>();
    receiver.onBatch = (port) => {
      seen.add(port);
      const endNs = clock.nowNs() + SLOW_NS;
      while (clock.nowNs() < endNs);
    };
    const batch = new DatagramBatch(1, 100);
    batch.append(new Uint8Array(100), 0, 100, 0);
    for (const port of ports) assert.is(sender.send(from, receiver.localPeer(port), batch, 0, 1), 1);
    let turns = 0;
    const limitNs = clock.nowNs() + LIMIT_MS * 1e6;
    while (seen.size < PORTS && clock.nowNs() < limitNs) {
      await nextTurn();
      if (seen.size > 0) turns += 1;
    }
    assert.is(seen.size, PORTS);
    assert.ok(turns <= MAX_TURNS, `${turns} turns`);
  } finally {
    await sender.close();
    await receiver.close();
  }
});

test.run();
