/** No socket: ports are numbers, opened when the test says so. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer } from '../../../../src/net/batch.ts';
import { SparePort } from '../../../../harness/proxy/ports/sparePort.ts';

const test = suite('the spare upstream port');

const SERVER: Peer = { address: '127.0.0.1', port: 9 };
const ELSEWHERE: Peer = { address: '127.0.0.1', port: 10 };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function stage(open: (serial: number) => number | Promise<number> = (serial) => serial) {
  const opened: number[] = [];
  const closed: number[] = [];
  let serial = 0;
  const spare = new SparePort(
    (to) => {
      serial += 1;
      opened.push(to.port);
      return open(serial);
    },
    (port) => closed.push(port),
  );
  return { spare, opened, closed };
}

for (const [how, open] of [
  ['at once', (serial: number) => serial],
  ['later', (serial: number) => Promise.resolve(serial)],
] as const) {
  test(`is there for the next flow, and then the one after it gets another (opened ${how})`, async () => {
    const { spare, opened, closed } = stage(open);
    await spare.prepare(SERVER);
    assert.is(spare.take(SERVER), 1);
    assert.equal(opened, [9], 'the next one is not opened in the step that waits');
    assert.is(spare.take(SERVER), null);
    await settled();
    assert.equal(opened, [9, 9], 'never more than one');
    assert.is(spare.take(SERVER), 2);
    assert.equal(closed, []);
  });
}

test('that was opened for another upstream is closed', async () => {
  const { spare, opened, closed } = stage();
  await spare.prepare(SERVER);
  assert.is(spare.take(ELSEWHERE), null);
  assert.equal(closed, [1]);
  await settled();
  assert.is(spare.take(ELSEWHERE), 2);
  assert.equal(opened, [9, 10]);
});

test("that cannot be opened is nobody's failure, and is tried again with the next flow", async () => {
  const { spare, opened } = stage((serial) => {
    if (serial === 1) throw new Error('no more descriptors');
    return serial === 2 ? Promise.reject(new Error('no more descriptors')) : serial;
  });
  await spare.prepare(SERVER);
  assert.is(spare.take(SERVER), null);
  await settled();
  assert.is(spare.take(SERVER), null);
  await settled();
  assert.is(spare.take(SERVER), 3);
  assert.is(opened.length, 3);
});

test.run();
