import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { corruptedBit, fateFileName, fateLine } from '../../../harness/impairment/fates.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';

const test = suite('fate lines');

const KEY = { seed: '42', flow: 1, direction: 'down' } as const;

test('a line shows drop, copies and hold, and no key of a stage that is off', () => {
  const schedule = new Schedule(readKnobs({ drop: '5%', reorder: '5%', duplicate: '5%' }), KEY);
  assert.is(
    fateLine(schedule, 1, 200),
    '{"flow":1,"direction":"down","index":1,"drop":null,"copies":0,"hold":0}',
  );
  assert.is(
    fateLine(schedule, 100, 200),
    '{"flow":1,"direction":"down","index":100,"drop":"independent","copies":0,"hold":0}',
  );
  assert.is(
    fateLine(schedule, 513, 200),
    '{"flow":1,"direction":"down","index":513,"drop":null,"copies":1,"hold":0}',
  );
});

test('later stages add their keys, in order', () => {
  const knobs = {
    drop: '20%',
    reorder: '20%',
    duplicate: '10%',
    corrupt: '10%',
    delay: '20ms',
    jitter: '5ms',
    distribution: 'normal',
    rate: '1mbit',
    outage: '5ms..7ms',
    dropList: '9',
  };
  const schedule = new Schedule(readKnobs(knobs), KEY, (index) => (index - 1) * 1e6);
  assert.equal(
    [1, 6, 9, 11].map((index) => fateLine(schedule, index, 200, index === 1 ? 2 : 0)),
    [
      '{"flow":1,"direction":"down","index":1,"drop":null,"copies":1,"hold":0,"corrupt":null,"delayUs":21345.825,"queueDropped":2}',
      '{"flow":1,"direction":"down","index":6,"drop":"outage","copies":0,"hold":0,"corrupt":null,"delayUs":null,"queueDropped":0}',
      '{"flow":1,"direction":"down","index":9,"drop":"list","copies":0,"hold":0,"corrupt":null,"delayUs":null,"queueDropped":0}',
      '{"flow":1,"direction":"down","index":11,"drop":"independent","copies":0,"hold":0,"corrupt":null,"delayUs":null,"queueDropped":0}',
    ],
  );
});

test('every line is JSON, and a corrupted datagram names a bit that it has', () => {
  const schedule = new Schedule(readKnobs({ corrupt: '50%' }), KEY);
  let corrupted = 0;
  for (let index = 1; index <= 200; index += 1) {
    const { corrupt } = JSON.parse(fateLine(schedule, index, 3)) as { corrupt: number | null };
    if (corrupt === null) continue;
    corrupted += 1;
    assert.ok(Number.isInteger(corrupt) && corrupt >= 0 && corrupt < 24);
  }
  assert.ok(corrupted > 60 && corrupted < 140);
});

test('the draw spreads over the bits, and an empty datagram has none', () => {
  assert.is(corruptedBit(-1, 100), -1);
  assert.is(corruptedBit(0, 100), 0);
  assert.is(corruptedBit(0.5, 100), 400);
  assert.is(corruptedBit(1 - 2 ** -32, 100), 799);
  assert.is(corruptedBit(0.5, 0), -1);
});

test('a flow and direction have a file of their own', () => {
  assert.is(fateFileName({ flow: 1, direction: 'down' }), 'fates-1-down.jsonl');
  assert.is(fateFileName({ flow: 12, direction: 'up', stream: 1 }), 'fates-12-up.jsonl');
  assert.is(fateFileName({ flow: 1, direction: 'down', stream: 2 }), 'fates-1-down-stream-2.jsonl');
});

test.run();
