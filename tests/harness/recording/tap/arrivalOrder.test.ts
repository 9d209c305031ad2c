/** Datagrams by time of arrival, against sorting all of them. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ArrivalOrder, rowOf } from '../../../../harness/recording/tap/arrivalOrder.ts';
import { CHUNK_ROWS, TapChunk } from '../../../../harness/recording/tap/tapChunk.ts';
import { DatagramBatch } from '../../../../src/net/batch.ts';

const PEER = { address: '127.0.0.1', port: 1 };

interface Arrival {
  readonly timeNs: number;
  /** Its number as one of all arrivals. */
  readonly number: number;
}

function chunkOf(arrivals: readonly Arrival[]): TapChunk {
  const chunk = new TapChunk();
  const batch = new DatagramBatch(1, 4);
  for (const { timeNs, number } of arrivals) {
    batch.clear();
    batch.append(Uint8Array.of(number >> 8, number), 0, 2, timeNs, PEER);
    assert.ok(chunk.put(batch, 0, number % 5, number % 2 === 0));
  }
  return chunk;
}

/** What a place holds, from the chunk's columns and bytes. */
function read(order: ArrivalOrder, place: number): Arrival {
  const chunk = order.find(place);
  const row = rowOf(place);
  const start = chunk.starts[row] as number;
  assert.is(chunk.lengths[row], 2);
  const number = ((chunk.bytes[start] as number) << 8) | (chunk.bytes[start + 1] as number);
  assert.equal([chunk.clients[row], chunk.upward[row]], [number % 5, number % 2 === 0 ? 1 : 0]);
  return { timeNs: chunk.timesNs[row] as number, number };
}

const test = suite('the order of arrival');

test('what came in chunks goes out by time, whenever it is asked for, and each chunk is given back once', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ timesNs: fc.array(fc.nat(50), { minLength: 1, maxLength: 9 }) }) },
    fc.record({ untilNs: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const order = new ArrivalOrder();
      const given: TapChunk[] = [];
      const givenBack: TapChunk[] = [];
      let waiting: Arrival[] = [];
      let count = 0;
      const takeUntil = (untilNs: number): void => {
        const places = order.take(untilNs);
        const due = waiting
          .filter(({ timeNs }) => timeNs <= untilNs)
          .toSorted((a, b) => a.timeNs - b.timeNs || a.number - b.number);
        waiting = waiting.filter(({ timeNs }) => timeNs > untilNs);
        assert.equal(
          places.map((place) => read(order, place)),
          due,
        );
        assert.is(order.count, waiting.length);
        for (const place of places) {
          const chunk = order.release(place);
          if (chunk !== null) givenBack.push(chunk);
        }
      };
      for (const one of steps) {
        if ('timesNs' in one) {
          const arrivals = one.timesNs.map((timeNs, k) => ({ timeNs, number: count + k }));
          count += arrivals.length;
          waiting.push(...arrivals);
          const chunk = chunkOf(arrivals);
          given.push(chunk);
          order.add(chunk);
        } else takeUntil(one.untilNs);
      }
      takeUntil(Number.POSITIVE_INFINITY);
      assert.is(new Set(givenBack).size, given.length);
      assert.is(givenBack.length, given.length);
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('a chunk takes so many datagrams, and so many bytes, and no more', () => {
  const small = new DatagramBatch(1, 1);
  small.append(Uint8Array.of(1), 0, 1, 0, PEER);
  const chunk = new TapChunk();
  let taken = 0;
  while (chunk.put(small, 0, 0, true)) taken += 1;
  assert.equal([taken, chunk.count], [CHUNK_ROWS, CHUNK_ROWS]);
  const large = new DatagramBatch(1, 65_507);
  large.append(new Uint8Array(65_507), 0, 65_507, 0, PEER);
  const other = new TapChunk();
  taken = 0;
  while (other.put(large, 0, 0, true)) taken += 1;
  assert.is(taken, 8);
});

test.run();
