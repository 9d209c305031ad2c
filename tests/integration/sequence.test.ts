/** A program with a counter of its own behind the proxy program, datagrams lost before it: fates by index on each transport. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import { ended, inFolder, printed, start } from './program.ts';

// Before the suite is run: it runs as soon as this file waits.
const loaded = await loadNativeSockets();

const test = suite('a program with a counter behind the proxy');

const KNOBS = ['--drop', '20%', '--duplicate', '10%', '--reorder', '10%', '--direction', 'up', '--seed', '7'];
/** A sensor of 200 readings, some of which never reach the proxy, the very first among them. */
const LOST = [1, 2, 3, 50, 51, 120];
const SENT = Array.from({ length: 200 }, (_, k) => k + 1).filter((value) => !LOST.includes(value));

interface Fate {
  readonly index: number;
  readonly drop: string | null;
  readonly copies: number;
}

interface Heard {
  /** How often each value arrived at the server, by value. */
  readonly times: readonly number[];
  readonly fates: readonly Fate[];
}

async function play(args: readonly string[], folder: string): Promise<Heard> {
  const server = await Plain.open();
  const client = await Plain.open();
  const upstream = `${server.local.address}:${server.local.port}`;
  const ends = ['--listen', '127.0.0.1:0', '--upstream', upstream, '--log', 'none'];
  const proxy = start(['proxy', ...args, ...KNOBS, ...ends, '--fates', join(folder, 'fates')], folder);
  const [, port] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
  const end = ended(proxy);
  for (const value of SENT) {
    const reading = Buffer.alloc(20);
    reading.writeUInt32BE(value, 4);
    await client.send({ address: '127.0.0.1', port: Number(port) }, reading);
  }
  // The last reading passes, as the fates below have it.
  await until(PATIENCE_MS, 'the last one', () => server.heard.some((bytes) => bytes.readUInt32BE(4) === 200));
  proxy.kill('SIGINT');
  const { code, stdout } = await end;
  assert.is(code, 0);
  assert.match(stdout, 'flow 1 up: 194 arrived');
  const lines = readFileSync(join(folder, 'fates', 'fates-1-up.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const fates = lines.map((line) => JSON.parse(line) as Fate);
  const passing = fates.filter(({ index, drop }) => drop === null && SENT.includes(index));
  const total = passing.reduce((sum, { copies }) => sum + 1 + copies, 0);
  await until(PATIENCE_MS, 'all that passed', () => server.heard.length >= total);
  const times = Array.from({ length: 201 }, () => 0);
  for (const bytes of server.heard) times[bytes.readUInt32BE(4)] = (times[bytes.readUInt32BE(4)] ?? 0) + 1;
  await Promise.all([server.close(), client.close()]);
  return { times, fates };
}

const transports = ['node', ...(loaded.ok ? ['linux'] : [])];

for (const transport of transports) {
  test(`every datagram has the fate of its number, whatever was lost before the proxy: ${transport}`, async () => {
    await inFolder(async (folder) => {
      const { times, fates } = await play(
        ['--protocol', 'field:u32be@4=1', '--transport', transport],
        folder,
      );
      assert.equal(
        fates.map(({ index }) => index),
        Array.from({ length: 200 }, (_, k) => k + 1),
      );
      for (const { index, drop, copies } of fates) {
        const expected = LOST.includes(index) || drop !== null ? 0 : 1 + copies;
        assert.is(times[index], expected, `number ${index}`);
      }
    });
  });
}

test('a scenario file says the protocol as well as the option does', async () => {
  await inFolder(async (folder) => {
    const scenario = join(folder, 'sensor.json');
    writeFileSync(scenario, '{"name":"sensor","protocol":"field:u32be@4=1"}');
    const { times, fates } = await play(['--scenario', scenario], folder);
    const dropped = fates.filter(({ drop }) => drop !== null).map(({ index }) => index);
    assert.ok(dropped.length > 10 && dropped.every((index) => times[index] === 0));
  });
});

test('a stream that starts anew has a line of its own at the end, and a file', async () => {
  await inFolder(async (folder) => {
    const server = await Plain.open();
    const client = await Plain.open();
    const args = [
      '--protocol',
      'field:u32be@0',
      '--listen',
      '127.0.0.1:0',
      '--log',
      'none',
      '--fates',
      'fates',
    ];
    const up = ['--drop-list', '2', '--direction', 'up', '--seed', '7'];
    const upstream = `${server.local.address}:${server.local.port}`;
    const proxy = start(['proxy', ...args, ...up, '--upstream', upstream], folder);
    const [, port] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    const end = ended(proxy);
    for (const value of [1, 2, 3, 1_000_000, 1_000_001, 1_000_002, 1_000_003]) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      await client.send({ address: '127.0.0.1', port: Number(port) }, bytes);
    }
    await until(PATIENCE_MS, 'all that passed', () => server.heard.length === 5);
    proxy.kill('SIGINT');
    const { stdout } = await end;
    await Promise.all([server.close(), client.close()]);
    const some = (arrived: number, dropped: number): string =>
      `${arrived} arrived, dropped ${dropped} by list, 0 duplicated, ${arrived - dropped} forwarded, 0 refused, 0 held at the end`;
    const lines = stdout
      .split('\n')
      .filter((line) => line.startsWith('flow 1 up') && !line.includes('left late'));
    assert.equal(lines, [
      `flow 1 up: ${some(6, 2)}, 0 control, 1 without an index`,
      `flow 1 up, stream 1: ${some(3, 1)}`,
      `flow 1 up, stream 2: ${some(3, 1)}`,
    ]);
    const second = readFileSync(join(folder, 'fates', 'fates-1-up-stream-2.jsonl'), 'utf8');
    assert.match(
      second,
      '{"flow":1,"direction":"up","stream":2,"index":2,"drop":"list","copies":0,"hold":0}\n',
    );
  });
});

test.run();
