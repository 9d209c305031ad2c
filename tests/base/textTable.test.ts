import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alignColumns, columnWidths } from '../../src/base/textTable.ts';

const test = suite('a table of text');

const LINES = [
  ['name', 'size', 'note'],
  ['a', '12345', ''],
  ['bcdef', '6', 'x'],
];

test('a column is as wide as its widest cell', () => {
  assert.equal(columnWidths(LINES), [5, 5, 4]);
  assert.equal(columnWidths([]), []);
});

test('words stand to the left and figures to the right, two spaces apart, with nothing behind the last', () => {
  assert.equal(
    alignColumns(LINES, (column) => column !== 1),
    ['name    size  note', 'a      12345', 'bcdef      6  x'],
  );
  assert.equal(
    alignColumns([['a'], ['bc']], () => false),
    [' a', 'bc'],
  );
  assert.equal(
    alignColumns([], () => false),
    [],
  );
});

test.run();
