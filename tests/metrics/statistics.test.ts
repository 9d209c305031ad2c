import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STATISTICS } from '../../src/metrics/statistics.ts';

const test = suite('the table of statistics');

test('names are unique', () => {
  assert.is(new Set(STATISTICS.map((row) => row.name)).size, STATISTICS.length);
});

test('ratios are called so, and so are microseconds', () => {
  for (const { name, unit } of STATISTICS) {
    assert.is(name.endsWith('_ratio'), unit === 'ratio', name);
    assert.is(name.endsWith('_us'), unit === 'us', name);
  }
});

test('every name is explained in docs/metrics.md', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  for (const { name } of STATISTICS) assert.ok(page.includes(`\`${name}\``), name);
});

test.run();
