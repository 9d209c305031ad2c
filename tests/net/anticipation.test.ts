/** Exact cases on made-up times, in nanoseconds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Anticipation, SOON_NS } from '../../src/net/anticipation.ts';

const test = suite('the anticipation of an arrival');

const MS = 1e6;

/** A server that answers after `answerNs` to each request, one every millisecond. */
function exchange(anticipation: Anticipation, answerNs: number, requests: number, fromNs = 0) {
  const listening = { soon: 0 };
  const upstream = { soon: 0 };
  const polls = { afterRequests: 0, afterAnswers: 0 };
  for (let k = 0; k < requests; k += 1) {
    const askedNs = fromNs + k * MS;
    anticipation.noteArrival(listening, askedNs);
    const untilNs = anticipation.untilNs(askedNs + 20e3);
    if (untilNs > askedNs + 20e3) {
      assert.is(untilNs, askedNs + 20e3 + SOON_NS);
      polls.afterRequests += 1;
      anticipation.spend(Math.min(answerNs, SOON_NS));
    }
    anticipation.noteArrival(upstream, askedNs + 20e3 + answerNs);
    if (anticipation.untilNs(askedNs + 40e3 + answerNs) > askedNs + 40e3 + answerNs) polls.afterAnswers += 1;
  }
  return polls;
}

test('learns that a request is soon answered, and an answer not soon followed by a request', () => {
  // The first two are what it learns from.
  assert.equal(exchange(new Anticipation(), 30e3, 100), { afterRequests: 98, afterAnswers: 0 });
});

test('expects nothing of a server that takes its time, and forgets one that was quick', () => {
  const anticipation = new Anticipation();
  assert.equal(exchange(anticipation, SOON_NS + 1, 100), { afterRequests: 0, afterAnswers: 0 });
  const port = { soon: 3 };
  anticipation.noteArrival(port, 500 * MS);
  for (let k = 1; k <= 4; k += 1) {
    anticipation.untilNs((500 + k) * MS);
    anticipation.noteArrival(port, (501 + k) * MS);
  }
  assert.is(port.soon, 0);
});

test('a wait is polled for once, from when it began', () => {
  const anticipation = new Anticipation();
  anticipation.noteArrival({ soon: 3 }, 10 * MS);
  assert.is(anticipation.untilNs(10 * MS), 10 * MS + SOON_NS);
  assert.is(anticipation.untilNs(10 * MS + 20e3), 10 * MS + SOON_NS);
  assert.is(anticipation.untilNs(10 * MS + SOON_NS), 10 * MS + SOON_NS, 'it is over');
  assert.is(anticipation.untilNs(11 * MS), 11 * MS);
});

test('polls for a fifth of the time at the most, and saves up no more than a millisecond', () => {
  const anticipation = new Anticipation();
  const port = { soon: 3 };
  let spentNs = 0;
  const STEP_NS = 60e3;
  for (let nowNs = 100 * MS; nowNs < 1100 * MS; nowNs += STEP_NS) {
    port.soon = 3;
    anticipation.noteArrival(port, nowNs);
    const untilNs = anticipation.untilNs(nowNs);
    spentNs += untilNs - nowNs;
    anticipation.spend(untilNs - nowNs);
  }
  assert.ok(spentNs <= 201 * MS && spentNs >= 195 * MS, `${spentNs / MS} ms of a second`);
});

test('nothing is expected before the first arrival', () => {
  assert.is(new Anticipation().untilNs(5), 5);
});

test.run();
