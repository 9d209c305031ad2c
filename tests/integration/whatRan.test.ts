import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import { ended, inFolder, printed, run, start } from './program.ts';

const test = suite('every command says what carried its datagrams');

const HOW = 'UDP by node:dgram, one system call a datagram; arrivals have the time they were read at';
/** What only Linux counts. */
const DROPS = process.platform === 'linux' ? 'none' : 'unknown';

test('a server and a client, in their closing lines', async () => {
  await inFolder(async (folder) => {
    const stream = ['--port', '0', '--messages', '3', '--interval', '1ms', '--log', 'none'];
    const server = start(['server', ...stream, '--transport', 'node'], folder);
    const end = ended(server);
    const [, address = ''] = await printed(server, /listening on (\S+)/);
    const watch = ['client', '--server', address, '--quiet', '--tmax', '50ms', '--log', 'none'];
    const client = await run([...watch, '--transport', 'node'], folder);
    assert.is(client.code, 0, client.stderr);
    const { stdout, code } = await end;
    assert.is(code, 0);
    for (const said of [stdout, client.stdout])
      assert.ok(said.includes(`\ndropped by the kernel: ${DROPS}\ntransport: node (${HOW})\n`), said);
  });
});

test('a proxy, with what the kernel dropped at its ports', async () => {
  const server = await Plain.open();
  const client = await Plain.open();
  await inFolder(async (folder) => {
    const upstream = `127.0.0.1:${server.local.port}`;
    const args = ['--protocol', 'any', '--listen', '127.0.0.1:0', '--upstream', upstream, '--log', 'none'];
    const proxy = start(['proxy', ...args, '--transport', 'node'], folder);
    const end = ended(proxy);
    const [, port] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    await client.send({ address: '127.0.0.1', port: Number(port) }, 'x');
    await until(PATIENCE_MS, 'the datagram', () => server.heard.length === 1);
    proxy.kill('SIGINT');
    const { stdout, code } = await end;
    assert.is(code, 0);
    assert.ok(stdout.includes(`flow 1: dropped by the kernel down: ${DROPS}\n`), stdout);
    const lacks = [
      'note: the type of service is not carried across',
      `note: answers in place of ${upstream} from elsewhere are not seen`,
    ];
    assert.ok(stdout.endsWith([`transport: node (${HOW})`, ...lacks, ''].join('\n')), stdout);
  });
  await Promise.all([server.close(), client.close()]);
});

test('a benchmark, once, with the grain of the timers, and in environment.json', async () => {
  await inFolder(async (folder) => {
    const point = ['--intervals', '10ms,5ms', '--duration', '60ms', '--transport', 'node', '--no-micro'];
    const { stdout, code, stderr } = await run(
      ['bench', ...point, '--mode', 'in-process', '--report', 'out'],
      folder,
    );
    assert.is(code, 0, stderr);
    assert.is(stdout.split(HOW).length - 1, 1, stdout);
    assert.match(stdout, /^timer: the clock steps by \d+ ns, a sleep of 1 ms is -?\d+ us late$/m);
    const environment = JSON.parse(readFileSync(join(folder, 'out', 'environment.json'), 'utf8')) as {
      network: string[];
    };
    assert.equal(environment.network, [HOW]);
  });
});

test.run();
