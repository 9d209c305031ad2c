import type { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildRecordCommand } from '../../../harness/cli/recordCommand.ts';
import { buildLiveCommand } from '../../../harness/cli/liveCommand.ts';
import { buildServerCommand } from '../../../harness/cli/serverCommand.ts';
import { messageOf } from '../recording/tiny.ts';

const test = suite('options that several commands share');

test('whole matches and a number of messages are two lengths', async () => {
  const length = ['--matches', '2', '--messages', '9'];
  for (const [command, args] of [
    [buildServerCommand(), []],
    [buildLiveCommand(), []],
    [buildRecordCommand(), ['--out', 'x.jsonl']],
  ] as const) {
    assert.is(
      await messageOf(() => command.exitOverride().parseAsync([...args, ...length], { from: 'user' })),
      'UsageError: --matches and --messages: expected one of them, got both; leave one out',
      command.name(),
    );
  }
});

test('what is too small for a datagram is told with what would do', async () => {
  const record = (size: string): Promise<string> =>
    messageOf(() =>
      buildRecordCommand()
        .exitOverride()
        .parseAsync(['--out', '/none/x.jsonl', '--seed', '1', '--datagram-size', size], { from: 'user' }),
    );
  // 922 is the longest datagram of the invented teams, in English and without a check.
  for (const size of ['1', '63', '64', '921']) {
    assert.is(
      await record(size),
      `UsageError: --datagram-size: expected 922 or more, the longest datagram that these squads can give, got ${size}; ` +
        'say --datagram-size 922, or choose shorter names',
    );
  }
  for (const size of ['0', '-0', 'big', '65508', '1e3']) {
    assert.is(
      await record(size),
      `UsageError: --datagram-size: expected a number of bytes up to 65507, such as 1200, got "${size}"`,
    );
  }
});

test('only a server streams for ever, and says so', () => {
  const help = (command: Command): string => command.helpInformation().replaceAll(/\s+/g, ' ');
  assert.match(help(buildServerCommand()), 'whole matches to stream; 0 streams for ever (default: 1)');
  assert.match(help(buildLiveCommand()), 'whole matches to stream (default: 1)');
  assert.match(help(buildRecordCommand()), 'whole matches to stream (default: 1)');
});

test.run();
