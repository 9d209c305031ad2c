/** What whoever looks at a stream now and then sees of its match. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import { MatchWatch, WatchedSource } from '../../src/service/matchWatch.ts';
import { eventLine } from '../../src/display/event.ts';
import { seenMatch } from '../../src/display/seenMatch.ts';
import { MatchSource } from '../../src/stream/matchSource.ts';
import { view } from '../display/views.ts';

const test = suite('a match that is watched');

const batch = new DatagramBatch(64, 1 << 17);

test('is what its source has given, up to the last datagram', () => {
  const watch = new MatchWatch();
  const source = new WatchedSource(new MatchSource({ seed: '42', intervalNs: 1e6 }), watch);
  assert.is(watch.look(), null);
  assert.equal([source.total, source.intervalNs, source.mediaTimeNs(3)], [52, 1e6, 2e6]);
  batch.clear();
  for (let count = 1; count <= 5; count += 1) assert.ok(source.append(batch, count, 0));
  const early = watch.look();
  assert.equal(
    [early?.home, early?.away, early?.score, early?.events.length],
    ['Galáticos', 'The Bests', [1, 0], 5],
  );
  for (let count = 6; count <= 52; count += 1) assert.ok(source.append(batch, count, 0));
  const late = watch.look();
  assert.equal([late?.score, late?.clock, late?.events.length], [[3, 2], "95' FULL TIME", 8]);
  assert.is(late?.events[0], "95' FULL TIME Full time! Galáticos take the match.");
});

test('a datagram that had no room is none that was sent', () => {
  const watch = new MatchWatch();
  const source = new WatchedSource(new MatchSource({ seed: '42', intervalNs: 1e6 }), watch);
  assert.not.ok(source.append(new DatagramBatch(1, 10), 1, 0));
  assert.is(watch.look(), null);
});

test('datagrams that are no match are none', () => {
  const watch = new MatchWatch();
  batch.clear();
  const bytes = Buffer.from('{"message":{"count":1}}');
  assert.ok(batch.append(bytes, 0, bytes.length, 0, { address: '127.0.0.1', port: 1 }));
  watch.add(1, batch, 0);
  assert.is(watch.look(), null);
});

test('hostile texts are printable, and a score that is none is null', () => {
  const hostile = view({
    score: 'Reds\u001b[2J 1 - 0 Blues\u202e',
    phrase: 'a\nb\u0000',
    minute: null,
    kind: 'other',
  });
  const seen = seenMatch(hostile, [hostile]);
  assert.not.match(JSON.stringify(seen), /\\u00|\\n|\u202e/);
  assert.equal(seen.score, [1, 0]);
  assert.equal(
    [view({ score: 'no score' }), view({ score: 'A 1000 - 2 B' })].map((one) => seenMatch(one, []).score),
    [null, null],
  );
  assert.is(eventLine(view()), "23' GOAL Goal! Ana scores.");
});

test.run();
