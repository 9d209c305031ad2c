import { suite } from 'uvu';
import { buildClientCommand } from '../../../harness/cli/clientCommand.ts';
import { buildServerCommand } from '../../../harness/cli/serverCommand.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('the client as a command');

const client = (...args: string[]): Promise<unknown> =>
  buildClientCommand().exitOverride().parseAsync(args, { from: 'user' });

test('what one protocol has and the other lacks is refused', async () => {
  for (const [args, refused] of [
    [['--quiet-timeout', '30s'], 'missing | --quiet-timeout'],
    [['--original', '--id', '7'], 'conflict | --id'],
    [['--original', '--register-timeout', '1s'], 'conflict | --register-timeout'],
    [['--original', '--check'], 'conflict | --check'],
    [['--original', '--validate', 'full'], 'conflict | --validate'],
  ] as const) {
    await assertRefusal(() => client(...args), refused);
  }
});

test('a log level is refused where no log is written', async () => {
  const args = ['--log', 'none', '--log-level', 'info'];
  await assertRefusal(() => client(...args), 'conflict | --log-level');
  const server = buildServerCommand().exitOverride();
  await assertRefusal(() => server.parseAsync(args, { from: 'user' }), 'conflict | --log-level');
});

test.run();
