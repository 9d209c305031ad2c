/** What ends a proxy, and the exit code that says how: `--for`, a command behind `--`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, inFolder, run } from './program.ts';

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

test.run();
