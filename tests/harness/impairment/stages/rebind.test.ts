/** The times at which a flow moves to another port: read, refused, written back. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT, controlConfig } from '../../../../harness/impairment/config.ts';
import { formatKnobs, readKnobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { rebindTimesNs } from '../../../../harness/impairment/stages/rebind.ts';
import { refusal } from '../../../refusals.ts';

const test = suite('rebind');

test('times are read in any order, and written back rising', () => {
  const config = readKnobs({ rebind: '90s, 30s,1500ms' });
  assert.equal(config.rebinds, [{ atNs: 1.5e9 }, { atNs: 30e9 }, { atNs: 90e9 }]);
  assert.is(formatKnobs(config), '--rebind 1500ms,30s,90s');
  assert.equal(readKnobs({}).rebinds, []);
});

test('a time that is none, nothing or given twice is refused', () => {
  for (const [text, code] of [
    ['30', 'value-format'],
    ['', 'value-format'],
    ['5s,', 'value-format'],
    ['0s', 'value-range'],
    ['5s,5000ms', 'repeated'],
  ] as const)
    assert.throws(() => readKnobs({ rebind: text }), refusal(code, '--rebind'), text);
  for (const rebinds of [[{ atNs: 0 }], [{ atNs: 2 }, { atNs: 2 }], [{ atNs: 1.5 }]])
    assert.throws(() => formatKnobs({ ...NO_IMPAIRMENT, rebinds }), refusal('value-range', '--rebind'));
});

test('a flow moves at the times of either direction, once each', () => {
  const [down, up] = [readKnobs({ rebind: '3s,1s' }), readKnobs({ rebind: '2s,3s' })];
  assert.equal(rebindTimesNs([down, up]), [1e9, 2e9, 3e9]);
});

test('no fate depends on it, and control datagrams have none of their own', () => {
  const key = { seed: '7', flow: 1, direction: 'down' } as const;
  const without = new Schedule(readKnobs({ drop: '20%' }), key);
  const beside = new Schedule(readKnobs({ drop: '20%', rebind: '1s' }), key);
  for (let index = 1; index <= 1000; index += 1) {
    const row = without.at(index);
    assert.is(beside.at(index), row);
    assert.is(beside.dropCause[row], without.dropCause[row]);
  }
  assert.equal(controlConfig(readKnobs({ rebind: '1s' })).rebinds, []);
});

test.run();
