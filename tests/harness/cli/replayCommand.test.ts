import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
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
    [
      ['--exec', 'true', '--clients', '3'],
      '--clients: expected no --exec beside it, got both; the command is the only client; leave it out',
    ],
    [
      ['--exec', 'true', '--shrink', '--mode', 'in-process'],
      '--mode: expected no --exec beside it, got both; server and proxy run in this process; leave it out',
    ],
    [
      ['--exec', 'true', '--tmax', '1s'],
      '--tmax: expected no --exec beside it, got both; the command itself decides when it has heard enough; leave it out',
    ],
    [
      ['--exec', 'true', '--no-control'],
      '--no-control: expected no --exec beside it, got both; no times are compared, so there is no control run; leave it out',
    ],
    [
      ['--exec', 'true', '--log-level', 'debug'],
      '--log-level: expected no --exec beside it, got both; --exec writes no files; leave it out',
    ],
    [
      ['--shrink', '--expect', 'lost<=3', '--mode', 'processes'],
      '--mode: expected no --shrink beside it, got both; it runs on the virtual clock, which has no processes; leave it out',
    ],
    [
      ['--shrink', '--expect', 'lost<=3', '--transport', 'node'],
      '--transport: expected no --shrink beside it, got both; it runs on the virtual clock, which has no sockets; leave it out',
    ],
    [
      ['--shrink', '--expect', 'lost<=3', '--no-control'],
      '--no-control: expected no --shrink beside it, got both; it runs on the virtual clock, which has no noise; leave it out',
    ],
    [
      ['--shrink', '--expect', 'lost<=3', '--log-level', 'info'],
      '--log-level: expected no --shrink beside it, got both; --shrink writes no files; leave it out',
    ],
    [
      ['--shrink', '--expect', 'lost<=3', '--clock', 'real'],
      '--shrink: expected --clock virtual, got --clock real; it runs on the virtual clock; leave --clock out',
    ],
  ] as const) {
    assert.is(await replay(...args), `UsageError: ${message}`);
  }
});

test('with neither of them a replay goes as far as its recording', async () => {
  const shrink = ['--shrink', '--expect', 'lost<=3'];
  assert.match(await replay(...shrink), /no-such-recording\.jsonl/);
  assert.match(await replay(...shrink, '--clock', 'virtual'), /no-such-recording\.jsonl/);
  assert.match(await replay('--exec', 'true', '--transport', 'node'), /no-such-recording\.jsonl/);
});

test('nothing is printed before the recording is known to be there', async () => {
  const { write } = process.stdout;
  let printed = '';
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  const told = await replay('--drop', '5%', '--clock', 'virtual').finally(() => {
    process.stdout.write = write;
  });
  assert.match(told, /^UsageError: no-such-recording\.jsonl: expected a readable file/);
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
