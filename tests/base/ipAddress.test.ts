/** Addresses as bytes and as text: the examples of RFC 5952, and the runtime's own reading. */
import { SocketAddress, isIP } from 'node:net';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addressBytes, addressText } from '../../src/base/ipAddress.ts';

const addresses = suite('addresses');

for (const [text, bytes] of [
  ['127.0.0.1', [127, 0, 0, 1]],
  ['::', Array.from({ length: 16 }, () => 0)],
  ['::1', [...Array.from({ length: 15 }, () => 0), 1]],
  ['2001:db8::1', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  // The longest run of zeros is shortened, the first of two equal ones, and never a single group.
  ['2001:0:0:1::1', [0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['2001:db8::1:0:0:1', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]],
  ['2001:db8:0:1:1:1:1:1', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]],
] as const) {
  addresses(`${text}, there and back`, () => {
    assert.equal(addressBytes(text), bytes);
    assert.is(addressText(Uint8Array.from(bytes)), text);
  });
}

addresses('other spellings', () => {
  assert.equal(addressBytes('2001:DB8:0:0:0:0:0:1'), addressBytes('2001:db8::1'));
  assert.equal(addressBytes('fe80::1%eth0'), addressBytes('fe80::1'));
  assert.equal(addressBytes('::ffff:1.2.3.4'), [
    ...Array.from({ length: 10 }, () => 0),
    255,
    255,
    1,
    2,
    3,
    4,
  ]);
});

addresses('no address', () => {
  const texts = [
    '',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    'localhost',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::12345',
    '::g',
    '::1.2.3',
  ];
  for (const text of texts) assert.is(addressBytes(text), null, text);
});

addresses('what the runtime takes for an address is one, and reads the same', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      const bytes = addressBytes(text);
      assert.is(bytes !== null, isIP(text) !== 0 && !text.includes('%'), text);
      if (bytes === null) return;
      const family = bytes.length === 4 ? 'ipv4' : 'ipv6';
      assert.equal(addressBytes(new SocketAddress({ address: text, family }).address), bytes);
    }),
    { numRuns: 1000 },
  );
});

addresses.run();
