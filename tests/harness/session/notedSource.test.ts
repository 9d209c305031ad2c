import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NotedSource } from '../../../harness/session/notedSource.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { StreamSource } from '../../../src/net/source.ts';

const test = suite('a noted source');

/** Datagram k is k + 10 bytes long, and what was asked for is told. */
function source(asked: number[]): StreamSource {
  return {
    total: 5,
    intervalNs: 3,
    mediaTimeNs: (count) => (count - 1) * 3,
    append(batch, count, dueNs) {
      if (!batch.fits(count + 10)) return false;
      asked.push(count);
      batch.commit(count + 10, dueNs);
      return true;
    },
  };
}

test('gives what its source gives, one datagram after the other', () => {
  const asked: number[] = [];
  const noted = new NotedSource(source(asked));
  const batch = new DatagramBatch(3, 25);
  assert.equal([noted.total, noted.intervalNs, noted.mediaTimeNs(4)], [5, 3, 9]);
  assert.ok(noted.append(batch, 1, 70));
  assert.ok(noted.append(batch, 2, 80));
  assert.not(noted.append(batch, 3, 90));
  assert.equal(
    [batch.count, [...batch.lengths.subarray(0, 2)], [...batch.timesNs.subarray(0, 2)]],
    [2, [11, 12], [70, 80]],
  );
});

test('knows the sizes of what was streamed without making it again', () => {
  const asked: number[] = [];
  const noted = new NotedSource(source(asked));
  const batch = new DatagramBatch(10, 1000);
  for (const count of [1, 2, 3, 4, 5]) noted.append(batch, count, 0);
  assert.equal(
    [1, 2, 3, 4, 5].map((count) => noted.sizeBytes(count)),
    [11, 12, 13, 14, 15],
  );
  assert.equal(asked, [1, 2, 3, 4, 5]);
});

test('makes what was not streamed when it is asked for, forward only', () => {
  const asked: number[] = [];
  const noted = new NotedSource(source(asked));
  const batch = new DatagramBatch(10, 1000);
  noted.append(batch, 1, 0);
  noted.append(batch, 2, 0);
  assert.is(noted.sizeBytes(4), 14);
  assert.is(noted.sizeBytes(1), 11);
  assert.is(noted.sizeBytes(5), 15);
  assert.equal(asked, [1, 2, 3, 4, 5]);
});

test.run();
