/** `--capture` on sockets: what came to the proxy and what left it, of proxy and replay; and what stays of it when the proxy is killed. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CONVERSATION_HEADER, addressMembers } from '../../harness/recording/conversationFormat.ts';
import { RecordingWriter } from '../../harness/recording/writer.ts';
import { readRunCapture } from '../harness/recording/capture/runCapture.ts';
import type { CapturedPacket } from '../harness/recording/capture/runCapture.ts';
import { startOnFullDisk } from './fullDisk.ts';
import { PATIENCE_MS, until } from './loopback.ts';
import { assertRefused, ended, inFolder, printed, readRows, run, start } from './program.ts';

const PROXY = ['proxy', '--protocol', 'any', '--listen', '127.0.0.1:0', '--seed', '7', '--log', 'none'];
const RECORDING = join(import.meta.dirname, '../../recordings/match-42.jsonl');

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

interface Echoed {
  readonly code: number | null;
  readonly output: string;
  /** What the server got, in order. */
  readonly arrived: readonly string[];
  /** What the client got back, in order. */
  readonly back: readonly string[];
  readonly client: number;
  readonly server: number;
}

/**
 * A client sends `1`, `2`, … through a proxy to a server that sends each back; when `isOver` says that all has come, the proxy is
 * ended.
 * @param isLockstep whether each waits for the answer to the one before
 */
async function echo(
  folder: string,
  options: readonly string[],
  count: number,
  isOver: (arrived: number, back: number) => boolean,
  isLockstep = false,
  begin: typeof start = start,
): Promise<Echoed> {
  const [server, client] = [await bound(), await bound()];
  const arrived: string[] = [];
  const back: string[] = [];
  server.on('message', (bytes, from) => {
    arrived.push(bytes.toString());
    server.send(bytes, from.port, from.address);
  });
  client.on('message', (bytes) => void back.push(bytes.toString()));
  const proxy = begin([...PROXY, '--upstream', `127.0.0.1:${server.address().port}`, ...options], folder);
  const ending = ended(proxy);
  try {
    const [, port = ''] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
    for (let number = 1; number <= count; number += 1) {
      client.send(`${number}`, Number(port), '127.0.0.1');
      // One at a time, or loopback may drop some.
      if (isLockstep) await until(PATIENCE_MS, 'an answer', () => back.length === number);
    }
    await until(PATIENCE_MS, 'the last answer', () => isOver(arrived.length, back.length));
    proxy.kill('SIGINT');
    const { code, stdout, stderr } = await ending;
    return {
      code,
      output: stdout + stderr,
      arrived,
      back,
      client: client.address().port,
      server: server.address().port,
    };
  } finally {
    proxy.kill('SIGKILL');
    server.close();
    client.close();
  }
}

const textOf = ({ payload }: CapturedPacket): string => payload.toString();

const test = suite('a capture of a run');

for (const transport of ['node', 'auto']) {
  test(`has what came in and what left, both ways, with addresses of client and server: ${transport}`, async () => {
    await inFolder(async (folder) => {
      const options = ['--drop-list', '3,5-7', '--duplicate-list', '9', '--transport', transport];
      const { code, output, arrived, back, client, server } = await echo(
        folder,
        [...options, '--capture', 'run.pcapng', '--record', 'all.jsonl'],
        40,
        (_arrived, came) => came === 37,
      );
      assert.is(code, 0, output);
      assert.ok(
        output.includes('captured: 80 datagrams at the entry and 77 at the exit in run.pcapng, 0 left out'),
        output,
      );
      assert.equal(readdirSync(folder).toSorted(), ['all.jsonl', 'run.pcapng']);
      const { packets } = readRunCapture(join(folder, 'run.pcapng'));
      const [clientAt, serverAt] = [`127.0.0.1:${client}`, `127.0.0.1:${server}`];
      const part = (at: string, from: string): CapturedPacket[] =>
        packets.filter((packet) => packet.at === at && packet.from === from);
      const all = Array.from({ length: 40 }, (_, k) => `${k + 1}`);
      assert.equal(part('entry', clientAt).map(textOf), all);
      assert.equal(part('exit', clientAt).map(textOf), arrived);
      assert.equal(part('entry', serverAt).map(textOf), all);
      assert.equal(part('exit', serverAt).map(textOf), back);
      assert.ok(
        packets.every(
          ({ from, to }) => [from, to].toSorted().join() === [clientAt, serverAt].toSorted().join(),
        ),
      );
      const told = packets.flatMap((packet) =>
        packet.comments.length === 0 ? [] : [`${packet.at} ${textOf(packet)}: ${packet.comments.join('; ')}`],
      );
      assert.equal(told, [
        'entry 3: dropped: list; index 3',
        'entry 5: dropped: list; index 5',
        'entry 6: dropped: list; index 6',
        'entry 7: dropped: list; index 7',
        'entry 9: duplicated; index 9',
        'exit 9: copy; index 9',
      ]);
      // Nothing leaves before it came, and times are in order.
      const times = packets.map(({ timeNs }) => timeNs);
      assert.equal(
        times,
        times.toSorted((a, b) => a - b),
      );
      for (const packet of part('exit', clientAt)) {
        const came = part('entry', clientAt).find((one) => textOf(one) === textOf(packet)) as CapturedPacket;
        assert.ok(came.timeNs <= packet.timeNs);
      }
    });
  });
}

for (const mode of ['in-process', 'processes']) {
  test(`of a replay is recounted in its ledger: ${mode}`, async () => {
    await inFolder(async (folder) => {
      const knobs = [
        '--drop',
        '20%',
        '--duplicate',
        '10%',
        '--reorder',
        '10%',
        '--seed',
        '7',
        '--clients',
        '2',
      ];
      const outputs = ['--report', 'report', '--capture', 'run.pcapng'];
      const speed = ['--interval', '1ms', '--tmax', '100ms', '--mode', mode, '--no-control'];
      const { code, stdout, stderr } = await run(
        ['replay', RECORDING, ...knobs, ...speed, ...outputs],
        folder,
      );
      assert.is(code, 0, stdout + stderr);
      assert.match(
        stdout,
        /note: captured: \d+ datagrams at the entry and \d+ at the exit in run\.pcapng, 0 left out/,
      );
      const { packets } = readRunCapture(join(folder, 'run.pcapng'));
      const stream = packets.filter(({ payload }) => payload.toString('latin1').startsWith('{"message":'));
      const count = (of: (packet: CapturedPacket) => boolean): number => stream.filter(of).length;
      const told =
        (word: string) =>
        ({ comments }: CapturedPacket) =>
          comments.some((one) => one.startsWith(word));
      const rows = readRows(readFileSync(join(folder, 'report/ledger.csv'), 'utf8'));
      const total = (column: string): number => rows.reduce((sum, row) => sum + Number(row[column]), 0);
      assert.equal(
        [
          count(({ at }) => at === 'entry'),
          count((packet) => packet.at === 'entry' && told('dropped: independent')(packet)),
          count((packet) => packet.at === 'exit' && told('copy')(packet)),
          count(({ at }) => at === 'exit'),
        ],
        [total('sent'), total('dropped'), total('duplicated'), total('delivered')],
      );
    });
  });
}

test('of a conversation that is played to a live server behind knobs', async () => {
  await inFolder(async (folder) => {
    const writer = new RecordingWriter(join(folder, 'talk.jsonl'), CONVERSATION_HEADER);
    for (let k = 0; k < 10; k += 1) {
      const members = k === 0 ? addressMembers('10.0.0.1:5', '10.0.0.2:53', 'any') : '';
      await writer.append(k * 2e6, Buffer.from(`${k}`), 1, 'up', members);
      await writer.append(k * 2e6 + 1e6, Buffer.from(`${k}`), 1, 'down');
    }
    await writer.finish();
    const server = await bound();
    server.on('message', (bytes, { port, address }) => server.send(bytes, port, address));
    try {
      const to = ['--to', `127.0.0.1:${server.address().port}`, '--answer-timeout', '100ms'];
      const knobs = ['--drop-list', '2,5', '--direction', 'up', '--seed', '7'];
      const words = ['replay', 'talk.jsonl', ...to, ...knobs, '--capture', 'run.pcapng'];
      const { code, stdout, stderr } = await run(words, folder);
      assert.is(code, 0, stdout + stderr);
      assert.match(
        stdout,
        /captured: 18 datagrams at the entry and 16 at the exit in run\.pcapng, 0 left out/,
      );
      const { packets } = readRunCapture(join(folder, 'run.pcapng'));
      const dropped = packets.filter(({ verdict }) => verdict !== '');
      assert.equal(dropped.map(textOf), ['1', '4']);
    } finally {
      server.close();
    }
  });
});

/** Asks once, and ends when nothing has come for a while. */
const ASKS = `
  const [host, port] = process.env.MATCHSTREAM_SERVER.split(':');
  const socket = require('node:dgram').createSocket('udp4');
  let timer = setTimeout(() => process.exit(9), 30000);
  socket.on('message', () => { clearTimeout(timer); timer = setTimeout(() => process.exit(0), 1000); });
  socket.send('hello', Number(port), host);
`;

test('of a replay to a command', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'asks.cjs'), ASKS);
    const exec = ['--exec', `"${process.execPath}" asks.cjs`, '--exec-protocol', 'any'];
    const knobs = ['--drop-list', '3,7-9', '--interval', '1ms', '--seed', '7'];
    const words = ['replay', RECORDING, ...exec, ...knobs, '--capture', 'run.pcapng'];
    const { code, stdout, stderr } = await run(words, folder);
    assert.is(code, 0, stdout + stderr);
    assert.match(stdout, /captured: 53 datagrams at the entry and 49 at the exit in run\.pcapng, 0 left out/);
    const { packets } = readRunCapture(join(folder, 'run.pcapng'));
    const told = packets.filter(({ verdict }) => verdict !== '').map(({ comments }) => comments.join('; '));
    assert.equal(
      told,
      [3, 7, 8, 9].map((index) => `dropped: list; index ${index}`),
    );
  });
});

test('a killed proxy leaves what it wrote, whole blocks, and the next one refuses to begin', async () => {
  await inFolder(async (folder) => {
    const [server, client] = [await bound(), await bound()];
    const options = ['--upstream', `127.0.0.1:${server.address().port}`, '--capture', 'run.pcapng'];
    const proxy = start([...PROXY, ...options], folder);
    try {
      const ending = ended(proxy);
      const [, port = ''] = await printed(proxy, /listening on 127\.0\.0\.1:(\d+)/);
      for (let number = 1; number <= 20; number += 1) client.send(`${number}`, Number(port), '127.0.0.1');
      const partial = join(folder, 'run.pcapng.partial');
      // Written a second after it came.
      await until(PATIENCE_MS, 'what came in the file', () => readRunCapture(partial).packets.length === 40);
      proxy.kill('SIGKILL');
      assert.is((await ending).code, null);
      assert.equal(readdirSync(folder), ['run.pcapng.partial']);
      const again = await run([...PROXY, '--capture', 'run.pcapng', '--for', '10ms'], folder);
      assertRefused(again, 2, '--capture', 'run.pcapng.partial', 'another name', 'remove it');
    } finally {
      proxy.kill('SIGKILL');
      server.close();
      client.close();
    }
  });
});

test('a disk that is full ends the capture, said at once; the proxy goes on, and ends with 3', async () => {
  await inFolder(async (folder) => {
    const { code, output, arrived } = await echo(
      folder,
      ['--capture', 'run.pcapng'],
      600,
      (came, back) => came === 600 && back === 600,
      true,
      (args, cwd) => startOnFullDisk(16, args, cwd),
    );
    assert.is(code, 3, output);
    assert.is(arrived.length, 600);
    assert.match(
      output,
      /note: --capture: the capture ends here: cannot write run\.pcapng: files may not be so large/,
    );
    const [, written, leftOut] =
      /captured: at least (\d+) datagrams in run\.pcapng\.partial, (\d+) left out/.exec(output) ?? [];
    assert.is(Number(written) + Number(leftOut), 2400, output);
    assert.ok(Number(leftOut) > 0);
  });
});

test('a name that exists, or of another kind, is refused before anything is opened', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'there.pcapng'), 'mine');
    const other = ['replay', RECORDING, '--clock', 'virtual', '--drop', '5%', '--report', 'report'];
    for (const [name, code, saying] of [
      ['there.pcapng', 2, 'exists'],
      ['x.jsonl', 2, '.pcapng'],
      ['x.pcapng.gz', 2, '.pcapng'],
      ['there.pcapng/x.pcapng', 3, 'there.pcapng'],
    ] as const) {
      assertRefused(await run([...PROXY, '--capture', name, '--for', '10ms'], folder), code, saying);
      assertRefused(await run([...other, '--capture', name], folder), code, saying);
    }
    assert.equal(readdirSync(folder), ['there.pcapng']);
  });
});

test('a proxy that cannot start leaves no capture', async () => {
  await inFolder(async (folder) => {
    const taken = await bound();
    const listen = ['--listen', `127.0.0.1:${taken.address().port}`];
    const words = ['proxy', '--protocol', 'any', ...listen, '--capture', 'x.pcapng', '--log', 'none'];
    assert.is((await run(words, folder)).code, 3);
    assert.equal(readdirSync(folder), []);
    taken.close();
  });
});

test.run();
