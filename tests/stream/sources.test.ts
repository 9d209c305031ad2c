import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/base/errors.ts';
import { DEFAULT_SQUADS } from '../../src/match/data/inventedSquads.ts';
import { matchSeed, simulateMatch } from '../../src/match/simulate.ts';
import { decodeStreamMessage, encodeStreamMessage, verifyCheck } from '../../src/protocol/stream.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import { MatchSource, streamContent } from '../../src/stream/matchSource.ts';
import { sendOffsetNs } from '../../src/net/source.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { bytesOf, textOf } from './stage.ts';
import { refusal } from '../refusals.ts';

const MILLISECOND = 1e6;

/** Datagrams `from` .. `to` of a source, each by itself. */
function datagrams(source: StreamSource, to: number, from = 1): Uint8Array[] {
  const all: Uint8Array[] = [];
  const batch = new DatagramBatch(1, 65_536);
  for (let count = from; count <= to; count += 1) {
    batch.clear();
    assert.ok(source.append(batch, count, 0));
    all.push(Uint8Array.from(batch.payload(0)));
  }
  return all;
}

/** The same by the plain way: each match simulated, each event encoded by itself. */
function plainly(
  seed: string,
  total: number,
  intervalUs: number,
  options: { datagramSizeBytes?: number; check?: boolean } = {},
) {
  const all: Uint8Array[] = [];
  for (let number = 1; all.length < total; number += 1) {
    const match = simulateMatch(matchSeed(seed, number), {});
    for (const event of match.events) {
      const count = all.length + 1;
      const message = { ...streamContent(event, match.teams), count, atUs: (count - 1) * intervalUs };
      all.push(encodeStreamMessage(message, options));
    }
  }
  return all.slice(0, total);
}

const matches = suite('a match as a source');

matches('gives the very bytes that encoding message by message gives, over several matches', () => {
  for (const options of [
    {},
    { datagramSizeBytes: 1200 },
    { check: true },
    { datagramSizeBytes: 1400, check: true },
  ]) {
    const source = new MatchSource({ seed: 'cup', intervalNs: 10 * MILLISECOND, messages: 130, ...options });
    assert.equal(datagrams(source, 130), plainly('cup', 130, 10_000, options));
  }
});

matches('gives the same twice, and something else for another seed', () => {
  const make = (seed: string) =>
    datagrams(new MatchSource({ seed, intervalNs: MILLISECOND, messages: 60 }), 60);
  assert.equal(make('a'), make('a'));
  assert.not.equal(make('a'), make('b'));
});

matches('is as long as its matches, exactly so long as it is told, or endless', () => {
  const events = (number: number) => simulateMatch(matchSeed('cup', number), {}).events.length;
  const total = (more: object) => new MatchSource({ seed: 'cup', intervalNs: MILLISECOND, ...more }).total;
  assert.is(total({}), events(1));
  assert.is(total({ matches: 3 }), events(1) + events(2) + events(3));
  assert.is(total({ matches: 3, messages: 7 }), 7);
  assert.is(total({ matches: 0 }), Number.POSITIVE_INFINITY);
});

matches('every datagram is one our receivers accept, and counts from 1', () => {
  for (const [k, bytes] of datagrams(
    new MatchSource({ seed: 'x', intervalNs: 1, messages: 120, check: true }),
    120,
  ).entries()) {
    const message = decodeStreamMessage(bytes);
    assert.ok(message.ok);
    if (message.ok) assert.is(message.value.count, k + 1);
    assert.is(verifyCheck(bytes, 0, bytes.length), 'good');
    assert.ok(bytes.length <= 1200);
  }
});

matches('media time is whole microseconds of the plan, rounded down', () => {
  const source = new MatchSource({ seed: 'x', intervalNs: 1500, messages: 4 });
  assert.equal(
    [1, 2, 3].map((count) => source.mediaTimeNs(count)),
    [0, 1500, 3000],
  );
  assert.equal(
    datagrams(source, 4).map((bytes) => JSON.parse(textOf(bytes)).message.atUs),
    [0, 1, 3, 4],
  );
});

matches('goes forward only: within a match anywhere, never back to the one before', () => {
  const source = new MatchSource({ seed: 'cup', intervalNs: 1, matches: 2 });
  const first = simulateMatch(matchSeed('cup', 1), {}).events.length;
  const [fifth] = datagrams(source, 5, 5);
  assert.equal(datagrams(source, 5, 5), [fifth]);
  datagrams(source, first + 1, first + 1);
  assert.throws(() => datagrams(source, 5, 5), /datagram 5 was asked for after/);
});

matches('a datagram that does not fit is not appended, and is the next one still', () => {
  const source = new MatchSource({ seed: 'cup', intervalNs: 1, datagramSizeBytes: 1200 });
  const batch = new DatagramBatch(2, 2399);
  assert.ok(source.append(batch, 1, 70));
  assert.not(source.append(batch, 2, 80));
  assert.equal([batch.count, batch.usedBytes, batch.timesNs[0]], [1, 1200, 70]);
  batch.clear();
  assert.ok(source.append(batch, 2, 80));
  assert.match(textOf(batch.payload(0)), '"count":2,');
});

matches('squads whose longest datagram is above the size are refused, with the size that would do', () => {
  const make = (datagramSizeBytes: number) =>
    new MatchSource({ seed: 'x', intervalNs: 1, datagramSizeBytes });
  let least = 0;
  try {
    make(64);
  } catch (error) {
    assert.instance(error, UsageError);
    least = Number(/say --datagram-size (\d+), or choose shorter names$/.exec((error as Error).message)?.[1]);
  }
  assert.ok(least > 64 && least <= 1200, `${least}`);
  make(least);
  assert.throws(() => make(least - 1), refusal('value-range', '--datagram-size'));
});

matches('long names are refused without a size, because nothing may be fragmented', () => {
  const [a, b] = DEFAULT_SQUADS.teams;
  const long = { ...a, players: a.players.map((name: string) => name.padEnd(100, 'x')) };
  const squads = { teams: [long, b] as [typeof a, typeof b] };
  assert.throws(
    () => new MatchSource({ seed: 'x', intervalNs: 1, squads }),
    refusal('value-range', '--datagram-size'),
  );
});

matches.run();

const banks = suite('a bank of matches as a source');

banks('repeats ten matches for ever, with rising counts and media times', () => {
  const perBank = Array.from({ length: 10 }, (_, k) => simulateMatch(matchSeed('b', k + 1)).events.length);
  const length = perBank.reduce((a, b) => a + b, 0);
  const source = new BankSource('b', Number.POSITIVE_INFINITY, 1000, 0);
  assert.equal(datagrams(source, 200), plainly('b', 200, 1));
  const [again] = datagrams(source, length + 7, length + 7);
  const [first] = datagrams(source, 7, 7);
  const renumbered = textOf(first as Uint8Array)
    .replace('"count":7,', `"count":${length + 7},`)
    .replace('"atUs":6}', `"atUs":${length + 6}}`);
  assert.equal(again, bytesOf(renumbered));
});

banks('pads to the size, and refuses a size that is too small', () => {
  for (const bytes of datagrams(new BankSource('b', 50, 0, 1200), 50)) {
    assert.is(bytes.length, 1200);
    assert.ok(decodeStreamMessage(bytes).ok);
  }
  assert.throws(() => new BankSource('b', 50, 0, 300), refusal('value-range', null));
});

banks('says how long it is and how far apart its datagrams are', () => {
  const source = new BankSource('b', 77, 2000, 0);
  assert.equal([source.total, source.intervalNs, source.mediaTimeNs(4)], [77, 2000, 6000]);
});

banks('appends nothing that does not fit', () => {
  const batch = new DatagramBatch(3, 1300);
  const source = new BankSource('b', 5, 0, 1200);
  assert.ok(source.append(batch, 1, 0));
  assert.not(source.append(batch, 2, 0));
  assert.is(batch.count, 1);
});

banks.run();

const plan = suite('the plan of sending');

plan('is media time over speed; flat out, everything is due at once', () => {
  assert.equal(
    [sendOffsetNs(3000, 1), sendOffsetNs(3000, 2), sendOffsetNs(3000, 0.5), sendOffsetNs(3000, 0)],
    [3000, 1500, 6000, 0],
  );
});

plan.run();
