/** `proxy --report`: its folder, its tables, its exit code, and the list of arrivals. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import { assertRefused, ended, inFolder, printed, readRows, run, start } from './program.ts';

const test = suite('a proxy that reports');

const ENDS = ['--listen', '127.0.0.1:0', '--seed', '7'];

/** Sends 1 to `count` to an echo server and back; returns what the client got, in order. */
async function echo(args: readonly string[], folder: string, count: number, answers: number) {
  const server = await Plain.open();
  const client = await Plain.open();
  server.socket.on('message', (bytes, from) => server.socket.send(bytes, from.port, from.address));
  const upstream = `127.0.0.1:${server.local.port}`;
  const proxy = start(['proxy', ...ENDS, '--upstream', upstream, ...args], folder);
  const end = ended(proxy);
  const [, port] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
  for (let number = 1; number <= count; number += 1) {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(number);
    await client.send({ address: '127.0.0.1', port: Number(port) }, bytes);
    // A rate needs times that differ.
    await sleep(2);
  }
  await until(PATIENCE_MS, 'the answers', () => client.heard.length >= answers);
  proxy.kill('SIGINT');
  const result = await end;
  const got = client.heard.map((bytes) => bytes.readUInt32BE());
  await Promise.all([server.close(), client.close()]);
  return { ...result, got };
}

test('writes what a replay writes, for both ways, and lists what came in and what left', async () => {
  await inFolder(async (folder) => {
    const impaired = ['--protocol', 'field:u32be@0=1', '--drop-list', '3,9-10', '--duplicate-list', '4'];
    const args = [...impaired, '--report', 'out', '--arrivals', 'list.csv'];
    const { code, stdout, stderr, got } = await echo(args, folder, 10, 8);
    assert.equal(
      got.toSorted((a, b) => a - b),
      [1, 2, 4, 4, 5, 6, 7, 8],
    );
    assert.is(code, 0, stdout + stderr);
    const files = readdirSync(join(folder, 'out'));
    for (const file of [
      'comparison.csv',
      'ledger.csv',
      'ledger_causes.csv',
      'environment.json',
      'fates',
      'logs',
    ])
      assert.ok(files.includes(file), files.join());
    const ledger = readRows(readFileSync(join(folder, 'out/ledger.csv'), 'utf8'));
    assert.equal(
      ledger.map((row) =>
        ['flow', 'direction', 'client', 'sent', 'duplicated', 'dropped', 'delivered', 'unexplained'].map(
          (column) => row[column],
        ),
      ),
      [
        ['1', 'down', '', '10', '1', '3', '8', '0'],
        ['1', 'up', '', '10', '0', '0', '10', '0'],
      ],
    );
    const comparison = readRows(readFileSync(join(folder, 'out/comparison.csv'), 'utf8'));
    const verdicts = [...new Set(comparison.map((row) => row['verdict']))].toSorted();
    assert.equal(verdicts, ['match', 'within'], stdout);
    const lost = comparison.filter(({ metric, direction }) => metric === 'lost' && direction === 'down');
    assert.equal(
      lost.map(({ expected, measured, entered, stream }) => [expected, measured, entered, stream]),
      [['3', '3', '0', '1']],
    );
    const list = readRows(readFileSync(join(folder, 'list.csv'), 'utf8'));
    const of = (direction: string, at: string): string[] =>
      list
        .filter((row) => row['direction'] === direction && row['at'] === at)
        .map((row) => row['index'] as string);
    const all = Array.from({ length: 10 }, (_, k) => `${k + 1}`);
    assert.equal(of('up', 'entry'), all);
    assert.equal(of('up', 'exit'), all);
    assert.equal(of('down', 'entry'), all);
    assert.equal(of('down', 'exit').map(Number), [1, 2, 4, 4, 5, 6, 7, 8]);
    const environment = JSON.parse(readFileSync(join(folder, 'out/environment.json'), 'utf8')) as {
      seed: string;
      interrupted: string | null;
    };
    assert.equal([environment.seed, environment.interrupted], ['7', null]);
    assert.match(stdout, /^report: out$/m);
    assert.match(
      stdout,
      /\nEvery one of 20 datagrams is accounted for; what left the proxy is exactly what the schedule makes of what came in\. Times .*\n$/,
    );
  });
});

test('says what is not known where datagrams bear no numbers', async () => {
  await inFolder(async (folder) => {
    const args = ['--protocol', 'any', '--drop-list', '2', '--report', 'out', '--log', 'none'];
    const { code, stdout, stderr } = await echo(args, folder, 5, 4);
    assert.is(code, 0, stdout + stderr);
    assert.match(stdout, /note: down: without numbers in the datagrams nothing is known/);
    const comparison = readRows(readFileSync(join(folder, 'out/comparison.csv'), 'utf8'));
    const lost = comparison.filter(({ metric }) => metric === 'lost');
    assert.equal(
      lost.map(({ direction, expected, measured, entered }) => [direction, expected, measured, entered]),
      [
        ['up', '0', '0', 'not measured'],
        ['down', '1', '1', 'not measured'],
      ],
    );
  });
});

test('without a folder expectations are judged, and with one they are listed in it', async () => {
  await inFolder(async (folder) => {
    const impaired = ['--protocol', 'field:u32be@0=1', '--drop-list', '3', '--log', 'none'];
    const expected = ['--expect', 'lost<=0', '--expect', 'loss_ratio<=50%'];
    const without = await echo([...impaired, ...expected], folder, 5, 4);
    assert.is(without.code, 1, without.stdout);
    assert.match(
      without.stdout,
      /\nexpected lost<=0: not met by 1 of 2\n {2}flow 1 down does not meet lost<=0: lost is 1\n/,
    );
    assert.match(without.stdout, /\nexpected loss_ratio<=0\.5: met by all 2, loss_ratio is 0\.\.0\.2\n/);
    assert.match(without.stdout, /\nWrong: 1 of 2 expectations is not met\. .*\n$/);
    assert.equal(readdirSync(folder), []);
    const { code } = await echo([...impaired, '--expect', 'lost<=1', '--report', 'out'], folder, 5, 4);
    assert.is(code, 0);
    const rows = readRows(readFileSync(join(folder, 'out/expectations.csv'), 'utf8'));
    assert.equal(
      rows.map(({ subject, measured, result }) => [subject, measured, result]),
      [
        ['flow 1 up', '0', 'met'],
        ['flow 1 down', '1', 'met'],
      ],
    );
  });
});

test('--abort-on-fail ends the proxy, and the command behind it, when an expectation is broken for good', async () => {
  await inFolder(async (folder) => {
    const sender = `
      const socket = require('node:dgram').createSocket('udp4');
      const [host, port] = process.env.MATCHSTREAM_SERVER.split(':');
      let number = 0;
      setInterval(() => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(++number); socket.send(bytes, port, host); }, 5);`;
    const impaired = [
      '--protocol',
      'field:u32be@0=1',
      '--direction',
      'up',
      '--drop-list',
      '3,5',
      '--log',
      'none',
    ];
    const expected = [
      '--expect',
      'lost<=1',
      '--expect',
      'duplicates==0',
      '--expect',
      'loss_ratio<=0',
      '--abort-on-fail',
    ];
    const server = await Plain.open();
    const upstream = ['--upstream', `127.0.0.1:${server.local.port}`];
    const args = ['proxy', ...ENDS, ...upstream, ...impaired, ...expected, '--report', 'out'];
    const { code, stderr } = await run([...args, '--', process.execPath, '-e', sender], folder);
    await server.close();
    assert.is(code, 1, stderr);
    assert.match(stderr, /^--abort-on-fail: an expectation is broken for good: the command is ended$/m);
    assert.match(stderr, /^expected lost<=1: not met\n {2}flow 1 up does not meet lost<=1: lost is 2$/m);
    assert.match(stderr, /^expected duplicates==0: not decided, the run was cut short$/m);
    assert.match(stderr, /^--abort-on-fail: ended after \d+ datagrams$/m);
    const rows = readRows(readFileSync(join(folder, 'out/notes.csv'), 'utf8'));
    assert.ok(
      rows.some((row) => row['note']?.includes('--abort-on-fail: ended after ')),
      JSON.stringify(rows),
    );
  });
});

test('where nothing came no expectation is met: silence meets nothing', async () => {
  await inFolder(async (folder) => {
    const args = ['proxy', ...ENDS, '--upstream', '127.0.0.1:9', '--protocol', 'any', '--log', 'none'];
    const { code, stderr } = await run([...args, '--expect', 'lost<=3', '--', 'true'], folder);
    assert.is(code, 1, stderr);
    assert.match(stderr, /^ {2}the run does not meet lost<=3: lost is not measured$/m);
  });
});

test('a folder that has files is refused, and so is a list that would be in its place', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full/file'), '');
    const args = ['proxy', ...ENDS, '--upstream', '127.0.0.1:9', '--for', '1s', '--log', 'none'];
    assertRefused(await run([...args, '--report', 'full'], folder), 2, '--report', 'has files');
    assertRefused(await run([...args, '--report', 'one', '--arrivals', 'one'], folder), 2, '--arrivals');
    assert.equal(readdirSync(folder), ['full']);
  });
});

test.run();
