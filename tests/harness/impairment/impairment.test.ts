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
    phases: [],
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

test('a phase changes the directions that it names', () => {
  const { phases, down } = readImpairment({
    seed: '7',
    down: { drop: '5%' },
    phases: [
      { atNs: 1e9, up: { delay: '1ms' } },
      { atNs: 2e9, down: {} },
    ],
  });
  assert.is(phases[0]?.down, down);
  assert.equal(phases, [
    { atNs: 1e9, down: readKnobs({ drop: '5%' }), up: readKnobs({ delay: '1ms' }) },
    { atNs: 2e9, down: NO_IMPAIRMENT, up: readKnobs({ delay: '1ms' }) },
  ]);
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
    [() => readImpairment({ seed: '7', phases: 3 as never }), 'value-format | readImpairment: phases'],
    [
      () => readImpairment({ seed: '7', phases: [{ atNs: 0 }] }),
      'value-range | readImpairment: phases: 1: atNs',
    ],
    [
      () => readImpairment({ seed: '7', phases: [{ atNs: 5 }, { atNs: 5 }] }),
      'value-range | readImpairment: phase 3: at',
    ],
    [
      () => readImpairment({ seed: '7', phases: [{ atNs: 5, up: { rate: '1mbit', shared: true } }] }),
      'conflict | readImpairment: phase 2: up',
    ],
  ] as const) {
    await assertRefusal(call, refused);
  }
});

test.run();
