import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FlowCounts } from '../../../harness/recording/flowCounts.ts';
import { FrameBatch } from '../../../harness/recording/frameBatch.ts';
import type { Direction } from '../../../harness/recording/frameBatch.ts';

const test = suite('the flows of a recording, counted');

function batchOf(rows: readonly (readonly [flow: number, direction: Direction, lengthBytes: number])[]) {
  const batch = new FrameBatch(8, 1000);
  for (const [k, [flow, direction, lengthBytes]] of rows.entries()) {
    batch.commit(k + 1, 0, lengthBytes, flow, direction, '');
  }
  return batch;
}

test('each flow and direction has its frames and bytes, by flow, down before up', () => {
  const counts = new FlowCounts();
  counts.add(
    batchOf([
      [2, 'down', 10],
      [2, 'down', 20],
      [1, 'up', 5],
      [65_535, 'up', 0],
      [2, 'down', 40],
    ]),
  );
  counts.add(
    batchOf([
      [2, 'down', 80],
      [1, 'down', 7],
    ]),
  );
  counts.add(batchOf([]));
  assert.equal(counts.summaries(), [
    { flow: 1, direction: 'down', frames: 1, payloadBytes: 7 },
    { flow: 1, direction: 'up', frames: 1, payloadBytes: 5 },
    { flow: 2, direction: 'down', frames: 4, payloadBytes: 150 },
    { flow: 65_535, direction: 'up', frames: 1, payloadBytes: 0 },
  ]);
});

test('a recording of nothing has no flows', () => {
  const counts = new FlowCounts();
  counts.add(batchOf([]));
  assert.equal(counts.summaries(), []);
});

test.run();
