/** Outages that come again and again: read, refused, written back, and applied by media time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT } from '../../../../harness/impairment/config.ts';
import { formatKnobs, readKnobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { isOutage, outageRatio } from '../../../../harness/impairment/stages/outage.ts';
import { refusal } from '../../../refusals.ts';

const test = suite('outages that come again');
const MS = 1e6;

test('they are read beside others, and written back', () => {
  const { outages } = readKnobs({ outage: '9s..9500ms/3s, 2s..3s,1s..2s, 100ms..150ms/1s' });
  assert.equal(outages, [
    { fromNs: 1e9, toNs: 3e9 },
    { fromNs: 0.1e9, toNs: 0.15e9, everyNs: 1e9 },
    { fromNs: 9e9, toNs: 9.5e9, everyNs: 3e9 },
  ]);
  const text = '--outage 1s..3s,100ms..150ms/1s,9s..9500ms/3s';
  assert.is(formatKnobs({ ...NO_IMPAIRMENT, outages }), text);
  assert.equal(readKnobs({ outage: text.slice('--outage '.length) }).outages, outages);
  assert.is(outageRatio(outages), 0.05 + 0.5 / 3);
});

test('its beginning is in it, its end is not, each time', () => {
  const { outages } = readKnobs({ outage: '14950ms..15050ms/15s' });
  for (const [atMs, isIn] of [
    [0, false],
    [50, false],
    [14_949.999999, false],
    [14_950, true],
    [15_049.999999, true],
    [15_050, false],
    [29_950, true],
    [30_000, true],
    [30_050, false],
    [15_000_000_000 - 50, true],
    [15_000_000_000 + 50, false],
    [Number.NaN, false],
  ] as const)
    assert.is(isOutage(outages, atMs * MS), isIn, `${atMs} ms`);
});

test('a schedule loses what is due then, and nothing else', () => {
  const config = readKnobs({ outage: '5ms..8ms/10ms' });
  const schedule = new Schedule(config, { seed: '1', flow: 1, direction: 'down' }, (index) => index * MS);
  for (let index = 1; index <= 2000; index += 1)
    assert.is(schedule.dropCause[schedule.at(index)], [5, 6, 7].includes(index % 10) ? 1 : 0, String(index));
});

test('a span that is not over before it comes again is refused', () => {
  for (const [text, code] of [
    ['2s..3s/1s', 'value-range'],
    ['2s..3s/0s', 'value-range'],
    ['2s..3s/', 'value-format'],
    ['2s..3s/5s/5s', 'value-format'],
    ['3s..2s/5s', 'value-range'],
  ] as const)
    assert.throws(() => readKnobs({ outage: text }), refusal(code, '--outage'), text);
  for (const everyNs of [1, 0, 2.5])
    assert.throws(
      () => formatKnobs({ ...NO_IMPAIRMENT, outages: [{ fromNs: 5, toNs: 6, everyNs }] }),
      refusal('value-range', '--outage'),
    );
});

test.run();
