import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
import { assertRefusal } from '../../refusals.ts';
import { TINY_HEADER, temporaryFolder } from '../recording/tiny.ts';
import { shortRecording } from '../shrink/recordings.ts';

const test = suite('matchstream replay --expect, --shrink and --exec');

const folder = temporaryFolder();
const recording = join(folder, "it's a match.jsonl");
copyFileSync(await shortRecording(40, 1e6), recording);

interface Ran {
  readonly printed: string;
  readonly exitCode: number;
}

async function replay(args: readonly string[]): Promise<Ran> {
  let printed = '';
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  // A replay writes its report into reports/ where it is run, and the names there tell no two of a second apart.
  process.chdir(mkdtempSync(join(folder, 'run-')));
  try {
    await buildReplayCommand().exitOverride().parseAsync(args, { from: 'user' });
    return { printed, exitCode: Number(process.exitCode) };
  } finally {
    process.stdout.write = write;
    process.exitCode = 0;
  }
}

/** Runs a printed command: a real shell makes its words of it, and those after `matchstream replay` are run. */
async function runPrinted(printed: string): Promise<Ran> {
  const line = printed.trimEnd().split('\n').at(-1) as string;
  assert.match(line, /^ {2}matchstream replay /);
  const words = execFileSync('/bin/sh', ['-c', `matchstream() { printf '%s\\0' "$@"; }\n${line}`], {
    encoding: 'utf8',
  });
  return replay(words.split('\0').slice(1, -1));
}

test('what is not met makes the exit code 1, and is said for each client', async () => {
  const args = [recording, '--clock', 'virtual', '--clients', '2', '--seed', '7', '--drop-list', '3,9'];
  const { printed, exitCode } = await replay([...args, '--expect', 'lost<=1', '--expect', 'received==38']);
  assert.is(exitCode, 1);
  assert.match(
    printed,
    new RegExp(
      [
        '',
        'expected lost<=1: not met by 2 of 2',
        '  client 1 does not meet lost<=1: lost is 2',
        '  client 2 does not meet lost<=1: lost is 2',
        'expected received==38: met by all 2, received is 38',
        'report: .*',
        'to see it again:',
        '  matchstream.*',
        'Wrong: 1 of 2 expectations is not met\\. For the rest, every one of 80 datagrams is accounted for; .*',
        '$',
      ].join('\n'),
    ),
  );
  assert.is((await replay([...args, '--expect', 'lost<=2'])).exitCode, 0);
});

test('the command it prints, run as printed, fails in the same way', async () => {
  for (const [flags, expectation, outcome] of [
    ['--drop 20% --reorder 10%', 'lost<=3', 'lost is 4'],
    ['--drop 10% --delay 20ms --jitter 5ms', 'delay_p50_us<=15000', null],
  ] as const) {
    const args = [recording, ...flags.split(' '), '--seed', '7', '--shrink', '--expect', expectation];
    const shrunk = await replay(args);
    assert.is(shrunk.exitCode, 1);
    const told = shrunk.printed.split('\n').filter((line) => line.startsWith('client 1 does not meet'));
    if (outcome !== null) assert.is(told.at(-1), `client 1 does not meet ${expectation}: ${outcome}`);
    const again = await runPrinted(shrunk.printed);
    assert.is(again.exitCode, 1);
    assert.ok(again.printed.includes(`\n  ${told.at(-1)}\n`), again.printed);
    assert.equal(await replay(args), shrunk);
  }
});

test('a failure of a later client is shrunk for one client alone', async () => {
  // Seed 7 drops 36 for client 1, and 5 and 33 for client 2.
  const { printed } = await replay([recording, ...'--drop 5% --seed 7 --shrink --expect lost<=1'.split(' ')]);
  assert.match(printed, /\nclient 2 does not meet lost<=1: lost is 2\n[^]*\n {2}--drop-list 5,33\n/);
  assert.is((await runPrinted(printed)).exitCode, 1);
});

test('a failure that one client alone cannot have is refused', async () => {
  // Seed 7 damages 3 of client 1 and 2 each of clients 2 and 3; no list says which bits.
  const checked = await shortRecording(40, 1e6, true);
  await assertRefusal(
    () => replay([checked, ...'--corrupt 5% --seed 7 --shrink --expect corrupted!=2'.split(' ')]),
    'nothing-to-shrink | --shrink',
    '--clients 1',
  );
});

test('what does not fail is left alone', async () => {
  const { printed, exitCode } = await replay([recording, '--drop', '5%', '--shrink', '--expect', 'lost<=40']);
  assert.is(exitCode, 0);
  assert.match(printed, /every client meets every expectation: there is nothing to shrink\n$/);
  await assertRefusal(
    () => replay([recording, '--corrupt', '5%', '--shrink', '--expect', 'lost<=0']),
    'recording-unsuitable | --corrupt',
  );
});

/** A program that knows no registration: it asks, takes the counts of what comes, and fails without the one given. */
const PROGRAM = `
  import { createSocket } from 'node:dgram';
  const [host, port] = process.env.MATCHSTREAM_SERVER.split(':');
  const wanted = Number(process.argv[2]);
  const seen = new Set();
  const socket = createSocket('udp4');
  const end = () => process.exit(seen.has(wanted) ? 0 : 3);
  let quiet = setTimeout(end, 3000);
  socket.on('message', (bytes) => {
    const { count } = JSON.parse(bytes).message;
    seen.add(count);
    clearTimeout(quiet);
    if (count === 40) end();
    quiet = setTimeout(end, 3000);
  });
  socket.send('anything', Number(port), host);
`;

test("a user's own program, judged by its exit code, is shrunk to the one datagram it cannot do without", async () => {
  const program = join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  const command = `"${process.execPath}" '${program}' 9`;
  const exec = ['--exec-protocol', 'any', '--exec', command];
  const passes = await replay([recording, '--drop-list', '3', ...exec]);
  assert.is(passes.exitCode, 0);
  assert.match(
    passes.printed,
    /the command ended with exit code 0\nfrom the command: 1 datagram; to it: 40 of 40 sent, 1 dropped, 39 delivered\n$/,
  );

  const flags = ['--drop-list', '3,9,20', '--reorder-list', '5:2,30:1'];
  const shrunk = await replay([recording, ...flags, ...exec, '--shrink']);
  assert.is(shrunk.exitCode, 1);
  assert.match(
    shrunk.printed,
    /the command ended with exit code 3\nfrom the command: 1 datagram; to it: .*\nshrinking 5 events: 3 drops, 2 holds\n/,
  );
  assert.match(
    shrunk.printed,
    /\n1 drop still fails, and without it it does not \(\d+ runs\)\n {2}--drop-list 9\n/,
  );
  const again = await runPrinted(shrunk.printed);
  assert.is(again.exitCode, 1);
  assert.match(again.printed, /the command ended with exit code 3\nfrom the command: .*\n$/);
  assert.equal(readdirSync('.'), []);
});

test('only a command that takes any datagrams is given a recording that is no stream of ours', async () => {
  const foreign = join(folder, 'foreign.jsonl');
  const writer = new RecordingWriter(foreign, { ...TINY_HEADER, flows: 1 });
  await writer.append(0, Buffer.from('ping'));
  await writer.finish();
  const exec = [foreign, '--exec', 'exit 3'];
  assert.is((await replay([...exec, '--exec-protocol', 'any'])).exitCode, 1);
  await assertRefusal(() => replay(exec), `recording-unsuitable | ${foreign}, line 2`, 'ping');
});

test('a command that never sent anything has tried nothing, so it is no pass', async () => {
  await assertRefusal(
    () => replay([recording, '--drop', '50%', '--exec', 'exit 0']),
    'never-asked',
    'MATCHSTREAM_SERVER',
  );
  // It fails all the same where it says so itself, and no datagram can be why.
  const failed = await replay([recording, '--drop', '50%', '--exec', 'exit 3', '--shrink']);
  assert.is(failed.exitCode, 1);
  assert.match(
    failed.printed,
    /exit code 3\nfrom the command: 0 datagrams; to it: 0 of 40 sent, 0 dropped, 0 delivered\nnote: --exec: expected .*\n$/,
  );
});

/** It sends one datagram and, told to, waits for one that is not the one recorded. */
const ASKS_ONCE = `
  import { createSocket } from 'node:dgram';
  const [host, port] = process.env.MATCHSTREAM_SERVER.split(':');
  const socket = createSocket('udp4');
  const isWaiting = process.argv[2] === 'damaged';
  socket.on('message', (bytes) => process.exit(bytes.length === 4 && bytes.toString('latin1') !== 'ping' ? 0 : 3));
  socket.send('anything', Number(port), host, () => (isWaiting ? setTimeout(() => process.exit(4), 20_000) : process.exit(0)));
`;

const asksOnce = join(folder, 'asksOnce.mjs');
writeFileSync(asksOnce, ASKS_ONCE);

test('one that does not register is told how to be served all the same', async () => {
  await assertRefusal(
    () => replay([recording, '--exec', `"${process.execPath}" '${asksOnce}'`]),
    'never-asked',
    '--exec-protocol any',
  );
});

/** One datagram that is none of ours, and two that no replay plays. */
async function foreignRecording(): Promise<string> {
  const path = join(folder, `foreign-${mkdtempSync(join(folder, 'f-')).slice(-6)}.jsonl`);
  const writer = new RecordingWriter(path, { ...TINY_HEADER, flows: 2 });
  await writer.append(0, Buffer.from('ping'));
  await writer.append(0, Buffer.from('pong'), 1, 'up');
  await writer.append(0, Buffer.from('ding'), 2, 'down');
  await writer.finish();
  return path;
}

test('a command judges damage itself, so what it gets needs no check of ours; and what it does not get is named', async () => {
  const exec = `"${process.execPath}" '${asksOnce}' damaged`;
  const path = await foreignRecording();
  const { printed, exitCode } = await replay([
    path,
    ...'--corrupt 100% --seed 1 --exec-protocol any --exec'.split(' '),
    exec,
  ]);
  assert.is(exitCode, 0, printed);
  assert.match(
    printed,
    /\nnote: left out: flow 1 up \(1 datagram\), flow 2 down \(1 datagram\); a replay plays flow 1 down\n/,
  );
  assert.match(printed, /to it: 1 of 1 sent, 0 dropped, 1 delivered\n$/);
});

test.run();
