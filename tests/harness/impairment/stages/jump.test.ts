/** Jumps: literal cases, an oracle from the definition, what RFC 4737 counts, and the closed form with its bounds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../../src/base/random.ts';
import { expectedReorderedRatio } from '../../../../harness/impairment/analytic.ts';
import { overtakenInterval } from '../../../../harness/impairment/analyticJumps.ts';
import { NO_IMPAIRMENT } from '../../../../harness/impairment/config.ts';
import { formatKnobs, readKnobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { refusal } from '../../../refusals.ts';

const test = suite('jump');

type Knobs = Readonly<Record<string, string>>;

const scheduleOf = (knobs: Knobs, seed = '1'): Schedule =>
  new Schedule(readKnobs(knobs), { seed, flow: 1, direction: 'down' });

const holdsOf = (schedule: Schedule, count: number): number[] =>
  Array.from({ length: count }, (_, k) => schedule.hold[schedule.at(k + 1)] as number);

const dropsOf = (schedule: Schedule, count: number): boolean[] =>
  Array.from({ length: count }, (_, k) => schedule.dropCause[schedule.at(k + 1)] !== 0);

/** The order of leaving, by the definition of a hold: so many passes by others that are neither lost nor held. */
function leaving(holds: readonly number[], drops: readonly boolean[]): number[] {
  const order: number[] = [];
  let held: { index: number; left: number }[] = [];
  for (const [k, hold] of holds.entries()) {
    if (drops[k]) continue;
    if (hold > 0) {
      held.push({ index: k + 1, left: hold });
      continue;
    }
    order.push(k + 1);
    for (const one of held) one.left -= 1;
    order.push(...held.filter(({ left }) => left === 0).map(({ index }) => index));
    held = held.filter(({ left }) => left > 0);
  }
  return [...order, ...held.map(({ index }) => index)];
}

/** RFC 4737: reordered is what is below the next one expected. */
function reordered(order: readonly number[]): number {
  let next = 1;
  let count = 0;
  for (const index of order) {
    if (index < next) count += 1;
    else next = index + 1;
  }
  return count;
}

/** Who is overtaken, from the draws and the words: a jump is begun outside of any other, and takes the one behind it, too. */
function overtaken(
  ratio: number,
  [min, max]: readonly [number, number],
  seed: string,
  count: number,
): number[] {
  const begin = randomStream(`${seed}/1/down/jump`);
  const distance = randomStream(`${seed}/1/down/jump-distance`);
  const mean = (min + max) / 2;
  const found: number[] = [];
  let freeFrom = 1;
  for (let index = 1; index <= count; index += 1) {
    const begins = begin.draw() < 1 / (1 / ratio - mean);
    const drawn = min + Math.floor(distance.draw() * (max - min + 1));
    if (!begins || index < freeFrom) continue;
    for (let k = 0; k < drawn; k += 1) found.push(index + k);
    freeFrom = index + drawn + 1;
  }
  return found.filter((index) => index <= count);
}

test('where every datagram is part of a jump over two, every third leaves before the two ahead of it', () => {
  // Each jump takes three: a third of the datagrams jump.
  const schedule = scheduleOf({ jump: '0.3333333333333333', jumpDistance: '2..2' });
  assert.equal(holdsOf(schedule, 9), [1, 1, 0, 1, 1, 0, 1, 1, 0]);
  const order = leaving(holdsOf(schedule, 9), dropsOf(schedule, 9));
  assert.equal(order, [3, 1, 2, 6, 4, 5, 9, 7, 8]);
  assert.is(reordered(order), 6, 'those overtaken, and not the one that jumps');
});

test('what is lost is not overtaken, and a jump whose datagram is lost is made by the next that passes', () => {
  const schedule = scheduleOf({ jump: '0.3333333333333333', jumpDistance: '2..2', dropList: '1,6' });
  assert.equal(holdsOf(schedule, 9), [0, 1, 0, 1, 1, 0, 1, 1, 0]);
  const order = leaving(holdsOf(schedule, 9), dropsOf(schedule, 9));
  assert.equal(order, [3, 2, 9, 4, 5, 7, 8]);
  assert.is(reordered(order), 5);
});

test('what is held for longer stays so, and nothing else is moved by it', () => {
  const schedule = scheduleOf({ jump: '0.3333333333333333', jumpDistance: '2..2', reorderList: '2:2,6:1' });
  assert.equal(holdsOf(schedule, 9), [1, 2, 0, 1, 1, 1, 1, 1, 0]);
  assert.equal(leaving(holdsOf(schedule, 9), dropsOf(schedule, 9)), [3, 1, 9, 2, 4, 5, 6, 7, 8]);
});

test('the holds are those that the words give, over the edges of blocks, and from behind', () => {
  for (const [ratio, span] of [
    [0.01, [5, 20]],
    [0.2, [1, 3]],
    [0.0019, [1, 1000]],
    [0.1, [4, 4]],
  ] as const) {
    for (const seed of ['1', '2']) {
      const knobs = { jump: String(ratio), jumpDistance: span.join('..') };
      const oracle = new Set(overtaken(ratio, span, seed, 20_000));
      const forward = scheduleOf(knobs, seed);
      const back = scheduleOf(knobs, seed);
      back.at(20_000);
      for (let index = 1; index <= 20_000; index += 1)
        assert.is(forward.hold[forward.at(index)], oracle.has(index) ? 1 : 0, `${ratio} ${span} ${index}`);
      for (const index of [1, 255, 256, 257, 8192, 8193, 12_345, 3])
        assert.is(back.hold[back.at(index)], oracle.has(index) ? 1 : 0, `from behind: ${index}`);
    }
  }
});

test('no other fate moves, and the overtaken ones that arrive are those that RFC 4737 counts', () => {
  const others = { drop: '5%', duplicate: '1%', reorder: '5%', corrupt: '1%' };
  const [without, beside] = [scheduleOf(others), scheduleOf({ ...others, jump: '2%' })];
  const count = 20_000;
  const oracle = new Set(overtaken(0.02, [5, 20], '1', count));
  let held = 0;
  for (let index = 1; index <= count; index += 1) {
    const row = without.at(index);
    const [dropCause, copies, hold, corrupt] = [
      without.dropCause[row] as number,
      without.copies[row],
      without.hold[row] as number,
      without.corrupt[row],
    ];
    const at = beside.at(index);
    assert.is(beside.dropCause[at], dropCause);
    assert.is(beside.copies[at], copies);
    assert.is(beside.corrupt[at], corrupt);
    assert.is(beside.hold[at], hold > 0 ? hold : dropCause === 0 && oracle.has(index) ? 1 : 0);
    if ((beside.hold[at] as number) > 0) held += 1;
  }
  const order = leaving(holdsOf(beside, count), dropsOf(beside, count));
  const inOrderAtEnd = held - reordered(order);
  assert.ok(
    inOrderAtEnd >= 0 && inOrderAtEnd <= 23,
    `${inOrderAtEnd} at the end have nobody to overtake them`,
  );
});

test("the share that jumps is the knob's, and that of the overtaken the closed form's; a biased copy is found out", () => {
  const count = 400_000;
  const overtakenIn = (knobs: Knobs): number =>
    holdsOf(scheduleOf(knobs, 'closed form'), count).filter((hold) => hold > 0).length;
  for (const [knobs, ratio, biased] of [
    [{ jump: '1%' }, 0.125, { jump: '1.1%' }],
    [{ jump: '10%', jumpDistance: '1..3' }, 0.2, { jump: '11%', jumpDistance: '1..3' }],
    [{ jump: '0.1%', jumpDistance: '100..900' }, 0.5, { jump: '0.13%', jumpDistance: '100..900' }],
  ] as const) {
    const config = readKnobs(knobs);
    assert.ok(Math.abs(expectedReorderedRatio(config) - ratio) < 1e-12);
    const [low, high] = overtakenInterval(config.jump, count, 1e-6);
    assert.ok(low < ratio * count && ratio * count < high);
    assert.ok((high - low) / count < 0.2, `${low}..${high} says something`);
    const found = overtakenIn(knobs);
    assert.ok(low <= found && found <= high, `${low} <= ${found} <= ${high}`);
    const wrong = overtakenIn(biased);
    assert.not(low <= wrong && wrong <= high, `${low} <= ${wrong} <= ${high}`);
  }
});

test('short streams stay in their bounds, too: ten thousand of them', () => {
  const config = readKnobs({ jump: '3%', jumpDistance: '1..8' });
  const lengths = [1, 5, 20, 100];
  const bounds = lengths.map((length) => overtakenInterval(config.jump, length, 1e-6));
  for (let run = 1; run <= 10_000; run += 1) {
    const oracle = overtaken(0.03, [1, 8], `run ${run}`, 100);
    for (const [k, length] of lengths.entries()) {
      const found = oracle.filter((index) => index <= length).length;
      const [low, high] = bounds[k] as readonly [number, number];
      assert.ok(low <= found && found <= high, `${length}: ${low} <= ${found} <= ${high}`);
    }
  }
});

test('it is read, written back, and refused where jumps have no room', () => {
  const config = readKnobs({ jump: '1%', jumpDistance: '2..4' });
  assert.equal(config.jump, { ratio: 0.01, distance: [2, 4] });
  assert.is(formatKnobs(config), '--jump 1% --jump-distance 2..4');
  assert.is(formatKnobs(readKnobs({ jump: '1%' })), '--jump 1%');
  for (const [knobs, code, subject] of [
    [{ jumpDistance: '2..4' }, 'missing', '--jump-distance'],
    [{ jump: '8%' }, 'value-range', '--jump'],
    [{ jump: '51%', jumpDistance: '1..1' }, 'value-range', '--jump'],
    [{ jump: '1%', jumpDistance: '0..4' }, 'value-range', '--jump-distance'],
    [{ jump: '0.01%', jumpDistance: '1..1001' }, 'value-range', '--jump-distance'],
  ] as const)
    assert.throws(() => readKnobs(knobs), refusal(code, subject), JSON.stringify(knobs));
  assert.throws(
    () => formatKnobs({ ...NO_IMPAIRMENT, jump: { ratio: -0, distance: [1, 1] } }),
    refusal('value-range', '--jump'),
  );
});

test.run();
