/** Ctrl+C, SIGTERM and closed terminals, as the built program meets them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ended, inFolder, printed, start, startServing } from './program.ts';
import type { Program } from './program.ts';

const PROXY = ['proxy', '--protocol', 'any', '--listen', '127.0.0.1:0', '--log', 'none'];
const SLOW = ['--interval', '1h', '--log', 'none'];

/** As a terminal under npm does it: the whole group gets the signal, and 50 ms later once more. */
async function signalTwice(program: Program, signal: NodeJS.Signals): Promise<void> {
  process.kill(-(program.pid as number), signal);
  await new Promise((resolve) => setTimeout(resolve, 50));
  try {
    process.kill(-(program.pid as number), signal);
  } catch (cause) {
    // It has ended already: the second signal finds nobody.
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

const test = suite('a signal');

test('is the normal end of a proxy and of a server, also when it comes twice', async () => {
  await inFolder(async (folder) => {
    const proxy = start(PROXY, folder, true);
    const server = start(['server', '--port', '0', ...SLOW], folder, true);
    const ends = [ended(proxy), ended(server)];
    await Promise.all([printed(proxy, /listening on/), printed(server, /waiting for/)]);
    await Promise.all([signalTwice(proxy, 'SIGINT'), signalTwice(server, 'SIGHUP')]);
    const [proxied, served] = await Promise.all(ends);
    assert.equal([proxied?.code, proxied?.stderr], [0, '']);
    assert.match(proxied?.stdout as string, /nothing was forwarded/);
    assert.equal([served?.code, served?.stderr], [0, '']);
    assert.match(served?.stdout as string, /stream ended at message 0; 0 clients/);
  });
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} cuts a client short: its statistics are all there, and the exit code is ${code}`, async () => {
    await inFolder(async (folder) => {
      const { server, serverEnd, address } = await startServing(SLOW, folder);
      const client = start(['client', '--server', address, '--log', 'a.log'], folder, true);
      const clientEnd = ended(client);
      await printed(client, /KICK-OFF/);
      await signalTwice(client, signal);
      const { code: got, stdout, stderr } = await clientEnd;
      assert.equal([got, stderr], [code, '']);
      assert.match(stdout, /client 1: interrupted\n/);
      assert.match(stdout, /received +1/);
      const { reason, statistics } = JSON.parse(readFileSync(join(folder, 'a.stats.json'), 'utf8')) as {
        reason: string;
        statistics: { sent: number; received: number };
      };
      assert.equal([reason, statistics.sent, statistics.received], ['interrupted', 1, 1]);
      server.kill('SIGINT');
      assert.is((await serverEnd).code, 0);
    });
  });
}

test.run();
