import type { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildRecordCommand } from '../../../harness/cli/recordCommand.ts';
import { buildLiveCommand } from '../../../harness/cli/liveCommand.ts';
import { buildServerCommand } from '../../../harness/cli/serverCommand.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('options that several commands share');

test('whole matches and a number of messages are two lengths', async () => {
  const length = ['--matches', '2', '--messages', '9'];
  for (const [command, args] of [
    [buildServerCommand(), []],
    [buildLiveCommand(), []],
    [buildRecordCommand(), ['--out', 'x.jsonl']],
  ] as const) {
    await assertRefusal(
      () => command.exitOverride().parseAsync([...args, ...length], { from: 'user' }),
      'conflict | --matches and --messages',
    );
  }
});

test('what is too small for a datagram is told with what would do', async () => {
  const record = (size: string): Promise<unknown> =>
    buildRecordCommand()
      .exitOverride()
      .parseAsync(['--out', '/none/x.jsonl', '--seed', '1', '--datagram-size', size], { from: 'user' });
  // 922 is the longest datagram of the invented teams, in English and without a check.
  for (const size of ['1', '63', '64', '921'])
    await assertRefusal(() => record(size), 'value-range | --datagram-size', '922');
  for (const size of ['0', '65508'])
    await assertRefusal(() => record(size), 'value-range | --datagram-size', '65507');
  for (const size of ['-0', 'big', '1e3'])
    await assertRefusal(() => record(size), 'value-format | --datagram-size', '65507');
});

test('only a server streams for ever, and says so', () => {
  const help = (command: Command): string => command.helpInformation().replaceAll(/\s+/g, ' ');
  assert.match(help(buildServerCommand()), 'whole matches to stream; 0 streams for ever (default: 1)');
  assert.match(help(buildLiveCommand()), 'whole matches to stream (default: 1)');
  assert.match(help(buildRecordCommand()), 'whole matches to stream (default: 1)');
});

test('progress is shown or not, and no oftener than ten times a second', async () => {
  const live = (...args: string[]): Promise<unknown> =>
    buildLiveCommand().exitOverride().parseAsync(args, { from: 'user' });
  await assertRefusal(() => live('--quiet', '--every', '1s'), 'conflict | --every');
  for (const every of ['99ms', '1us'])
    await assertRefusal(() => live('--every', every), 'value-range | --every');
  await assertRefusal(() => live('--every', '0s'), 'value-range | --every');
  await assertRefusal(() => live('--every', '1'), 'value-format | --every');
});

test.run();
