/** Against a kernel in memory whose time passes only while it is asked, and which wakes as late as it is told to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NativeSockets } from '../../src/net/linux/native.ts';
import { PreciseWait } from '../../src/net/linux/ppoll.ts';
import type { Pollfds } from '../../src/net/linux/ppoll.ts';

const LOOK_NS = 100;

const pollfds = (size: number): Pollfds => ({ address: 0, size });

function machine() {
  let nowNs = 0;
  let memory: DataView = new DataView(new ArrayBuffer(0));
  const kernel = {
    /** How late it wakes, nanoseconds. */
    latenessNs: 0,
    /** How long each poll takes. */
    lookNs: 0,
    readable: false,
    /** Each wait: when it began, how long it was for, and on how many sockets. */
    waits: [] as { fromNs: number; forNs: number; sockets: number }[],
  };
  const native: Partial<NativeSockets> = {
    addressOf: (bytes) => {
      memory = new DataView(bytes.buffer);
      return 0;
    },
    clockGettime: (_clock, at) => {
      nowNs += LOOK_NS;
      memory.setBigUint64(at, 5n, true);
      memory.setBigUint64(at + 8, BigInt(nowNs), true);
      return 0;
    },
    preciselyPoll: (_at, sockets, timeAt) => {
      const forNs = Number(memory.getBigUint64(timeAt, true)) * 1e9 + memory.getUint32(timeAt + 8, true);
      kernel.waits.push({ fromNs: nowNs, forNs, sockets });
      nowNs += kernel.lookNs;
      if (kernel.readable) return 1;
      nowNs += forNs + kernel.latenessNs;
      return 0;
    },
  };
  const wait = new PreciseWait(native as NativeSockets, { nowNs: () => nowNs });
  return { kernel, wait, nowNs: () => nowNs };
}

const test = suite('a precise wait');

test('leaves the kernel early, and ends within two looks at the clock of its time, never before', () => {
  const { kernel, wait, nowNs } = machine();
  for (const timeNs of [1e6, 1.1e6, 1.15e6, 2e6]) {
    wait.until(timeNs, timeNs, pollfds(1), true);
    assert.ok(nowNs() >= timeNs && nowNs() <= timeNs + 2 * LOOK_NS, `${nowNs()} for ${timeNs}`);
  }
  assert.ok(kernel.waits.length >= 3);
  for (const { fromNs, forNs, sockets } of kernel.waits) {
    assert.is(sockets, 1);
    assert.ok([1e6, 1.1e6, 1.15e6, 2e6].some((timeNs) => timeNs - (fromNs + forNs) >= 50e3));
  }
});

test('waits no longer than it may, and then does not look at the clock until the time', () => {
  const { kernel, wait, nowNs } = machine();
  wait.until(10e6, 0.5e6, pollfds(1), true);
  assert.is(nowNs(), 0.5e6);
  assert.equal(kernel.waits, [{ fromNs: 0, forNs: 0.5e6, sockets: 1 }]);
});

test('a kernel that wakes late is left earlier from then on, but at most 200 us', () => {
  const { kernel, wait, nowNs } = machine();
  kernel.latenessNs = 150e3;
  wait.until(1e6, 1e6, pollfds(1), true);
  assert.ok(nowNs() > 1.08e6, 'the first time it does not know');
  wait.until(2e6, 2e6, pollfds(1), true);
  assert.ok(nowNs() <= 2e6 + 2 * LOOK_NS);
  kernel.latenessNs = 5e6;
  wait.until(3e6, 3e6, pollfds(1), true);
  const after = nowNs();
  kernel.latenessNs = 0;
  wait.until(after + 1e6, after + 1e6, pollfds(1), true);
  assert.is(kernel.waits.at(-1)?.forNs, 0.8e6);
});

test('one that need not be exact leaves its time to the kernel and never looks at the clock', () => {
  const { kernel, wait, nowNs } = machine();
  kernel.latenessNs = 70e3;
  assert.is(wait.until(1e6, 2e6, pollfds(1), false), 'due');
  assert.is(nowNs(), 1.07e6);
  assert.is(wait.until(9e6, 2.07e6, pollfds(1), false), 'early', 'no longer than it may');
  assert.equal(
    kernel.waits.map(({ forNs }) => forNs),
    [1e6, 1e6],
  );
});

test('says whether its time has come', () => {
  const { kernel, wait, nowNs } = machine();
  assert.is(wait.until(1e6, 1e6, pollfds(1), true), 'due');
  assert.is(wait.until(nowNs(), 0, pollfds(1), true), 'due', 'it is over');
  assert.is(wait.until(9e6, 2e6, pollfds(1), true), 'early', 'that is beyond what it may');
  kernel.readable = true;
  assert.is(wait.until(9e6, 9e6, pollfds(1), true), 'ready', 'something can be read');
});

test('what can be read ends it, and so does a moment that is over', () => {
  const { kernel, wait, nowNs } = machine();
  kernel.readable = true;
  wait.until(1e6, 1e6, pollfds(2), true);
  assert.is(nowNs(), 0);
  assert.is(kernel.waits.at(-1)?.sockets, 2);
  wait.until(-5, 0, pollfds(1), true);
  assert.is(kernel.waits.length, 1);
});

test('polls without a sleep for as long as it is told, or until something can be read', () => {
  const { kernel, wait, nowNs } = machine();
  kernel.lookNs = 700;
  assert.is(wait.spin(50e3, pollfds(3)), false);
  assert.ok(nowNs() >= 50e3 && nowNs() < 52e3, `${nowNs()}`);
  assert.ok(kernel.waits.length > 50);
  for (const { forNs, sockets } of kernel.waits) assert.equal([forNs, sockets], [0, 3]);
  kernel.readable = true;
  assert.is(wait.spin(90e3, pollfds(3)), true);
  assert.ok(nowNs() < 53e3);
});

test.run();
