/** A preset or a file, and knobs that stand beside it: for a command, and for a test suite. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseKnobs } from '../../../harness/impairment/chosenKnobs.ts';
import type { KnobSources } from '../../../harness/impairment/chosenKnobs.ts';
import { formatKnobs } from '../../../harness/impairment/knobs.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('knobs chosen');

const NONE: KnobSources = { preset: undefined, scenario: undefined, direction: 'down', beside: {} };
const nameOf = (...keys: readonly string[]): string => `call: ${keys.join(' and ')}`;
const FILE = '{"name":"lift","down":{"drop":"5%","delay":"20ms"},"up":{"reorder":"1%"}}';
const read = (path: string) =>
  path === 'lift.json' ? ({ ok: true, value: FILE } as const) : ({ ok: false, reason: 'none' } as const);

function chosen(sources: Partial<KnobSources>): string[] {
  const { down, up } = chooseKnobs({ ...NONE, ...sources }, nameOf, read);
  return [formatKnobs(down), formatKnobs(up)];
}

test('what stands beside acts in its direction, and wins over the file; what is of one direction wins over both', () => {
  assert.equal(chosen({}), ['', '']);
  assert.equal(chosen({ beside: { drop: '1%' }, direction: 'both' }), ['--drop 1%', '--drop 1%']);
  const file = { scenario: 'lift.json' };
  assert.equal(chosen(file), ['--drop 5% --delay 20ms', '--reorder 1%']);
  assert.equal(chosen({ ...file, beside: { dropExact: '10%/10' } }), [
    '--drop-exact 10%/10 --delay 20ms',
    '--reorder 1%',
  ]);
  assert.equal(chosen({ ...file, direction: 'up', beside: { reorder: '2%' } }), [
    '--drop 5% --delay 20ms',
    '--reorder 2%',
  ]);
  const own = { down: { drop: '9%' }, up: { drop: '8%' } };
  assert.equal(chosen({ beside: { drop: '1%' }, own }), ['--drop 9%', '--drop 8%']);
  assert.is(chooseKnobs({ ...NONE, ...file }, nameOf, read).file?.name, 'lift');
});

test('a preset acts where it is meant to, as well', () => {
  const [down = '', up = ''] = chosen({
    preset: 'transatlantic',
    direction: 'up',
    own: { down: { drop: '1%' } },
  });
  assert.is(down, '--drop 1%');
  assert.match(up, /--drop 0\.05% .*--delay 40ms/);
});

test('a refusal names what was given as whoever gave it does', async () => {
  await assertRefusal(
    () => chosen({ preset: 'wifi', scenario: 'lift.json' }),
    'conflict | call: preset and scenario',
  );
  await assertRefusal(() => chosen({ preset: 'wfi' }), 'unknown-choice | call: preset', 'mean wifi?');
  await assertRefusal(() => chosen({ scenario: 'x' }), 'file-unreadable | call: scenario x', 'got none');
  await assertRefusal(() => chosen({ beside: { drop: '200%' } }), 'value-range | call: drop');
});

test.run();
