import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildServerCommand } from '../../../harness/cli/serverCommand.ts';
import { messageOf } from '../recording/tiny.ts';

const test = suite('the server as a command');

test('places that cannot be had are refused, with the option that makes room', async () => {
  for (const [args, message] of [
    [
      ['--wait-for', '5000'],
      '--wait-for: expected at most --max-clients, which is 4096, got 5000; raise --max-clients',
    ],
    [
      ['--max-clients', '8', '--max-clients-per-address', '9'],
      '--max-clients-per-address: expected at most --max-clients, which is 8, got 9; raise --max-clients',
    ],
  ] as const) {
    const server = buildServerCommand().exitOverride();
    assert.is(await messageOf(() => server.parseAsync(args, { from: 'user' })), `UsageError: ${message}`);
  }
});

test.run();
