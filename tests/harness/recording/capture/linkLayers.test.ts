/** Frames of every link layer, byte by byte, against the datagram in them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ethernet, ipv4, pcap } from './byHand.ts';
import { LINK_FRAMES, bytes, cooked1, cooked2, four } from './linkFrames.ts';
import { readCapture } from './read.ts';

const read = suite('a datagram is found in every link layer');

for (const [name, linkType, frame, expected] of LINK_FRAMES) {
  read(name, async () => {
    const { frames, recording } = await readCapture(pcap([{ bytes: frame }], { linkType }));
    assert.equal(frames, expected);
    assert.equal(recording.notes(), ['time 0 is 1970-01-01T00:00:00.000000000Z']);
  });
}

read.run();

const left = suite('what has no datagram is counted');

for (const [name, linkType, frame, note] of [
  ['ARP', 1, ethernet(Buffer.alloc(28), 0x0806), '1 that are not IP'],
  ['TCP', 1, ethernet(ipv4(Buffer.alloc(20), { protocol: 6 })), '1 of other protocols than UDP'],
  ['a frame that ends in its header', 1, Buffer.alloc(9), '1 that were cut when they were captured'],
  ['PPP that is no IP', 9, bytes([0xc0, 0x21, 1]), '1 that are not IP'],
  ['null of another family', 0, bytes([7, 0, 0, 0], four), '1 that are not IP'],
  [
    'loopback on its way out, v1',
    113,
    bytes(cooked1(4, 772, 0x0800), four),
    '1 of loopback on their way out',
  ],
  [
    'loopback on its way out, v2',
    276,
    bytes(cooked2(4, 772, 0x0800), four),
    '1 of loopback on their way out',
  ],
  ['a link type of radio', 105, bytes([8, 0], four), '1 of link type 105, which is not read'],
] as const) {
  left(name, async () => {
    const { frames, recording } = await readCapture(pcap([{ bytes: frame }], { linkType }));
    assert.equal(frames, []);
    assert.is(recording.notes().length, 1);
    assert.ok(recording.notes()[0]?.startsWith(`packets left out: ${note}`), recording.notes()[0]);
  });
}

left.run();
