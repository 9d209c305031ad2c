import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ended, inFolder, printed, start, startServing } from './program.ts';

const test = suite('a receiver that is started again');

test('a client killed behind the proxy starts again on its port and gets the stream', async () => {
  await inFolder(async (folder) => {
    const endless = ['--matches', '0', '--interval', '5ms', '--keep-alive', '200ms', '--log', 'none'];
    const { server, serverEnd, address: upstream } = await startServing(endless, folder);
    const impaired = ['--protocol', 'matchstream', '--seed', '42', '--drop', '10%', '--log', 'none'];
    const proxy = start(['proxy', '--listen', '127.0.0.1:0', '--upstream', upstream, ...impaired], folder);
    const proxyEnd = ended(proxy);
    const [, address = ''] = await printed(proxy, /listening on (\S+)/);
    const watch = (name: string) =>
      start(['client', '--server', address, '--log', `${name}.log`, '--tmax', '100ms'], folder);
    const first = watch('first');
    const firstEnd = ended(first);
    await printed(first, /\S/);
    first.kill('SIGKILL');
    await firstEnd;
    const second = watch('second');
    const secondEnd = ended(second);
    await printed(second, /\S/);
    setTimeout(() => second.kill('SIGINT'), 1000);
    const { code, stderr } = await secondEnd;
    assert.is(code, 130, stderr);
    const { reason, statistics } = JSON.parse(readFileSync(join(folder, 'second.stats.json'), 'utf8')) as {
      reason: string;
      statistics: { received: number };
    };
    assert.is(reason, 'interrupted');
    assert.ok(statistics.received > 50, `${statistics.received} received`);
    proxy.kill('SIGINT');
    const { stdout } = await proxyEnd;
    assert.is(stdout.match(/^flow 1: client /gm)?.length, 2, stdout);
    server.kill('SIGKILL');
    await serverEnd;
  });
});

test.run();
