/**
 * What a client shows at a terminal of 80 columns and 24 rows, and of 40 and 20: by tmux, with the built program; figures are
 * masked.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder, run, SHELL_WORD, startServing } from './program.ts';
import { assertFits, assertShows, hasTmux, onScreens } from './screen.ts';

const test = suite('the scoreboard on the screen');

const onTmux = hasTmux() ? test : test.skip;

test('into a pipe it is a line an event and the closing lines; --verbose has every figure', () =>
  inFolder(async (folder) => {
    const { serverEnd, address } = await startServing(['--interval', '10ms', '--messages', '5'], folder);
    const { stdout, code } = await run(['client', address, '--log', 'none', '--verbose'], folder);
    assert.is(code, 0);
    assert.not.ok(stdout.includes('\u001B'));
    assert.match(stdout, /^ {2}0' {2}KICK-OFF/);
    assert.match(
      stdout,
      /\nclient 1: end of stream\nreceived {6}5 of 5\nlost {10}0\ntwice {9}0\nout of order {2}0\nlate /,
    );
    assert.match(stdout, /\nloss_period_mean +none\n/);
    await serverEnd;
  }));

onTmux('client: a scoreboard that follows the size of the terminal, and the closing lines', () =>
  inFolder(async (folder) => {
    const { server, serverEnd, address } = await startServing(
      ['--interval', '60ms', '--wait-for', '2', '--matches', '2'],
      folder,
    );
    try {
      await onScreens(
        () => `${SHELL_WORD} client ${address} --log none`,
        async (screen, columns, rows) => {
          const running = await screen.until(/[1-9]\d?'[^]*\/s,\s[^]*lost 0/);
          assertFits(running, columns);
          assert.ok(running.split('\n').length <= rows, running);
          assert.match(
            running,
            /^matchstream client of 127\.0\.0\.1:\d+\n╭─+╮\n│ +\d+' +│\n│ +Galáticos \d+ - \d+ The Bests +│\n╰─+╯\n/,
          );
          assertShows(running, /received #, #\/s, lost #, twice #, out of order #, jitter # ms$/);
          screen.resize(columns - 5, rows - 4);
          const narrower = await screen.until(new RegExp(`^matchstream client[^╭]*╭─{${columns - 9}}╮\\n`));
          assertFits(narrower, columns - 5);
          const ended = await screen.end();
          assertFits(ended, columns - 5);
          assertShows(
            ended,
            /client #: end of stream received # of # lost # twice # out of order # late at most # ms after the earliest; # % within # ms jitter # ms dropped by the kernel: none/,
          );
        },
      );
    } finally {
      server.kill('SIGTERM');
      await serverEnd;
    }
  }),
);

onTmux('client: where the locale is not UTF-8, the scoreboard is ASCII', () =>
  inFolder(async (folder) => {
    const { server, serverEnd, address } = await startServing(
      ['--interval', '60ms', '--wait-for', '2', '--messages', '30'],
      folder,
    );
    try {
      await onScreens(
        () => `${SHELL_WORD} client ${address} --log none`,
        async (screen) => {
          const running = await screen.until(/[1-9]\d?'[^]*\/s,\s[^]*lost 0/);
          assert.match(running, /^\| +Galaticos \d+ - \d+ The Bests +\|$/m);
          assert.match(running, /^[ -~\n]*$/);
          await screen.end();
        },
        { LANG: 'C', LC_ALL: 'C' },
      );
    } finally {
      server.kill('SIGTERM');
      await serverEnd;
    }
  }),
);

test.run();
