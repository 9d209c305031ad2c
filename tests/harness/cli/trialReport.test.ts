/** `replay --exec --report` and `replay --shrink --report`: what was done to the stream, as drawn and made small. */
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
import { readRows } from '../../integration/program.ts';
import { temporaryFolder } from '../recording/tiny.ts';
import { shortRecording } from '../shrink/recordings.ts';

const test = suite('the report of a replay that is judged otherwise');

const folder = temporaryFolder();
const recording = join(folder, 'short.jsonl');
copyFileSync(await shortRecording(40, 1e6), recording);

/** Runs it in a folder of its own, with a report there. */
async function replay(...args: readonly string[]) {
  let printed = '';
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  const run = mkdtempSync(join(folder, 'run-'));
  process.chdir(run);
  try {
    await buildReplayCommand()
      .exitOverride()
      .parseAsync([recording, ...args, '--report', 'out'], { from: 'user' });
    return { printed, exitCode: Number(process.exitCode), files: readdirSync('out').toSorted() };
  } finally {
    process.stdout.write = write;
    process.exitCode = 0;
  }
}

const table = (name: string): Record<string, string>[] => readRows(readFileSync(`out/${name}.csv`, 'utf8'));

const columns = (name: string, ...wanted: readonly string[]): (string | undefined)[][] =>
  table(name).map((row) => wanted.map((column) => row[column]));

/** It asks, and ends when the last datagram has come: well, unless the ninth has not. */
const PROGRAM = `
  import { createSocket } from 'node:dgram';
  const [host, port] = process.env.MATCHSTREAM_SERVER.split(':');
  const seen = new Set();
  const socket = createSocket('udp4');
  socket.on('message', (bytes) => {
    seen.add(JSON.parse(bytes).message.count);
    if (seen.has(40)) process.exit(seen.has(9) ? 0 : 3);
  });
  socket.send('anything', Number(port), host);
`;

test('what a program of your own was sent, in the run as drawn and in the smallest that fails', async () => {
  const program = join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  const exec = ['--exec-protocol', 'any', '--exec', `"${process.execPath}" '${program}'`];
  const { printed, exitCode, files } = await replay('--drop-list', '3,9,20', ...exec, '--shrink');
  assert.is(exitCode, 1, printed);
  assert.match(printed, /\n {2}--drop-list 9\n/);
  assert.match(printed, /\nreport: out\n/);
  for (const file of ['comparison.csv', 'environment.json', 'fates', 'fates-shrunk', 'ledger_causes.csv'])
    assert.ok(files.includes(file), files.join());
  assert.equal(
    columns('ledger', 'scenario', 'direction', 'client', 'sent', 'dropped', 'delivered', 'unexplained'),
    [
      ['flags', 'down', '', '40', '3', '37', '0'],
      ['flags', 'up', '', '1', '0', '1', '0'],
      ['flags shrunk', 'down', '', '40', '1', '39', '0'],
      ['flags shrunk', 'up', '', '1', '0', '1', '0'],
    ],
  );
  assert.equal(
    table('comparison').filter(({ verdict }) => verdict === 'mismatch'),
    [],
  );
});

test('what our clients were sent on the virtual clock', async () => {
  const { printed, exitCode, files } = await replay(
    ...'--drop-list 3,9,20 --clients 2 --shrink --expect lost<=1'.split(' '),
  );
  assert.is(exitCode, 1, printed);
  assert.ok(files.includes('fates') && files.includes('fates-shrunk'), files.join());
  assert.equal(columns('ledger', 'client', 'sent', 'dropped', 'delivered', 'unexplained'), [
    ['1', '40', '3', '37', '0'],
    ['2', '40', '3', '37', '0'],
    ['1', '40', '2', '38', '0'],
  ]);
  assert.is(table('comparison')[0]?.['clock'], 'virtual');
});

test('without --report nothing is written', async () => {
  process.chdir(mkdtempSync(join(folder, 'run-')));
  const { write } = process.stdout;
  process.stdout.write = () => true;
  const args = [recording, ...'--drop-list 3 --shrink --expect lost<=0'.split(' ')];
  await buildReplayCommand()
    .exitOverride()
    .parseAsync(args, { from: 'user' })
    .finally(() => {
      process.stdout.write = write;
      process.exitCode = 0;
    });
  assert.equal(readdirSync('.'), []);
});

test.run();
