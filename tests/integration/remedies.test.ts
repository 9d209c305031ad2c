/** The likeliest wrong commands, as a user types them: one line that ends in what to type, and exit code 2. */
import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, inFolder, run } from './program.ts';

const test = suite('wrong commands are answered with the right ones');

const REMEDIES: readonly (readonly [line: string, remedy: string])[] = [
  ['proxy --drop 5 %', '--drop 0.05'],
  ['proxy --loss 5%', '--drop 5%?'],
  ['live --drop 5%', 'matchstream replay match.jsonl --drop 5%'],
  ['proxy 127.0.0.1:9000', 'proxy --upstream 127.0.0.1:9000'],
  ['client :9 --server 127.0.0.1:9', '--server: '],
  ['server --host 127.0.0.1:9000', '--host 127.0.0.1 --port 9000'],
  ['replay a.jsonl --expect lost<=5%', 'loss_ratio'],
  ['live --fates x', 'replay'],
];

test('a wrong command is refused in one line with what to type', async () => {
  await inFolder(async (folder) => {
    for (let k = 0; k < REMEDIES.length; k += 2) {
      await Promise.all(
        REMEDIES.slice(k, k + 2).map(async ([line, remedy]) => {
          assertRefused(await run(line.split(' '), folder), 2, remedy);
        }),
      );
    }
    assert.equal(readdirSync(folder), [], 'nothing is left behind');
  });
});

test('an address by itself is taken for what it obviously is', async () => {
  await inFolder(async (folder) => {
    const quick = ['--register-timeout', '200ms', '--log', 'none', '--quiet'];
    assertRefused(await run(['client', ':9', ...quick], folder), 3, '127.0.0.1:9');
    // Of a proxy too; what is wrong with a port says which one it was taken for.
    assertRefused(await run(['proxy', '--listen', '9', '0'], folder), 2, '--upstream: ');
    const proxy = await run(['proxy', '65535', '9', '--flows', '2'], folder);
    assertRefused(proxy, 2, '--flows: ', '65535');
  });
});

test('help and version have their usual short names, before and after a command', async () => {
  await inFolder(async (folder) => {
    for (const line of ['proxy -h', '--help proxy']) {
      const { code, stdout } = await run(line.split(' '), folder);
      assert.is(code, 0);
      assert.match(stdout, /^Usage: matchstream proxy /, line);
    }
    for (const line of ['-V', 'proxy -V'])
      assert.match((await run(line.split(' '), folder)).stdout, /^\d+\.\d+\.\d+\n$/, line);
  });
});

test.run();
