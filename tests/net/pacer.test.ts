import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DatagramBatch } from '../../src/net/batch.ts';
import { Pacer } from '../../src/net/pacer.ts';
import type { PacerOptions } from '../../src/net/pacer.ts';
import type { StreamSource } from '../../src/net/source.ts';

/** Six one-byte datagrams, 100 ns apart. */
const SOURCE: StreamSource = {
  total: 6,
  intervalNs: 100,
  mediaTimeNs: (count) => (count - 1) * 100,
  append: (batch, count, dueNs) => batch.append(Uint8Array.of(count), 0, 1, dueNs),
};

/** At each of the times: what is taken, with its deadline. */
function takenAt(timesNs: number[], options: PacerOptions = {}, max = 64, source = SOURCE) {
  const pacer = new Pacer(source, options);
  pacer.start(1000);
  const taken = timesNs.map((nowNs) => {
    const batch = new DatagramBatch(64, 1024);
    pacer.takeDue(nowNs, batch, max);
    return Array.from({ length: batch.count }, (_, k) => `${batch.payload(k)[0]}@${batch.timesNs[k]}`).join(
      ' ',
    );
  });
  return { pacer, taken };
}

const test = suite('the pace of a stream');

test('nothing is due before the start, early, or after the last', () => {
  assert.is(new Pacer(SOURCE, {}).nextDueNs, Number.POSITIVE_INFINITY);
  const { pacer, taken } = takenAt([999, 1000, 1099, 1100, 9999, 9999]);
  assert.equal(taken, ['', '1@1000', '', '2@1100', '3@1200 4@1300 5@1400 6@1500', '']);
  assert.is(pacer.nextDueNs, Number.POSITIVE_INFINITY);
  assert.is(pacer.nextCount, 7);
});

test('a late wake-up is followed by a burst, and moves no deadline', () => {
  const { pacer, taken } = takenAt([1000, 1350, 1400]);
  assert.equal(taken, ['1@1000', '2@1100 3@1200 4@1300', '5@1400']);
  assert.is(pacer.skippedIntervals, 0);
});

test('what finds no room in a batch stays due', () => {
  assert.equal(takenAt([1500, 1500, 1500], {}, 3).taken, [
    '1@1000 2@1100 3@1200',
    '4@1300 5@1400 6@1500',
    '',
  ]);
});

test('skipping leaves missed intervals empty: one datagram an interval, on the old grid', () => {
  const latenesses: number[] = [];
  const { pacer, taken } = takenAt([1000, 1350, 1399, 1400, 1599, 1600, 1700], {
    catchUp: 'skip',
    observeLateness: (latenessNs) => latenesses.push(latenessNs),
  });
  assert.equal(taken, ['1@1000', '2@1300', '', '3@1400', '4@1500', '5@1600', '6@1700']);
  assert.is(pacer.skippedIntervals, 2);
  assert.equal(latenesses, [0, 50, 0, 99, 0, 0], 'late after the interval that it was given');
});

test('twice the speed halves the intervals, in skipping too', () => {
  const { pacer, taken } = takenAt([1000, 1175], { catchUp: 'skip', speed: 2 });
  assert.equal(taken, ['1@1000', '2@1150']);
  assert.is(pacer.skippedIntervals, 2);
});

test('flat out, and without an interval, there is nothing to skip', () => {
  assert.is(takenAt([5000], { catchUp: 'skip', speed: 0 }).taken[0]?.split(' ').length, 6);
  const uneven = { ...SOURCE, intervalNs: 0 };
  assert.equal(takenAt([1000, 1250], { catchUp: 'skip' }, 64, uneven).taken, ['1@1000', '2@1100 3@1200']);
});

test('stopped, nothing is due any more', () => {
  const { pacer } = takenAt([1000]);
  pacer.stop();
  assert.is(pacer.nextDueNs, Number.POSITIVE_INFINITY);
});

test.run();
