/** What the live page makes of running totals: rates, losses of the last minute, and a proxy that is another one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DirectionState, ProxyState } from '../../../../harness/control/liveState.ts';
import {
  KEPT_SAMPLES,
  causesOf,
  changeOver,
  lastOf,
  ratesOf,
  timesOf,
  withSample,
} from '../../../../harness/page/live/history.ts';
import type { History } from '../../../../harness/page/live/history.ts';

const test = suite('the history of a live page');

const direction = (more: Partial<DirectionState> = {}): DirectionState => ({
  arrived: 0,
  forwarded: 0,
  duplicated: 0,
  dropped: 0,
  droppedByCause: {},
  heldNow: 0,
  refused: 0,
  unindexed: 0,
  delayP50Us: null,
  delayP99Us: null,
  rate: 0,
  bytesPerSecond: 0,
  ...more,
});

const proxy = (down: Partial<DirectionState>): ProxyState => ({
  name: 'one',
  listen: '127.0.0.1:1',
  upstream: '127.0.0.1:2',
  enabled: true,
  seed: '7',
  protocol: 'any',
  toxics: [],
  conditions: { down: {}, up: {} },
  epoch: 1,
  flowsOpen: 0,
  flowsClosed: 0,
  flows: [],
  down: direction(down),
  up: direction(),
  kernelDrops: null,
});

/** Second → how many had arrived, and how many of them were dropped. */
const historyOf = (
  totals: readonly (readonly [seconds: number, arrived: number, dropped: number])[],
): History =>
  totals.reduce<History>(
    (all, [seconds, arrived, dropped]) =>
      withSample(
        all,
        seconds * 1e6,
        proxy({
          arrived,
          dropped,
          forwarded: arrived - dropped,
          ...(dropped > 0 && { droppedByCause: { burst: dropped } }),
        }),
      ),
    [],
  );

test('a rate is the difference of two totals in the time between them', () => {
  const history = historyOf([
    [10, 100, 0],
    [11, 150, 5],
    [13, 350, 5],
  ]);
  assert.equal(timesOf(history), [11, 13]);
  assert.equal(
    ratesOf(history, ({ down }) => down.arrived),
    [50, 100],
  );
  assert.equal(
    ratesOf(history, ({ down }) => down.droppedByCause['burst'] ?? 0),
    [5, 0],
  );
});

test('the last minute is the difference to the sample before it, and causes that did not occur in it are left out', () => {
  const history = historyOf([
    [0, 0, 0],
    [40, 400, 40],
    [100, 1000, 40],
    [101, 1010, 41],
  ]);
  assert.equal(
    lastOf(history, 60).map(({ atS }) => atS),
    [40, 100, 101],
  );
  const minute = changeOver(lastOf(history, 60), 'down');
  assert.equal(
    [minute.seconds, minute.arrived, minute.forwarded, minute.dropped, minute.byCause],
    [61, 610, 609, 1, { burst: 1 }],
  );
  assert.equal(changeOver(lastOf(history.slice(0, 3), 30), 'down').byCause, {});
  assert.equal(changeOver([], 'down').arrived, 0);
});

test('causes are in the order of how often they occurred', () => {
  const before = withSample([], 1e6, proxy({ droppedByCause: { queue: 50 } }));
  const both = withSample(before, 2e6, proxy({ droppedByCause: { queue: 51, burst: 7, outage: 0 } }));
  assert.equal(causesOf(changeOver(both, 'down')), ['burst', 'queue']);
});

test('totals that go back are those of another proxy, and time that goes back is another run', () => {
  const history = historyOf([
    [1, 100, 0],
    [2, 200, 0],
  ]);
  assert.is(withSample(history, 3e6, proxy({ arrived: 10 })).length, 1);
  assert.is(withSample(history, 1.5e6, proxy({ arrived: 300 })).length, 1);
  assert.is(withSample(history, 3e6, proxy({ arrived: 200 })).length, 3);
});

test('a quarter of an hour is kept', () => {
  const totals = Array.from({ length: KEPT_SAMPLES + 5 }, (_, second) => [second, second, 0] as const);
  const history = historyOf(totals);
  assert.equal([history.length, history[0]?.atS, history.at(-1)?.atS], [901, 5, 905]);
});

test.run();
