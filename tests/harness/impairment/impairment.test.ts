import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { UNIMPAIRED, readImpairment, wholeImpairment } from '../../../harness/impairment/impairment.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('an impairment is one value');

test('what is left out impairs nothing, waits a second at most, and lets control pass', () => {
  const all = {
    seed: '7',
    down: NO_IMPAIRMENT,
    up: NO_IMPAIRMENT,
    holdMaxNs: 1e9,
    impairControl: false,
    delayMemoryBytes: 256 * 1024 * 1024,
  };
  assert.equal(readImpairment({ seed: '7' }), all);
  assert.equal({ ...UNIMPAIRED, seed: '7' }, all);
});

test('each way has knobs of its own', () => {
  const { down, up } = readImpairment({ seed: '7', down: { drop: '5%' }, up: { delay: '20ms' } });
  assert.equal(down, readKnobs({ drop: '5%' }));
  assert.equal(up, readKnobs({ delay: '20ms' }));
});

test('what makes no sense is named', async () => {
  for (const [call, refused] of [
    [() => readImpairment({ seed: 7 as never }), 'value-format | readImpairment: seed'],
    [() => readImpairment({ seed: '7', holdMaxNs: 0 }), 'value-range | readImpairment: holdMaxNs'],
    [
      () => readImpairment({ seed: '7', delayMemoryBytes: 1000 }),
      'value-range | readImpairment: delayMemoryBytes',
    ],
    [() => readImpairment({ seed: '7', hold: 1 } as never), 'unknown-key | readImpairment'],
    [() => readImpairment({ seed: '7', down: { loss: '5%' } }), 'unknown-key | readKnobs'],
    [() => wholeImpairment(null, 'a call'), 'value-format | a call'],
  ] as const) {
    await assertRefusal(call, refused);
  }
});

test.run();
