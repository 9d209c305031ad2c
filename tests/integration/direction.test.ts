import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import { ended, inFolder, printed, start } from './program.ts';

const test = suite('--direction of a proxy before any program');

const SENT = ['1', '2', '3', '4'];
const IMPAIRED = ['1', '3', '4'];

/** Sends 1 to 4 to an echo behind the proxy program; the second is dropped on the ways that are said. */
async function echoed(
  direction: readonly string[],
): Promise<{ readonly up: string[]; readonly down: string[] }> {
  const server = await Plain.open();
  const client = await Plain.open();
  server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
  let result = { up: [] as string[], down: [] as string[] };
  await inFolder(async (folder) => {
    const upstream = `${server.local.address}:${server.local.port}`;
    const args = ['--protocol', 'any', '--listen', '127.0.0.1:0', '--upstream', upstream, '--log', 'none'];
    const proxy = start(['proxy', ...args, '--drop-list', '2', '--seed', '7', ...direction], folder);
    const [, port] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    const end = ended(proxy);
    for (const text of SENT) await client.send({ address: '127.0.0.1', port: Number(port) }, text);
    await until(PATIENCE_MS, 'the last echo', () => client.heard.some((bytes) => bytes.toString() === '4'));
    proxy.kill('SIGINT');
    assert.is((await end).code, 0);
    const texts = (heard: readonly Uint8Array[]) => heard.map((bytes) => bytes.toString());
    result = { up: texts(server.heard), down: texts(client.heard) };
  });
  await Promise.all([server.close(), client.close()]);
  return result;
}

test('without it only the way back is impaired', async () => {
  assert.equal(await echoed([]), { up: SENT, down: IMPAIRED });
});

test('up impairs only the way to the server', async () => {
  assert.equal(await echoed(['--direction', 'up']), { up: IMPAIRED, down: IMPAIRED });
});

test('both impairs what is left of the way up once more on the way back', async () => {
  assert.equal(await echoed(['--direction', 'both']), { up: IMPAIRED, down: ['1', '4'] });
});

test.run();
