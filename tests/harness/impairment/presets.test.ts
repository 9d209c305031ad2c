import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  delayQuantileNs,
  expectedReorderedRatio,
  meanLossRatio,
  meanLossRun,
} from '../../../harness/impairment/analytic.ts';
import { PRESETS, findPreset } from '../../../harness/impairment/presets.ts';
import { outageRatio } from '../../../harness/impairment/stages/outage.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('the presets');

test('the twelve are there', () => {
  assert.equal(
    PRESETS.map(({ name }) => name),
    [
      'wifi',
      'lossy-wifi',
      '4g',
      'satellite',
      'congested',
      'transatlantic',
      '3g',
      'edge',
      'starlink',
      'voip-bad',
      'bufferbloat',
      'conference-wifi',
    ],
  );
});

test('what each states is what the closed forms say, to three digits', () => {
  for (const { name, config, expected } of PRESETS) {
    const near = (what: string, stated: number, computed: number): void =>
      assert.ok(
        Math.abs(stated - computed) <= 0.005 * computed,
        `${name}: ${what} ${stated}, computed ${computed}`,
      );
    near('loss', expected.lossRatio, meanLossRatio(config.drop));
    near('loss run', expected.lossRun, meanLossRun(config.drop));
    near('reordered', expected.reorderedRatio, expectedReorderedRatio(config));
    near('median delay', expected.delayP50Ms, delayQuantileNs(config.delay, 0.5) / 1e6);
    near('99th delay', expected.delayP99Ms, delayQuantileNs(config.delay, 0.99) / 1e6);
    near('outages', expected.outageRatio, outageRatio(config.outages));
    assert.is(expected.rateBps, config.rate?.rateBps ?? null);
  }
});

test('a name that is none lists those there are', async () => {
  assert.is(findPreset('4g').name, '4g');
  await assertRefusal(
    () => findPreset('5g'),
    'unknown-choice | --preset',
    'wifi, lossy-wifi, 4g, satellite, congested, transatlantic, 3g, edge, starlink, voip-bad, bufferbloat, conference-wifi',
  );
});

test('one that is nearly a preset is answered with it', async () => {
  for (const [name, meant] of [
    ['wfi', 'wifi'],
    ['WiFi', 'wifi'],
    ['satelite', 'satellite'],
    ['transatlntic', 'transatlantic'],
  ] as const) {
    await assertRefusal(() => findPreset(name), 'unknown-choice | --preset', `${meant}?`);
  }
});

test.run();
