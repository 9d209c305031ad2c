/**
 * What a person sees at a terminal of 80 columns and 24 rows, and of 40 and 20: by tmux, with the built program. Figures are
 * masked; where lines break depends on them, so what is compared is the text without its breaks, and that no line is too wide.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder, run, SHELL_WORD, startServing } from './program.ts';
import { assertFits, assertShows, hasTmux, onScreens } from './screen.ts';

const test = suite('what stands on the screen');

const onTmux = hasTmux() ? test : test.skip;

test('into a pipe nothing is shown of progress, unless it is asked for: then a line each time', () =>
  inFolder(async (folder) => {
    const live = ['live', '--clients', '1', '--messages', '40', '--interval', '100ms', '--tmax', '100ms'];
    const plain = await run(live, folder);
    assert.not.match(plain.stdout + plain.stderr, /streaming/);
    assert.not.ok((plain.stdout + plain.stderr).includes('\u001B'));
    const told = await run([...live, '--every', '200ms'], folder);
    assert.is(told.code, 0, told.stderr);
    const lines = told.stdout.split('\n').filter((line) => line.startsWith('streaming: '));
    // Before the first answers of the processes there is nothing but the time.
    const figures = /^streaming: \d+ %, \d+ of 40 datagrams, .*lost \d/;
    const figured = lines.slice(lines.findIndex((line) => figures.test(line)));
    assert.ok(figured.length >= 2, told.stdout);
    for (const line of figured) assert.match(line, figures);
    assert.not.ok(told.stdout.includes('\u001B'));
    const coloured = await run([...live, '--quiet'], folder);
    assert.not.match(coloured.stdout, /streaming/);
  }));

onTmux('live: how far it is, then the table, and nothing of the progress', () =>
  onScreens(
    (_folder, k) => `${SHELL_WORD} live --clients 2 --messages 80 --interval 100ms --seed 42 --report r${k}`,
    async (screen, columns) => {
      const running = await screen.until(/streaming: [^]* left/);
      assertFits(running, columns);
      assertShows(
        running,
        /^seed # streaming: # %, # of # datagrams, #\/s, clients #, lost #, duplicates #, reordered #, # s left$/,
      );
      const ended = await screen.end();
      assertFits(ended, columns);
      assert.not.match(ended, /streaming/);
      assertShows(ended, /^seed # client .* # down .* match .*report: r# Every one .*$/);
      assert.ok(screen.coloured().includes('\u001B[32mmatch'), screen.coloured());
    },
  ),
);

onTmux('run: its steps; Ctrl+C leaves a clean screen', () =>
  onScreens(
    // Not the short one: on a busy machine many looks are missed.
    (_folder, k) => `${SHELL_WORD} run --seed 42 --report r${k}`,
    async (screen, columns) => {
      const running = await screen.until(/\d\/5, [^]*streaming: [^]*left/);
      assertFits(running, columns);
      assertShows(
        running,
        /^seed # #\/# live: a server and # clients, processes .*#\/#, (live|replay|throughput), .*streaming: # %, # of/,
      );
      screen.type('C-c');
      const ended = await screen.end();
      assertFits(ended, columns);
      assert.not.match(ended, /streaming/);
      assertShows(
        ended,
        /SIGINT: ending in good order.* interrupted by SIGINT in step #\/#, .*report: r# .*$/,
      );
    },
  ),
);

onTmux('bench: which point, and how far it is', () =>
  onScreens(
    (_folder, k) =>
      `${SHELL_WORD} bench --transport node --intervals 10ms --duration 5s --no-micro --report r${k}`,
    async (screen, columns) => {
      const running = await screen.until(/point 1 of 1\), streaming: [^]*left/);
      assertFits(running, columns);
      assertShows(running, /#ms \(point # of #\), streaming: # %, # of # datagrams, #\/s, clients #, lost #/);
      const ended = await screen.end();
      assertFits(ended, columns);
      assertShows(ended, /received, .*interval .*verdict .*report: r# .*$/);
    },
  ),
);

onTmux('proxy: flows, rates, fates so far, kernel drops', () =>
  inFolder(async (folder) => {
    const { server, serverEnd, address } = await startServing(
      ['--interval', '100ms', '--matches', '0'],
      folder,
    );
    try {
      await onScreens(
        () => `${SHELL_WORD} proxy --listen 127.0.0.1:0 --upstream ${address} --drop 50% --seed 7 --log none`,
        async (screen, columns) => {
          const running = await screen.until(/forwarding: [^]*\/s,[^]*kernel drops/);
          assertFits(running, columns);
          assertShows(
            running,
            /forwarding: # datagrams, #\/s, flows #, up #, down #, dropped #, duplicated #, kernel drops #, # s$/,
          );
          screen.type('C-c');
          const ended = await screen.end();
          assertFits(ended, columns);
          assertShows(
            ended,
            /listening on #:# (\^C)?nothing was forwarded port #:#: dropped by the kernel up: none/,
          );
        },
      );
    } finally {
      server.kill('SIGTERM');
      await serverEnd;
    }
  }),
);

test.run();
