import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('the options that judge a replay');

const replay = (...args: string[]): Promise<unknown> =>
  buildReplayCommand()
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .parseAsync(['no-such-recording.jsonl', ...args], { from: 'user' });

const NOT_THERE = 'file-unreadable | no-such-recording.jsonl';

test('what contradicts, or nothing would look at, is refused in one line', async () => {
  for (const [args, refused] of [
    [['--shrink'], 'missing | --shrink'],
    [['--expect', 'lost<=3', '--exec', 'true'], 'conflict | --exec and --expect'],
    [['--exec-timeout', '1s'], 'missing | --exec-timeout'],
    [['--exec-protocol', 'any'], 'missing | --exec-protocol'],
    [['--exec', 'true', '--clock', 'virtual'], 'conflict | --exec'],
    [['--shrink-runs', '9'], 'missing | --shrink-runs'],
    [['--shrink', '--expect', 'lost<=3', '--impair-control'], 'conflict | --impair-control'],
    [['--shrink', '--expect', 'lost<=3', '--arrivals', 'x'], 'conflict | --arrivals'],
    [['--exec', 'true', '--fates', 'x'], 'conflict | --fates'],
    [['--exec', 'true', '--clients', '3'], 'conflict | --clients'],
    [['--exec', 'true', '--shrink', '--mode', 'in-process'], 'conflict | --mode'],
    [['--exec', 'true', '--tmax', '1s'], 'conflict | --tmax'],
    [['--exec', 'true', '--no-control'], 'conflict | --no-control'],
    [['--exec', 'true', '--log-level', 'debug'], 'conflict | --log-level'],
    [['--shrink', '--expect', 'lost<=3', '--mode', 'processes'], 'conflict | --mode'],
    [['--shrink', '--expect', 'lost<=3', '--transport', 'node'], 'conflict | --transport'],
    [['--shrink', '--expect', 'lost<=3', '--no-control'], 'conflict | --no-control'],
    [['--shrink', '--expect', 'lost<=3', '--log-level', 'info'], 'conflict | --log-level'],
    [['--shrink', '--expect', 'lost<=3', '--clock', 'real'], 'conflict | --shrink'],
  ] as const) {
    await assertRefusal(() => replay(...args), refused);
  }
});

test('with neither of them a replay goes as far as its recording', async () => {
  const shrink = ['--shrink', '--expect', 'lost<=3'];
  await assertRefusal(() => replay(...shrink), NOT_THERE);
  await assertRefusal(() => replay(...shrink, '--clock', 'virtual'), NOT_THERE);
  await assertRefusal(() => replay('--exec', 'true', '--transport', 'node'), NOT_THERE);
});

test('nothing is printed before the recording is known to be there', async () => {
  const { write } = process.stdout;
  let printed = '';
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  await assertRefusal(() => replay('--drop', '5%', '--clock', 'virtual'), NOT_THERE).finally(() => {
    process.stdout.write = write;
  });
  assert.is(printed, '');
});

test('expectations add up, in their order', async () => {
  const command = buildReplayCommand().action(() => undefined);
  await command.parseAsync(['x', '--expect', 'lost<=3', '--expect', 'reordered == 0'], { from: 'user' });
  assert.equal(command.getOptionValue('expect'), [
    { metric: 'lost', operator: '<=', value: 3 },
    { metric: 'reordered', operator: '==', value: 0 },
  ]);
});

test.run();
