/** The recount by itself: on streams of ten datagrams that were worked out by hand, and on those with one thing wrong. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from './knobs.ts';
import { PcapReader, cutJoined } from './pcap.ts';
import { recount } from './recount.ts';
import type { Recounted, Seen } from './recount.ts';

const test = suite('the recount');

const MS = 1e6;
const payload = (index: number): Buffer => Buffer.from(`${String(index).padStart(3, '0')} datagram`);
const indexOf = (bytes: Buffer): number | null => Number(bytes.toString('latin1', 0, 3)) || null;
/** One each millisecond, read as soon as it is seen. */
const entered: readonly Seen[] = Array.from({ length: 10 }, (_, k) => ({
  timeNs: k * MS,
  payload: payload(k + 1),
}));

/** Index and milliseconds of each that left. */
type Left = readonly (readonly [index: number, ms: number])[];

function judge(
  flags: string,
  left: readonly (readonly [index: number, ms: number])[],
  seed = '1',
): Recounted {
  const seen = left.map(([index, ms]) => ({ timeNs: ms * MS, payload: payload(index) }));
  return recount(
    { entered, left: seen },
    { knobs: readKnobs(flags), key: `${seed}/1/up`, indexOf, slackNs: MS / 4 },
  );
}

const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const after = (ms: number) => (index: number) => [index, index - 1 + ms] as const;

/** Flags, and what leaves and when in milliseconds, by hand. */
const BY_HAND: readonly (readonly [
  flags: string,
  left: readonly (readonly [index: number, ms: number])[],
])[] = [
  ['', all.map(after(0))],
  ['--drop-list 2,5-6', [1, 3, 4, 7, 8, 9, 10].map(after(0))],
  // Every datagram is of a jump over two: 3 leaves before 1 and 2, 6 before 4 and 5, 9 before 7 and 8; 10 waits for nobody who comes.
  [
    '--jump 0.3333333333333333 --jump-distance 2',
    [
      [3, 2],
      [1, 2],
      [2, 2],
      [6, 5],
      [4, 5],
      [5, 5],
      [9, 8],
      [7, 8],
      [8, 8],
      [10, 9],
    ],
  ],
  // 12 bytes each: four pass.
  ['--drop-after 59B', [1, 2, 3, 4].map(after(0))],
  ['--duplicate-list 9', [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10].map(after(0))],
  ['--delay 3ms', all.map(after(3))],
  // 6 comes at 5 ms, the outage's first instant, 7 at 6 ms and 8 at 7 ms.
  ['--outage 5ms..6500us', [1, 2, 3, 4, 5, 8, 9, 10].map(after(0))],
  // 2 waits for 3, 4 and 6, since 5 is held itself; the pass of 6 lets 5 go, too; 10 waits for nobody who comes.
  [
    '--reorder-list 2:3,5:1,10:1',
    [
      [1, 0],
      [3, 2],
      [4, 3],
      [6, 5],
      [2, 5],
      [5, 5],
      [7, 6],
      [8, 7],
      [9, 8],
      [10, 9],
    ],
  ],
  // 12 bytes take 2 ms. One can wait: 1 is through at 2, 2 at 4, 3 at 6, so 4 finds 2 on the link's way and 3 waiting.
  [
    '--rate 48kbit --queue 1',
    [
      [1, 2],
      [2, 4],
      [3, 6],
      [5, 8],
      [7, 10],
      [9, 12],
    ],
  ],
];

for (const [flags, left] of BY_HAND) {
  test(`agrees with what is worked out by hand: ${flags === '' ? 'no flags' : flags}`, () => {
    assert.equal(judge(flags, left).faults, []);
  });
}

/** What is wrong with a list of those that left, at a place in it. */
const WRONG: readonly (readonly [what: string, spoil: (left: Left, at: number) => Left])[] = [
  ['one is missing', (left, at) => left.toSpliced(at, 1)],
  ['one left twice', (left, at) => left.toSpliced(at, 0, left[at] as Left[0])],
  ['one left 1 ms early', (left, at) => left.with(at, [left[at]?.[0] ?? 0, (left[at]?.[1] ?? 0) - 1])],
];

for (const [flags, left] of BY_HAND) {
  for (const [what, spoil] of WRONG) {
    test(`finds what is wrong at any place: ${flags === '' ? 'no flags' : flags}; ${what}`, () => {
      for (const at of left.keys()) assert.ok(judge(flags, spoil(left, at)).faults.length > 0, `at ${at}`);
    });
  }
}

test('finds a loss and a copy that another seed has', () => {
  const some = all.map(after(0));
  const seeds = ['1', '2', '3', '4', '5'];
  const agreeing = seeds.filter((seed) => judge('--drop 50%', some.slice(0, 5), seed).faults.length === 0);
  assert.equal(agreeing, []);
});

test('reads what tcpdump writes, and cuts what was joined', () => {
  const udp = Buffer.from(
    '4500002600004000401100007f0000017f00000113891392001200000a0b0c0d0e0f10111213',
    'hex',
  );
  const frame = Buffer.concat([Buffer.from('0000000000000000000000000800', 'hex'), udp]);
  const header = Buffer.from('4d3cb2a1020004000000000000000000000004000100000000000000'.slice(0, 48), 'hex');
  const record = Buffer.alloc(16);
  record.writeUInt32LE(86_400 + 2, 0);
  record.writeUInt32LE(7, 4);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  const reader = new PcapReader();
  const file = Buffer.concat([header, record, frame, record]);
  for (const at of file.keys()) reader.take(file.subarray(at, at + 1));
  assert.equal(
    cutJoined(reader.found, 4).map(({ timeNs, from, to, payload: bytes }) => [
      timeNs,
      from,
      to,
      bytes.toString('hex'),
    ]),
    [
      [2e9 + 7, 5001, 5010, '0a0b0c0d'],
      [2e9 + 7, 5001, 5010, '0e0f1011'],
      [2e9 + 7, 5001, 5010, '1213'],
    ],
  );
});

test.run();
