/** What is too large is lost: literal cases on both sides of the proxy. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefusal } from '../../../refusals.ts';
import { expectedDelivery } from '../../../../harness/expected/expectedArrivals.ts';
import { fateLine } from '../../../../harness/impairment/fates.ts';
import { formatKnobs, readKnobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { lossesWithMtu } from '../../../../harness/impairment/stages/mtu.ts';
import { configuredMetrics } from '../../../../harness/judge/configured.ts';
import { Pipeline } from '../../../../harness/proxy/path/pipeline.ts';
import { Catcher, oneRow } from '../../proxy/rows.ts';

const test = suite('mtu');

const KEY = { seed: '1', flow: 1, direction: 'down' } as const;
const SIZES = [100, 101, 99, 1500, 100, 0];

/** What comes through: the sizes, in order; the counters; and what had to. */
function play(knobs: Readonly<Record<string, string>>) {
  const config = readKnobs(knobs);
  const mediaTimeNs = (index: number): number => index * 1e9;
  const pipeline = new Pipeline(new Schedule(config, KEY, mediaTimeNs), {
    holdMaxNs: 1e9,
    endIsAnnounced: true,
    notes: null,
  });
  const sink = new Catcher();
  for (const [k, size] of SIZES.entries()) {
    pipeline.handle(k + 1, oneRow(new Uint8Array(size), k), 0);
    pipeline.wake(k);
    pipeline.drain(sink, 0, { address: '127.0.0.1', port: 9 });
  }
  pipeline.end(SIZES.length, SIZES.length);
  pipeline.drain(sink, 0, { address: '127.0.0.1', port: 9 });
  const expected = expectedDelivery(
    {
      firstCount: 1,
      lastCount: SIZES.length,
      sizeBytes: (count) => SIZES[count - 1] as number,
      sendNs: (count) => count,
    },
    new Schedule(config, KEY, mediaTimeNs),
    { keepOrder: true, rate: null, mtuBytes: config.mtuBytes },
  );
  return {
    sizes: sink.texts.map(({ length }) => length),
    dropped: [...pipeline.counters.droppedByCause],
    expectedCounts: [...expected.arrivals.counts],
    expectedDropped: expected.account.droppedByCause,
  };
}

test('a payload of more bytes is lost, one of as many passes', () => {
  const { sizes, dropped, expectedCounts, expectedDropped } = play({ mtu: '100' });
  assert.equal(sizes, [100, 99, 100, 0]);
  assert.equal(dropped, [0, 0, 0, 0, 0, 0, 0, 0, 2, 0]);
  assert.equal(expectedCounts, [1, 3, 5, 6]);
  assert.is(expectedDropped[8], 2);
});

test('it stands behind an outage and before every other loss, and takes no draw', () => {
  const { dropped, expectedDropped } = play({ mtu: '100', drop: '100%', dropList: '2', outage: '4s..5s' });
  // No. 2 is too large and listed, no. 4 too large and in the outage; the rest is drawn.
  assert.equal(dropped, [0, 1, 0, 4, 0, 0, 0, 0, 1, 0]);
  assert.equal(
    [1, 3, 8].map((code) => expectedDropped[code]),
    [1, 4, 1],
  );
});

test('what it loses does not count as a pass for what is held', () => {
  // No. 1 is held for two passes: 3 and 5 are those, for 2 and 4 are lost.
  const { sizes, expectedCounts } = play({ mtu: '100', reorderList: '1:2' });
  assert.equal(expectedCounts, [3, 5, 1, 6]);
  assert.equal(sizes, [99, 100, 100, 0]);
});

test('its fate says so, and nothing else of the datagram', () => {
  const schedule = new Schedule(readKnobs({ mtu: '100', duplicate: '100%', delay: '1ms' }), KEY);
  assert.is(
    fateLine(schedule, 1, 101),
    '{"flow":1,"direction":"down","index":1,"drop":"mtu","copies":0,"hold":0,"delayUs":null}',
  );
  assert.is(
    fateLine(schedule, 1, 100),
    '{"flow":1,"direction":"down","index":1,"drop":null,"copies":1,"hold":0,"delayUs":1000}',
  );
});

test('the configured loss is what is too large, and the share of the rest', () => {
  assert.equal(lossesWithMtu({ value: 10, low: 4, high: 20 }, 100, 50), { value: 55, low: 50, high: 70 });
  const { lost, loss_ratio, unique } = configuredMetrics(readKnobs({ mtu: '100' }), 6, 4, 2);
  assert.equal(lost, { value: 2, low: 2, high: 2 });
  assert.is(loss_ratio?.value, 2 / 6);
  assert.is(unique?.value, 4);
});

test('it is read, written and refused', async () => {
  assert.is(formatKnobs(readKnobs({ mtu: '1472' })), '--mtu 1472');
  for (const mtu of ['0', '65508'])
    await assertRefusal(() => readKnobs({ mtu }), 'value-range | --mtu', `"${mtu}"`);
  for (const mtu of ['1.5', 'x'])
    await assertRefusal(() => readKnobs({ mtu }), 'value-format | --mtu', `"${mtu}"`);
});

test.run();
