import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { buildReplayCommand } from '../../../harness/replay/replayCommand.ts';
import { TINY_HEADER, messageOf, temporaryFolder } from '../recording/tiny.ts';
import { shortRecording } from './recordings.ts';

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
    /\nclient 1 does not meet lost<=1: lost is 2\nclient 2 does not meet lost<=1: lost is 2\nreport: .*\n$/,
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
    // The last line names the report.
    assert.is(again.printed.trimEnd().split('\n').at(-2), told.at(-1));
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
  assert.match(
    await messageOf(() =>
      replay([checked, ...'--corrupt 5% --seed 7 --shrink --expect corrupted!=2'.split(' ')]),
    ),
    /^UsageError: --shrink: expected a failure that one client alone can have, got none; try --clients 1/,
  );
});

test('what does not fail is left alone', async () => {
  const { printed, exitCode } = await replay([recording, '--drop', '5%', '--shrink', '--expect', 'lost<=40']);
  assert.is(exitCode, 0);
  assert.match(printed, /every client meets every expectation: there is nothing to shrink\n$/);
  assert.match(
    await messageOf(() => replay([recording, '--corrupt', '5%', '--shrink', '--expect', 'lost<=0'])),
    /^UsageError: --corrupt: expected a recording whose datagrams carry a check/,
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
  assert.match(passes.printed, /the command ended with exit code 0\n$/);

  const flags = ['--drop-list', '3,9,20', '--reorder-list', '5:2,30:1'];
  const shrunk = await replay([recording, ...flags, ...exec, '--shrink']);
  assert.is(shrunk.exitCode, 1);
  assert.match(shrunk.printed, /the command ended with exit code 3\nshrinking 5 events: 3 drops, 2 holds\n/);
  assert.match(
    shrunk.printed,
    /\n1 drop still fails, and without it it does not \(\d+ runs\)\n {2}--drop-list 9\n/,
  );
  const again = await runPrinted(shrunk.printed);
  assert.is(again.exitCode, 1);
  assert.match(again.printed, /the command ended with exit code 3\n$/);
  assert.equal(readdirSync('.'), []);
});

test('only a command that takes any datagrams is given a recording that is no stream of ours', async () => {
  const foreign = join(folder, 'foreign.jsonl');
  const writer = new RecordingWriter(foreign, { ...TINY_HEADER, flows: 1 });
  await writer.append(0, Buffer.from('ping'));
  await writer.finish();
  const exec = [foreign, '--exec', 'exit 3'];
  assert.is((await replay([...exec, '--exec-protocol', 'any'])).exitCode, 1);
  assert.match(
    await messageOf(() => replay(exec)),
    /line 2: expected a message of the stream with count 1, got ping/,
  );
});

test.run();
