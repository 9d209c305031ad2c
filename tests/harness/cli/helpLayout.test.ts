import { Command, Option } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layOutHelp } from '../../../harness/cli/helpLayout.ts';
import { buildCommands } from '../../commands.ts';

const test = suite('help on a terminal');
const HELP_OPTION = ['-h, --help', 'print this help'] as const;

/** All that a command's help prints, examples too. */
function helpOf(command: Command, columns: number): string {
  layOutHelp(command, HELP_OPTION, columns);
  const write = process.stdout.write;
  let printed = '';
  process.stdout.write = ((text: string) => (printed += text)) as unknown as typeof write;
  try {
    command.outputHelp();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '' && word !== '\\');

for (const columns of [40, 80, 120]) {
  test(`at ${columns} columns no word is cut, and no line is longer but for a word that is`, async () => {
    for (const [name, command] of await buildCommands()) {
      const help = helpOf(command, columns);
      for (const line of help.split('\n')) {
        assert.ok(line.length <= columns || words(line).length === 1, `${name}: ${line}`);
      }
      // Broken or not, it is the same text: what every option and argument means stands in it word by word.
      const flat = ` ${words(help).join(' ')} `;
      const said = [
        command.description(),
        ...command.options.map(({ description }) => description),
        ...command.registeredArguments.map(({ description }) => description),
      ];
      for (const text of said) {
        if (text !== '') assert.ok(flat.includes(` ${words(text).join(' ')}`), `${name}: ${text}`);
      }
    }
  });
}

test('what there is no room for beside an option stands below it', () => {
  const command = new Command('x')
    .description('One two three.')
    .addOption(new Option('--speed <factor>', 'so many times as fast as it was recorded').default(1));
  assert.is(
    helpOf(command, 40),
    [
      'Usage: x [options]',
      '',
      'One two three.',
      '',
      'Options:',
      '  --speed <factor>',
      '      so many times as fast as it was',
      '      recorded (default: 1)',
      '  -h, --help',
      '      print this help',
      '',
    ].join('\n'),
  );
});

test.run();
