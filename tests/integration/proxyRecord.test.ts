/** `proxy --record`: all that came in, both ways, before it was impaired; and what stays of it when the proxy is killed. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../harness/impairment/knobs.ts';
import { Schedule } from '../../harness/impairment/schedule.ts';
import { openRecording } from '../../harness/recording/reader.ts';
import { sum } from '../../src/base/figures.ts';
import { startOnFullDisk } from './fullDisk.ts';
import { PATIENCE_MS, until } from './loopback.ts';
import { assertRefused, ended, inFolder, printed, run, start } from './program.ts';

const PROXY = ['proxy', '--protocol', 'any', '--listen', '127.0.0.1:0', '--seed', '7', '--log', 'none'];

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A recording's frames as `flow direction payload`, its times checked, and the members of first frames. */
async function framesOf(path: string, recover = false): Promise<{ frames: string[]; extras: string[] }> {
  const recording = await openRecording(path, { recover });
  const frames: string[] = [];
  const extras: string[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { flow, direction, payload, extra } = batch.frame(row);
      frames.push(`${flow} ${direction} ${Buffer.from(payload).toString()}`);
      if (extra !== undefined) extras.push(extra);
    }
  }
  return { frames, extras };
}

/** Datagrams under way at a time: no buffer is too small for them, however busy the machine is. */
const WINDOW = 64;

/** How many of a client's datagrams pass, of those up to a number. @param drop a ratio, as after `--drop` */
function passingOf(drop: string, flow: number): (number: number) => number {
  const schedule = new Schedule(readKnobs({ drop }), { seed: '7', flow, direction: 'up' });
  const passing = [0];
  return (number) => {
    for (let index = passing.length; index <= number; index += 1) {
      const row = schedule.at(index);
      passing.push((passing[index - 1] as number) + (schedule.dropCause[row] === 0 ? 1 : 0));
    }
    return passing[number] as number;
  };
}

/**
 * Two clients send numbered datagrams in turn through a proxy to a server that answers each; when the proxy has had them all,
 * and all answers, `end` is called.
 * @param drop what of the datagrams is lost each way
 * @returns what the server got and what the clients sent
 */
async function conversation(
  folder: string,
  options: readonly string[],
  drop: string,
  count: number,
  end: (proxy: ReturnType<typeof start>) => unknown,
  begin: typeof start = start,
): Promise<{ code: number | null; output: string; arrived: string[]; clients: number[]; server: number }> {
  const [server, ...clients] = [await bound(), await bound(), await bound()];
  const arrived: string[] = [];
  server.on('message', (bytes, from) => {
    arrived.push(bytes.toString());
    server.send(`answer to ${bytes.toString()}`, from.port, from.address);
  });
  const knobs = ['--drop', drop, '--direction', 'both', '--every', '100ms'];
  const upstream = ['--upstream', `127.0.0.1:${server.address().port}`];
  const proxy = begin([...PROXY, ...upstream, ...knobs, ...options], folder);
  const ending = ended(proxy);
  try {
    const [, port = ''] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    const passing = clients.map((_, k) => passingOf(drop, k + 1));
    const due = (number: number): number => sum(passing.map((of) => of(number)));
    for (let number = 1; number <= count; number += 1) {
      for (const [k, client] of clients.entries())
        client.send(`${k + 1}/${number}`, Number(port), '127.0.0.1');
      const least = due(number) - WINDOW;
      await until(PATIENCE_MS, 'those sent before', () => arrived.length >= least);
      await sleep(1);
    }
    await printed(proxy, new RegExp(`up ${2 * count}, down ${due(count)},`));
    await end(proxy);
    const { code, stdout, stderr } = await ending;
    const ports = clients.map((client) => client.address().port);
    return { code, output: stdout + stderr, arrived, clients: ports, server: server.address().port };
  } finally {
    proxy.kill('SIGKILL');
    for (const socket of [server, ...clients]) socket.close();
  }
}

const test = suite('a recording proxy');

for (const transport of ['node', 'auto']) {
  for (const name of ['all.jsonl', 'all.pcapng']) {
    test(`records what came in, also what it dropped: ${transport}, ${name}`, async () => {
      await inFolder(async (folder) => {
        const options = ['--transport', transport, '--record', name];
        const { code, output, arrived, clients, server } = await conversation(
          folder,
          options,
          '50%',
          100,
          (proxy) => proxy.kill('SIGINT'),
        );
        assert.is(code, 0, output);
        const { frames, extras } = await framesOf(join(folder, name));
        const of = (flow: number, direction: string): string[] =>
          frames
            .filter((frame) => frame.startsWith(`${flow} ${direction} `))
            .map((frame) => frame.split(' ').slice(2).join(' '));
        // Flows are numbered by first arrival, and the first client sends first.
        for (const flow of [1, 2]) {
          assert.equal(
            of(flow, 'up'),
            Array.from({ length: 100 }, (_, k) => `${flow}/${k + 1}`),
          );
          const passed = arrived.filter((text) => text.startsWith(`${flow}/`));
          assert.equal(
            of(flow, 'down'),
            passed.map((text) => `answer to ${text}`),
          );
          assert.ok(passed.length > 20 && passed.length < 80, `${passed.length} of 100 passed`);
        }
        assert.equal(
          extras,
          clients.map(
            (port) => `"client":"127.0.0.1:${port}","server":"127.0.0.1:${server}","protocol":"any"`,
          ),
        );
        assert.ok(output.includes(`recorded: ${frames.length} datagrams in ${name}, 0 left out`), output);
        assert.equal(readdirSync(folder), [name]);
      });
    });
  }
}

test('a killed one leaves what it wrote, the next one refuses to begin, and convert saves it', async () => {
  await inFolder(async (folder) => {
    const left = (): Promise<{ frames: string[] }> => framesOf(join(folder, 'all.jsonl.partial'), true);
    // In about a second all is in the file, without an end; on a busy machine it takes longer.
    const killing = await conversation(folder, ['--record', 'all.jsonl'], '0%', 100, async (proxy) => {
      const endMs = performance.now() + PATIENCE_MS;
      while ((await left()).frames.length < 400 && performance.now() < endMs) await sleep(50);
      proxy.kill('SIGKILL');
    });
    assert.is(killing.code, null);
    assert.equal(readdirSync(folder), ['all.jsonl.partial']);
    const { frames } = await left();
    assert.is(frames.length, 400);
    const again = await run([...PROXY, '--record', 'all.jsonl', '--for', '10ms'], folder);
    assertRefused(
      again,
      2,
      '--record',
      'matchstream convert all.jsonl.partial OTHER.jsonl --recover',
      'remove it',
    );
    const saving = await run(['convert', 'all.jsonl.partial', 'saved.jsonl', '--recover'], folder);
    assert.is(saving.code, 0, saving.stderr);
    assert.equal((await framesOf(join(folder, 'saved.jsonl'))).frames, frames);
  });
});

test('a disk that is full ends the recording, said at once; the proxy goes on, and its table is told before the failure', async () => {
  await inFolder(async (folder) => {
    const { code, output, arrived } = await conversation(
      folder,
      ['--record', 'all.jsonl'],
      '0%',
      1500,
      (proxy) => proxy.kill('SIGINT'),
      (args, cwd) => startOnFullDisk(16, args, cwd),
    );
    assert.is(code, 3, output);
    assert.is(arrived.length, 3000);
    assert.match(
      output,
      /note: --record: the recording ends here: cannot write all\.jsonl: files may not be so large/,
    );
    assert.match(output, /total up: 3000 arrived/);
    const [, recorded, leftOut] =
      /recorded: at least (\d+) datagrams in all\.jsonl\.partial, (\d+) left out/.exec(output) ?? [];
    assert.ok(Number(leftOut) > 0, output);
    assert.is(Number(recorded) + Number(leftOut), 6000);
    assert.ok(
      output
        .trimEnd()
        .split('\n')
        .some((line) => line.startsWith('error: cannot write all.jsonl')),
      output,
    );
    const { frames } = await framesOf(join(folder, 'all.jsonl.partial'), true);
    assert.ok(frames.length > 10, `${frames.length} frames in 8 KiB`);
  });
});

test('a name that exists, of another kind, or in a folder that cannot be is refused before anything is opened', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'there.jsonl'), 'mine');
    for (const [name, code, saying] of [
      ['there.jsonl', 2, 'exists'],
      ['x.txt', 2, '.jsonl or .pcapng'],
      ['x.jsonl.gz', 2, 'matchstream convert compresses it'],
      ['there.jsonl/x.jsonl', 3, 'there.jsonl'],
    ] as const) {
      assertRefused(await run([...PROXY, '--record', name, '--for', '10ms'], folder), code, saying);
    }
    assert.equal(readdirSync(folder), ['there.jsonl']);
  });
});

test('a proxy that cannot start leaves no recording', async () => {
  await inFolder(async (folder) => {
    const taken = await bound();
    const listen = ['--listen', `127.0.0.1:${taken.address().port}`];
    const { code } = await run(
      ['proxy', '--protocol', 'any', ...listen, '--record', 'x.jsonl', '--log', 'none'],
      folder,
    );
    assert.is(code, 3);
    assert.equal(readdirSync(folder), []);
    taken.close();
  });
});

test.run();
