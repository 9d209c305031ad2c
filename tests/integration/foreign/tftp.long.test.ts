/** TFTP through the proxy: the server answers each request from a port of its own, and wants the rest of the transfer there. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { loadNativeSockets } from '../../../src/net/linux/native.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { inFolder } from '../program.ts';
import { behindProxy, claimsAbout, startListening } from './foreign.ts';

const test = suite('TFTP through the proxy');
const claim = claimsAbout(test, 'in.tftpd', 'tftpd-hpa', 'tftp', 'tftp-hpa');

test('a file has as many blocks of 512 bytes as it fills, and one that is short', () => {
  assert.is(blocksOf(5000), 10);
  assert.is(blocksOf(5120), 11);
});

const blocksOf = (sizeBytes: number): number => Math.floor(sizeBytes / 512) + 1;

/** Gets files one after the other from one port, as an interactive user does. */
async function getAll(port: number, folder: string, names: readonly string[]): Promise<void> {
  const client = new Child({
    file: 'tftp',
    args: ['-m', 'binary', '127.0.0.1', String(port)],
    limitMs: PATIENCE_MS,
  });
  for (const name of names) client.write(`get ${name} ${join(folder, `got-${name}`)}\n`);
  client.write('quit\n');
  client.closeInput();
  await client.done();
}

const loaded = await loadNativeSockets();
for (const transport of ['node', 'linux']) {
  const named = `gets two files from one port, though copies of blocks come and go (${transport})`;
  if (transport === 'linux' && !loaded.ok) {
    test.skip(`${named}: ${loaded.reason}`);
    continue;
  }
  claim(named, () =>
    inFolder(async (folder) => {
      const served = join(folder, 'served');
      mkdirSync(served, { mode: 0o755 });
      const sizesBytes = { first: 51_234, second: 20_480 };
      for (const [name, sizeBytes] of Object.entries(sizesBytes))
        writeFileSync(join(served, name), randomBytes(sizeBytes), { mode: 0o644 });
      const serverPort = await freePort();
      const args = ['-L', '-a', `127.0.0.1:${serverPort}`, '-s', served, '-u', 'root'];
      const server = await startListening('in.tftpd', args, 'udp', serverPort);
      const options = ['--answers', 'any-port', '--direction', 'down', '--duplicate', '5%', '--seed', 'tftp'];
      try {
        const { stdout, log } = await behindProxy(
          folder,
          ['--upstream', `127.0.0.1:${serverPort}`, '--transport', transport, ...options],
          (port) => getAll(port, folder, Object.keys(sizesBytes)),
        );
        for (const name of Object.keys(sizesBytes))
          assert.ok(readFileSync(join(folder, `got-${name}`)).equals(readFileSync(join(served, name))), name);
        const [, arrived] = /^flow 1 down: (\d+) arrived/m.exec(stdout) ?? [];
        const blocks = blocksOf(sizesBytes.first) + blocksOf(sizesBytes.second);
        assert.ok(Number(arrived) >= blocks, `${arrived} of ${blocks}: ${stdout}`);
        assert.not.match(stdout, 'flow 2 ', 'both from one port');
        assert.match(log, /flow 1 of \S+: 127\.0\.0\.1:\d+ answered in place of 127\.0\.0\.1:\d+/);
        // The server of the first file is gone, or about to go; the request for the second one finds the door again.
        const silent = 'has not answered for 5 s';
        const back = transport === 'linux' ? `(refuses|${silent})` : silent;
        assert.match(log, new RegExp(`${back}: what its client sends goes to 127.0.0.1:${serverPort} again`));
      } finally {
        await server.stop();
      }
    }),
  );
}

test.run();
