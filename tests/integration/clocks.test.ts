/** Both clocks give the same counts, fates and order: a few cases, in one process. clocks.long.test.ts has them all. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  assertAgree,
  assertControlAgrees,
  drawnCase,
  drawnCaseBothWays,
  presetCases,
  runCase,
  withRecording,
} from './clocks.ts';
import type { Way } from './clocks.ts';

const MATCHES = 2;
const VIRTUAL: Way = { clock: 'virtual', mode: 'in-process', transport: 'auto' };
const REAL: Way = { clock: 'real', mode: 'in-process', transport: 'auto' };

const test = suite('the two clocks');

for (const one of [
  ...presetCases(['wifi', 'transatlantic']),
  drawnCase(1),
  drawnCase(2),
  drawnCaseBothWays(3),
]) {
  test(`agree on ${one.name}, and the virtual one repeats itself to the byte`, () =>
    withRecording(MATCHES, async (recorded) => {
      const virtual = await runCase(recorded, one, VIRTUAL);
      assertAgree((await runCase(recorded, one, VIRTUAL)).all, virtual.all, one, recorded, VIRTUAL);
      assert.not(virtual.struck);
      const real = await runCase(recorded, one, REAL);
      if (one.bothWays) assertControlAgrees(real, virtual);
      // Where the machine was held up for longer than --hold-max, runCase has seen that the verdicts say so.
      if (!real.struck) assertAgree(real.fixed, virtual.fixed, one, recorded, REAL);
    }));
}

test.run();
