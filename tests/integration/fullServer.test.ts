import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from './loopback.ts';
import { ended, inFolder, start, startServing } from './program.ts';

const test = suite('a server that is full');

test('tells the client, which ends with code 3 and says so; its terminal says it once', async () => {
  await inFolder(async (folder) => {
    const args = ['--max-clients', '1', '--matches', '0', '--interval', '20ms', '--original-timeout', '0'];
    const { server, serverEnd, address } = await startServing([...args, '--log', 'server.log'], folder);
    const client = ['client', '--server', address, '--quiet', '--log', 'none'];
    const first = start(client, folder);
    const firstEnd = ended(first);
    const log = (): string => readFileSync(join(folder, 'server.log'), 'utf8');
    await until(20_000, 'the first client', () => log().includes('registered client 1'));
    const second = await ended(start([...client, '--register-timeout', '2s'], folder));
    assert.is(second.code, 3);
    const lines = second.stderr.trimEnd().split('\n');
    assert.is(lines[0], 'note: the server is full (its --max-clients); asking again for up to 2s');
    assert.match(
      lines.slice(1).join(' '),
      /^error: expected a place at the server at .*, got none: the server is full/,
    );
    first.kill('SIGINT');
    await firstEnd;
    server.kill('SIGINT');
    const { stderr } = await serverEnd;
    assert.is(stderr.match(/note: refused .*: the server is full \(--max-clients\)/g)?.length, 1, stderr);
  });
});

test.run();
