/** Real timers, but no socket: every wait is a few milliseconds, and bounded by a deadline of its own. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { Driver, PACINGS } from '../../src/net/driver.ts';
import type { Transport } from '../../src/net/transport.ts';
import { batchOf } from '../stream/batches.ts';

const MS = 1e6;
const PEER: Peer = { address: '127.0.0.1', port: 9 };

/** A transport without a network. */
class Loose implements Transport {
  readonly name = 'loose';
  onBatch: (port: number, batch: DatagramBatch) => void = () => undefined;
  onSendFailure = (): void => undefined;
  onRefused: (port: number, peer: Peer, count: number) => void = () => undefined;
  readonly unanswerable = 0;
  congested = false;
  readonly sent: string[] = [];

  open(): Promise<number> {
    return Promise.resolve(0);
  }
  localPeer(): Peer {
    return PEER;
  }
  closePort(): void {
    throw new Error('no port is closed here');
  }
  kernelDrops(): null {
    return null;
  }
  coalesces(): boolean {
    return false;
  }
  notes(): readonly string[] {
    return [];
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  send(_port: number, _peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    for (let row = from; row < to; row += 1) this.sent.push(Buffer.from(batch.payload(row)).toString());
    return to - from;
  }
}

/** Has work due at given times, and notes when it was woken for it. */
class Timed implements Endpoint {
  readonly wokenNs: number[] = [];
  readonly calls: string[] = [];
  onTimeout: () => void = () => undefined;
  onArrival: () => void = () => undefined;
  readonly #dueNs: number[];

  /** Shared with the caller, who may move a deadline. */
  constructor(dueNs: number[]) {
    this.#dueNs = dueNs;
  }

  get finished(): boolean {
    return this.#dueNs.length === 0;
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    this.calls.push(`datagrams ${port} ${from}..${to} of ${batch.count}`);
    assert.ok(nowNs >= 0);
    this.onArrival();
  }

  handleTimeout(nowNs: number): void {
    this.onTimeout();
    if (this.#dueNs[0] === undefined || nowNs < this.#dueNs[0]) return;
    this.wokenNs.push(nowNs);
    this.#dueNs.shift();
    this.calls.push('timeout');
  }

  nextTimeoutNs(): number {
    return this.#dueNs[0] ?? Number.POSITIVE_INFINITY;
  }

  drain(sink: DatagramSink): void {
    this.calls.push('drain');
    sink.send(0, PEER, batchOf(['x']), 0, 1);
  }
}

const PATIENCE_MS = 60_000;

/** Fails when the promise takes longer than it may. */
async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const test = suite('the driver');

for (const pacing of PACINGS) {
  test(`wakes the machine never early, and by absolute deadlines (${pacing})`, async () => {
    const clock = new MonotonicClock();
    const startNs = clock.nowNs();
    const dueNs = Array.from({ length: 20 }, (_, k) => startNs + k * 2.5 * MS);
    const machine = new Timed([...dueNs]);
    const driver = new Driver(machine, new Loose(), clock, pacing);
    driver.start();
    await within(PATIENCE_MS, driver.done);
    assert.is(machine.wokenNs.length, 20);
    for (const [k, wokenNs] of machine.wokenNs.entries()) assert.ok(wokenNs >= (dueNs[k] as number));
    // A relative timer would add up twenty latenesses; here the last wake-up has only its own.
    const lastLateNs = (machine.wokenNs[19] as number) - (dueNs[19] as number);
    assert.ok(lastLateNs < 10_000 * MS, `${lastLateNs / MS} ms late at the end`);
  });
}

test('drains after every step, and after an act', async () => {
  const clock = new MonotonicClock();
  const transport = new Loose();
  const machine = new Timed([clock.nowNs() + 200 * MS]);
  const driver = new Driver(machine, transport, clock);
  driver.start();
  transport.onBatch(3, batchOf(['a', 'b']));
  driver.act(() => machine.calls.push('act'));
  await within(PATIENCE_MS, driver.done);
  assert.equal(machine.calls.slice(0, 5), ['drain', 'datagrams 3 0..2 of 2', 'drain', 'act', 'drain']);
  assert.equal(machine.calls.slice(-2), ['timeout', 'drain']);
  assert.ok(transport.sent.length >= 4);
});

test('hands refusals over, drains, and heeds a deadline that they move; after the end there are none', async () => {
  const clock = new MonotonicClock();
  const transport = new Loose();
  const dueNs = [clock.nowNs() + 1e6 * MS];
  const machine = Object.assign(new Timed(dueNs), {
    handleRefused: (nowNs: number, port: number, peer: Peer, count: number) => {
      machine.calls.push(`port ${port}: ${count} by ${peer.port}`);
      dueNs[0] = nowNs;
    },
  });
  const driver = new Driver(machine, transport, clock);
  driver.start();
  transport.onRefused(2, PEER, 5);
  await within(PATIENCE_MS, driver.done);
  transport.onRefused(2, PEER, 1);
  assert.equal(machine.calls, ['drain', 'port 2: 5 by 9', 'drain', 'timeout', 'drain']);
  const deaf = new Driver(new Timed([clock.nowNs() + MS]), transport, clock);
  deaf.start();
  transport.onRefused(2, PEER, 1);
  await within(PATIENCE_MS, deaf.done);
});

test('does not ask for more while the transport is congested, and goes on afterwards', async () => {
  const clock = new MonotonicClock();
  const transport = new Loose();
  transport.congested = true;
  const machine = new Timed([clock.nowNs()]);
  let asked = 0;
  machine.onTimeout = () => (asked += 1);
  const driver = new Driver(machine, transport, clock);
  driver.start();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.is(asked, 0);
  transport.congested = false;
  await within(PATIENCE_MS, driver.done);
  assert.is(asked, 1);
});

test('a machine that throws ends the run with that error', async () => {
  const clock = new MonotonicClock();
  const machine = new Timed([clock.nowNs(), clock.nowNs() + 1e12]);
  const broken = new Error('a broken invariant');
  const driver = new Driver(machine, new Loose(), clock);
  driver.start();
  machine.onTimeout = () => {
    throw broken;
  };
  driver.act(() => machine.handleTimeout(0));
  const caught = await within(
    PATIENCE_MS,
    driver.done.then(
      () => null,
      (cause: unknown) => cause,
    ),
  );
  assert.is(caught, broken);
});

test('a machine that throws at an arrival ends the run, and not the process', async () => {
  const clock = new MonotonicClock();
  const transport = new Loose();
  const machine = new Timed([clock.nowNs() + 1e12]);
  const driver = new Driver(machine, transport, clock);
  driver.start();
  machine.handleDatagrams = () => {
    throw new Error('a broken invariant');
  };
  transport.onBatch(0, batchOf(['a']));
  const caught = await within(
    PATIENCE_MS,
    driver.done.then(
      () => null,
      (cause: Error) => cause.message,
    ),
  );
  assert.is(caught, 'a broken invariant');
});

test('stopped, it leaves the machine alone', async () => {
  const clock = new MonotonicClock();
  const transport = new Loose();
  const machine = new Timed([clock.nowNs() + 1e12]);
  const driver = new Driver(machine, transport, clock);
  driver.start();
  driver.stop();
  await within(PATIENCE_MS, driver.done);
  const before = machine.calls.length;
  transport.onBatch(0, new DatagramBatch(1, 1));
  driver.act(() => assert.unreachable('it was stopped'));
  assert.is(machine.calls.length, before);
});

test('a deadline weeks away is waited for, not taken for now', async () => {
  const clock = new MonotonicClock();
  const machine = new Timed([clock.nowNs() + 60 * 86_400 * 1e9]);
  let asked = 0;
  machine.onTimeout = () => (asked += 1);
  const driver = new Driver(machine, new Loose(), clock);
  driver.start();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.is(asked, 1, 'only by the start');
  driver.stop();
  await within(PATIENCE_MS, driver.done);
});

test('an arrival sets no timer anew unless it brings the deadline forward', async () => {
  const clock = new MonotonicClock();
  const farNs = clock.nowNs() + 60e3 * MS;
  const dueNs = [farNs];
  const machine = new Timed(dueNs);
  const transport = new Loose();
  const driver = new Driver(machine, transport, clock);
  const setTimer = globalThis.setTimeout;
  let timers = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimer>) => {
    timers += 1;
    return setTimer(...args);
  }) as typeof setTimer;
  try {
    driver.start();
    for (let k = 0; k < 10; k += 1) transport.onBatch(0, batchOf(['a']));
    machine.onArrival = () => (dueNs[0] = farNs + 200 * MS);
    transport.onBatch(0, batchOf(['b']));
    assert.is(timers, 1);
    machine.onArrival = () => (dueNs[0] = clock.nowNs() + 20 * MS);
    transport.onBatch(0, batchOf(['c']));
    assert.is(timers, 2);
  } catch (cause) {
    driver.stop();
    throw cause;
  } finally {
    globalThis.setTimeout = setTimer;
  }
  await within(PATIENCE_MS, driver.done);
  assert.ok((machine.wokenNs[0] as number) < farNs, 'by the deadline that was brought forward');
});

test('a deadline that moved away while its timer ran is still kept', async () => {
  const clock = new MonotonicClock();
  const dueNs = [clock.nowNs() + 20 * MS];
  const laterNs = clock.nowNs() + 60 * MS;
  const machine = new Timed(dueNs);
  const transport = new Loose();
  machine.onArrival = () => (dueNs[0] = laterNs);
  const driver = new Driver(machine, transport, clock);
  driver.start();
  transport.onBatch(0, batchOf(['a']));
  await within(PATIENCE_MS, driver.done);
  assert.is(machine.wokenNs.length, 1);
  assert.ok((machine.wokenNs[0] as number) >= laterNs);
});

/** A clock that only goes on when it is looked at, and a transport whose waits move it. */
class Stepped extends Loose {
  readonly waitsNs: { from: number; until: number; most: number; isExact: boolean }[] = [];
  stepNs = 100;
  #nowNs = 0;

  readonly clock = {
    nowNs: (): number => {
      this.#nowNs += this.stepNs;
      return this.#nowNs;
    },
  };

  waitUntil(timeNs: number, mostNs: number, isExact: boolean): boolean {
    this.waitsNs.push({ from: this.#nowNs, until: timeNs, most: mostNs, isExact });
    this.#nowNs = Math.max(this.#nowNs, Math.min(timeNs, mostNs));
    return timeNs <= mostNs;
  }
}

test('hybrid waits on the spot for the next deadline, half a millisecond at most at a time', async () => {
  const transport = new Stepped();
  const machine = new Timed([1 * MS, 2 * MS, 3 * MS]);
  const driver = new Driver(machine, transport, transport.clock, 'hybrid');
  driver.start();
  await within(PATIENCE_MS, driver.done);
  assert.is(machine.wokenNs.length, 3);
  for (const [k, wokenNs] of machine.wokenNs.entries()) {
    const lateNs = wokenNs - (k + 1) * MS;
    assert.ok(lateNs >= 0 && lateNs < 2000, `${lateNs} ns late`);
  }
  assert.ok(transport.waitsNs.length >= 6, `${transport.waitsNs.length} waits`);
  for (const { from, until, most, isExact } of transport.waitsNs) {
    assert.is(isExact, true);
    assert.is(until % MS, 0, 'for a deadline');
    assert.ok(most > from && most - from <= 0.5 * MS + 100, `${most - from} ns`);
  }
});

test('hybrid goes from deadline to deadline on the spot while they are near, without a turn of the event loop', async () => {
  const transport = new Stepped();
  const machine = new Timed(Array.from({ length: 20 }, (_, k) => 0.1 * MS * (k + 1)));
  let turns = 0;
  const countTurns = (): void => {
    turns += 1;
    if (!machine.finished) setImmediate(countTurns);
  };
  const driver = new Driver(machine, transport, transport.clock, 'hybrid');
  driver.start();
  setImmediate(countTurns);
  await within(PATIENCE_MS, driver.done);
  assert.is(machine.wokenNs.length, 20);
  assert.ok(turns >= 2 && turns <= 8, `${turns} turns in 2 ms`);
});

test('sleep sleeps on the spot for less than 5 ms, and is woken no oftener than every 1.5 ms', async () => {
  const transport = new Stepped();
  const machine = new Timed(Array.from({ length: 40 }, (_, k) => 0.1 * MS * (k + 1)));
  const driver = new Driver(machine, transport, transport.clock, 'sleep');
  driver.start();
  await within(PATIENCE_MS, driver.done);
  assert.is(machine.wokenNs.length, 40);
  const slept = transport.waitsNs.filter(({ from, until }) => until - from > 1000);
  assert.ok(slept.length >= 2, `${slept.length} waits`);
  for (const [k, { until, isExact }] of slept.entries()) {
    assert.is(isExact, false);
    assert.ok(k === 0 || until - (slept[k - 1] as { until: number }).until >= 1.5 * MS, `at ${until}`);
  }
});

test('no wait on the spot with busy, nor a long one with sleep, nor beside another driver of the process', async () => {
  for (const [pacing, dueNs] of [
    ['busy', 1 * MS],
    ['sleep', 50 * MS],
  ] as const) {
    const transport = new Stepped();
    transport.stepNs = dueNs / 5;
    const driver = new Driver(new Timed([dueNs]), transport, transport.clock, pacing);
    driver.start();
    await within(PATIENCE_MS, driver.done);
    assert.equal(
      transport.waitsNs.filter(({ from, until }) => until - from > 5 * MS || pacing === 'busy'),
      [],
      pacing,
    );
  }
  const transport = new Stepped();
  const other = new Driver(new Timed([1e18]), new Loose(), transport.clock);
  other.start();
  const driver = new Driver(new Timed([1 * MS]), transport, transport.clock, 'hybrid');
  driver.start();
  await within(PATIENCE_MS, driver.done);
  other.stop();
  assert.equal(transport.waitsNs, []);
});

/** A transport on which datagrams arrive while it waits. */
class Hearing extends Stepped {
  readonly arrivalsNs: number[] = [];

  override waitUntil(timeNs: number, mostNs: number, isExact: boolean): boolean {
    const arrivalNs = this.arrivalsNs[0];
    if (arrivalNs === undefined || arrivalNs > Math.min(timeNs, mostNs))
      return super.waitUntil(timeNs, mostNs, isExact);
    this.arrivalsNs.shift();
    super.waitUntil(arrivalNs, arrivalNs, isExact);
    this.onBatch(0, batchOf(['a']));
    return false;
  }
}

for (const pacing of ['hybrid', 'sleep'] as const) {
  test(`after an arrival it waits on the spot for the next one, for a tenth of a second (${pacing})`, async () => {
    const transport = new Hearing();
    const farNs = 100_000 * MS;
    const dueNs = [farNs];
    const machine = new Timed(dueNs);
    const driver = new Driver(machine, transport, transport.clock, pacing);
    driver.start();
    assert.equal(transport.waitsNs, [], 'nothing has arrived yet');
    for (let k = 1; k <= 5; k += 1) transport.arrivalsNs.push(k * 20 * MS);
    const before = machine.calls.length;
    transport.onBatch(0, batchOf(['first']));
    // Its waits move the clock, so that a few turns of the event loop are enough.
    for (let turn = 0; turn < 1000 && transport.arrivalsNs.length > 0; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    const counted = machine.calls.slice(before).filter((call) => call.startsWith('datagrams'));
    assert.is(counted.length, 6);
    for (const { from, most } of transport.waitsNs)
      assert.ok(most - from <= 5 * MS + 1000, `${most - from} ns`);
    for (let turn = 0; turn < 1000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const lastNs = transport.waitsNs.at(-1)?.until ?? 0;
    assert.ok((transport.waitsNs.at(-1)?.from ?? 0) <= 200 * MS + 1e6, `${lastNs}`);
    driver.stop();
    await within(PATIENCE_MS, driver.done);
  });
}

test('an endpoint that fails at an arrival on the spot ends the run with its error', async () => {
  const transport = new Hearing();
  const machine = new Timed([100_000 * MS]);
  const driver = new Driver(machine, transport, transport.clock, 'hybrid');
  driver.start();
  transport.onBatch(0, batchOf(['first']));
  transport.arrivalsNs.push(1 * MS);
  machine.onArrival = () => {
    throw new Error('a bug');
  };
  let cause = '';
  await within(PATIENCE_MS, driver.done).catch((error: Error) => (cause = error.message));
  assert.is(cause, 'a bug');
});

test('a deadline is kept between arrivals on the spot', async () => {
  const transport = new Hearing();
  const machine = new Timed([7 * MS, 13 * MS]);
  for (let k = 1; k <= 20; k += 1) transport.arrivalsNs.push(k * MS);
  const driver = new Driver(machine, transport, transport.clock, 'hybrid');
  driver.start();
  transport.onBatch(0, batchOf(['first']));
  await within(PATIENCE_MS, driver.done);
  for (const [k, dueNs] of [7 * MS, 13 * MS].entries()) {
    const lateNs = (machine.wokenNs[k] as number) - dueNs;
    assert.ok(lateNs >= 0 && lateNs < 5000, `${lateNs} ns late`);
  }
});

test('a flood of arrivals holds up no deadline for ever', async () => {
  const transport = new Stepped();
  let asked = 0;
  // Arrivals are always known, so it never waits.
  transport.waitUntil = (): boolean => {
    asked += 1;
    return false;
  };
  const machine = new Timed([1 * MS, 2 * MS]);
  const driver = new Driver(machine, transport, transport.clock, 'hybrid');
  driver.start();
  await within(PATIENCE_MS, driver.done);
  assert.is(machine.wokenNs.length, 2);
  assert.ok(asked >= 64, `deadlines after ${asked} turns of arrivals`);
});

test('what arrived while the process was held up is handled before a deadline that was missed', async () => {
  const clock = new MonotonicClock();
  const transport = new Loose();
  const machine = new Timed([clock.nowNs() + 5 * MS]);
  const driver = new Driver(machine, transport, clock, 'sleep');
  driver.start();
  await new Promise<void>((resolve) => setImmediate(resolve));
  setImmediate(() => transport.onBatch(0, batchOf(['a'])));
  for (const startNs = clock.nowNs(); clock.nowNs() - startNs < 20 * MS;);
  await within(PATIENCE_MS, driver.done);
  const order = machine.calls.filter((call) => call !== 'drain');
  assert.equal(order, ['datagrams 0 0..1 of 1', 'timeout']);
});

test('what was read and not delivered yet comes before a deadline', async () => {
  const clock = new MonotonicClock();
  const transport = Object.assign(new Loose(), {
    read: [batchOf(['a'])],
    handOver(): void {
      for (const batch of transport.read.splice(0)) transport.onBatch(0, batch);
    },
  });
  const machine = new Timed([clock.nowNs()]);
  const driver = new Driver(machine, transport, clock);
  driver.start();
  await within(PATIENCE_MS, driver.done);
  assert.equal(machine.calls, ['datagrams 0 0..1 of 1', 'drain', 'timeout', 'drain']);
});

test('ports are looked at before a deadline only for those whose order depends on arrivals', async () => {
  for (const ordersByArrival of [true, false]) {
    const looks: boolean[] = [];
    const transport = Object.assign(new Loose(), { handOver: (look: boolean) => void looks.push(look) });
    const clock = new MonotonicClock();
    const machine = Object.assign(new Timed([clock.nowNs()]), { ordersByArrival });
    const driver = new Driver(machine, transport, clock);
    driver.start();
    await within(PATIENCE_MS, driver.done);
    assert.equal([...new Set(looks)], [ordersByArrival]);
  }
});

test('ends at once with a machine that has nothing to do', async () => {
  const driver = new Driver(new Timed([]), new Loose(), new MonotonicClock());
  driver.start();
  await within(PATIENCE_MS, driver.done);
});

test.run();
