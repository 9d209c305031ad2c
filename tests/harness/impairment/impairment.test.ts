import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { UNIMPAIRED, readImpairment, wholeImpairment } from '../../../harness/impairment/impairment.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { messageOf } from '../recording/tiny.ts';

const test = suite('an impairment is one value');

test('what is left out impairs nothing, waits a second at most, and lets control pass', () => {
  const all = { seed: '7', down: NO_IMPAIRMENT, up: NO_IMPAIRMENT, holdMaxNs: 1e9, impairControl: false };
  assert.equal(readImpairment({ seed: '7' }), all);
  assert.equal({ ...UNIMPAIRED, seed: '7' }, all);
});

test('each way has knobs of its own', () => {
  const { down, up } = readImpairment({ seed: '7', down: { drop: '5%' }, up: { delay: '20ms' } });
  assert.equal(down, readKnobs({ drop: '5%' }));
  assert.equal(up, readKnobs({ delay: '20ms' }));
});

test('what makes no sense is named', async () => {
  for (const [call, message] of [
    [() => readImpairment({ seed: 7 as never }), 'UsageError: readImpairment: seed: expected text, got 7'],
    [
      () => readImpairment({ seed: '7', holdMaxNs: 0 }),
      'UsageError: readImpairment: holdMaxNs: expected nanoseconds, above 0, got 0',
    ],
    [
      () => readImpairment({ seed: '7', hold: 1 } as never),
      'UsageError: readImpairment: no such key as "hold"; expected one of seed, down, up, holdMaxNs, impairControl',
    ],
    [
      () => readImpairment({ seed: '7', down: { loss: '5%' } }),
      'UsageError: readKnobs: no such knob as "loss"; did you mean drop?',
    ],
    [() => wholeImpairment(null, 'a call'), 'UsageError: a call: expected an object, got null'],
  ] as const) {
    assert.is(await messageOf(async () => call()), message);
  }
});

test.run();
