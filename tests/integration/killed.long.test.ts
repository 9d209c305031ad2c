import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from './loopback.ts';
import { ended, inFolder, start, startServing } from './program.ts';

const test = suite('processes that are killed');

interface Stats {
  readonly reason: string;
  readonly statistics: { readonly sent: number | null; readonly received: number; readonly lost: number };
}

const readStats = (folder: string, name: string): Stats =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Stats;

const client = (address: string, name: string): string[] => [
  'client',
  '--server',
  address,
  '--quiet',
  '--log',
  `${name}.log`,
  '--tmax',
  '100ms',
];

test('a client killed mid-stream leaves the others undisturbed and is expired', async () => {
  await inFolder(async (folder) => {
    const args = ['--messages', '800', '--interval', '10ms', '--wait-for', '3', '--keep-alive', '200ms'];
    const { serverEnd, address } = await startServing([...args, '--log', 'server.log'], folder);
    const clients = ['a', 'b', 'c'].map((name) => start(client(address, name), folder));
    const ends = clients.map((one) => ended(one));
    const log = (): string => readFileSync(join(folder, 'server.log'), 'utf8');
    await until(60_000, 'the stream', () => log().includes('stream started'));
    clients[2]?.kill('SIGKILL');
    const [first, second] = await Promise.all(ends);
    assert.is(first?.code, 0, first?.stderr);
    assert.is(second?.code, 0, second?.stderr);
    assert.is((await serverEnd).code, 0);
    for (const name of ['a', 'b']) {
      const { reason, statistics } = readStats(folder, `${name}.stats.json`);
      assert.is(reason, 'end of stream');
      assert.equal([statistics.sent, statistics.received, statistics.lost], [800, 800, 0]);
    }
    assert.match(log(), /client \d left: expired/);
  });
});

test('a killed server ends its clients with statistics and a reason', async () => {
  await inFolder(async (folder) => {
    const endless = ['--matches', '0', '--interval', '10ms', '--log', 'server.log', '--keep-alive', '200ms'];
    const { server, serverEnd, address } = await startServing(endless, folder);
    const watching = ended(start(client(address, 'a'), folder));
    const log = (): string => readFileSync(join(folder, 'server.log'), 'utf8');
    await until(60_000, 'the stream', () => log().includes('stream started'));
    // It has had a second of stream before, however slow the machine is to start it.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    server.kill('SIGKILL');
    await serverEnd;
    const { code, stderr } = await watching;
    assert.is(code, 0, stderr);
    const { reason, statistics } = readStats(folder, 'a.stats.json');
    assert.is(reason, 'server silent');
    assert.ok(statistics.received > 0);
    assert.is(statistics.lost, 0);
  });
});

for (const [signal, wanted] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} makes a client unregister and tell its statistics`, async () => {
    await inFolder(async (folder) => {
      const args = ['--matches', '0', '--interval', '10ms', '--log', 'server.log'];
      const { server, serverEnd, address } = await startServing(args, folder);
      const watching = start(client(address, 'a'), folder);
      const watched = ended(watching);
      setTimeout(() => watching.kill(signal), 1200);
      const { code, stdout } = await watched;
      assert.is(code, wanted);
      assert.match(stdout, /received/);
      const { reason, statistics } = readStats(folder, 'a.stats.json');
      assert.is(reason, 'interrupted');
      assert.is(statistics.lost, 0);
      assert.is(statistics.sent, statistics.received);
      server.kill(signal);
      assert.is((await serverEnd).code, 0);
      assert.match(readFileSync(join(folder, 'server.log'), 'utf8'), /client 1 left: unregistered/);
    });
  });
}

test.run();
