/** Captures that tshark reads, and captures that tcpdump and editcap made. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { convertRecording } from '../../../harness/runs/convert.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import { PATIENCE_MS, until } from '../loopback.ts';
import { ipv4, pcap, udp } from '../../harness/recording/capture/byHand.ts';
import { PROGRAM, inFolder } from '../program.ts';
import { claimsAbout } from './foreign.ts';

const test = suite('captures beside tshark and tcpdump');
const exported = claimsAbout(test, 'tshark', 'tshark');
const captured = claimsAbout(test, 'tcpdump', 'tcpdump');

/** Runs a program of Wireshark's; it may say nothing on its error output but who runs it. */
async function quietly(file: string, words: string): Promise<string> {
  const child = new Child({ file, args: words.split(' '), limitMs: PATIENCE_MS });
  const output = await child.done();
  assert.is(child.stderr.replace(/^Running as user .*\n/, ''), '');
  return output;
}

/** `time source destination payload`, a line a datagram, as tshark sees the file; checksums must be right. */
async function seenByTshark(path: string): Promise<string[]> {
  const fields =
    'frame.time_epoch ip.src ipv6.src udp.srcport ip.dst ipv6.dst udp.dstport ' +
    'udp.payload udp.checksum.status ip.checksum.status _ws.malformed';
  const output = await quietly(
    'tshark',
    `-r ${path} -n -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -T fields ` +
      fields.replace(/\S+/g, '-e $&'),
  );
  return output
    .trimEnd()
    .split('\n')
    .map((line) => {
      const cells = line.split('\t');
      const [time, from4, from6, fromPort, to4, to6, toPort, payload = '', udpSum, ipSum, malformed] = cells;
      assert.is(udpSum, '1', line);
      assert.is(ipSum ?? '', from4 === '' ? '' : '1', line);
      assert.is(malformed ?? '', '', line);
      const from = formatHostPort(`${from4}${from6}`, Number(fromPort));
      const to = formatHostPort(`${to4}${to6}`, Number(toPort));
      return `${time} ${from} ${to} ${payload}`;
    });
}

exported("a capture of ours: times, addresses, ports and payloads are the recording's", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'given.pcapng');
    const writer = new RecordingWriter(path, {
      format: 'matchstream-recording',
      version: 1,
      seed: null,
      generator: null,
      intervalNs: null,
      squadsHash: null,
      datagramSizeBytes: null,
      flows: 3,
      extra: '"conversation":true',
    });
    const four = '"client":"10.1.2.3:5000","server":"192.0.2.1:40001"';
    const six = '"client":"[2001:db8::1]:40000","server":"[2001:db8::2]:40443"';
    void writer.append(0, Buffer.from('00ff10', 'hex'), 1, 'up', four);
    void writer.append(1, Buffer.from(''), 1, 'down');
    void writer.append(1_000_000_001, Buffer.alloc(65_507, 0xab), 2, 'down', six);
    void writer.append(1_000_000_001, Buffer.from('0102', 'hex'), 2, 'up');
    void writer.append(9e15, Buffer.from('0a', 'hex'), 3, 'down');
    await writer.finish();
    assert.equal(await seenByTshark(path), [
      '0.000000000 10.1.2.3:5000 192.0.2.1:40001 00ff10',
      '0.000000001 192.0.2.1:40001 10.1.2.3:5000 ',
      `1.000000001 [2001:db8::2]:40443 [2001:db8::1]:40000 ${'ab'.repeat(65_507)}`,
      '1.000000001 [2001:db8::1]:40000 [2001:db8::2]:40443 0102',
      '9000000.000000000 127.0.0.1:9000 127.0.0.1:10003 0a',
    ]);
  });
});

exported('the recordings that are shipped', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'match.pcapng');
    await convertRecording({ from: 'recordings/season-1.jsonl.gz', to: path });
    const recording = await openRecording('recordings/season-1.jsonl.gz');
    const expected: string[] = [];
    for await (const batch of recording.batches()) {
      for (let row = 0; row < batch.count; row += 1) {
        const { timeNs, payload } = batch.frame(row);
        const time = `${Math.floor(timeNs / 1e9)}.${String(timeNs % 1e9).padStart(9, '0')}`;
        expected.push(`${time} 127.0.0.1:9000 127.0.0.1:10001 ${Buffer.from(payload).toString('hex')}`);
      }
    }
    assert.equal(await seenByTshark(path), expected);
  });
});

/** Payloads of a capture as `direction payload`. */
async function payloadsIn(path: string): Promise<string[]> {
  const recording = await openRecording(path);
  const payloads: string[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { direction, payload } = batch.frame(row);
      payloads.push(`${direction} ${Buffer.from(payload).toString('latin1')}`);
    }
  }
  return payloads;
}

/** Waits until the kernel has handed a running capture so many datagrams. */
async function untilCaptured(path: string, datagrams: number): Promise<void> {
  const startedAt = performance.now();
  while ((await payloadsIn(path).catch(() => [])).length < datagrams) {
    if (performance.now() - startedAt > PATIENCE_MS)
      throw new Error(`${path} did not get ${datagrams} datagrams`);
    await sleep(20);
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

captured('what tcpdump captured on lo and on all interfaces, in every format of editcap', async () => {
  await inFolder(async (folder) => {
    const server = await bound();
    const client = await bound();
    server.on('message', (message, { port }) =>
      server.send(`answer to ${message.toString()}`, port, '127.0.0.1'),
    );
    let answers = 0;
    client.on('message', () => {
      answers += 1;
    });
    const { port } = server.address();
    const paths = ['lo', 'any'].map((name) => join(folder, `${name}.pcap`));
    const tcpdumps = ['lo', 'any'].map(
      (name, k) =>
        new Child({
          file: 'tcpdump',
          args: ['-i', name, '-U', '-Z', 'root', '-w', paths[k] as string, 'udp', 'port', String(port)],
          limitMs: PATIENCE_MS,
        }),
    );
    try {
      await until(PATIENCE_MS, 'tcpdump', () => tcpdumps.every(({ stderr }) => /listening on/.test(stderr)));
      const asked = ['first', 'second', 'x'.repeat(3000)];
      for (const [k, text] of asked.entries()) {
        client.send(text, port, '127.0.0.1');
        await until(PATIENCE_MS, 'an answer', () => answers > k);
      }
      const expected = asked.flatMap((text) => [`up ${text}`, `down answer to ${text}`]);
      for (const path of paths) {
        await untilCaptured(path, expected.length);
        assert.equal(await payloadsIn(path), expected, path);
      }
    } finally {
      for (const tcpdump of tcpdumps) await tcpdump.stop('SIGINT');
      client.close();
      server.close();
    }
    for (const [k, path] of paths.entries()) {
      const expected = await payloadsIn(path);
      for (const format of ['pcap', 'nsecpcap', 'pcapng']) {
        const other = join(folder, `${k}-${format}`);
        await quietly('editcap', `-F ${format} ${path} ${other}`);
        assert.equal(await payloadsIn(other), expected, `${path} as ${format}`);
        await convertRecording({ from: other, to: `${other}.jsonl` });
        assert.equal(await payloadsIn(`${other}.jsonl`), expected);
        await convertRecording({ from: `${other}.jsonl`, to: `${other}.pcapng` });
        assert.equal(await payloadsIn(`${other}.pcapng`), expected);
      }
    }
  });
});

/** Reads a capture in a process of its own; its longest use of memory, MiB. */
const MEASURE = `
  const { inspectRecording } = await import(process.argv[1]);
  const { datagrams } = await inspectRecording({ path: process.argv[2], recover: false, protocol: null });
  console.log(datagrams, process.resourceUsage().maxRSS / 1024);
`;

test('a capture of a million datagrams is read in 100 MiB', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'million.pcap');
    const packet = ipv4(udp('0123456789'.repeat(10)));
    const some = pcap(
      Array.from({ length: 10_000 }, (_, k) => ({ bytes: packet, fraction: k })),
      { linkType: 101 },
    );
    writeFileSync(path, some);
    for (let k = 1; k < 100; k += 1) appendFileSync(path, some.subarray(24));
    const child = new Child({
      file: process.execPath,
      args: ['--input-type=module', '-e', MEASURE, join(PROGRAM, '../../index.js'), path],
      limitMs: PATIENCE_MS,
    });
    const [datagrams, maxRssMib] = (await child.done()).split(' ').map(Number);
    assert.is(datagrams, 1_000_000);
    assert.ok((maxRssMib as number) < 100, `${maxRssMib} MiB`);
  });
});

test('a capture that nobody else reads comes back', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'match.pcapng');
    await convertRecording({ from: 'recordings/match-42.jsonl', to: path });
    assert.equal(await payloadsIn(path), await payloadsIn('recordings/match-42.jsonl'));
  });
});

test.run();
