import { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { elsewhere } from '../../../../harness/cli/remedies/elsewhere.ts';
import { findMistake, known, named } from '../../../../harness/cli/remedies/remedies.ts';
import { buildCommands } from '../../../commands.ts';

const test = suite('the likeliest wrong commands');

// In one order, whatever the order of the files.
const commands = new Map([...(await buildCommands())].toSorted(([a], [b]) => (a < b ? -1 : 1)));
const program = new Command('matchstream');
for (const [name, command] of commands) if (!name.includes(' ')) program.addCommand(command);

/** What is told of a command line; null where nothing is wrong that is known. */
function remedyFor(line: string): string | null {
  const [command, rest] = named(program, line.split(' '));
  const mistake = findMistake(known(command), rest);
  if (mistake === null || mistake.kind === 'told') return mistake?.message ?? null;
  return elsewhere(known(command), mistake.flag, mistake.value, [...commands.values()].map(known));
}

test('a unit that the shell split from its number', () => {
  for (const [line, message] of [
    [
      'proxy --drop 5 %',
      '--drop: expected its value as one word, got "5" and "%"; say --drop 5%, without a space (or --drop 0.05)',
    ],
    [
      'replay --drop 12.5 % a.jsonl',
      '--drop: expected its value as one word, got "12.5" and "%"; say --drop 12.5%, without a space (or --drop 0.125)',
    ],
    [
      'live --interval 10 ms --clients 3',
      '--interval: expected its value as one word, got "10" and "ms"; say --interval 10ms, without a space',
    ],
    [
      'proxy --delay=20 msec',
      '--delay: expected its value as one word, got "20" and "msec"; say --delay 20ms, without a space',
    ],
    [
      'proxy --rate 10 Mbps',
      '--rate: expected its value as one word, got "10" and "Mbps"; say --rate 10mbit, without a space',
    ],
    [
      'record --out a --datagram-size 1 kB',
      '--datagram-size: expected a plain number, got "1 kB"; say --datagram-size 1',
    ],
    [
      'proxy --upstream 10.0.0.1 9000',
      '--upstream: expected its value as one word, got "10.0.0.1" and "9000"; say --upstream 10.0.0.1:9000',
    ],
  ] as const) {
    assert.is(remedyFor(line), message);
  }
});

test('a name from another tool', () => {
  for (const [line, meant] of [
    ['proxy --loss 5%', '--drop 5%'],
    ['proxy --loss 5', '--drop 5%'],
    ['proxy --loss=0.05', '--drop 0.05'],
    ['proxy --packet-loss random', '--drop <ratio>'],
    ['proxy --dup 1%', '--duplicate 1%'],
    ['proxy --reordering 3%', '--reorder 3%'],
    ['proxy --latency 20', '--delay 20ms'],
    ['proxy --bandwidth 10Mbit', '--rate 10mbit'],
    ['proxy --rate-limit 10', '--rate <rate>'],
    ['proxy --port 9000', '--listen 9000'],
    ['proxy --bind 0.0.0.0:9000', '--listen 0.0.0.0:9000'],
    ['server --listen 127.0.0.1:12400', '--host 127.0.0.1 --port 12400'],
    ['proxy --target 10.0.0.1:53', '--upstream 10.0.0.1:53'],
    ['proxy --dest 10.0.0.1:53', '--upstream 10.0.0.1:53'],
    ['client --host 10.0.0.1', '--server 10.0.0.1'],
    ['client -p 9000', '--server 9000'],
    ['server -p 9000', '--port 9000'],
    ['server --bind 0.0.0.0', '--host 0.0.0.0'],
    ['server --pps 100', '--interval 10ms'],
    ['live --count 100', '--messages 100'],
    ['live -n 100', '--messages 100'],
    ['bench -t 5', '--duration 5s'],
    ['record -o a.jsonl', '--out a.jsonl'],
    ['replay a.jsonl --bw 64kbps', '--rate 64kbit'],
    ['replay a.jsonl --config x.json', '--scenario x.json'],
  ] as const) {
    const flag = /(?<= )--?[a-z-]+/.exec(line)?.[0];
    assert.is(remedyFor(line), `unknown option '${flag}'; did you mean ${meant}?`, line);
  }
  assert.is(
    remedyFor('client -v'),
    "unknown option '-v'; --log-level debug logs every datagram, -V prints the version",
  );
  assert.is(remedyFor('proxy --udp'), "unknown option '--udp'; everything here is UDP: leave it out");
});

test('impairment where nothing impairs', () => {
  assert.is(
    remedyFor('live --drop 5%'),
    'live: expected no impairment, got --drop: nothing stands between its server and its clients; ' +
      'say matchstream record --out match.jsonl, then matchstream replay match.jsonl --drop 5%',
  );
  assert.is(
    remedyFor('record --out a.jsonl --loss 5'),
    'record: expected no impairment, got --loss: it records what is sent; ' +
      'say matchstream replay FILE --drop 5% to play it through a bad network',
  );
  assert.is(
    remedyFor('server --keep-order'),
    'server: expected no impairment, got --keep-order: a proxy impairs; ' +
      "say matchstream proxy --keep-order --upstream with the server's address",
  );
  assert.is(
    remedyFor('client --jitter 5'),
    'client: expected no impairment, got --jitter: a proxy impairs; ' +
      'say matchstream proxy --jitter 5ms, and give its address to the client as --server',
  );
  for (const name of ['run', 'bench', 'fit a.csv', 'scenario show wifi']) {
    assert.match(remedyFor(`${name} --drop 5%`) ?? '', /expected no impairment, got --drop: .*--drop 5%$/);
  }
});

test('an option of another command', () => {
  assert.is(
    remedyFor('live --fates x'),
    "unknown option '--fates'; live has none, proxy and replay have; see matchstream live --help",
  );
  // Nobody has it, or the command has one so like it: commander's own answer is as good.
  assert.is(remedyFor('live --nonsense'), null);
  assert.is(remedyFor('server --intervals 1ms'), null);
});

test('words that no command takes', () => {
  for (const [line, message] of [
    [
      'proxy --protocol any 9400 127.0.0.1:9401 node cl.mjs',
      'proxy: expected LISTEN and UPSTREAM, got "node cl.mjs" as well; a command to run behind the proxy stands behind --: ' +
        'say proxy 9400 127.0.0.1:9401 -- node cl.mjs',
    ],
    ['scenario shwo wifi', 'scenario: expected show NAME or list, got "shwo"; did you mean show?'],
    ['scenario wifi now', 'scenario: expected show NAME or list, got "wifi"; say scenario show wifi'],
    [
      'client 10.0.0.1 9000',
      'client: expected HOST:PORT, got "10.0.0.1" and "9000"; say client 10.0.0.1:9000',
    ],
    [
      'proxy 0.0.0.0 1 10.0.0.1 2',
      'proxy: expected LISTEN and UPSTREAM, each as HOST:PORT, got four words; say proxy 0.0.0.0:1 10.0.0.1:2',
    ],
    ['server 9000', 'server: expected options alone, got "9000"; say server --port 9000'],
    [
      'server 0.0.0.0:9',
      'server: expected options alone, got "0.0.0.0:9"; say server --host 0.0.0.0 --port 9',
    ],
    ['record a.jsonl', 'record: expected options alone, got "a.jsonl"; say record --out a.jsonl'],
  ] as const) {
    assert.is(remedyFor(line), message);
  }
});

test('an option without its value', () => {
  assert.is(
    remedyFor('proxy --drop --reorder 5%'),
    '--drop: expected --drop <ratio>, got the option --reorder after it',
  );
  assert.is(remedyFor('proxy --drop'), '--drop: expected --drop <ratio>, got nothing after it');
});

test('an option that takes one value is given once', () => {
  for (const [line, message] of [
    ['proxy --drop 5% --drop=6%', '--drop: expected it once, got "5%" and "6%"; leave one out'],
    ['live --seed 7 --clients 2 --seed 7', '--seed: expected it once, got "7" and "7"; leave one out'],
    ['replay a.jsonl --expect lost<=3 --expect reordered==0', null],
    ['client --quiet --quiet', null],
  ] as const) {
    assert.is(remedyFor(line), message, line);
  }
});

test('what is right is left alone', () => {
  for (const line of [
    'proxy 9000 127.0.0.1:9001 --drop 5% --log none',
    'client 127.0.0.1:9000 --quiet',
    'client --server 127.0.0.1:9000',
    'replay a.jsonl --drop 5% --expect lost<=3 --no-control',
    'replay --drop 5 a.jsonl',
    'server --seed -5 --interval 10ms',
    'live --seed 5 -h',
    'proxy --help',
    'bench --intervals 1ms,flat --clients 1,3',
    'scenario show wifi --json',
    'scenario list',
    'replay a.jsonl -- --loss',
  ]) {
    assert.is(remedyFor(line), null, line);
  }
});

test.run();
