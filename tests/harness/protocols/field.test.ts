/** A header field as an index: literal tables, then an oracle with whole numbers of any size. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefusal } from '../../refusals.ts';
import { FieldReader, readField } from '../../../harness/protocols/field.ts';
import { Sequence } from '../../../harness/protocols/sequence.ts';
import { STARTS_ANEW } from '../../../src/metrics/unwrap.ts';

const test = suite('field');

const reader = (text: string): FieldReader => new FieldReader(readField(text, '--protocol'));

/** A value in `size` bytes, behind two bytes that are not of it. */
function datagram(value: bigint, size: number, littleEndian: boolean): Uint8Array {
  const bytes = [...Array(size).keys()].map((k) => Number((value >> BigInt(8 * k)) & 0xffn));
  return Uint8Array.from([0xaa, 0xbb, ...(littleEndian ? bytes : bytes.toReversed())]);
}

/** What a sequence of values comes to: `stream:index`, with `/k` for the k-th with its index, or `-`. */
function table(text: string, values: readonly (number | bigint)[]): string {
  const field = readField(text, '--protocol');
  const one = new FieldReader(field);
  return values
    .map((value) => {
      const bytes = datagram(BigInt(value), field.bits / 8, field.littleEndian);
      const index = one.read(bytes, 0, bytes.length);
      if (index === 0) return '-';
      return `${one.stream}:${index}${one.repeat > 1 ? `/${one.repeat}` : ''}`;
    })
    .join(' ');
}

for (const [claim, text, values, expected] of [
  ['the first value seen is index 1', 'field:u16be@2', [10, 11, 12], '1:1 1:2 1:3'],
  ['a hole is kept', 'field:u16be@2', [10, 13, 14], '1:1 1:4 1:5'],
  ['sixteen bits wrap', 'field:u16be@2', [65_534, 65_535, 0, 65_533, 1], '1:1 1:2 1:3 - 1:4'],
  ['eight bits wrap', 'field:u8@2', [254, 255, 0, 255, 1], '1:1 1:2 1:3 1:2/2 1:4'],
  ['24 bits wrap, lowest byte first', 'field:u24le@2', [0xfffffe, 0xffffff, 0, 1], '1:1 1:2 1:3 1:4'],
  ['32 bits wrap', 'field:u32be@2', [0xfffffffe, 0xffffffff, 0, 1], '1:1 1:2 1:3 1:4'],
  [
    '64 bits wrap, and no bit is lost',
    'field:u64le@2',
    [0xfffffffffffffffen, 0xffffffffffffffffn, 0n, 1n, 0xffffffffffffffffn],
    '1:1 1:2 1:3 1:4 1:2/2',
  ],
  ['a carry between the halves is one step', 'field:u64be@2', [0xffffffffn, 0x100000000n], '1:1 1:2'],
  ['a random start is index 1', 'field:u32be@2', [3_735_928_559, 3_735_928_560], '1:1 1:2'],
  ['the named first value is index 1, whatever was lost', 'field:u32be@2=1', [3, 4, 1], '1:3 1:4 1:1'],
  ['what is older than the named first is unindexed', 'field:u32be@2=5', [5, 4, 6], '1:1 - 1:2'],
  ['0 may be named the first', 'field:u32be@2=0', [1, 0], '1:2 1:1'],
  ['the first of 64 bits may be the highest', 'field:u64be@2=18446744073709551615', [0n], '1:2'],
  ['what is older than the first seen is unindexed', 'field:u32be@2', [10, 9, 11], '1:1 - 1:2'],
  ['a step of 960', 'field:u32be@2+960', [0, 960, 2880, 1920], '1:1 1:2 1:4 1:3'],
  ['a value off the step is unindexed', 'field:u32be@2+960', [0, 961, 960], '1:1 - 1:2'],
  ['first and step together', 'field:u16be@2=4+4', [8, 4, 12], '1:2 1:1 1:3'],
  ['repeats are counted by index', 'field:u16be@2', [1, 2, 1, 1, 2], '1:1 1:2 1:1/2 1:1/3 1:2/2'],
  ['a lone jump ahead is unindexed', 'field:u32be@2', [1, 90_000, 2], '1:1 - 1:2'],
  ['a jump that goes on is a new stream', 'field:u32be@2', [1, 90_000, 90_001, 90_002], '1:1 - 2:1 2:2'],
  ['two jumps that do not go on are none', 'field:u32be@2', [1, 90_000, 180_000, 2], '1:1 - - 1:2'],
  ['the next one decides', 'field:u32be@2', [1, 90_000, 2, 90_001, 3], '1:1 - 1:2 - 1:3'],
  ['a jump back that goes on is a new stream', 'field:u32be@2', [90_000, 1, 2, 3], '1:1 - 2:1 2:2'],
  ['65536 ahead is a loss, no jump', 'field:u32be@2', [1, 65_537, 131_074, 131_075], '1:1 1:65537 - 2:1'],
  ['65536 behind is late, no jump', 'field:u32be@2=1', [1, 65_537, 1], '1:1 1:65537 -'],
  ['65535 behind is told from a repeat', 'field:u32be@2=1', [1, 65_536, 2, 1], '1:1 1:65536 1:2 1:1/2'],
  ['a quarter of 16 bits ahead is a loss', 'field:u16be@2', [0, 16_384], '1:1 1:16385'],
  ['more than that is a jump', 'field:u16be@2', [0, 16_385, 16_386], '1:1 - 2:1'],
  ['a quarter of 8 bits ahead is a loss', 'field:u8@2', [0, 64, 129, 130], '1:1 1:65 - 2:1'],
] as const) {
  test(`${claim}: ${text}`, () => assert.is(table(text, values), expected));
}

test('a datagram too short for the field is unindexed, one as long as it is read', () => {
  const one = reader('field:u32be@4');
  const bytes = Uint8Array.from([9, 9, 9, 9, 0, 0, 0, 7]);
  assert.is(one.read(bytes, 0, 7), 0);
  assert.is(one.read(bytes, 0, 0), 0);
  assert.is(one.read(bytes, 0, 8), 1);
});

test('streams end at 64, and what is refused is counted', () => {
  const one = reader('field:u32be@2');
  let refused = 0;
  for (let k = 0; k < 70; k += 1) {
    for (const value of [k * 1_000_000, k * 1_000_000 + 1, k * 1_000_000 + 2]) {
      const bytes = datagram(BigInt(value), 4, false);
      if (one.read(bytes, 0, 6) === 0 && k > 63 && value % 1_000_000 > 0) refused += 1;
    }
  }
  assert.is(one.stream, 64);
  assert.is(one.refusedStreams, refused);
  assert.is(refused, 12);
});

test('one value again and again is noticed: the tenth says so', () => {
  const one = reader('field:u16be@2');
  for (let k = 0; k < 10; k += 1) one.read(datagram(5n, 2, false), 0, 4);
  assert.is(one.sameInARow, 10);
  assert.is(one.repeat, 10);
});

for (const [text, refused] of [
  ['field:u16@2', 'value-format | --protocol'],
  ['field:u12be@2', 'value-format | --protocol'],
  ['field:', 'value-format | --protocol'],
  ['field:u16be@2=65536', 'value-range | --protocol'],
  ['field:u16be@65506', 'value-range | --protocol'],
  ['field:u16be@2+0', 'value-range | --protocol'],
  ['field:u8@2+65', 'value-range | --protocol'],
  ['field:u32be@2+2+3', 'value-format | --protocol'],
] as const) {
  test(`refused: ${text}`, () => assertRefusal(() => readField(text, '--protocol'), refused));
}

/**
 * The rules again, from their wording, with numbers of any size and everything that ever came in a list: a value is the
 * one nearest to the highest; streams, steps, windows as said.
 */
function oracle(
  values: readonly bigint[],
  bits: bigint,
  step: bigint,
): (readonly [stream: number, index: number, repeat: number] | null)[] {
  const size = 1n << bits;
  const quarter = size / 4n;
  const gap = quarter < 65_536n * step ? quarter : 65_536n * step;
  const distance = (from: bigint, to: bigint): bigint => {
    const forward = (((to - from) % size) + size) % size;
    return forward < size / 2n ? forward : forward - size;
  };
  let stream = 0;
  let first = 0n;
  let highest = 0n;
  let jump: bigint | null = null;
  let seen: bigint[] = [];
  return values.map((value) => {
    const starts = (): readonly [number, number, number] => {
      stream += 1;
      first = value;
      highest = value;
      jump = null;
      seen = [1n];
      return [stream, 1, 1];
    };
    if (stream === 0) return starts();
    const ahead = distance(highest % size, value);
    if (ahead > gap || -ahead > gap) {
      if (jump !== null && distance(jump, value) === step) return starts();
      jump = value;
      return null;
    }
    jump = null;
    if (ahead % step !== 0n) return null;
    // Unwrapped, so it may lie above the field's range or below 0.
    const unwrapped = highest + ahead;
    const index = (unwrapped - first) / step + 1n;
    if (index < 1n) return null;
    if (unwrapped > highest) highest = unwrapped;
    if ((highest - unwrapped) / step >= 65_536n) return null;
    seen.push(index);
    return [stream, Number(index), seen.filter((one) => one === index).length];
  });
}

test('every sequence of values comes to what the rules say (seeded)', () => {
  const widths = [8, 16, 24, 32, 64] as const;
  const walk = fc.array(
    fc.oneof(
      { arbitrary: fc.constant(1n), weight: 8 },
      { arbitrary: fc.bigInt(-6n, 6n), weight: 6 },
      { arbitrary: fc.bigInt(-70_000n, 70_000n), weight: 1 },
      { arbitrary: fc.bigInt(0n, (1n << 64n) - 1n), weight: 1 },
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...widths),
      fc.constantFrom(1n, 2n, 5n),
      fc.bigInt(0n, (1n << 64n) - 1n),
      walk,
      (bits, step, start, steps) => {
        const size = 1n << BigInt(bits);
        const values: bigint[] = [start % size];
        for (const by of steps) values.push(((((values.at(-1) as bigint) + by * step) % size) + size) % size);
        const sequence = new Sequence({ bits, step: Number(step), firstValue: null });
        let stream = 1;
        const got = values.map((value) => {
          const [high, low] = [Number(value >> 32n), Number(value & 0xffff_ffffn)];
          const index = sequence.take(high, low);
          if (index !== STARTS_ANEW) return index > 0 ? ([stream, index, sequence.repeat] as const) : null;
          stream += 1;
          sequence.begin(high, low);
          return [stream, 1, 1] as const;
        });
        assert.equal(got, oracle(values, BigInt(bits), step));
      },
    ),
    { seed: 7, numRuns: 400 },
  );
});

test.run();
