/** What has left a running proxy so far, by its lists: exact small cases, and counts by definition. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { UNIMPAIRED } from '../../../harness/impairment/impairment.ts';
import { directionCounters } from '../../../harness/proxy/path/counters.ts';
import { Traffic } from '../../../harness/proxy/told/traffic.ts';
import type { StreamTraffic } from '../../../harness/proxy/told/traffic.ts';
import { TrafficWatch } from '../../../harness/runs/trafficWatch.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('a watch over what leaves');

const IMPAIRMENT = { ...UNIMPAIRED, seed: '1', holdMaxNs: 0 };

function streamOf(traffic: Traffic, flow: number): StreamTraffic {
  const key = { seed: '1', flow, direction: 'down' } as const;
  return traffic.open(
    key,
    { number: 1, firstIndex: 1, config: NO_IMPAIRMENT },
    directionCounters(),
  ) as StreamTraffic;
}

/** One enters, and leaves so many times. */
function pass(stream: StreamTraffic, index: number, times = 1, isAltered = false): void {
  const entry = stream.enter(index, 1, 100, index);
  for (let k = 0; k < times; k += 1) stream.queue(entry, isAltered);
  stream.sent(index);
}

test('counts what each stream has received, had twice and out of order, and what is missing for more than a second', () => {
  const traffic = new Traffic();
  const watch = new TrafficWatch(traffic, IMPAIRMENT);
  assert.equal(watch.look(0), []);
  const one = streamOf(traffic, 1);
  const two = streamOf(traffic, 2);
  pass(one, 1);
  pass(one, 2, 2);
  pass(one, 4);
  pass(one, 3);
  pass(two, 1, 0);
  pass(two, 2, 1, true);
  pass(two, 3);
  const none = { received: 0, lost: 0, duplicates: 0, reordered: 0 };
  assert.equal(watch.look(500), [
    { figures: { ...none, received: 5, duplicates: 1, reordered: 1 }, total: Infinity },
    { figures: { ...none, received: 1 }, total: Infinity },
  ]);
  // Time counts only while something leaves.
  for (let k = 0; k < 4; k += 1) watch.look(1000 + 500 * k);
  assert.is(watch.look(3000)[1]?.figures.lost, 0);
  for (let k = 0; k < 4; k += 1) {
    pass(two, 4 + k);
    watch.look(3500 + 500 * k);
  }
  // What entered and has not left intact: numbers 1 and 2.
  assert.is(watch.look(5500)[1]?.figures.lost, 2);
});

test('a share is one of what has entered, from a thousand datagrams on', () => {
  const traffic = new Traffic();
  const watch = new TrafficWatch(traffic, IMPAIRMENT);
  const stream = streamOf(traffic, 1);
  for (let index = 1; index < 1000; index += 1) pass(stream, index);
  assert.is(watch.look(0)[0]?.total, Infinity);
  pass(stream, 1000, 0);
  assert.is(watch.look(0)[0]?.total, 1000);
});

test('no figure falls, and none exceeds what is counted in the end', () => {
  const { draw: random } = randomStream('watch');
  const traffic = new Traffic();
  const watch = new TrafficWatch(traffic, IMPAIRMENT);
  const stream = streamOf(traffic, 1);
  const times = new Map<number, number>();
  const left: number[] = [];
  let before = { received: 0, lost: 0, duplicates: 0, reordered: 0 };
  const waiting: (readonly [number, number])[] = [];
  for (let index = 1; index <= 5000; index += 1) {
    const entry = stream.enter(index, 1, 100, index);
    if (random() < 0.9) waiting.push([entry, index]);
    const most = index === 5000 ? 0 : 3;
    while (waiting.length > most) {
      const [[at, number] = [0, 0]] = waiting.splice(Math.floor(random() * waiting.length), 1);
      const copies = random() < 0.05 ? 2 : 1;
      for (let k = 0; k < copies; k += 1) {
        stream.queue(at, false);
        left.push(number);
      }
      stream.sent(index);
      times.set(number, copies);
    }
    if (index % 50 !== 0) continue;
    const figures = watch.look(index * 10)[0]?.figures;
    assert.ok(figures !== undefined);
    for (const [name, figure] of Object.entries(before))
      assert.ok(figures[name as keyof typeof before] >= figure, name);
    before = figures;
  }
  const highest = Math.max(...left);
  let reordered = 0;
  let most = 0;
  for (const [at, number] of left.entries()) {
    if (left.indexOf(number) === at && number < most) reordered += 1;
    most = Math.max(most, number);
  }
  assert.is(before.received, left.length);
  assert.is(before.duplicates, left.length - times.size);
  assert.is(before.reordered, reordered);
  assert.ok(before.lost > 0 && before.lost <= highest - times.size);
});

test.run();
