import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { conditionsOfFlow, hasShare } from '../../../harness/impairment/conditions.ts';
import type { Share } from '../../../harness/impairment/conditions.ts';
import { formatKnobs, readKnobs } from '../../../harness/impairment/knobs.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('conditions');

const share = (
  name: string,
  toxicity: number,
  knobs: Share['knobs'],
  direction: 'down' | 'up' = 'down',
): Share => ({
  name,
  direction,
  toxicity,
  knobs,
});
const flags = (shares: readonly Share[], down = {}, flow = 1): readonly [string, string] => {
  const settings = conditionsOfFlow({ down: readKnobs(down), up: readKnobs({}), shares }, '42', flow);
  return [formatKnobs(settings.down), formatKnobs(settings.up)];
};

test('without shares a flow has the settings that were given, themselves', () => {
  const down = readKnobs({ drop: '5%' });
  const up = readKnobs({});
  const settings = conditionsOfFlow({ down, up }, '42', 7);
  assert.is(settings.down, down);
  assert.is(settings.up, up);
});

test('a share replaces the stages that it turns on, and leaves the others', () => {
  assert.equal(
    flags([share('loss', 1, { dropBurst: '1%,25%' }), share('slow', 1, { rate: '1mbit' }, 'up')], {
      drop: '5%',
      duplicate: '1%',
    }),
    ['--drop-burst 1%,25% --duplicate 1%', '--rate 1mbit --queue 100'],
  );
});

test('delays add up, and so does their jitter', () => {
  assert.equal(
    flags(
      [
        share('a', 1, { delay: '10ms', jitter: '1ms', distribution: 'normal' }),
        share('b', 1, { delay: '5ms', jitter: '2ms' }),
      ],
      { delay: '20ms', keepOrder: true },
    ),
    ['--delay 35ms --jitter 3ms --distribution uniform --keep-order', ''],
  );
  assert.equal(
    flags([
      share('a', 1, { delay: '10ms', jitter: '1ms', distribution: 'normal' }),
      share('b', 1, { delay: '5ms' }),
    ])[0],
    '--delay 15ms --jitter 1ms --distribution normal',
  );
});

test("a flow has a share when the first draw of the share's own stream is below its toxicity", () => {
  const partial = share('flaky', 0.3, { drop: '100%' });
  let having = 0;
  for (let flow = 1; flow <= 1000; flow += 1) {
    const draw = randomStream(`42/${flow}/down/toxicity/flaky`).draw();
    assert.is(hasShare(partial, '42', flow), draw < 0.3);
    assert.is(flags([partial], {}, flow)[0], draw < 0.3 ? '--drop 100%' : '');
    if (draw < 0.3) having += 1;
  }
  // Five standard errors are 72.
  assert.ok(Math.abs(having - 300) < 72, String(having));
  assert.not(hasShare(share('never', 0, {}), '42', 1));
  assert.ok(hasShare(share('always', 1, {}), '42', 1));
});

test.run();
