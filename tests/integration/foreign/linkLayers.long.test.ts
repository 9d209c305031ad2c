/** Captures of every link layer and of fragments: tshark finds the same datagrams in them as we do, whoever made them. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import {
  interfaceOf,
  ipv4,
  packetBlock,
  pcap,
  section,
  udp,
} from '../../harness/recording/capture/byHand.ts';
import { LINK_FRAMES } from '../../harness/recording/capture/linkFrames.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { missingNamespaces } from '../namespaces.ts';
import { ended, inFolder } from '../program.ts';
import { claimsAbout } from './foreign.ts';

const test = suite('captures of every link layer beside tshark');
const shown = claimsAbout(test, 'tshark', 'tshark');

/** `FROM>TO PAYLOAD`, a line a datagram, fragments put together, as tshark has them. */
async function seenByTshark(path: string): Promise<string[]> {
  const fields = 'ip.src ipv6.src udp.srcport ip.dst ipv6.dst udp.dstport udp.payload';
  const args = ['-r', path, '-n', '-Y', 'udp', '-T', 'fields', ...fields.replace(/\S+/g, '-e $&').split(' ')];
  const output = await new Child({ file: 'tshark', args, limitMs: PATIENCE_MS }).done();
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [from4, from6, fromPort, to4, to6, toPort, payload = ''] = line.split('\t');
      const from = formatHostPort(`${from4}${from6}`, Number(fromPort));
      const to = formatHostPort(`${to4}${to6}`, Number(toPort));
      return `${from}>${to} ${payload}`;
    });
}

/** The same, as we read it. */
async function seenByUs(path: string): Promise<string[]> {
  const recording = await openRecording(path);
  const ends = new Map<number, readonly [string, string]>();
  const lines: string[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { flow, direction, payload, extra } = batch.frame(row);
      if (extra !== undefined) {
        const { client, server } = JSON.parse(`{${extra}}`) as Record<'client' | 'server', string>;
        ends.set(flow, [client, server]);
      }
      const [client, server] = ends.get(flow) as readonly [string, string];
      const way = direction === 'up' ? `${client}>${server}` : `${server}>${client}`;
      lines.push(`${way} ${Buffer.from(payload).toString('hex')}`);
    }
  }
  return lines;
}

shown('those put together byte by byte, in both byte orders and units', async () => {
  await inFolder(async (folder) => {
    for (const order of ['little', 'big'] as const) {
      // One file for all: an interface each. tshark takes a second to start.
      const path = join(folder, `${order}.pcapng`);
      const interfaces = LINK_FRAMES.map(([, linkType]) => interfaceOf(order, linkType));
      const packets = LINK_FRAMES.map(([, , bytes], number) => packetBlock(order, bytes, { number }));
      writeFileSync(path, Buffer.concat([section(order), ...interfaces, ...packets]));
      const ours = await seenByUs(path);
      assert.is(ours.length, LINK_FRAMES.length);
      const theirs = await seenByTshark(path);
      for (const [k, [name]] of LINK_FRAMES.entries()) assert.is(theirs[k], ours[k], name);
      const [, linkType, bytes] = LINK_FRAMES[0];
      const classic = join(folder, `${order}.pcap`);
      writeFileSync(classic, pcap([{ bytes }], { linkType, order, isNano: order === 'big' }));
      assert.equal(await seenByTshark(classic), await seenByUs(classic));
    }
  });
});

shown('fragments in any order are one datagram', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'fragments.pcap');
    const whole = udp('0123456789abcdefghijklmnop');
    const piece = (from: number, to: number): { bytes: Buffer } => ({
      bytes: ipv4(whole.subarray(from, to), {
        identification: 7,
        fragmentOffset: from / 8,
        more: to < whole.length,
      }),
    });
    const end = whole.length;
    for (const pieces of [
      [piece(0, 16), piece(16, 24), piece(24, end)],
      [piece(24, end), piece(0, 16), piece(16, 24)],
    ]) {
      writeFileSync(path, pcap(pieces, { linkType: 101 }));
      const payload = Buffer.from('0123456789abcdefghijklmnop').toString('hex');
      assert.equal(await seenByUs(path), [`10.0.0.1:40000>10.0.0.2:53 ${payload}`]);
      assert.equal(await seenByTshark(path), await seenByUs(path));
    }
  });
});

/** Sends from one socket to another, both families, also more than fits into a packet; prints when all has come. */
const TALK = `
  const { createSocket } = require('node:dgram');
  const texts = ['one', 'x'.repeat(3000), '', 'y'.repeat(9000)];
  const waits = [['udp4', '127.0.0.1'], ['udp6', '::1']].map(([kind, host]) => new Promise((resolve) => {
    const [to, from] = [createSocket(kind), createSocket(kind)];
    let got = 0;
    to.on('message', (bytes, { port }) => {
      got += 1;
      to.send(bytes, port, host, () => {});
      if (got < texts.length) from.send(texts[got], 9000, host);
    });
    let back = 0;
    from.on('message', () => { back += 1; if (back === texts.length) { to.close(); from.close(); resolve(); } });
    to.bind(9000, host, () => from.bind(0, host, () => from.send(texts[0], 9000, host)));
  }));
  Promise.all(waits).then(() => console.log('all'));
`;

/** Each way, of each family: 1 + 3 + 1 and, of 1280 bytes each, 8 packets. tcpdump ends when it has all of them. */
const PACKETS = 2 * 2 * 13;

const lacking = missingNamespaces();
const live = lacking === null ? claimsAbout(test, 'tcpdump', 'tcpdump', 'tshark', 'tshark') : test.skip;

live(
  `what tcpdump captures of both families with fragments: loopback, any as SLL and SLL2${lacking === null ? '' : ` (${lacking})`}`,
  async () => {
    await inFolder(async (folder) => {
      const kinds = [
        ['lo', 'EN10MB'],
        ['any', 'LINUX_SLL'],
        ['any', 'LINUX_SLL2'],
      ] as const;
      // A loopback of 1280 bytes, so that larger datagrams go in fragments.
      const captures = kinds.map(
        ([device, link]) =>
          `timeout 20 tcpdump -i ${device} -y ${link} -Q in -c ${PACKETS} -s 2000 -Z root -w ${link}.pcap 'host 127.0.0.1 or host ::1' 2>${link}.log & ` +
          `until grep -q 'listening on' ${link}.log; do sleep 0.05; done`,
      );
      const script = `ip link set lo up mtu 1280; ${captures.join('; ')}; "$0" -e "$1"; wait`;
      const { code, stdout, stderr } = await ended(
        spawn('unshare', ['-n', 'sh', '-c', script, process.execPath, TALK], {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
      assert.is(code, 0, stderr);
      assert.is(stdout, 'all\n');
      for (const [, link] of kinds) {
        const path = join(folder, `${link}.pcap`);
        const ours = await seenByUs(path);
        assert.is(ours.length, 2 * 2 * 4, link);
        assert.equal(
          ours.map((line) => (line.split(' ')[1] as string).length / 2).toSorted((a, b) => a - b),
          [0, 3, 3000, 9000].flatMap((size) => [size, size, size, size]),
        );
        assert.equal((await seenByTshark(path)).toSorted(), ours.toSorted(), link);
      }
    });
  },
);

test('without them, what is found is what was put in', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'one.pcap');
    const [, linkType, bytes] = LINK_FRAMES[0];
    writeFileSync(path, pcap([{ bytes }], { linkType }));
    assert.equal(await seenByUs(path), [`10.0.0.1:40000>10.0.0.2:53 ${Buffer.from('four').toString('hex')}`]);
  });
});

test.run();
