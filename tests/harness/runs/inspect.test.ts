/** What `inspect` finds, and what it prints. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatInspection } from '../../../harness/cli/inspectTable.ts';
import { readProtocol } from '../../../harness/protocols/allProtocols.ts';
import { inspectRecording } from '../../../harness/runs/inspect.ts';
import { ethernet, ipv4, ipv6, pcap, udp } from '../recording/capture/byHand.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const path = join(temporaryFolder(), 'given.pcap');

/** The lines printed of a capture, without the one that has the hash. */
async function printed(packets: readonly Uint8Array[], protocol?: string): Promise<string[]> {
  writeFileSync(path, pcap(packets.map((bytes, k) => ({ bytes, fraction: 1000 * k }))));
  const inspection = await inspectRecording({
    path,
    recover: false,
    protocol: protocol === undefined ? null : readProtocol(protocol, 'protocol'),
  });
  return formatInspection(inspection)
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('sha256'))
    .map((line) => line.replace(path, 'FILE'));
}

const numbered = (number: number): Buffer =>
  ethernet(ipv4(udp(Buffer.from([0, 0, 0, number, 9]), 5000, 6000)));
const rtp = (number: number, ssrc = 7): Buffer =>
  ethernet(
    ipv4(udp(Buffer.from([0x80, 0, number >> 8, number & 255, 0, 0, 0, 0, 0, 0, 0, ssrc, 1]), 5000, 6000)),
  );

const DATE = 'note: time 0 is 1970-01-01T00:00:00.000000000Z';
const test = suite('inspect');

test('an unknown protocol is counted, and what to type is said', async () => {
  const answer = ethernet(ipv4(udp('answer', 6000, 5000), { from: [10, 0, 0, 2], to: [10, 0, 0, 1] }));
  const other = ethernet(ipv6(udp('other')), 0x86dd);
  assert.equal(await printed([numbered(1), answer, numbered(3), other, ethernet(Buffer.alloc(28), 0x0806)]), [
    'FILE: a pcap capture, 4 datagrams of 2 flows in 0.003 s',
    'flow 1: client 10.0.0.1:5000, server 10.0.0.2:6000; protocol not recognised: --protocol says what numbers the datagrams',
    '  down: 1 datagram, 6 bytes, 0.001 s to 0.001 s',
    '  up: 2 datagrams, 10 bytes, 0 s to 0.002 s',
    'flow 2: client [2001:db8::1]:40000, server [2001:db8::2]:53; protocol not recognised: --protocol says what numbers the datagrams',
    '  up: 1 datagram, 5 bytes, 0.003 s to 0.003 s',
    'note: packets left out: 1 that are not IP',
    DATE,
  ]);
});

test('with a protocol, losses, duplicates and order', async () => {
  const short = ethernet(ipv4(udp('x', 5000, 6000)));
  // 1, 2, 5, 5, 4: 3 is lost, 5 came twice, 4 after 5.
  assert.equal(await printed([1, 2, 5, 5, 4].map(numbered).concat(short), 'field:u32be@0'), [
    'FILE: a pcap capture, 6 datagrams of 1 flow in 0.005 s',
    'flow 1: client 10.0.0.1:5000, server 10.0.0.2:6000; field:u32be@0',
    '  up: 6 datagrams, 26 bytes, 0 s to 0.005 s; lost 1, twice 1, reordered 1, without a sequence number 1',
    DATE,
  ]);
});

test('RTP is recognised, across the wrap, and two sources are two streams', async () => {
  const packets = [
    ...[65_534, 65_535, 0, 2].map((number) => rtp(number)),
    ...[100, 101, 102, 104].map((number) => rtp(number, 8)),
  ];
  assert.equal((await printed(packets)).slice(1, 3), [
    'flow 1: client 10.0.0.1:5000, server 10.0.0.2:6000; looks like rtp',
    // A second source counts from its second packet in sequence on.
    '  up: 8 datagrams, 104 bytes, 0 s to 0.007 s; lost 2, twice 0, reordered 0 in 2 streams, without a sequence number 1',
  ]);
  // What only begins like RTP is not taken for it.
  const alike = [1, 1, 1, 1].map(() => ethernet(ipv4(udp(Buffer.from([0x80, 0, 0, 1]), 5000, 6000))));
  assert.match((await printed(alike))[1] as string, /not recognised/);
});

test('more flows than a terminal shows are counted, and so are those that are not measured', async () => {
  const packets = Array.from({ length: 70 }, (_, k) => ethernet(ipv4(udp('12345', 5000 + k, 6000))));
  const lines = await printed(packets, 'field:u32be@0');
  assert.is(lines.at(-2), 'and 50 more flows: --json has all');
  const { flows } = await inspectRecording({
    path,
    recover: false,
    protocol: readProtocol('field:u32be@0', 'protocol'),
  });
  assert.equal(
    flows.map(({ directions }) => directions[0]?.lost),
    Array.from({ length: 70 }, (_, k) => (k < 64 ? 0 : null)),
  );
});

test('a recording of ours has its seed, and no addresses', async () => {
  const inspection = await inspectRecording({
    path: 'recordings/match-42.jsonl',
    recover: false,
    protocol: null,
  });
  assert.equal(formatInspection(inspection).trimEnd().split('\n'), [
    'recordings/match-42.jsonl: a recording, 52 datagrams of 1 flow in 0.51 s',
    'seed 42, made by match@1/en seedrandom/alea@3',
    'sha256 dbef5e29353ed5d063cdf746ffdc0cf93c045cfcd7dafadf3c4a80de6035192f',
    'flow 1: no addresses; looks like matchstream',
    '  down: 52 datagrams, 34362 bytes, 0 s to 0.51 s; lost 0, twice 0, reordered 0',
  ]);
  assert.is(inspection.flows[0]?.directions[0]?.statistics?.received, 52);
});

test.run();
