/** IP and UDP headers, fragments and flows of captures, byte by byte. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ethernet, ipv4, ipv6, pcap, udp } from './byHand.ts';
import type { Ipv4 } from './byHand.ts';
import { readCapture } from './read.ts';

const RAW = { linkType: 101 };
const DATE = 'time 0 is 1970-01-01T00:00:00.000000000Z';

/** What is read of raw IP packets, and what is said of those left out. */
async function readRaw(
  ...packets: readonly Uint8Array[]
): Promise<{ frames: readonly string[]; left: string[] }> {
  const { frames, recording } = await readCapture(
    pcap(
      packets.map((bytes) => ({ bytes })),
      RAW,
    ),
  );
  return {
    frames,
    left: recording
      .notes()
      .filter((note) => note !== DATE)
      .map((note) => note.replace('packets left out: ', '')),
  };
}

const headers = suite('headers');

headers('options and extension headers are stepped over', async () => {
  const { frames, left } = await readRaw(
    ipv4(udp('options'), { options: [1, 1, 1, 0] }),
    ipv6(udp('hop'), [{ number: 0, rest: [0, 1, 4, 0, 0, 0, 0] }]),
    ipv6(udp('two'), [
      { number: 60, rest: [1, ...Array.from({ length: 14 }, () => 0)] },
      { number: 51, rest: [1, ...Array.from({ length: 10 }, () => 0)] },
    ]),
  );
  assert.equal(frames, ['1 up @0 options', '2 up @0 hop', '2 up @0 two']);
  assert.equal(left, []);
});

headers(
  'lengths of 0, as segmentation by the network card leaves them, stand for the whole packet',
  async () => {
    const { frames } = await readRaw(ipv4(udp('joined', 1, 2, 0), { totalBytes: 0 }));
    assert.equal(frames, ['1 up @0 joined']);
  },
);

headers('an empty datagram is one', async () => {
  assert.equal((await readRaw(ipv4(udp('')))).frames, ['1 up @0 ']);
});

const CUT = '1 that were cut when they were captured: capture whole packets (tcpdump -s 0)';
const MALFORMED = '1 with lengths that do not fit';

for (const [name, packet, note] of [
  ['IPv4 cut in its header', ipv4(udp('x')).subarray(0, 19), CUT],
  ['IPv4 cut in its payload', ipv4(udp('long text')).subarray(0, 34), CUT],
  ['IPv4 cut in the header of UDP', ipv4(udp('x')).subarray(0, 25), CUT],
  ['IPv6 cut in its header', ipv6(udp('x')).subarray(0, 30), CUT],
  [
    'IPv6 cut in an extension',
    ipv6(udp('x'), [{ number: 0, rest: [0, 1, 4, 0, 0, 0, 0] }]).subarray(0, 42),
    CUT,
  ],
  ['a header length below 20', Buffer.concat([Buffer.from([0x44]), ipv4(udp('x')).subarray(1)]), MALFORMED],
  ['a total length below the header', ipv4(udp('x'), { totalBytes: 19 }), MALFORMED],
  ['a UDP length below its header', ipv4(udp('x', 1, 2, 7)), MALFORMED],
  ['a UDP length beyond the packet', ipv4(udp('x', 1, 2, 99)), MALFORMED],
  ['no room for a UDP header', ipv4(Buffer.alloc(7)), MALFORMED],
  ['version 5', Buffer.concat([Buffer.from([0x55]), ipv4(udp('x')).subarray(1)]), '1 that are not IP'],
] as const) {
  headers(name, async () => {
    const { frames, left } = await readRaw(packet, ipv4(udp('next')));
    assert.equal(frames, ['1 up @0 next']);
    assert.equal(left, [note]);
  });
}

headers.run();

const parts = suite('fragments');

const whole = udp('0123456789abcdefghijklmnop');
const piece = (from: number, to: number, about: Ipv4 = {}): Buffer =>
  ipv4(whole.subarray(from, to), {
    identification: 7,
    fragmentOffset: from / 8,
    more: to < whole.length,
    ...about,
  });
const PUT_TOGETHER = ['1 up @0 0123456789abcdefghijklmnop'];
const MISSING = (count: number): string => `${count} fragmented datagrams, of which a fragment is missing`;

parts('in order, in any other order, and repeated', async () => {
  const [a, b, c] = [piece(0, 16), piece(16, 24), piece(24, whole.length)];
  for (const packets of [
    [a, b, c],
    [c, b, a],
    [b, c, a],
    [a, a, b, b, c],
  ]) {
    const { frames, left } = await readRaw(...packets);
    assert.equal(frames, PUT_TOGETHER);
    assert.equal(left, []);
  }
});

parts('those of several datagrams are told apart by identification and addresses', async () => {
  const other = (from: number, to: number): Buffer => piece(from, to, { to: [10, 0, 0, 9] });
  const { frames } = await readRaw(
    piece(0, 16),
    other(0, 16),
    piece(0, 16, { identification: 8 }),
    other(16, whole.length),
    piece(16, whole.length),
  );
  assert.equal(frames, [...PUT_TOGETHER, '2 up @0 0123456789abcdefghijklmnop'].toSorted());
});

parts('of IPv6', async () => {
  const part = (from: number, to: number): Buffer =>
    ipv6(whole.subarray(from, to), [
      { number: 44, rest: [0, from >> 8, (from & 0xf8) + (to < whole.length ? 1 : 0), 0, 0, 0, 9] },
    ]);
  assert.equal((await readRaw(part(16, whole.length), part(0, 16))).frames, PUT_TOGETHER);
});

parts('a missing one is said, and an IPv6 datagram in one fragment is whole', async () => {
  const { frames, left } = await readRaw(
    piece(0, 16),
    ipv6(udp('atomic'), [{ number: 44, rest: [0, 0, 0, 0, 0, 0, 9] }]),
  );
  assert.equal(frames, ['1 up @0 atomic']);
  assert.equal(left, [MISSING(1)]);
});

parts('a flood of first fragments takes bounded memory, and the newest can still be completed', async () => {
  const first = Array.from({ length: 1000 }, (_, k) => piece(0, 16, { identification: k + 100 }));
  const { frames, left } = await readRaw(...first, piece(16, whole.length, { identification: 1099 }));
  assert.equal(frames, PUT_TOGETHER);
  assert.equal(left, [MISSING(999)]);
});

parts.run();

const flows = suite('flows');

flows('the sender of the first datagram is the client, unless the other port is a system port', async () => {
  const there = { from: [10, 0, 0, 1], to: [10, 0, 0, 2] };
  const back = { from: [10, 0, 0, 2], to: [10, 0, 0, 1] };
  const { frames, extras } = await readCapture(
    pcap(
      [
        ipv4(udp('ask', 5000, 6000), there),
        ipv4(udp('answer', 6000, 5000), back),
        ipv4(udp('answered before', 53, 5000), back),
        ipv4(udp('asked', 5000, 53), there),
        ipv4(udp('both low', 500, 500), there),
        ipv4(udp('again', 5000, 6000), there),
      ].map((bytes, k) => ({ bytes, fraction: k })),
      RAW,
    ),
  );
  assert.equal(frames, [
    '1 up @0 ask',
    '1 down @1000 answer',
    '2 down @2000 answered before',
    '2 up @3000 asked',
    '3 up @4000 both low',
    '1 up @5000 again',
  ]);
  assert.equal(extras, [
    '"client":"10.0.0.1:5000","server":"10.0.0.2:6000","protocol":"any"',
    '',
    '"client":"10.0.0.1:5000","server":"10.0.0.2:53","protocol":"any"',
    '',
    '"client":"10.0.0.1:500","server":"10.0.0.2:500","protocol":"any"',
    '',
  ]);
});

flows('IPv6 addresses stand in brackets', async () => {
  const { extras } = await readCapture(pcap([{ bytes: ethernet(ipv6(udp('x')), 0x86dd) }]));
  assert.equal(extras, ['"client":"[2001:db8::1]:40000","server":"[2001:db8::2]:53","protocol":"any"']);
});

flows('more than 65,535 are left out, and said', async () => {
  const packets = Array.from({ length: 65_537 }, (_, k) =>
    ipv4(udp('', 1024 + (k % 60_000), 2000), { to: [10, 0, 1, Math.floor(k / 60_000)] }),
  );
  const { frames, recording } = await readCapture(
    pcap(
      packets.map((bytes) => ({ bytes })),
      RAW,
    ),
  );
  assert.is(frames.length, 65_535);
  assert.equal(recording.notes(), ['packets left out: 2 datagrams of flows beyond the first 65535', DATE]);
});

flows.run();
