/**
 * Streams long enough to hold every stage but loss against its closed form: shared by the quick and the long test.
 *
 * Each check is a function of what was counted, so that a biased copy can be shown to fail the very same one.
 */
import * as assert from 'uvu/assert';
import { binomialInterval } from '../../../harness/impairment/analytic.ts';
import type { DelaySettings, Distribution, ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Link } from '../../../harness/impairment/link.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';

const KEY = { seed: 'closed forms', flow: 1, direction: 'down' } as const;
const MS = 1e6;

/** Ten standard errors of a share, as a ratio. */
const tenErrors = (ratio: number, count: number): number => 10 * Math.sqrt((ratio * (1 - ratio)) / count);

/** Why `seen` of `count` is no sample of that probability; null when it may be one. */
function quarrel(what: string, seen: number, count: number, ratio: number): string | null {
  const [low, high] = binomialInterval(count, ratio);
  return seen >= low && seen <= high ? null : `${what}: ${seen} of ${low} to ${high}`;
}

const CORRUPT = 0.01;
const DUPLICATE = 0.02;
const REORDER = 0.03;
const DISTANCES = [1, 2, 3, 4];

interface Counts {
  delivered: number;
  corrupted: number;
  /** Eighth of the datagram → corruptions in it. */
  eighths: number[];
  copies: number;
  /** Distance → holds. */
  held: number[];
}

function countFates(config: ImpairmentConfig, count: number): Counts {
  const schedule = new Schedule(config, KEY);
  const { dropCause, corrupt, copies, hold } = schedule;
  const counts = {
    delivered: 0,
    corrupted: 0,
    eighths: Array.from({ length: 8 }, () => 0),
    copies: 0,
    held: Array.from({ length: 8 }, () => 0),
  };
  for (let index = 1; index <= count; index += 1) {
    const row = schedule.at(index);
    if (dropCause[row] !== 0) continue;
    counts.delivered += 1;
    const place = corrupt[row] as number;
    if (place >= 0) {
      counts.corrupted += 1;
      const eighth = Math.floor(place * 8);
      counts.eighths[eighth] = (counts.eighths[eighth] as number) + 1;
    }
    counts.copies += copies[row] as number;
    const distance = hold[row] as number;
    if (distance > 0) counts.held[distance] = (counts.held[distance] as number) + 1;
  }
  return counts;
}

const corruptQuarrel = ({ corrupted, delivered }: Counts): string | null =>
  quarrel('corrupted', corrupted, delivered, CORRUPT);

const copiesQuarrel = ({ copies, delivered }: Counts): string | null =>
  quarrel('copies', copies, delivered, DUPLICATE);

const holdsQuarrel = ({ held, delivered }: Counts): string | null =>
  quarrel(
    'held',
    held.reduce((total, holds) => total + holds, 0),
    delivered,
    REORDER,
  );

/** All distances of the range alike, and none beside it. */
function distancesQuarrel({ held, delivered }: Counts): string | null {
  for (const [distance, holds] of held.entries()) {
    const ratio = DISTANCES.includes(distance) ? REORDER / DISTANCES.length : 0;
    const reason = quarrel(`held for ${distance}`, holds, delivered, ratio);
    if (reason !== null) return reason;
  }
  return null;
}

/**
 * What is delivered is corrupted, duplicated and held in the shares that the knobs say; copies biased by ten standard
 * errors, and ranges of distances one step off, are found out.
 */
export function checkShares(count: number): void {
  const config = readKnobs({
    drop: '5%',
    corrupt: '1%',
    duplicate: '2%',
    reorder: '3%',
    reorderDistance: '1..4',
  });
  const counts = countFates(config, count);
  for (const judge of [corruptQuarrel, copiesQuarrel, holdsQuarrel, distancesQuarrel]) {
    assert.is(judge(counts), null);
  }
  for (const [eighth, seen] of counts.eighths.entries()) {
    assert.is(quarrel(`bit in eighth ${eighth}`, seen, counts.corrupted, 1 / 8), null);
  }

  // Stages draw from streams of their own, so one copy can be biased in all of them. To either side.
  for (const sign of [1, -1]) {
    const biased = (ratio: number): number => ratio + sign * tenErrors(ratio, counts.delivered);
    const other = countFates(
      {
        ...config,
        corruptRatio: biased(CORRUPT),
        duplicateRatio: biased(DUPLICATE),
        reorder: { ratio: biased(REORDER), distance: [1, 4] },
      },
      count,
    );
    for (const judge of [corruptQuarrel, copiesQuarrel, holdsQuarrel]) {
      assert.not.equal(judge(other), null, `a copy biased by ${sign} passed`);
    }
  }

  for (const distance of [
    [2, 5],
    [1, 5],
    [1, 3],
    [2, 4],
  ] as const) {
    const other = countFates({ ...config, reorder: { ratio: REORDER, distance } }, count);
    assert.is(holdsQuarrel(other), null, 'the share of holds does not hang on their distances');
    assert.not.equal(distancesQuarrel(other), null, `distances ${distance.join('..')} passed for 1..4`);
  }
}

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

function normalQuantile(q: number): number {
  let low = -6;
  let high = 6;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (phi(middle) < q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const paretoQuantile = (q: number): number => (4 / 3) * ((1 - q) ** (-1 / 3) - 1.5);

/** The curves by their formulas, in units of the jitter; netem's mixture is of quantiles, not of samples. */
const QUANTILES: Record<Distribution, (q: number) => number> = {
  uniform: (q) => 2 * q - 1,
  normal: normalQuantile,
  pareto: paretoQuantile,
  paretonormal: (q) => normalQuantile(q) / 4 + (paretoQuantile(q) * 3) / 4,
};

/**
 * Where the curve is looked at: edges between two entries of the 4096 of a table, so that its steps do not show; not
 * so low that they are finer than its grain, nor so high that they are cut off.
 */
const SHARES = [1024 / 4096, 2048 / 4096, 3072 / 4096, 3891 / 4096];

/** Why these delays are not of this distribution; null when they may be. */
function delaysQuarrel(expected: DelaySettings, actual: DelaySettings, count: number): string | null {
  const quantile = QUANTILES[expected.distribution];
  const edgesNs = Float64Array.from(SHARES, (q) => expected.delayNs + expected.jitterNs * quantile(q));
  const schedule = new Schedule({ ...readKnobs({}), delay: actual }, KEY);
  const below = SHARES.map(() => 0);
  for (let index = 1; index <= count; index += 1) {
    const delayNs = schedule.delayNs[schedule.at(index)] as number;
    for (let k = edgesNs.length - 1; k >= 0 && delayNs < (edgesNs[k] as number); k -= 1) {
      below[k] = (below[k] as number) + 1;
    }
  }
  for (const [k, q] of SHARES.entries()) {
    const reason = quarrel(`${expected.distribution} below q = ${q}`, below[k] as number, count, q);
    if (reason !== null) return reason;
  }
  return null;
}

/**
 * Delays are distributed as their formulas say; a copy with its median ten standard errors of its share away is found
 * out, and so is one with as much too wide or too narrow a spread.
 */
export function checkDelays(count: number): void {
  for (const distribution of ['uniform', 'normal', 'pareto', 'paretonormal'] as const) {
    const quantile = QUANTILES[distribution];
    const jitterNs = 5 * MS;
    const settings = { delayNs: 50 * MS, jitterNs, distribution, keepOrder: false };
    assert.is(delaysQuarrel(settings, settings, count), null);
    for (const sign of [1, -1]) {
      const shift = quantile(0.5) - quantile(0.5 + sign * tenErrors(0.5, count));
      const late = { ...settings, delayNs: Math.round(settings.delayNs + shift * jitterNs) };
      assert.not.equal(delaysQuarrel(settings, late, count), null, `${distribution}: a shifted copy passed`);
      const scale = quantile(0.75) / quantile(0.75 + sign * tenErrors(0.75, count));
      const wide = { ...settings, jitterNs: Math.round(jitterNs * scale) };
      assert.not.equal(delaysQuarrel(settings, wide, count), null, `${distribution}: a scaled copy passed`);
    }
  }
}

/** An outage leaves nothing to chance: exactly what is due in its span is lost, and one millisecond more is seen. */
export function checkOutages(count: number): void {
  const losses = (outage: string): number => {
    const schedule = new Schedule(readKnobs({ outage }), KEY, (index) => (index - 1) * MS);
    let lost = 0;
    for (let index = 1; index <= count; index += 1) {
      if (schedule.dropCause[schedule.at(index)] !== 0) lost += 1;
    }
    return lost;
  };
  assert.is(losses('2s..3s'), 1000);
  assert.is(losses('2s..3001ms'), 1001);
  assert.is(losses('1999ms..3s'), 1001);
  // From its start on, which is due at 900 s, to the end.
  assert.is(losses('900s..100000s'), count - 900_000);
}

/**
 * A link leaves nothing to chance either. One datagram of 10,000 bits a millisecond at 8 Mbit/s: each is 1.25 ms on
 * the link, which is never idle, so 4 of 5 get through and the queue is full from then on.
 */
export function checkLink(count: number): void {
  const run = (rateBps: number, queueDatagrams: number) => {
    const link = new Link({ rateBps, queueDatagrams });
    let accepted = 0;
    let lastNs = 0;
    let longestNs = 0;
    for (let k = 0; k < count; k += 1) {
      const leavesNs = link.offer(k * MS, 1250);
      if (leavesNs < 0) continue;
      accepted += 1;
      lastNs = leavesNs;
      longestNs = Math.max(longestNs, leavesNs - k * MS);
    }
    return { accepted, lastNs, longestNs };
  };
  // By the last arrival so many have left, and 101 are inside: there is at most one departure between two arrivals, so
  // each arrival either takes the place that fell free or finds none.
  const expected = Math.floor((count - 1) / 1.25) + 101;
  const full = run(8e6, 100);
  assert.is(full.accepted, expected);
  // Utilisation 1: the link has sent without a pause.
  assert.is(full.lastNs, expected * 1.25 * MS);
  // One that comes in just after a departure waits for 100 others, nearly.
  assert.ok(full.longestNs <= 101 * 1.25 * MS && full.longestNs > 100 * 1.25 * MS);
  assert.is(run(8e6, 101).accepted, expected + 1);
  assert.not.equal(run(8.0001e6, 100).accepted, expected);
  // Below its capacity it loses nothing, and nothing waits.
  assert.equal(run(12.5e6, 0), { accepted: count, lastNs: (count - 1) * MS + 0.8 * MS, longestNs: 0.8 * MS });
}
