import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildClientCommand } from '../../../harness/cli/clientCommand.ts';
import { buildServerCommand } from '../../../harness/cli/serverCommand.ts';
import { messageOf } from '../recording/tiny.ts';

const test = suite('the client as a command');

const client = (...args: string[]): Promise<string> =>
  messageOf(() => buildClientCommand().exitOverride().parseAsync(args, { from: 'user' }));

test('what one protocol has and the other lacks is refused', async () => {
  for (const [args, message] of [
    [['--quiet-timeout', '30s'], '--quiet-timeout: expected --original beside it, got none; leave it out'],
    [
      ['--original', '--id', '7'],
      '--id: expected no --original beside it, got both; an original server gives no numbers; leave it out',
    ],
    [
      ['--original', '--register-timeout', '1s'],
      '--register-timeout: expected no --original beside it, got both; an original server answers nothing, so --quiet-timeout says when to give up; leave it out',
    ],
    [
      ['--original', '--check'],
      '--check: expected no --original beside it, got both; the original messages carry no check; leave it out',
    ],
    [
      ['--original', '--validate', 'full'],
      '--validate: expected no --original beside it, got both; the original messages are always read whole; leave it out',
    ],
  ] as const) {
    assert.is(await client(...args), `UsageError: ${message}`);
  }
});

test('a log level is refused where no log is written', async () => {
  const message =
    'UsageError: --log-level: expected no --log none beside it, got both; no log is written; leave it out';
  const args = ['--log', 'none', '--log-level', 'info'];
  assert.is(await client(...args), message);
  const server = buildServerCommand().exitOverride();
  assert.is(await messageOf(() => server.parseAsync(args, { from: 'user' })), message);
});

test.run();
