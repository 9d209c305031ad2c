import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DelaySettings, Distribution } from '../../../harness/impairment/config.ts';
import { CURVES, TABLE_SIZE, delayForDrawNs } from '../../../harness/impairment/distributions.ts';
import { NORMAL_UPPER_HALF, PARETO, TABLE_SCALE } from '../../../harness/impairment/distributionTables.ts';

const test = suite('the delay distributions');

/** The standard normal distribution function, by its power series about 0. */
function phi(x: number): number {
  let term = x;
  let series = x;
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (x * x) / k;
    series += term;
  }
  return 0.5 + (series * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

test('the normal table is the normal quantile, to the step', () => {
  assert.is(NORMAL_UPPER_HALF.length, 2048);
  for (const [k, steps] of NORMAL_UPPER_HALF.entries()) {
    const q = (2048 + k + 0.5) / 4096;
    assert.ok(phi((steps - 0.51) / TABLE_SCALE) <= q, `entry ${k}`);
    assert.ok(phi((steps + 0.51) / TABLE_SCALE) >= q, `entry ${k}`);
  }
});

test('the Pareto table is its formula, to the step, up to where netem cuts it', () => {
  for (let k = 0; k < TABLE_SIZE; k += 1) {
    const value = (((1 - (k + 0.5) / 4096) ** (-1 / 3) - 1.5) * 4) / 3;
    const expected = Math.min(32_767, value * TABLE_SCALE);
    assert.ok(Math.abs((PARETO[Math.min(k, PARETO.length - 1)] as number) - expected) <= 0.51, `entry ${k}`);
  }
  assert.is(PARETO.at(-1), 32_767);
});

test('paretonormal is a quarter normal and three quarters Pareto', () => {
  for (let k = 0; k < TABLE_SIZE; k += 1) {
    const mixed = (CURVES.normal[k] as number) / 4 + ((CURVES.pareto[k] as number) * 3) / 4;
    assert.ok(Math.abs((CURVES.paretonormal[k] as number) - mixed) < 1e-12);
  }
});

test('curves rise', () => {
  for (const curve of Object.values(CURVES)) {
    assert.is(curve.length, TABLE_SIZE);
    for (let k = 1; k < TABLE_SIZE; k += 1) assert.ok((curve[k] as number) >= (curve[k - 1] as number));
  }
});

test('a delay is delay + jitter × value, and never negative', () => {
  const settings = (distribution: Distribution, delayNs = 20e6): DelaySettings => ({
    delayNs,
    jitterNs: 5e6,
    distribution,
    keepOrder: false,
  });
  assert.is(delayForDrawNs(settings('uniform'), 0), 15e6);
  assert.is(delayForDrawNs(settings('uniform'), 0.5), 20e6);
  assert.is(delayForDrawNs(settings('uniform'), 0.75), 22.5e6);
  // One standard deviation above the mean: q = 0.8413; the tables have 4096 entries.
  assert.ok(Math.abs(delayForDrawNs(settings('normal'), 0.8413) - 25e6) < 10e3);
  // The smallest Pareto value is 4/3 × (1 − 3/2) = −2/3.
  assert.ok(Math.abs(delayForDrawNs(settings('pareto'), 0) - (20e6 - (2 / 3) * 5e6)) < 1e3);
  assert.ok(Math.abs(delayForDrawNs(settings('pareto'), 0.9999) - 40e6) < 1e3);
  assert.is(delayForDrawNs(settings('normal', 0), 0.1), 0);
  assert.is(delayForDrawNs({ ...settings('normal'), jitterNs: 0 }, 0.1), 20e6);
});

test.run();
