import { suite } from 'uvu';
import { buildProgram, refuseMistakes } from '../../../commands.ts';
import { assertRefusal } from '../../../refusals.ts';

const test = suite('the likeliest wrong commands');

const { program, commands } = await buildProgram();

/** Refuses a command line of which a mistake is known. */
const check = (line: string) => () => refuseMistakes(program, commands, line.split(' '));

test('a unit that the shell split from its number', async () => {
  for (const [line, refused] of [
    ['proxy --drop 5 %', 'value-format | --drop'],
    ['replay --drop 12.5 % a.jsonl', 'value-format | --drop'],
    ['live --interval 10 ms --clients 3', 'value-format | --interval'],
    ['proxy --delay=20 msec', 'value-format | --delay'],
    ['proxy --rate 10 Mbps', 'value-format | --rate'],
    ['record --out a --datagram-size 1 kB', 'value-format | --datagram-size'],
    ['proxy --upstream 10.0.0.1 9000', 'value-format | --upstream'],
  ] as const) {
    await assertRefusal(check(line), refused);
  }
});

test('a name from another tool', async () => {
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
    await assertRefusal(check(line), 'unknown-option', `'${flag}'`);
    await assertRefusal(check(line), 'unknown-option', `${meant}?`);
  }
  await assertRefusal(check('client -v'), 'unknown-option', '--log-level debug');
  await assertRefusal(check('proxy --udp'), 'unknown-option');
});

test('impairment where nothing impairs', async () => {
  for (const [line, refused, meant] of [
    ['live --drop 5%', 'unknown-option | live', 'matchstream replay match.jsonl --drop 5%'],
    ['record --out a.jsonl --loss 5', 'unknown-option | record', 'matchstream replay FILE --drop 5%'],
    ['server --keep-order', 'unknown-option | server', 'matchstream proxy --keep-order --upstream'],
    ['client --jitter 5', 'unknown-option | client', 'matchstream proxy --jitter 5ms'],
    ['run --drop 5%', 'unknown-option | run', '--drop 5%'],
    ['bench --drop 5%', 'unknown-option | bench', '--drop 5%'],
    ['fit a.csv --drop 5%', 'unknown-option | fit', '--drop 5%'],
    ['scenario show wifi --drop 5%', 'unknown-option | scenario show', '--drop 5%'],
  ] as const)
    await assertRefusal(check(line), refused, meant);
});

test('an option of another command', async () => {
  await assertRefusal(check('live --fates x'), 'unknown-option', 'proxy and replay');
  // Nobody has it, or the command has one so like it: commander's own answer is as good.
  check('live --nonsense')();
  check('server --intervals 1ms')();
});

test('words that no command takes', async () => {
  for (const [line, refused] of [
    ['proxy --protocol any 9400 127.0.0.1:9401 node cl.mjs', 'unexpected-word | proxy'],
    ['scenario shwo wifi', 'unexpected-word | scenario'],
    ['scenario wifi now', 'unexpected-word | scenario'],
    ['client 10.0.0.1 9000', 'unexpected-word | client'],
    ['proxy 0.0.0.0 1 10.0.0.1 2', 'unexpected-word | proxy'],
    ['server 9000', 'unexpected-word | server'],
    ['server 0.0.0.0:9', 'unexpected-word | server'],
    ['record a.jsonl', 'unexpected-word | record'],
  ] as const) {
    await assertRefusal(check(line), refused);
  }
});

test('an option without its value', async () => {
  await assertRefusal(check('proxy --drop --reorder 5%'), 'missing | --drop', '--reorder');
  await assertRefusal(check('proxy --drop'), 'missing | --drop');
});

test('an option that takes one value is given once', async () => {
  await assertRefusal(check('proxy --drop 5% --drop=6%'), 'repeated | --drop', '"5%" and "6%"');
  await assertRefusal(check('live --seed 7 --clients 2 --seed 7'), 'repeated | --seed', '"7" and "7"');
  check('replay a.jsonl --expect lost<=3 --expect reordered==0')();
  check('client --quiet --quiet')();
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
    check(line)();
  }
});

test.run();
