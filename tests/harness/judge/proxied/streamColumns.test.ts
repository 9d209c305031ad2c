/** Columns of a stream at a proxy by itself: a row for what entered, in that order, and what left of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { causeCode } from '../../../../harness/impairment/causes.ts';
import { Passage } from './passage.ts';
import type { FlowColumns } from '../../../../harness/judge/flowColumns.ts';

const test = suite('columns of a proxy');

const counting = (count: number) => Array.from({ length: count }, (_, k) => ({ number: k + 1 }));

function columnsOf(knobs: ConstructorParameters<typeof Passage>[1], numbers: readonly number[]): FlowColumns {
  const passage = new Passage('field:u32be@0=1', knobs).feed(numbers.map((number) => ({ number })));
  const [columns] = passage.end().columns;
  assert.ok(columns);
  return columns;
}

test('lists say what was dropped and what left twice, row by row', () => {
  const columns = columnsOf(
    { dropList: '2,5', duplicateList: '3' },
    counting(6).map(({ number }) => number),
  );
  const list = causeCode('list');
  assert.equal([...columns.causes], [0, list, 0, 0, list, 0]);
  assert.equal([...columns.copies], [0, 0, 1, 0, 0, 0]);
  assert.equal([...columns.arrived], [1, 0, 2, 1, 0, 1]);
  assert.equal([...columns.delayNs].map(Number.isFinite), [true, false, true, true, false, true]);
  assert.equal([...columns.again.rows], [2]);
  assert.is(columns.dueNs[0], 0);
});

test('numbers are those that entered, in that order, whatever is missing or comes again', () => {
  const columns = columnsOf({}, [1, 2, 4, 3, 4, 6]);
  assert.equal([...(columns.numbers ?? [])], [1, 2, 4, 3, 4, 6]);
  assert.equal([columns.client, columns.stream], [null, 1]);
  assert.equal([...columns.arrived], [1, 1, 1, 1, 1, 1]);
  // 3 left after 4, one place behind it.
  assert.equal([...columns.extents], [0, 0, 0, 1, 0, 0]);
});

test('a number that came again has no place of its own in the order', () => {
  // Unique: 1, 4, 2, 3; so 2 is one place behind 4 and 3 two, though 4 came again between them.
  assert.equal([...columnsOf({}, [1, 4, 2, 4, 3]).extents], [0, 0, 1, 0, 2]);
});

test.run();
