import { suite } from 'uvu';
import { buildServerCommand } from '../../../harness/cli/serverCommand.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('the server as a command');

test('places that cannot be had are refused, with the option that makes room', async () => {
  for (const [args, refused] of [
    [['--wait-for', '5000'], 'value-range | --wait-for'],
    [['--max-clients', '8', '--max-clients-per-address', '9'], 'value-range | --max-clients-per-address'],
  ] as const) {
    const server = buildServerCommand().exitOverride();
    await assertRefusal(() => server.parseAsync(args, { from: 'user' }), refused);
  }
});

test.run();
