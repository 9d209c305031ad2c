/** On memory of its own: no descriptor is polled. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NativeSockets } from '../../src/net/linux/native.ts';
import { MAX_POLLED, PollSet } from '../../src/net/linux/pollSet.ts';

const test = suite('the set of polled descriptors');

const LOOP = 7;
const POLLIN = 1;
const POLLERR = 8;

interface Port {
  readonly socket: { readonly fd: number };
  pollSlot: number;
}

const portOf = (fd: number): Port => ({ socket: { fd }, pollSlot: -1 });

function machine(loop: number) {
  let memory: DataView = new DataView(new ArrayBuffer(0));
  const native: Partial<NativeSockets> = {
    addressOf: (bytes) => {
      memory = new DataView(bytes.buffer);
      return 0;
    },
    loopDescriptor: () => loop,
  };
  const set = new PollSet<Port>(native as NativeSockets);
  /** The descriptors that the kernel would poll. */
  const polled = (): number[] =>
    Array.from({ length: set.size }, (_, k) => memory.getInt32(set.address + 8 * k, true)).filter(
      (fd) => fd >= 0,
    );
  /** What the kernel answers for a descriptor. */
  const answer = (fd: number, events: number): void => {
    for (let k = 0; k < set.size; k += 1)
      if (memory.getInt32(set.address + 8 * k, true) === fd)
        memory.setUint16(set.address + 8 * k + 6, events, true);
  };
  const ready = (): [number, boolean][] => {
    const found: [number, boolean][] = [];
    set.forEachReady(({ socket }, hasError) => found.push([socket.fd, hasError]));
    return found;
  };
  return { set, polled, answer, ready };
}

test('begins with the event loop, and has each port once', () => {
  const { set, polled } = machine(LOOP);
  assert.ok(set.hearsAll);
  assert.equal(polled(), [LOOP]);
  const [a, b] = [portOf(20), portOf(21)];
  for (const port of [a, b, a]) set.add(port);
  assert.equal(polled(), [LOOP, 20, 21]);
  set.remove(a);
  set.remove(a);
  assert.equal(polled(), [LOOP, 21]);
  set.add(a);
  assert.equal(polled().toSorted(), [LOOP, 20, 21].toSorted());
});

test('a full set gives up the member that was added first, which may come back', () => {
  const { set, polled } = machine(LOOP);
  const ports = Array.from({ length: MAX_POLLED + 1 }, (_, k) => portOf(100 + k));
  for (const port of ports) set.add(port);
  assert.is(set.size, MAX_POLLED + 1);
  assert.is(ports[0]?.pollSlot, -1);
  assert.not.ok(polled().includes(100));
  set.add(ports[0] as Port);
  assert.ok(polled().includes(100));
  assert.not.ok(polled().includes(101));
  assert.is(polled().length, MAX_POLLED + 1);
});

test('tells which members are readable or have an error, and nothing of the event loop', () => {
  const { set, answer, ready } = machine(LOOP);
  for (const fd of [20, 21, 22, 23]) set.add(portOf(fd));
  answer(LOOP, POLLIN);
  assert.equal(ready(), []);
  answer(21, POLLIN);
  answer(22, POLLERR);
  answer(23, POLLIN | POLLERR);
  assert.equal(ready(), [
    [21, false],
    [22, true],
    [23, true],
  ]);
});

test('a port that takes the place of a readable one is not taken for readable', () => {
  const { set, answer, ready } = machine(LOOP);
  const port = portOf(20);
  set.add(port);
  answer(20, POLLIN);
  set.remove(port);
  for (let k = 0; k < MAX_POLLED; k += 1) set.add(portOf(50 + k));
  assert.equal(ready(), []);
});

test('says where the event loop is not known', () => {
  const { set, polled } = machine(-1);
  assert.is(set.hearsAll, false);
  assert.equal(polled(), []);
});

test.run();
