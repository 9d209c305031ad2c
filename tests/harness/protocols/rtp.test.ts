/** RTP as an index: literal packets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefusal } from '../../refusals.ts';
import { RtpReader, readRtp } from '../../../harness/protocols/rtp.ts';

const test = suite('rtp');

/** An RTP packet as RFC 3550, 5.1 draws it. */
function packet(ssrc: number, sequence: number, timestamp = 0, payloadType = 96): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, payloadType);
  view.setUint16(2, sequence);
  view.setUint32(4, timestamp);
  view.setUint32(8, ssrc);
  return bytes;
}

const read = (reader: RtpReader, bytes: Uint8Array): string => {
  const index = reader.read(bytes, 0, bytes.length);
  if (index === -1) return 'control';
  return index === 0 ? '-' : `${reader.stream}:${index}${reader.repeat > 1 ? `/${reader.repeat}` : ''}`;
};

const table = (packets: readonly (readonly [ssrc: number, sequence: number])[]): string => {
  const reader = new RtpReader(null);
  return packets.map(([ssrc, sequence]) => read(reader, packet(ssrc, sequence))).join(' ');
};

for (const [claim, packets, expected] of [
  [
    'the first sequence number is index 1',
    [
      [7, 500],
      [7, 501],
    ],
    '1:1 1:2',
  ],
  [
    'it wraps',
    [
      [7, 65_534],
      [7, 65_535],
      [7, 0],
      [7, 65_533],
      [7, 1],
    ],
    '1:1 1:2 1:3 - 1:4',
  ],
  [
    'a second SSRC needs two in sequence',
    [
      [7, 1],
      [8, 90],
      [8, 91],
      [8, 92],
      [7, 2],
    ],
    '1:1 - 2:1 2:2 1:2',
  ],
  [
    'not two of another order',
    [
      [7, 1],
      [8, 90],
      [8, 92],
      [8, 93],
    ],
    '1:1 - - 2:1',
  ],
  [
    'SSRCs may take turns',
    [
      [7, 1],
      [8, 9],
      [7, 2],
      [8, 10],
      [7, 3],
      [8, 11],
    ],
    '1:1 - 1:2 2:1 1:3 2:2',
  ],
  [
    'a jump that goes on is a stream',
    [
      [7, 1],
      [7, 30_000],
      [7, 30_001],
      [7, 30_002],
    ],
    '1:1 - 2:1 2:2',
  ],
  [
    'a repeat is one',
    [
      [7, 1],
      [7, 1],
      [7, 2],
    ],
    '1:1 1:1/2 1:2',
  ],
] as const) {
  test(claim, () => assert.is(table(packets), expected));
}

test('RTCP, STUN, short and cut packets are control', () => {
  const reader = new RtpReader(null);
  for (const type of [192, 200, 201, 207, 223]) assert.is(read(reader, packet(7, 1, 0, type)), 'control');
  // With the marker bit, payload type 96 is 224: RTP.
  assert.is(read(reader, packet(7, 1, 0, 224)), '1:1');
  assert.is(read(reader, Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0])), 'control');
  assert.is(read(reader, packet(7, 2).subarray(0, 11)), 'control');
  const contributing = packet(7, 2);
  contributing[0] = 0x8f;
  assert.is(read(reader, contributing), 'control');
});

test('with a clock rate the timestamp is media time, across its wrap and for what comes late', () => {
  const reader = new RtpReader(8000);
  const times = (
    [
      [1, 4_294_967_216],
      [2, 80],
      [4, 400],
      [3, 240],
    ] as const
  ).map(([sequence, timestamp]) => {
    read(reader, packet(7, sequence, timestamp));
    return reader.mediaTimeNs;
  });
  // 80 ticks before the wrap, then 160, 480 and 320 ticks after the first, of 125 us each.
  assert.equal(times, [0, 20e6, 60e6, 40e6]);
});

test('without one there is no media time', () => {
  const reader = new RtpReader(null);
  read(reader, packet(7, 1, 1000));
  assert.ok(Number.isNaN(reader.mediaTimeNs));
});

test('a clock rate is read', async () => {
  assert.is(readRtp('rtp', '--protocol'), null);
  assert.is(readRtp('rtp/90000', '--protocol'), 90_000);
  for (const text of ['rtp/', 'rtp/0', 'rtp/x', 'rtp/8000/2'])
    await assertRefusal(() => readRtp(text, '--protocol'), 'value-format | --protocol', 'rtp/8000');
});

test.run();
