/** Datagrams by time of arrival, against sorting all of them. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WaitingDatagrams } from '../../../../harness/recording/tap/waitingDatagrams.ts';

const test = suite('datagrams that wait');

test('what was put in comes out by time, whenever it is asked for', () => {
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ timeNs: fc.nat(50), flow: fc.integer({ min: 1, max: 9 }), size: fc.nat(9) }),
    },
    fc.record({ untilNs: fc.nat(50), most: fc.nat(4) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const order = new WaitingDatagrams(1 << 22);
      let waiting: { timeNs: number; flow: number; number: number; size: number }[] = [];
      for (const [number, one] of steps.entries()) {
        if ('flow' in one) {
          const { timeNs, flow, size } = one;
          assert.ok(order.put(new Uint8Array(size + 1).fill(number), 1, size, timeNs, flow, flow % 2 === 0));
          waiting.push({ timeNs, flow, number, size });
          continue;
        }
        const taken: string[] = [];
        order.take(one.untilNs, (timeNs, start, lengthBytes, flow, isUpward) => {
          if (taken.length >= one.most) return false;
          const bytes = order.bytes.subarray(start, start + lengthBytes);
          taken.push(`${timeNs} ${flow} ${isUpward} ${bytes.toString('hex')}`);
          return true;
        });
        const due = waiting
          .filter(({ timeNs }) => timeNs <= one.untilNs)
          .toSorted((a, b) => a.timeNs - b.timeNs || a.number - b.number)
          .slice(0, one.most);
        assert.equal(
          taken,
          due.map(
            ({ timeNs, flow, number: k, size }) =>
              `${timeNs} ${flow} ${flow % 2 === 0} ${Buffer.alloc(size, k).toString('hex')}`,
          ),
        );
        waiting = waiting.filter((each) => !due.includes(each));
        assert.is(order.count, waiting.length);
        assert.is(
          order.payloadBytes,
          waiting.reduce((sum, { size }) => sum + size, 0),
        );
      }
    }),
  );
});

test('beyond its memory nothing is taken in, and there is room again when something left', () => {
  const order = new WaitingDatagrams(3 << 20);
  const large = new Uint8Array(60_000);
  let taken = 0;
  const put = (): boolean => order.put(large, 0, large.length, taken, 1, false);
  while (put()) taken += 1;
  assert.is(taken, Math.floor((3 << 20) / 60_000));
  let left = 0;
  order.take(0, () => {
    left += 1;
    return true;
  });
  assert.is(left, 1);
  assert.ok(put());
  assert.not.ok(put());
});

test('an empty datagram takes memory, too', () => {
  const order = new WaitingDatagrams(6400);
  const nothing = new Uint8Array(0);
  let taken = 0;
  while (taken < 1000 && order.put(nothing, 0, 0, taken, 1, false)) taken += 1;
  assert.is(taken, 100);
});

test.run();
