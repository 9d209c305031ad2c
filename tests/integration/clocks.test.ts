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
import type { Case, Way } from './clocks.ts';

const MATCHES = 2;
const VIRTUAL: Way = { clock: 'virtual', mode: 'in-process', transport: 'auto' };
const REAL: Way = { clock: 'real', mode: 'in-process', transport: 'auto' };

const test = suite('the two clocks');

/** What no drawn case has. */
const KNOWN: readonly Case[] = (
  [
    ['jumps, and a limit of bytes', { jump: '4%', jumpDistance: '2..9', reorder: '5%', dropAfter: '15kB' }],
    ['a queue of bytes', { rate: '700kbit', queue: '1500B', duplicate: '10%' }],
    ['a queue of time', { rate: '700kbit', queue: '5ms', delay: '5ms', jitter: '4ms' }],
    ['a trace', { rateTrace: 'a trace\n1\n9\n9\n20', queue: '12', drop: '3%' }],
    ['an outage that comes again', { outage: '10ms..20ms/50ms', reorder: '5%' }],
  ] as const
).map(([name, knobs]) => ({ name, seed: name, knobs, bothWays: false }));

for (const one of [
  ...KNOWN,
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
