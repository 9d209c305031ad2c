import { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  addOptions,
  choice,
  flag,
  givenOptions,
  hostPort,
  opposite,
  positiveTime,
  refuseBeside,
  several,
  text,
  time,
  whole,
} from '../../../harness/cli/declare.ts';
import type { ValuesOf } from '../../../harness/cli/declare.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('how options are declared');

const TABLE = {
  size: whole('--size <n>', 'how many', 1, 9, 3),
  most: whole('--most <n>', 'at the most', 1, 9),
  name: text('--name <text>', 'of it'),
  fast: flag('--fast', 'at once'),
  log: opposite('--no-log', 'silent'),
  kind: choice('--kind <which>', 'of two', ['odd', 'even'], 'odd'),
  longWait: time('--long-wait <time>', 'before it begins', 1e9),
  every: positiveTime('--every <time>', 'between two'),
  to: hostPort('--to <host:port>', 'where', { host: '::1', port: 7 }),
  part: several('--part <text>', 'of it', (part) => part.toUpperCase()),
};

/** What a command gets; its type follows from the table. */
async function valuesOf(...args: string[]): Promise<ValuesOf<typeof TABLE>> {
  const command = addOptions(new Command('x'), TABLE).exitOverride();
  command.configureOutput({ outputError: () => undefined }).action(() => undefined);
  await command.parseAsync(args, { from: 'user' });
  return command.opts();
}

test('what is left out has its default, or is not there', async () => {
  assert.equal(await valuesOf(), {
    size: 3,
    fast: false,
    log: true,
    kind: 'odd',
    longWait: 1e9,
    to: { host: '::1', port: 7 },
  });
});

test('what is given is read', async () => {
  const { size, most, longWait, every, to, part, log } = await valuesOf(
    '--size=4',
    '--most=5',
    '--long-wait=0',
    '--every=2ms',
    '--to=[::1]:9',
    '--part=a',
    '--part=b',
    '--no-log',
  );
  assert.equal([size, most, longWait, every, part, log], [4, 5, 0, 2e6, ['A', 'B'], false]);
  assert.equal({ ...to }, { host: '::1', port: 9 });
});

test('what cannot be read is named by its option', async () => {
  for (const [args, refused] of [
    [['--size', '10'], 'value-range | --size'],
    [['--every', '0'], 'value-range | --every'],
    [['--to', 'nowhere'], 'value-format | --to'],
    [
      ['--kind', 'prime'],
      "no refusal: CommanderError: error: option '--kind <which>' argument 'prime' is invalid. Allowed choices are odd, even.",
    ],
  ] as const) {
    await assertRefusal(() => valuesOf(...args), refused);
  }
});

test('help has them in the order of the table, with defaults as a user writes them', () => {
  const help = addOptions(new Command('x'), TABLE).helpInformation();
  assert.match(help, /--size[^]*--most[^]*--name[^]*--fast[^]*--no-log[^]*--kind[^]*--long-wait[^]*--part/);
  assert.match(help, /\(default: 1s\)/);
  assert.match(help, /\(default: \[::1\]:7\)/);
});

test('a table that calls an option something else is refused', () => {
  assert.throws(
    () => addOptions(new Command('x'), { sighs: TABLE.size }),
    'the option --size <n> is declared as sighs',
  );
});

/** What was given of `--size`, `--fast`, `--no-fast`, `--no-log`, `--kind` and `--none-such`. */
async function given(...args: string[]): Promise<string[]> {
  const command = new Command('x')
    .option('--size <n>', '', '3')
    .option('--fast', '', true)
    .option('--no-fast', '')
    .option('--no-log', '')
    .option('--kind <which>', '');
  await command.action(() => undefined).parseAsync(args, { from: 'user' });
  return givenOptions(command, ['--size', '--fast', '--no-fast', '--no-log', '--kind', '--none-such']);
}

test('what the user wrote was given, a default was not', async () => {
  assert.equal(await given(), []);
  assert.equal(await given('--size', '3', '--kind', 'k'), ['--size', '--kind']);
  assert.equal(await given('--fast'), ['--fast']);
  assert.equal(await given('--no-fast', '--no-log'), ['--no-fast', '--no-log']);
});

test('an option that nothing would look at is refused with the reason', async () => {
  const command = new Command('x').option('--size <n>', '').option('--deep', '');
  const lacking = { '--deep': 'it is flat', '--size': 'it has none' };
  command.action(() => refuseBeside(command, '--flat', lacking));
  await command.parseAsync([], { from: 'user' });
  await assertRefusal(
    () => command.parseAsync(['--size', '1'], { from: 'user' }),
    'conflict | --size',
    'it has none',
  );
});

test.run();
