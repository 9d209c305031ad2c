import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { matchstream } from '../../../harness/protocols/matchstream.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { reproduceCommand } from '../../../harness/shrink/commandLine.ts';
import type { Judge } from '../../../harness/shrink/commandLine.ts';
import type { ReplayPlan } from '../../../harness/runs/replayPlan.ts';

const test = suite('the command that repeats a failure');

const EXPECT: Judge = { kind: 'expect', expression: 'lost<=3' };

const command = (
  knobs: Knobs,
  over: Partial<ReplayPlan> & { readonly holdMaxNs?: number } = {},
  judge: Judge = EXPECT,
): string => {
  const { holdMaxNs = 1e9, ...others } = over;
  const impairment = readImpairment({ seed: 'a b', down: knobs, holdMaxNs });
  return reproduceCommand({ path: 'match.jsonl', impairment, ...others }, judge);
};

test('lists need no seed', () => {
  assert.is(
    command({ dropList: '3,7-9', reorderList: '9:2', duplicateList: '4', delay: '20ms' }),
    'matchstream replay match.jsonl --drop-list 3,7-9 --duplicate-list 4 --reorder-list 9:2 --delay 20ms ' +
      "--clients 1 --clock virtual --expect 'lost<=3'",
  );
});

test('what is still drawn does', () => {
  for (const [knobs, flags] of [
    [{ corrupt: '1%' }, '--corrupt 1%'],
    [{ jitter: '5ms' }, '--delay 0 --jitter 5ms --distribution uniform'],
  ] as const) {
    assert.is(
      command(knobs),
      `matchstream replay match.jsonl ${flags} --seed 'a b' --clients 1 --clock virtual --expect 'lost<=3'`,
    );
  }
});

test('options that are not at their defaults are there', () => {
  assert.is(
    command({}, { intervalNs: 1e6, tmaxNs: 5e8, holdMaxNs: 2e9, recover: true }),
    'matchstream replay match.jsonl --interval 1ms --tmax 500ms --hold-max 2s --recover ' +
      "--clients 1 --clock virtual --expect 'lost<=3'",
  );
  const judge = { kind: 'exec', command: './x "$A"', timeoutNs: 5e9, protocol: anyProgram } as const;
  assert.is(
    command({}, { speed: 2.5 }, judge),
    `matchstream replay match.jsonl --speed 2.5 --exec-timeout 5s --exec-protocol any --exec './x "$A"'`,
  );
  assert.is(
    command({}, {}, { ...judge, timeoutNs: 30e9, protocol: matchstream }),
    `matchstream replay match.jsonl --exec './x "$A"'`,
  );
});

test('a path that looks like an option is still a path', () => {
  assert.match(command({}, { path: '-x' }), /^matchstream replay \.\/-x /);
});

test.run();
