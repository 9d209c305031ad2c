/** What cannot be written at the end of a proxy costs neither its table nor the files that fit. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startOnFullDisk, tooLarge } from './fullDisk.ts';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import { ended, inFolder, printed } from './program.ts';

const test = suite('a proxy on a full disk');

/** One client sends many datagrams, another few: only the fates of the few fit. */
async function play(maxBlocks: number, more: readonly string[], folder: string) {
  const server = await Plain.open();
  const many = await Plain.open();
  const few = await Plain.open();
  try {
    const upstream = `127.0.0.1:${server.local.port}`;
    const ends = ['--protocol', 'any', '--listen', '127.0.0.1:0', '--upstream', upstream];
    const proxy = startOnFullDisk(maxBlocks, ['proxy', ...ends, '--seed', '7', ...more], folder);
    const end = ended(proxy);
    const [, port] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    const to = { address: '127.0.0.1', port: Number(port) };
    for (let k = 0; k < 100; k += 1) await many.send(to, `${k}`);
    for (let k = 0; k < 5; k += 1) await few.send(to, `${k}`);
    await until(PATIENCE_MS, 'all of them', () => server.heard.length === 105);
    proxy.kill('SIGINT');
    return await end;
  } finally {
    await Promise.all([server.close(), many.close(), few.close()]);
  }
}

test('tells its whole table, writes the fates that fit, and names those that do not: 3', async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await play(4, ['--fates', 'fates', '--log', 'it.log'], folder);
    assert.is(code, 3);
    assert.is(stderr, tooLarge(join('fates', 'fates-1-up.jsonl')));
    // Where it goes to and where its log is, from the start.
    assert.match(stdout, /\nupstream 127\.0\.0\.1:\d+\n(?:note: .*\n)*log: it\.log\nlistening on /);
    assert.match(stdout, /\ntotal up: 105 arrived, none dropped, 0 duplicated, 105 forwarded/);
    assert.match(stdout, /\nflow 2 up: 5 arrived/);
    assert.match(stdout, /\nlog: it\.log\n$/);
    assert.equal(readdirSync(join(folder, 'fates')).toSorted(), [
      'fates-1-down.jsonl',
      'fates-2-down.jsonl',
      'fates-2-up.jsonl',
    ]);
    assert.match(readFileSync(join(folder, 'it.log'), 'utf8'), /flow 1 up: 100 arrived/);
  });
});

test('tells it too where its log has failed, which it names then: 3', async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await play(1, ['--log', 'it.log'], folder);
    assert.is(code, 3);
    assert.match(stdout, /\ntotal up: 105 arrived[^]*\nlog: it\.log\n$/);
    assert.match(stderr, /^error: the log it\.log is not whole: files may not be so large here; .*\n$/);
    assert.ok(existsSync(join(folder, 'it.log')));
  });
});

test.run();
