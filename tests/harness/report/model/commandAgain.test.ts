import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commandAgain } from '../../../../harness/report/model/commandAgain.ts';

const test = suite('the command that makes a run again');

const again = (line: string, seed = '7'): string => commandAgain({ commandLine: line.split(' '), seed });

test('has the seed that was drawn, and no folder that is there by now', () => {
  for (const [line, expected] of [
    ['live --clients 3', 'matchstream live --clients 3 --seed 7'],
    ['run', 'matchstream run --seed 7'],
    ['live --seed 42 --report reports/a', 'matchstream live --seed 42'],
    ['live --seed=42 --report=reports/a --interval 1ms', 'matchstream live --seed=42 --interval 1ms'],
    [
      'replay a.jsonl --fates f --drop 5% --arrivals a.csv --seed 7',
      'matchstream replay a.jsonl --drop 5% --seed 7',
    ],
    ['bench --intervals 1ms --report b', 'matchstream bench --intervals 1ms'],
  ] as const)
    assert.is(again(line), expected);
});

test('leaves alone what belongs to a command behind it', () => {
  assert.is(
    again('proxy --drop 5% --record a.pcapng -- ./client --report mine'),
    'matchstream proxy --drop 5% --seed 7 -- ./client --report mine',
  );
});

test('can be pasted into a shell, whatever the seed', () => {
  assert.is(again('live', '-1'), 'matchstream live --seed=-1');
  assert.is(again('live', "it's"), String.raw`matchstream live --seed 'it'\''s'`);
  assert.is(again('live', '\u001B[2J'), String.raw`matchstream live --seed $'\033[2J'`);
  assert.is(
    commandAgain({ commandLine: ['replay', 'a b.jsonl', '--expect', 'lost<=3'], seed: '7' }),
    "matchstream replay 'a b.jsonl' --expect 'lost<=3' --seed 7",
  );
});

test('has no seed where nothing is drawn', () => {
  assert.is(
    again('replay a.pcap --to 127.0.0.1:53', 'unimpaired'),
    'matchstream replay a.pcap --to 127.0.0.1:53',
  );
});

test.run();
