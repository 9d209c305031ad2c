import { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildReplayCommand } from '../../../harness/replay/replayCommand.ts';
import { addJudgeOptions } from '../../../harness/shrink/shrinkOptions.ts';
import { messageOf } from '../recording/tiny.ts';

const test = suite('the options that judge a replay');

const replay = (...args: string[]): Promise<string> =>
  messageOf(() =>
    buildReplayCommand()
      .exitOverride()
      .configureOutput({ outputError: () => undefined })
      .parseAsync(['no-such-recording.jsonl', ...args], { from: 'user' }),
  );

test('what contradicts, or nothing would look at, is refused in one line', async () => {
  for (const [args, message] of [
    [
      ['--shrink'],
      '--shrink: expected --expect or --exec beside it, got neither; say what fails, such as --expect "lost<=3"',
    ],
    [
      ['--expect', 'lost<=3', '--exec', 'true'],
      '--exec and --expect: expected one of them, got both; a command of your own is judged by its exit code',
    ],
    [['--exec-timeout', '1s'], '--exec-timeout: expected --exec beside it, got none; leave it out'],
    [['--exec-protocol', 'any'], '--exec-protocol: expected --exec beside it, got none; leave it out'],
    [
      ['--exec', 'true', '--clock', 'virtual'],
      '--exec: expected --clock real, got --clock virtual; a program of your own needs sockets',
    ],
    [['--shrink-runs', '9'], '--shrink-runs: expected --shrink beside it, got none; leave it out'],
    [
      ['--shrink', '--expect', 'lost<=3', '--impair-control'],
      '--impair-control: expected no --shrink beside it, got both; no list names control datagrams; leave it out',
    ],
    [
      ['--shrink', '--expect', 'lost<=3', '--report', 'x'],
      '--report: expected no --shrink beside it, got both; --shrink writes no files; leave it out',
    ],
    [
      ['--exec', 'true', '--fates', 'x'],
      '--fates: expected no --exec beside it, got both; --exec writes no files; leave it out',
    ],
  ] as const) {
    assert.is(await replay(...args), `UsageError: ${message}`);
  }
});

test('with neither of them a replay goes as far as its recording', async () => {
  assert.match(await replay('--shrink', '--expect', 'lost<=3'), /no-such-recording\.jsonl/);
});

test('expectations add up, in their order', async () => {
  let given: unknown;
  const command = addJudgeOptions(new Command('x')).action((options: { expect?: unknown }) => {
    given = options.expect;
  });
  await command.parseAsync(['--expect', 'lost<=3', '--expect', 'reordered == 0'], { from: 'user' });
  assert.equal(given, [
    { metric: 'lost', operator: '<=', value: 3 },
    { metric: 'reordered', operator: '==', value: 0 },
  ]);
});

test.run();
