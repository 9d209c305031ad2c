/** What ends a proxy, and the exit code that says how: `--for`, a command behind `--`. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, ended, inFolder, printed, run, start } from './program.ts';
import type { Ended, Program } from './program.ts';

const PROXY = ['proxy', '--protocol', 'any', '--listen', '127.0.0.1:0', '--seed', '7', '--log', 'none'];

/** Sends one datagram to the address it is given, hears itself from the proxy, and exits with 7. */
const CLIENT = `
const { createSocket } = require('node:dgram');
const [host, port] = process.env.MATCHSTREAM_SERVER.split(':');
const upstream = createSocket('udp4');
upstream.on('message', (bytes, from) => upstream.send(bytes, from.port, from.address));
upstream.bind(Number(process.argv[2]), '127.0.0.1', () => {
  const socket = createSocket('udp4');
  socket.on('message', (bytes) => {
    console.log('heard ' + bytes + ' of ' + process.env.MATCHSTREAM_LISTEN.split(',').length);
    process.exit(7);
  });
  socket.send('hello', Number(port), host);
});
`;

const test = suite('the end of a proxy');

test('comes by itself after --for: 0', async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await run([...PROXY, '--for', '50ms'], folder);
    assert.equal([code, stderr], [0, '']);
    assert.match(stdout, /nothing was forwarded/);
  });
});

test('comes with the command behind it, which finds its address, and has its exit code', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'client.cjs'), CLIENT);
    const upstream = 20_000 + (process.pid % 10_000);
    const args = [...PROXY, '--flows', '2', '--upstream', `127.0.0.1:${upstream}`];
    const { code, stdout, stderr } = await run(
      [...args, '--', process.execPath, 'client.cjs', String(upstream)],
      folder,
    );
    // The output is the command's alone; what the proxy says goes to the error stream.
    assert.is(stdout, 'heard hello of 2\n', stderr);
    assert.match(stderr, /^seed 7\n/);
    assert.match(stderr, /flow 1 up: 1 arrived, none dropped, 0 duplicated, 1 forwarded/);
    assert.is(code, 7);
  });
});

test('does not come before a command that cannot be run is refused, in one line', async () => {
  await inFolder(async (folder) => {
    const missing = await run([...PROXY, '--', './no-such-program', '--for', '1s'], folder);
    assert.is(missing.code, 2);
    assert.match(
      missing.stderr.split('\n').find((line) => line.startsWith('error: ')) ?? '',
      /^error: --: .*"\.\/no-such-program"/,
    );
    assert.not.match(missing.stderr, /\bat .*:\d+:\d+|a bug in/);
    assertRefused(await run([...PROXY, '--'], folder), 2, 'error: --: ');
  });
});

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A proxy that delays all but the first datagram, once it has taken five more. */
async function withFiveOnTheWay(
  delay: string,
  work: (proxy: Program, end: Promise<Ended>, heard: readonly string[]) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const [client, upstream] = [await bound(), await bound()];
    try {
      const heard: string[] = [];
      upstream.on('message', (bytes) => heard.push(bytes.toString()));
      const { port } = upstream.address() as AddressInfo;
      const args = [...PROXY, '--upstream', `127.0.0.1:${port}`, '--direction', 'up', '--delay', delay];
      const proxy = start([...args, '--spare', '1'], folder);
      const end = ended(proxy);
      const [, to = ''] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
      client.send('spared', Number(to), '127.0.0.1');
      const [, from] = (await once(upstream, 'message')) as [Buffer, AddressInfo];
      for (let k = 1; k <= 5; k += 1) client.send(`delayed ${k}`, Number(to), '127.0.0.1');
      // The way down is not delayed, and what waited before this at the other socket has been read with it.
      upstream.send('ping', from.port, '127.0.0.1');
      await once(client, 'message');
      await work(proxy, end, heard);
    } finally {
      client.close();
      upstream.close();
    }
  });
}

const AWAITED =
  /note: 5 datagrams still to leave, the last in [\d.]+ m?s at most; a second signal throws them away/;

test('waits for what is delayed, as long as its delay, and says so: 0', async () => {
  await withFiveOnTheWay('1500ms', async (proxy, end, heard) => {
    proxy.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    assert.match(stderr, AWAITED);
    assert.is(code, 0);
    assert.match(stdout, /flow 1 up: 6 arrived, none dropped, 0 duplicated, 6 forwarded, 0 refused, 0 held/);
    assert.equal(heard, ['spared', ...[1, 2, 3, 4, 5].map((k) => `delayed ${k}`)]);
  });
});

test('comes at once by a second signal, and what is thrown away is counted: 130', async () => {
  await withFiveOnTheWay('10min', async (proxy, end, heard) => {
    let stderr = '';
    const told = new Promise<void>((resolve) =>
      proxy.stderr.on('data', (text: string) => {
        stderr += text;
        if (AWAITED.test(stderr)) resolve();
      }),
    );
    proxy.kill('SIGINT');
    await told;
    // A signal within a second belongs to the first.
    await new Promise((resolve) => setTimeout(resolve, 1050));
    proxy.kill('SIGINT');
    const { code, stdout } = await end;
    assert.is(code, 130);
    assert.match(stdout, /SIGINT again: ended at once, 5 datagrams thrown away/);
    assert.match(stdout, /flow 1 up: 6 arrived, none dropped, 0 duplicated, 1 forwarded, 0 refused, 5 held/);
    assert.equal(heard, ['spared']);
  });
});

test.run();
