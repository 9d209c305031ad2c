/** A proxy that may have fewer sockets open than it has clients. */
import { readFileSync, readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveTransport } from '../../bench/suites.ts';
import { PATIENCE_MS, Plain, until } from './loopback.ts';
import { SHELL_WORD, ended, inFolder, printed } from './program.ts';

const test = suite('a proxy that runs out of descriptors');

/** Enough to load the program, which reads many files at once, and less than the clients need. */
const LIMIT = 80;
const CLIENTS = 100;
const EACH = 5;

for (const transport of new Set(['node', await resolveTransport('auto')])) {
  test(`says so at once, goes on with the flows it has, writes everything, and ends with 3: ${transport}`, () =>
    inFolder(async (folder) => {
      if (process.platform === 'win32') return;
      const server = await Plain.open();
      server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
      const options = [
        `proxy --protocol any --listen 127.0.0.1:0 --upstream 127.0.0.1:${server.local.port} --seed 7`,
        `--transport ${transport} --fates fates --log proxy.log`,
      ];
      const program = spawn('bash', ['-c', `ulimit -n ${LIMIT}; exec ${SHELL_WORD} ${options.join(' ')}`], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      program.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      const end = ended(program);
      const [, port = ''] = await printed(program, /listening on 127\.0\.0\.1:(\d+)/);
      const clients: Plain[] = [];
      try {
        for (let k = 0; k < CLIENTS; k += 1) clients.push(await Plain.open());
        const ask = (client: Plain): void => client.socket.send('hello', Number(port), '127.0.0.1');
        for (const client of clients) ask(client);
        await until(PATIENCE_MS, 'the notice', () => /ulimit -n \d+/.test(stderr));
        const first = clients[0] as Plain;
        await until(PATIENCE_MS, 'the first answer', () => first.heard.length > 0);
        for (let round = 1; round < EACH; round += 1) {
          for (const client of clients) ask(client);
          await until(PATIENCE_MS, 'an answer for a flow that stands', () => first.heard.length > round);
        }
      } finally {
        program.kill('SIGTERM');
        for (const client of [server, ...clients]) client.socket.close();
      }
      const { code, stdout } = await end;
      assert.is(code, 3, stderr);
      assert.match(stderr, `the limit of ${LIMIT} open files and sockets is too low`);
      assert.match(stderr, /^error: .*ulimit -n \d+\n$/m, 'in the end, too');
      assert.not.match(stderr, /a bug in|\bat .*:\d+:\d+/);
      const log = readFileSync(join(folder, 'proxy.log'), 'utf8');
      const opened = log.match(/flow \d+ opened/g)?.length ?? 0;
      assert.ok(opened > 10 && opened < CLIENTS, `${opened} flows`);
      const fates = readdirSync(join(folder, 'fates'));
      for (let flow = 1; flow <= opened; flow += 1)
        assert.ok(fates.includes(`fates-${flow}-up.jsonl`), `fates of flow ${flow}`);
      assert.match(log, /flow 1 up: 5 arrived, none dropped, 0 duplicated, 5 forwarded/);
      assert.match(stdout, /^not passed on: \d+ datagrams of clients for whom no port/m);
      const failed = Number(/^(\d+) clients? without a port/m.exec(stdout)?.[1]);
      const refused = Number(/^not passed on: (\d+) datagrams of clients for whom/m.exec(stdout)?.[1]);
      // What a flow that failed had taken is in its line; everything else was refused.
      assert.ok(failed >= 1 && failed + opened <= CLIENTS, `${failed} failed, ${opened} opened`);
      assert.ok(refused <= (CLIENTS - opened) * EACH && refused >= (CLIENTS - opened) * (EACH - 1) - failed);
    }));
}

test('of two failures, a recording that does not fit and a shortage, both are said again at the end', () =>
  inFolder(async (folder) => {
    if (process.platform === 'win32') return;
    const server = await Plain.open();
    const options = [
      `proxy --protocol any --listen 127.0.0.1:0 --upstream 127.0.0.1:${server.local.port} --log none`,
      '--transport node --record all.jsonl',
    ];
    const limits = `ulimit -n ${LIMIT}; ulimit -f 16`;
    const program = spawn('bash', ['-c', `${limits}; exec ${SHELL_WORD} ${options.join(' ')}`], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    program.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    const end = ended(program);
    const [, port = ''] = await printed(program, /listening on 127\.0\.0\.1:(\d+)/);
    const clients: Plain[] = [];
    const said = () => /ulimit -n \d+/.test(stderr) && /the recording ends here/.test(stderr);
    try {
      for (let k = 0; k < CLIENTS; k += 1) clients.push(await Plain.open());
      const patient = performance.now() + PATIENCE_MS;
      while (!said() && performance.now() < patient) {
        for (const client of clients) client.socket.send('hello '.repeat(100), Number(port), '127.0.0.1');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } finally {
      program.kill('SIGTERM');
      for (const client of [server, ...clients]) client.socket.close();
    }
    const { code } = await end;
    assert.is(code, 3, stderr);
    const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
    assert.is(errors.length, 2, stderr);
    assert.match(errors[0] as string, 'cannot write all.jsonl');
    assert.match(errors[1] as string, /ulimit -n \d+/);
  }));

test.run();
