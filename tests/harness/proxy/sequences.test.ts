/** Programs whose datagrams have a sequence number: fates by index, against literal tables, each twice. */
import seedrandom from 'seedrandom';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed, counted, rtpPacket } from './sequences.ts';
import type { FeedOptions } from './sequences.ts';

const test = suite('the proxy before a program with a sequence number');

type Play = (feed: Feed) => Feed;

/** The same run twice, which must come to the same in everything. */
function run(protocol: string, options: FeedOptions, play: Play): Feed {
  const [first, second] = [0, 1].map(() => play(new Feed(protocol, options)).end()) as [Feed, Feed];
  assert.equal(first.out, second.out);
  assert.equal(first.fates(), second.fates());
  assert.equal(first.report, second.report);
  assert.equal(first.notices, second.notices);
  return first;
}

const u16 = (value: number): Uint8Array => counted('u16be', 2, value);
const u32 = (value: number): Uint8Array => counted('u32be', 0, value);
const valuesOf16 = (heard: readonly Uint8Array[]): number[] =>
  heard.map((bytes) => Buffer.from(bytes).readUInt16BE(2));
const valuesOf32 = (heard: readonly Uint8Array[]): number[] =>
  heard.map((bytes) => Buffer.from(bytes).readUInt32BE(0));

/** What was counted: with an index, of those repeats, without an index. */
const countsOf = ({ report: { up } }: Feed): number[] => [up.arrived, up.repeated, up.unindexed];

for (const [claim, protocol, dropList, sent, passed, counts] of [
  [
    'sixteen bits wrap',
    'field:u16be@2',
    '2,4',
    [65_534, 65_535, 0, 65_533, 1],
    [65_534, 0, 65_533],
    [4, 0, 1],
  ],
  [
    'a sequence may begin anywhere',
    'field:u16be@2',
    '2',
    [40_000, 40_001, 40_002],
    [40_000, 40_002],
    [3, 0, 0],
  ],
  ['the first value is named, and was lost before', 'field:u16be@2=1', '3', [2, 3, 4], [2, 4], [3, 0, 0]],
  ['without a name that shifts the fates', 'field:u16be@2', '3', [2, 3, 4], [2, 3], [3, 0, 0]],
  ['what is older than the first passes', 'field:u16be@2=10', '1-9', [9, 10, 11], [9], [2, 0, 1]],
  ['what comes late keeps its index', 'field:u16be@2', '2', [1, 3, 2, 4], [1, 3, 4], [4, 0, 0]],
  ['a step', 'field:u16be@2+160', '2', [160, 320, 400, 480], [160, 400, 480], [3, 0, 1]],
  [
    'a jump back begins a stream of its own',
    'field:u16be@2',
    '2',
    [500, 501, 40_000, 40_001, 40_002],
    [500, 40_000, 40_001],
    [4, 0, 1],
  ],
] as const) {
  test(`${claim}: ${protocol}`, () => {
    const feed = run(protocol, { up: { dropList } }, (one) => one.up(...sent.map(u16)));
    assert.equal(valuesOf16(feed.out.up), [...passed]);
    assert.equal(countsOf(feed), [...counts]);
  });
}

test('a datagram too short for the field passes, whatever is scheduled, and is counted', () => {
  const feed = run('field:u32be@8', { up: { drop: '100%' } }, (one) =>
    one.up(counted('u32be', 8, 1), new Uint8Array(11), counted('u32be', 8, 2), new Uint8Array(0)),
  );
  assert.equal(
    feed.out.up.map((bytes) => bytes.length),
    [11, 0],
  );
  assert.equal(countsOf(feed), [2, 0, 2]);
});

test('a sequence that starts anew has a stream, counters and a fate file of its own', () => {
  const feed = run('field:u32be@0', { up: { dropList: '2', drop: '0.0001%' } }, (one) =>
    one.up(...[1_000_000, 1_000_001, 1_000_002, 1, 2, 3, 4].map(u32)),
  );
  // 1 is far off, and 2 goes on from there.
  assert.equal(valuesOf32(feed.out.up), [1_000_000, 1_000_002, 1, 2, 4]);
  assert.equal(
    feed.report.streams.up.map(({ arrived, forwarded, highestIndex }) => [arrived, forwarded, highestIndex]),
    [
      [3, 2, 3],
      [3, 2, 3],
    ],
  );
  assert.equal([feed.report.up.arrived, feed.report.up.forwarded, feed.report.up.unindexed], [6, 4, 1]);
  assert.equal(feed.fates(), {
    'fates-1-down.jsonl': [],
    'fates-1-up.jsonl': [
      '{"flow":1,"direction":"up","index":1,"drop":null,"copies":0,"hold":0}',
      '{"flow":1,"direction":"up","index":2,"drop":"list","copies":0,"hold":0}',
      '{"flow":1,"direction":"up","index":3,"drop":null,"copies":0,"hold":0}',
    ],
    'fates-1-up-stream-2.jsonl': [
      '{"flow":1,"direction":"up","stream":2,"index":1,"drop":null,"copies":0,"hold":0}',
      '{"flow":1,"direction":"up","stream":2,"index":2,"drop":"list","copies":0,"hold":0}',
      '{"flow":1,"direction":"up","stream":2,"index":3,"drop":null,"copies":0,"hold":0}',
    ],
  });
});

test('the second stream draws from random streams of its own', () => {
  const feed = run('field:u32be@0', { up: { drop: '50%' } }, (one) =>
    one.up(
      ...Array.from({ length: 40 }, (_, k) => u32(k)),
      ...Array.from({ length: 41 }, (_, k) => u32(1e6 + k)),
    ),
  );
  const drawn = (key: string): number[] => {
    const draw = seedrandom.alea(key);
    return Array.from({ length: 40 }, (_, k) => k + 1).filter(() => draw() >= 0.5);
  };
  const passed = valuesOf32(feed.out.up);
  assert.equal(
    passed.filter((value) => value < 40).map((value) => value + 1),
    drawn('7/1/up/drop'),
  );
  // The first of them was far off, and passed; index 1 is the one that went on from there.
  assert.equal(
    passed.filter((value) => value > 1e6).map((value) => value - 1e6),
    drawn('7/1/up/stream-2/drop'),
  );
});

test('a repeat has a fate of its own, beside the first one’s in the fate file', () => {
  const feed = run('field:u32be@0=1', { up: { drop: '50%' } }, (one) =>
    one.up(...[1, 2, 2, 2, 3, 2].map(u32)),
  );
  const isLost = (key: string): boolean => seedrandom.alea(key)() < 0.5;
  const lost = [2, 3, 4].map((repeat) => isLost(`7/1/up/drop/repeat/2/${repeat}`));
  assert.equal(lost, [true, false, true]);
  const draw = seedrandom.alea('7/1/up/drop');
  assert.equal(
    [1, 2, 3].map(() => draw() < 0.5),
    [true, true, false],
  );
  assert.equal(valuesOf32(feed.out.up), [2, 3]);
  assert.equal(feed.fates()['fates-1-up.jsonl'], [
    '{"flow":1,"direction":"up","index":1,"drop":"independent","copies":0,"hold":0}',
    '{"flow":1,"direction":"up","index":2,"drop":"independent","copies":0,"hold":0}',
    '{"flow":1,"direction":"up","index":2,"repeat":2,"drop":"independent","copies":0,"hold":0}',
    '{"flow":1,"direction":"up","index":2,"repeat":3,"drop":null,"copies":0,"hold":0}',
    '{"flow":1,"direction":"up","index":2,"repeat":4,"drop":"independent","copies":0,"hold":0}',
    '{"flow":1,"direction":"up","index":3,"drop":null,"copies":0,"hold":0}',
  ]);
  assert.equal(countsOf(feed), [6, 3, 0]);
});

test('each way may have a protocol of its own', () => {
  const feed = run(
    'field:u16be@2=1',
    { protocolUp: 'field:u32le@0=100', up: { dropList: '2' }, down: { dropList: '3' } },
    (one) =>
      one.up(...[100, 101, 102].map((value) => counted('u32le', 0, value))).down(...[2, 3, 4].map(u16)),
  );
  assert.equal(
    feed.out.up.map((bytes) => Buffer.from(bytes).readUInt32LE()),
    [100, 102],
  );
  assert.equal(valuesOf16(feed.out.down), [2, 4]);
});

const RTCP = Uint8Array.from([0x80, 200, 0, 1, 0, 0, 0, 7]);
const rtpOf = (heard: readonly Uint8Array[]): string[] =>
  heard.map((bytes) => {
    if (bytes[1] === 200) return 'RTCP';
    const view = Buffer.from(bytes);
    return bytes.length < 12 ? 'other' : `${view.readUInt32BE(8)}:${view.readUInt16BE(2)}`;
  });

test('rtp: a stream an SSRC, and a new one once two are in sequence', () => {
  const feed = run('rtp', { up: { dropList: '2' } }, (one) =>
    one.up(
      ...[65_534, 65_535, 0].map((sequence) => rtpPacket(7, sequence)),
      ...[90, 91, 92].map((sequence) => rtpPacket(8, sequence)),
      rtpPacket(7, 1),
    ),
  );
  assert.equal(rtpOf(feed.out.up), ['7:65534', '7:0', '8:90', '8:91', '7:1']);
  assert.equal(Object.keys(feed.fates()), [
    'fates-1-down.jsonl',
    'fates-1-up.jsonl',
    'fates-1-up-stream-2.jsonl',
  ]);
  assert.equal(countsOf(feed), [6, 0, 1]);
});

test('rtp: control passes, or goes through schedules of its own', () => {
  const play: Play = (one) => one.up(rtpPacket(7, 1), RTCP, rtpPacket(7, 2), Uint8Array.from([0, 1, 0, 0]));
  const passing = run('rtp', { up: { drop: '100%' } }, play);
  assert.equal(rtpOf(passing.out.up), ['RTCP', 'other']);
  assert.equal([passing.report.up.control, passing.report.up.arrived, passing.report.control], [2, 2, null]);
  const impaired = run('rtp', { up: { drop: '100%' }, impairControl: true }, play);
  assert.equal(rtpOf(impaired.out.up), []);
  assert.is(impaired.report.control?.up.arrived, 2);
  assert.equal(Object.keys(impaired.fates()), [
    'fates-1-down.jsonl',
    'fates-1-up.jsonl',
    'fates-1-down-control.jsonl',
    'fates-1-up-control.jsonl',
  ]);
});

test('rtp: with a clock rate an outage goes by the timestamp, whenever a packet came, and skips none that never came', () => {
  // Half a second from one to the next by the timestamp; a millisecond by arrival. Number 3 comes last, number 5 never.
  const packets = [1, 2, 4, 6, 7, 3].map((k) => rtpPacket(7, k, 4000 * (k - 1)));
  const feed = run('rtp/8000', { up: { outage: '1s..2s' } }, (one) => one.up(...packets));
  assert.equal(rtpOf(feed.out.up), ['7:1', '7:2', '7:6', '7:7']);
  assert.equal(
    (feed.fates()['fates-1-up.jsonl'] ?? []).map((line) => JSON.parse(line).drop),
    [null, null, 'outage', 'outage', null, null, null],
  );
  const byArrival = run('rtp', { up: { outage: '2ms..4ms' } }, (one) => one.up(...packets));
  assert.equal(rtpOf(byArrival.out.up), ['7:1', '7:2', '7:7', '7:3']);
});

test('what comes of an index does not depend on what was lost before the proxy', () => {
  const knobs = { drop: '20%', duplicate: '20%', corrupt: '20%', dropMaxRun: '2' };
  const values = Array.from({ length: 120 }, (_, k) => k + 1);
  const fatesOf = (sent: readonly number[]): Map<number, string> => {
    const feed = new Feed('field:u32be@0=1', { up: knobs }).up(...sent.map(u32)).end();
    const lines = feed.fates()['fates-1-up.jsonl'] ?? [];
    return new Map(sent.map((value) => [value, lines[value - 1] as string]));
  };
  const whole = fatesOf(values);
  fc.assert(
    fc.property(fc.subarray(values, { minLength: 1 }), (left) => {
      for (const [value, line] of fatesOf(left)) assert.is(line, whole.get(value));
    }),
    { seed: 10, numRuns: 20 },
  );
});

test('more streams than are told apart are said once, and pass', () => {
  const jumps = Array.from({ length: 70 }, (_, k) => [u32(1e6 * (k + 1)), u32(1e6 * (k + 1) + 1)]).flat();
  const feed = run('field:u32be@0', { up: { drop: '100%' } }, (one) => one.up(...jumps));
  assert.equal(feed.notices, [
    'flow 1 up: more than 64 streams: datagrams of further streams pass unimpaired',
  ]);
  assert.is(feed.report.streams.up.length, 64);
  // The first of each jump has no index, and from the 65th on neither has the second.
  assert.is(feed.report.up.unindexed, 63 + 2 * 6);
  assert.is(feed.report.up.forwarded, 0);
});

test('ten datagrams with one index are said once: the offset is not right', () => {
  const nine = run('field:u32be@0', { up: {} }, (one) => one.up(...Array.from({ length: 9 }, () => u32(5))));
  assert.equal(nine.notices, []);
  const feed = run('field:u32be@0', { up: {} }, (one) => one.up(...Array.from({ length: 30 }, () => u32(5))));
  assert.equal(feed.notices, [
    'flow 1 up: 10 datagrams in a row have one index, as no sequence number has it; field:u32be@0 reads bytes 0 to 3 of ' +
      'each payload: is the offset right?',
  ]);
  assert.equal(countsOf(feed), [30, 29, 0]);
});

test('where nothing has an index, that is said once, with what to look at', () => {
  const short = Array.from({ length: 30 }, () => new Uint8Array(4));
  const field = run('field:u32be@8', { up: { drop: '5%' } }, (one) => one.up(...short));
  assert.equal(field.notices, [
    'flow 1 up: in 10 datagrams so far there is no value in sequence, so nothing of it is impaired; field:u32be@8 reads ' +
      'bytes 8 to 11 of each payload: is the offset right?',
  ]);
  const rtp = run('rtp', { up: { drop: '5%' } }, (one) => one.up(...short));
  assert.equal(rtp.notices, [
    'flow 1 up: in 10 datagrams so far there is no RTP packet in sequence, so nothing of it is impaired; rtp reads the ' +
      'sequence number of RTP version 2: is it another protocol?',
  ]);
  const untouched = run('field:u32be@8', { down: { drop: '5%' } }, (one) => one.up(...short));
  assert.equal(untouched.notices, [], 'nothing was to be impaired there');
});

test.run();
