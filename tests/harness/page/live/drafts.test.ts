/** Knobs that are typed on the live page: what a field shows, what is sent, what a message is about. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KNOBS, readKnobs } from '../../../../harness/impairment/knobs.ts';
import { PRESETS } from '../../../../harness/impairment/presets.ts';
import type { Knob } from '../../../../harness/impairment/knobs.ts';
import {
  NO_DRAFTS,
  fieldOf,
  flagName,
  isFlag,
  knobOfMessage,
  presetToSend,
  toSend,
  valueName,
  withField,
} from '../../../../harness/page/live/drafts.ts';
import { thrownBy } from '../../../refusals.ts';

const test = suite('knobs on the live page');

const knob = (name: string): Knob => KNOBS.find((one) => one.name === name) as Knob;

test('a flag is a box to tick, everything else a field with the words of --help', () => {
  assert.equal(
    KNOBS.filter(isFlag).map(({ name }) => name),
    ['keepOrder', 'shared'],
  );
  assert.equal([flagName(knob('drop')), valueName(knob('drop'))], ['--drop', '<ratio>']);
  assert.equal([flagName(knob('keepOrder')), valueName(knob('keepOrder'))], ['--keep-order', '']);
});

test('a field follows the program until something is typed, and typing it back is no change', () => {
  const now = { drop: '5%', keepOrder: true };
  assert.is(fieldOf(knob('drop'), now, {}), '5%');
  assert.is(fieldOf(knob('keepOrder'), now, {}), true);
  assert.is(fieldOf(knob('delay'), now, {}), '');
  const typed = withField(NO_DRAFTS, 'down', knob('drop'), now, '6%');
  assert.equal(typed, { down: { drop: '6%' }, up: {} });
  assert.is(fieldOf(knob('drop'), now, typed.down), '6%');
  assert.equal(withField(typed, 'down', knob('drop'), now, '5%'), NO_DRAFTS);
});

test('a direction that was changed is sent whole, the other not at all', () => {
  const conditions = { down: { drop: '5%', delay: '20ms', unheardOf: 'x' }, up: { mtu: '1400' } };
  assert.is(toSend(NO_DRAFTS, KNOBS, conditions), null);
  let drafts = withField(NO_DRAFTS, 'down', knob('drop'), conditions.down, '');
  drafts = withField(drafts, 'down', knob('reorder'), conditions.down, ' 2% ');
  drafts = withField(drafts, 'down', knob('keepOrder'), conditions.down, true);
  assert.equal(toSend(drafts, KNOBS, conditions), {
    down: { unheardOf: 'x', reorder: '2%', delay: '20ms', keepOrder: true },
  });
});

test('a preset is sent as it is written, in the place of whatever stood there, but for what holds for the whole run', () => {
  for (const preset of PRESETS) {
    const sent = presetToSend({ drop: '5%', rateTrace: 'lte\n1' }, preset.knobs);
    assert.equal(sent, preset.knobs, preset.name);
    assert.equal(readKnobs(sent), preset.config);
  }
  assert.equal(presetToSend({ drop: '5%', shared: true }, {}), { shared: true });
});

test('a message of the program is about the knob that it names first', async () => {
  const { message } = (await thrownBy(() => readKnobs({ drop: '500%' }))) as Error;
  assert.is(knobOfMessage(message, KNOBS), knob('drop'));
  assert.is(knobOfMessage('--reorder-distance: expected a span', KNOBS)?.name, 'reorderDistance');
  assert.is(knobOfMessage('up.dropBurst: expected P,R, got "x"; see --drop', KNOBS)?.name, 'dropBurst');
  assert.is(knobOfMessage('down.nothing: no such knob', KNOBS), null);
  assert.is(knobOfMessage('the program did not answer', KNOBS), null);
  assert.is(knobOfMessage('--nothing-of-ours', KNOBS), null);
});

test.run();
