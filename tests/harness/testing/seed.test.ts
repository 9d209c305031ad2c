/** The seed that a test gets, and the commands that show its network again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readLossyOptions } from '../../../harness/testing/lossyOptions.ts';
import { chooseSeed, currentTestName } from '../../../harness/testing/seed.ts';
import { showAgain } from '../../../harness/testing/showAgain.ts';

const seeds = suite("a test's seed");

seeds('is the environment’s, else the given one, else the name, else 1', () => {
  assert.is(chooseSeed('7', 'a test', { MATCHSTREAM_SEED: '9' }), '9');
  assert.is(chooseSeed('7', 'a test', { MATCHSTREAM_SEED: '' }), '7');
  assert.is(chooseSeed(undefined, 'a test', {}), 'a test');
  assert.is(chooseSeed(undefined, '', {}), '1');
  assert.is(chooseSeed(undefined, undefined, {}), '1');
});

seeds('has the name that vitest and jest put into the global scope', () => {
  assert.is(
    currentTestName({ expect: { getState: () => ({ currentTestName: 'suite > case' }) } }),
    'suite > case',
  );
  const state = { getState: () => ({ currentTestName: 'imported' }) };
  assert.is(currentTestName({ [Symbol.for('expect-global')]: state }), 'imported');
  assert.is(currentTestName({ expect: {} }), undefined);
  assert.is(currentTestName({}), undefined);
});

seeds.run();

const commands = suite('the same network again');

const shown = (options: object): readonly string[] =>
  showAgain(readLossyOptions({ upstream: '127.0.0.1:5000', ...options }, "it's red"));
const PROXY = `npx matchstream proxy --upstream 127.0.0.1:5000 --protocol any --seed 'it'\\''s red'`;

commands('is one command, with the direction where that is not down', () => {
  assert.equal(shown({}), [PROXY]);
  assert.equal(shown({ drop: '5%' }), [`${PROXY} --drop 5%`]);
  assert.equal(shown({ drop: '5%', direction: 'up' }), [`${PROXY} --drop 5% --direction up`]);
  assert.equal(shown({ drop: '5%', direction: 'both' }), [`${PROXY} --drop 5% --direction both`]);
  assert.equal(shown({ up: { delay: '20ms' } }), [`${PROXY} --delay 20ms --direction up`]);
});

commands('needs a scenario file where the directions differ', () => {
  assert.equal(shown({ drop: '5%', up: { delay: '20ms' } }), [
    `${PROXY} --scenario FILE`,
    'with in FILE the settings of --drop 5% down, and of --delay 20ms up',
  ]);
});

commands.run();
