/** The two file formats, byte by byte: byte orders, time units, sections, comments, damage. */
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { splitTime } from '../../../../harness/recording/capture/splitTime.ts';
import { verifyRecording } from '../../../../harness/recording/reader.ts';
import { assertRefusal } from '../../../refusals.ts';
import {
  block,
  ethernet,
  interfaceOf,
  ipv4,
  option,
  packetBlock,
  pcap,
  section,
  udp,
  uint32,
} from './byHand.ts';
import { put, readCapture } from './read.ts';

const one = ethernet(ipv4(udp('one')));
const two = ethernet(ipv4(udp('two')));
const ORDERS = ['little', 'big'] as const;

const classic = suite('pcap');

for (const order of ORDERS) {
  classic(`${order}-endian, microseconds and nanoseconds, plain and gzip`, async () => {
    const records = [
      { bytes: one, seconds: 1_700_000_000, fraction: 999_999 },
      { bytes: two, seconds: 1_700_000_001, fraction: 1 },
    ];
    for (const [isNano, apartNs] of [
      [false, 2000],
      [true, 1e9 - 999_998],
    ] as const) {
      const file = pcap(records, { order, isNano });
      for (const bytes of [file, gzipSync(file)]) {
        const { frames, recording } = await readCapture(bytes);
        assert.equal(frames, ['1 up @0 one', `1 up @${apartNs} two`]);
        assert.is(recording.format, 'pcap');
        assert.equal(recording.notes(), [
          `time 0 is 2023-11-14T22:13:20.${isNano ? '000999999' : '999999000'}Z`,
        ]);
      }
    }
  });
}

classic('a time before the one of the packet before is replaced by it, and said', async () => {
  const { frames, recording } = await readCapture(
    pcap([
      { bytes: one, seconds: 5, fraction: 2 },
      { bytes: two, seconds: 5, fraction: 1 },
      { bytes: one, seconds: 5, fraction: 3 },
    ]),
  );
  assert.equal(frames, ['1 up @0 one', '1 up @0 two', '1 up @1000 one']);
  assert.ok(
    recording
      .notes()
      .includes('times changed: 1 datagrams were earlier than the one before, and have its time'),
  );
});

classic('a packet longer than any is skipped, and said', async () => {
  const long = { bytes: Buffer.alloc(600_000), seconds: 0 };
  const { frames, recording } = await readCapture(pcap([{ bytes: one }, long, { bytes: two }]));
  assert.equal(frames, ['1 up @0 one', '1 up @0 two']);
  assert.ok(
    recording.notes().includes('packets left out: 1 that are longer than any datagram, or have no time'),
  );
});

classic('a file without a packet is a recording without datagrams', async () => {
  assert.equal((await readCapture(pcap([]))).frames, []);
});

classic.run();

const next = suite('pcapng');

for (const order of ORDERS) {
  next(`${order}-endian: microseconds unless the interface says otherwise`, async () => {
    const seconds = 1_700_000_000;
    for (const [resolution, ticksPerSecond] of [
      [null, 1e6],
      [3, 1e3],
      [9, 1e9],
      [128 + 20, 2 ** 20],
    ] as const) {
      const ticks = BigInt(seconds) * BigInt(ticksPerSecond);
      const time = (after: number): { high: number; low: number } => ({
        high: Number((ticks + BigInt(after)) >> 32n),
        low: Number((ticks + BigInt(after)) & 0xffffffffn),
      });
      const options = resolution === null ? Buffer.alloc(0) : option(9, Buffer.from([resolution]), order);
      const { frames, recording } = await readCapture(
        Buffer.concat([
          section(order),
          interfaceOf(order, 1, options),
          packetBlock(order, one, time(0)),
          packetBlock(order, two, time(1)),
        ]),
      );
      assert.equal(frames, ['1 up @0 one', `1 up @${Math.floor(1e9 / ticksPerSecond)} two`]);
      assert.is(recording.format, 'pcapng');
      assert.equal(recording.notes(), ['time 0 is 2023-11-14T22:13:20.000000000Z']);
    }
  });
}

next('interfaces with link types, units and offsets of their own, in sections of either order', async () => {
  const raw = ipv4(udp('raw'));
  const offset = Buffer.alloc(8);
  offset.writeBigInt64LE(3n);
  const { frames } = await readCapture(
    Buffer.concat([
      section('little'),
      interfaceOf('little'),
      interfaceOf(
        'little',
        101,
        Buffer.concat([option(9, Buffer.of(0), 'little'), option(14, offset, 'little')]),
      ),
      packetBlock('little', one, { low: 4e6 }),
      packetBlock('little', raw, { number: 1, low: 2 }),
      section('big'),
      interfaceOf('big', 101),
      packetBlock('big', raw, { low: 6e6 }),
    ]),
  );
  assert.equal(frames, ['1 up @0 one', '1 up @1000000000 raw', '1 up @2000000000 raw']);
});

next('blocks of other kinds, also unknown and very long ones, are skipped', async () => {
  const { frames, recording } = await readCapture(
    Buffer.concat([
      section('little', option(1, 'any text', 'little')),
      interfaceOf('little'),
      block(4, Buffer.alloc(100), 'little'),
      block(0x80000001, Buffer.alloc(1_000_000), 'little'),
      packetBlock('little', one, { options: option(1, 'a note', 'little') }),
      block(5, Buffer.alloc(16), 'little'),
      // A simple packet block has no time, an obsolete one has.
      block(3, Buffer.concat([uint32(two.length, 'little'), two]), 'little'),
      block(
        2,
        Buffer.concat([
          Buffer.alloc(4),
          Buffer.alloc(4),
          uint32(7, 'little'),
          uint32(two.length, 'little'),
          uint32(two.length, 'little'),
          two,
        ]),
        'little',
      ),
    ]),
  );
  assert.equal(frames, ['1 up @0 one', '1 up @7000 two']);
  assert.ok(
    recording.notes().includes('packets left out: 1 that are longer than any datagram, or have no time'),
  );
});

for (const [name, bytes, packet] of [
  ['a file cut in a packet', packetBlock('little', two).subarray(0, 40), 2],
  [
    'a block length that is no multiple of 4',
    Buffer.concat([uint32(6, 'little'), uint32(33, 'little'), Buffer.alloc(64)]),
    2,
  ],
  [
    'two lengths of a block that differ',
    Buffer.concat([packetBlock('little', two).subarray(0, -4), uint32(12, 'little')]),
    2,
  ],
  ['an interface that was not described', packetBlock('little', two, { number: 1 }), 2],
  ['a packet longer than its block', packetBlock('little', two, { capturedBytes: 4000 }), 2],
  ['a section of no byte order', block(0x0a0d0d0a, Buffer.alloc(16), 'little'), 2],
  ['an interface description that is too short', block(1, Buffer.alloc(4), 'little'), 2],
  ['a packet block that is too short', block(6, Buffer.alloc(16), 'little'), 2],
] as const) {
  next(`${name} is named with the packet it would have been`, async () => {
    const file = Buffer.concat([section('little'), interfaceOf('little'), packetBlock('little', one), bytes]);
    const path = put(file);
    await assertRefusal(
      () => verifyRecording(path),
      `recording-damaged | ${path}, packet ${packet}`,
      '--recover',
    );
    const { frames, recording } = await readCapture(file, true);
    assert.equal(frames, ['1 up @0 one']);
    assert.is(recording.damage?.line, packet);
  });
}

next('a pcap cut in a packet, as a killed tcpdump leaves it', async () => {
  const file = pcap([{ bytes: one }, { bytes: two }]).subarray(0, -3);
  const path = put(file);
  await assertRefusal(() => verifyRecording(path), `recording-damaged | ${path}, packet 2`, '--recover');
  assert.equal((await readCapture(file, true)).frames, ['1 up @0 one']);
});

next.run();

const times = suite('times of 64 bits');

times('seconds and nanoseconds are those of whole-number division', () => {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const clocks = fc.oneof(
    fc.integer({ min: 0, max: 20 }).map((exponent) => 10 ** exponent),
    fc.integer({ min: 0, max: 60 }).map((exponent) => 2 ** exponent),
  );
  fc.assert(
    fc.property(word, word, clocks, (high, low, ticksPerSecond) => {
      const ticks = (BigInt(high) << 32n) + BigInt(low);
      const perSecond = BigInt(ticksPerSecond);
      const [seconds, nanoseconds] = splitTime(high, low, ticksPerSecond);
      assert.is(seconds, Number(ticks / perSecond));
      assert.is(nanoseconds, Number(((ticks % perSecond) * 10n ** 9n) / perSecond));
    }),
    { numRuns: 3000 },
  );
});

times.run();
