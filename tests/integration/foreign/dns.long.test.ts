/** dig through the proxy: an upstream that is dead, one whose name moves, and a second address. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { loadNativeSockets } from '../../../src/net/linux/native.ts';
import { pause } from '../../net/arrivals.ts';
import { PATIENCE_MS, until } from '../loopback.ts';
import { mayMount } from '../namespaces.ts';
import { PROGRAM, inFolder } from '../program.ts';
import { behindProxy, claimsAbout } from './foreign.ts';
import { startNames } from './names.ts';

const test = suite('dig through the proxy');
const claim = claimsAbout(test, 'dig', 'bind9-dnsutils');
const claimWithServer = claimsAbout(test, 'dig', 'bind9-dnsutils', 'dnsmasq', 'dnsmasq-base');

/** What dig says, whether it got an answer or not. */
async function dig(port: number, args: readonly string[], host = '127.0.0.1'): Promise<string> {
  const child = new Child({
    file: 'dig',
    args: [`@${host}`, '-p', String(port), 'ball.test', 'A', ...args],
    limitMs: PATIENCE_MS,
  });
  child.closeInput();
  await child.done().catch(() => undefined);
  return child.stdout;
}

test('a refusal is told from silence by what dig says of it', () => {
  assert.match(';; communications error to 127.0.0.1#53: connection refused', REFUSED);
  assert.not.match(';; communications error to 127.0.0.1#53: timed out', REFUSED);
});

const knows = (address: string): string => `--address=/ball.test/${address}`;

const REFUSED = /connection refused/;
/** Where an answer is expected, and where none is. */
const ANSWERED = ['+tries=1', '+timeout=20', '+short'];
const IN_VAIN = ['+tries=1', '+timeout=1', '+short'];

const loaded = await loadNativeSockets();
const transports = loaded.ok ? (['node', 'linux'] as const) : (['node'] as const);
if (!loaded.ok) test.skip(`on linux: ${loaded.reason}`);

for (const transport of transports) {
  claim(`a dead upstream is counted, and with close dig is refused as without a proxy (${transport})`, () =>
    inFolder(async (folder) => {
      const dead = await freePort();
      const upstream = ['--upstream', `127.0.0.1:${dead}`, '--transport', transport];
      assert.match(await dig(dead, IN_VAIN), REFUSED);
      const counted = await behindProxy(folder, upstream, async (port) => {
        assert.match(await dig(port, IN_VAIN), 'timed out');
      });
      assert.match(counted.stdout, /^flow 1: \d+ refused by the upstream/m);
      assert.match(counted.stderr, `127.0.0.1:${dead} refuses datagrams (ICMP)`);
      const closing = await behindProxy(folder, [...upstream, '--on-refused', 'close'], async (port) => {
        const said: string[] = [];
        const tries: Promise<number>[] = [];
        const isRefused = (): boolean => said.some((text) => REFUSED.test(text));
        // The first makes the proxy close its port; one of the others comes while it is closed.
        for (let k = 0; k < 40 && !isRefused(); k += 1) {
          tries.push(dig(port, IN_VAIN).then((text) => said.push(text)));
          await pause(150);
        }
        await Promise.all(tries);
        assert.ok(isRefused(), said.join('\n'));
      });
      assert.match(closing.log, /closed \S+ for 1 s/);
    }),
  );
}

claimWithServer('a server that comes back on its port is heard again by a client that waits', () =>
  inFolder(async (folder) => {
    const serverPort = await freePort();
    let server: Child | undefined;
    await behindProxy(folder, ['--upstream', `127.0.0.1:${serverPort}`], async (port) => {
      assert.match(await dig(port, IN_VAIN), 'timed out');
      server = await startNames(serverPort, knows('192.0.2.1'));
      assert.is((await dig(port, ANSWERED)).trim(), '192.0.2.1');
    }).finally(() => server?.stop());
  }),
);

const moved = 'an upstream whose name moves is followed by new flows';
if (!mayMount()) test.skip(`${moved} (it needs root, and the right to mount)`);
else
  claimWithServer(moved, () =>
    inFolder(async (folder) => {
      const port = await freePort();
      const [hosts, log] = [join(folder, 'hosts'), join(folder, 'log')];
      const name = (host: string): void => writeFileSync(hosts, `${host} names.test\n`);
      const servers = [
        await startNames(port, knows('192.0.2.3'), '127.0.0.3'),
        await startNames(port, knows('192.0.2.4'), '127.0.0.4'),
      ];
      name('127.0.0.3');
      const words = [
        'proxy',
        '--protocol',
        'any',
        '--listen',
        '127.0.0.1:0',
        '--upstream',
        `names.test:${port}`,
      ];
      const proxy = new Child({
        file: 'unshare',
        args: [
          '-m',
          'sh',
          '-c',
          `mount --bind '${hosts}' /etc/hosts && exec "$@"`,
          'sh',
          process.execPath,
          PROGRAM,
        ].concat(words, ['--resolve-every', '200ms', '--log', log]),
        limitMs: PATIENCE_MS,
      });
      try {
        let line = '';
        while (!line.startsWith('listening on')) line = await proxy.line();
        const listening = Number(line.split(':')[1]);
        assert.match(proxy.stdout, `upstream names.test:${port} is 127.0.0.3:${port}\n`);
        assert.is((await dig(listening, ANSWERED)).trim(), '192.0.2.3');
        name('127.0.0.4');
        await until(PATIENCE_MS, 'the new address', () =>
          proxy.stderr.includes(`the upstream is 127.0.0.4:${port} now`),
        );
        assert.is((await dig(listening, ANSWERED)).trim(), '192.0.2.4');
        writeFileSync(hosts, '');
        await until(PATIENCE_MS, 'the complaint', () => proxy.stderr.includes('gives no new address'));
        assert.is((await dig(listening, ANSWERED)).trim(), '192.0.2.4', 'the last address is kept');
      } finally {
        await proxy.stop('SIGINT');
        for (const server of servers) await server.stop();
      }
    }),
  );

if (loaded.ok)
  claimWithServer('one who asks a second address of the proxy gets his answer from there', () =>
    inFolder(async (folder) => {
      const serverPort = await freePort();
      const server = await startNames(serverPort, knows('192.0.2.9'));
      try {
        const options = ['--upstream', `127.0.0.1:${serverPort}`, '--transport', 'linux'];
        await behindProxy(
          folder,
          options,
          async (port) => {
            // dig takes no answer from another address than the one it asked.
            for (const host of ['127.0.0.2', '127.0.0.1', '127.9.9.9'])
              assert.is((await dig(port, ANSWERED, host)).trim(), '192.0.2.9', host);
          },
          '0.0.0.0',
        );
      } finally {
        await server.stop();
      }
    }),
  );

test.run();
