import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TokenMint } from '../../src/protocol/token.ts';
import { anyText } from '../anyText.ts';
import { SEED } from './messages.ts';

const SECRET = Uint8Array.from({ length: 32 }, (_, k) => k);
const BUCKET_NS = 30e9;
const mint = new TokenMint(SECRET, BUCKET_NS);

const test = suite('a registration token');

test('is the first 128 bits of the HMAC and a serial number, in base64url', () => {
  // Computed with Python: hmac.new(bytes(range(32)), b'127.0.0.1|9000|2|' + bytes(8), 'sha256').digest()[:16] + bytes(8).
  const first = new TokenMint(SECRET, BUCKET_NS);
  assert.is(first.mint('127.0.0.1', 9000, 61e9), 'HhotgvhLq7L2XdZQ4zGYwgAAAAAAAAAA');
  assert.is(first.mint('127.0.0.1', 9000, 61e9), 'BYNC5b1TNZvrj9QDSsUOHwAAAAAAAAAB');
});

test('is never the same twice, and each is good', () => {
  const tokens = Array.from({ length: 100 }, () => mint.mint('10.0.0.1', 9000, 0));
  assert.is(new Set(tokens).size, 100);
  for (const token of tokens) assert.ok(mint.verify(token, '10.0.0.1', 9000, 0));
  const [one = '', other = ''] = tokens;
  assert.not(
    mint.verify(one.slice(0, 22) + other.slice(22), '10.0.0.1', 9000, 0),
    'the number is part of the proof',
  );
});

test('is good in its bucket and the next, and in no other', () => {
  const token = mint.mint('::1', 9000, 60e9);
  assert.ok(mint.verify(token, '::1', 9000, 60e9));
  assert.ok(mint.verify(token, '::1', 9000, 89.999e9));
  assert.ok(mint.verify(token, '::1', 9000, 119.999e9));
  assert.not(mint.verify(token, '::1', 9000, 120e9));
  assert.not(mint.verify(token, '::1', 9000, 59.999e9), 'not before its time');
});

test('is good for its address and port alone', () => {
  const token = mint.mint('10.0.0.1', 9000, 0);
  assert.not(mint.verify(token, '10.0.0.2', 9000, 0));
  assert.not(mint.verify(token, '10.0.0.1', 9001, 0));
  assert.not(
    new TokenMint(
      SECRET.map((byte) => byte + 1),
      BUCKET_NS,
    ).verify(token, '10.0.0.1', 9000, 0),
  );
});

test('is good at every mint with the secret, even when the caller reuses the secret’s bytes', () => {
  const secret = SECRET.slice();
  const other = new TokenMint(secret, BUCKET_NS);
  secret.fill(0);
  assert.ok(mint.verify(other.mint('::1', 1, 5), '::1', 1, 5));
});

test('cannot be anything else', () => {
  const token = mint.mint('::1', 9000, 0);
  const others = [
    '',
    token.slice(1),
    `${token}A`,
    `${token}=`,
    token.toUpperCase(),
    `ā${token.slice(1)}`,
    '\ud800',
  ];
  for (const other of others) assert.not(mint.verify(other, '::1', 9000, 0), other);
  fc.assert(
    fc.property(anyText(40), (other) => {
      assert.is(mint.verify(other, '::1', 9000, 0), other === token);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('fits a control message', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.nat(65_535), fc.maxSafeNat(), (address, port, nowNs) => {
      const token = mint.mint(address, port, nowNs);
      assert.match(token, /^[A-Za-z0-9_-]{32}$/);
      assert.ok(mint.verify(token, address, port, nowNs));
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('needs a secret worth the name, and a bucket', () => {
  assert.throws(() => new TokenMint(new Uint8Array(15), BUCKET_NS), /16 bytes/);
  assert.throws(() => new TokenMint(SECRET, 0), /bucket/);
  assert.throws(() => new TokenMint(SECRET, Number.NaN), /bucket/);
});

test.run();
