/** Conditions that change while a proxy runs: what becomes of each datagram, the journal, and the same run again from it. */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hasShare } from '../../../../harness/impairment/conditions.ts';
import type { Share } from '../../../../harness/impairment/conditions.ts';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import type { Judgement } from '../../../../harness/judge/judge.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { Changes } from '../../../../harness/proxy/changes/changes.ts';
import { Journal } from '../../../../harness/proxy/changes/journal.ts';
import { SharedSettings } from '../../../../harness/proxy/changes/sharedSettings.ts';
import { readJournal } from '../../../../harness/proxy/changes/readJournal.ts';
import type { Timeline } from '../../../../harness/proxy/changes/timeline.ts';
import { assertRefusal } from '../../../refusals.ts';
import { Passage } from '../../judge/proxied/passage.ts';
import type { Upward } from '../../judge/proxied/passage.ts';

const test = suite('conditions that change');

const PROTOCOL = 'field:u32be@0=1';
const OUTAGE: Knobs = { shared: true, outage: '1s..2s' };
const LINK: Knobs = { shared: true, rate: '2mbit' };
const numbers = (from: number, to: number): Upward[] =>
  Array.from({ length: to - from + 1 }, (_, k) => ({ number: from + k }));

/** What is not as expected, of the comparison and the ledger. */
const wrongIn = ({ comparison, ledger }: Judgement): string[] => [
  ...comparison.flatMap(({ metric, verdict, expected, measured }) =>
    verdict === 'match' || verdict === 'within' ? [] : [`${metric}: ${verdict}, ${expected}/${measured}`],
  ),
  ...ledger.flatMap(({ unexplained }) => (unexplained === 0 ? [] : [`unexplained ${unexplained}`])),
];

const timelineOf = ({ journal }: Passage): Timeline =>
  readJournal(journal.map((line) => `${line}\n`).join(''), 'epochs.jsonl');

test('a change holds from the next index on, by hand', () => {
  const passage = new Passage(PROTOCOL, { dropList: '2' });
  passage.feed(numbers(1, 3));
  assert.equal(passage.change({ dropList: '2,5' }), { number: 2, atNs: 3e6, flows: 1 });
  passage.feed(numbers(4, 6));
  passage.change({});
  passage.feed(numbers(7, 8));
  // What comes late has the settings of its own index.
  passage.change({ dropList: '1-100' });
  passage.feed([{ number: 9 }, { number: 5 }]);
  passage.end();
  assert.equal(passage.left, [1, 3, 4, 6, 7, 8, 5]);
  assert.equal(passage.journal, [
    '{"version":1,"seed":"7","protocol":"field:u32be@0=1","down":{},"up":{"dropList":"2"}}',
    '{"epoch":2,"atUs":3000,"up":{"dropList":"2,5"},"firstIndices":[[1,"up",1,4]]}',
    '{"epoch":3,"atUs":6000,"up":{},"firstIndices":[[1,"up",1,7]]}',
    '{"epoch":4,"atUs":8000,"up":{"dropList":"1-100"},"firstIndices":[[1,"up",1,9]]}',
  ]);
});

test('a change before anything has come, and several before the next index: the last one holds', () => {
  const passage = new Passage(PROTOCOL, { dropList: '1-9' });
  passage.change({ dropList: '1' });
  passage.change({ dropList: '2' });
  passage.feed(numbers(1, 3));
  passage.change({ dropList: '4' });
  passage.change({ dropList: '5' });
  passage.feed(numbers(4, 6));
  passage.end();
  assert.equal(passage.left, [1, 3, 4, 6]);
  const again = new Passage(PROTOCOL, { dropList: '1-9' }, { timeline: timelineOf(passage) });
  again.feed(numbers(1, 6)).end();
  assert.equal([again.left, again.fates()], [passage.left, passage.fates()]);
});

/** Of each index its drop and copies, from one schedule for each part, that had its settings from the start. */
function leftBy(
  parts: readonly { readonly from: number; readonly to: number; readonly knobs: Knobs }[],
): number[] {
  return parts.flatMap(({ from, to, knobs }) => {
    const schedule = new Schedule(readKnobs(knobs), { seed: '7', flow: 1, direction: 'up' });
    return numbers(from, to).flatMap(({ number }) => {
      const row = schedule.at(number);
      if (schedule.dropCause[row] !== 0) return [];
      return Array.from({ length: 1 + (schedule.copies[row] as number) }, () => number);
    });
  });
}

test('after ten changes each datagram has the fate of its index under its settings', () => {
  const draw = seedrandom.alea('ten changes');
  const parts: { from: number; to: number; knobs: Knobs }[] = [];
  const passage = new Passage(PROTOCOL, {});
  let next = 1;
  for (let change = 0; change <= 10; change += 1) {
    const knobs = change === 0 ? {} : { drop: `${Math.floor(draw() * 50)}%`, duplicate: `${change}%` };
    const count = 100 + Math.floor(draw() * 400);
    if (change > 0) passage.change(knobs);
    passage.feed(numbers(next, next + count - 1));
    parts.push({ from: next, to: next + count - 1, knobs });
    next += count;
  }
  const judgement = passage.end();
  const { ledger } = judgement;
  assert.equal(wrongIn(judgement), []);
  const expected = leftBy(parts);
  assert.equal(passage.left, expected);
  assert.ok(expected.length < next * 0.95);
  const [row] = ledger;
  assert.equal([row?.sent, row?.delivered, row?.unexplained], [next - 1, expected.length, 0]);
});

const KNOBS: readonly Knobs[] = [
  { drop: '20%', reorder: '10%', duplicate: '10%' },
  { delay: '20ms', jitter: '10ms' },
  { rate: '100kbit', queue: '5' },
  {},
  { dropBurst: '5%,20%', delay: '5ms', keepOrder: true, jitter: '4ms' },
  { outage: '0s..10s' },
  { dropExact: '10%/20', corrupt: '5%', mtu: '100' },
  { rate: '1mbit', queue: '3', delay: '3ms', reorder: '20%' },
  { dropState: '10%,50%,20%,50%,1%', dropMaxRun: '3', spare: '20' },
  { drop: '100%' },
];

/** A run with many changes at random times, of random numbers: gaps, repeats, late ones. */
function wildRun(
  seed: string,
  timeline?: Timeline,
): { readonly passage: Passage; readonly judgement: Judgement } {
  const draw = seedrandom.alea(seed);
  const passage = new Passage(PROTOCOL, KNOBS[0] as Knobs, { ...(timeline && { timeline }) });
  let next = 1;
  for (let step = 0; step < 900; step += 1) {
    const dice = draw();
    const number = dice < 0.05 ? next + 3 : dice < 0.1 ? Math.max(1, next - 5) : next;
    const [client, sizeBytes] = [Math.floor(draw() * 2), draw() < 0.2 ? 200 : 50];
    next = Math.max(next, number + 1);
    const [change, which] = [draw() < 0.03, Math.floor(draw() * KNOBS.length)];
    passage.feed([{ number, client, sizeBytes, afterNs: draw() * 3e6 }]);
    if (change && timeline === undefined) passage.change(KNOBS[which] as Knobs);
  }
  return { passage, judgement: passage.end() };
}

test('expected is what left; played again from its journal, a run has the same fates, byte for byte, and leaves the same', () => {
  for (let k = 0; k < 5; k += 1) {
    const { passage: first, judgement } = wildRun(`wild ${k}`);
    assert.ok(first.journal.length > 10);
    assert.equal(wrongIn(judgement), []);
    const again = wildRun(`wild ${k}`, timelineOf(first));
    assert.equal(again.passage.fates(), first.fates());
    assert.equal(again.passage.left, first.left);
    assert.equal(again.judgement.comparison, judgement.comparison);
    assert.equal(wildRun(`wild ${k}`).passage.fates(), first.fates());
  }
});

/** As many numbers, each so long after the one before. */
const spaced = (count: number, afterNs: number): Upward[] =>
  numbers(1, count).map((one) => ({ ...one, afterNs }));

test('phases begin with the first datagram at their time, by hand, and are in the journal', () => {
  const phases = [
    { atNs: 5e6, up: { dropList: '3,6,8' } },
    { atNs: 8e6, up: { duplicateList: '10' } },
  ];
  const passage = new Passage(PROTOCOL, { dropList: '2,7' }, { phases });
  passage.feed(spaced(10, 1e6)).end();
  assert.equal(passage.left, [1, 3, 4, 5, 7, 9, 10, 10]);
  assert.equal(passage.journal, [
    '{"version":1,"seed":"7","protocol":"field:u32be@0=1","down":{},"up":{"dropList":"2,7"},' +
      '"phases":[{"atUs":5000,"down":{},"up":{"dropList":"3,6,8"}},{"atUs":8000,"down":{},"up":{"duplicateList":"10"}}]}',
    '{"phase":2,"flow":1,"direction":"up","stream":1,"index":6,"atUs":6000}',
    '{"phase":3,"flow":1,"direction":"up","stream":1,"index":9,"atUs":9000}',
  ]);
  // Played again, the times do not matter.
  const again = new Passage(PROTOCOL, { dropList: '2,7' }, { phases, timeline: timelineOf(passage) });
  again.feed(spaced(10, 7e6)).end();
  assert.equal([again.left, again.fates()], [passage.left, passage.fates()]);
});

test('a phase begins with an index that is missing, where that has a time; a change ends the phases', () => {
  const phases = [
    { atNs: 3e6, up: { dropList: '1-100' } },
    { atNs: 6e6, up: {} },
  ];
  const missing = new Passage(PROTOCOL, {}, { phases });
  missing.feed([...numbers(1, 3), ...numbers(5, 9)]).end();
  // Number 4 is missed when 5 comes, after 3 ms; 8 comes after 6 ms.
  assert.equal(missing.left, [1, 2, 3, 8, 9]);
  assert.match(missing.journal[1] as string, /"index":4,/);
  const changed = new Passage(PROTOCOL, {}, { phases });
  changed.feed(numbers(1, 2));
  assert.is(changed.change({}).number, 4);
  changed.feed(numbers(3, 9)).end();
  assert.equal(changed.left, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const late = new Passage(PROTOCOL, {}, { phases });
  late.feed(numbers(1, 5));
  late.change({});
  late.feed(numbers(6, 7)).end();
  assert.equal(late.left, [1, 2, 3, 6, 7]);
});

test('a trace with other lines and the same name is another link', () => {
  const traceOf = (lines: string): Knobs => ({ rateTrace: `slow\n${lines}`, queue: '5' });
  const passage = new Passage(PROTOCOL, traceOf('1\n2\n3\n'));
  passage.feed(numbers(1, 2));
  passage.change(traceOf('10\n20\n30\n'));
  passage.feed(numbers(3, 4)).end();
  assert.equal(
    passage.traffic.streams[0]?.epochs.map(({ config }) => config.rate?.trace?.timesMs),
    [
      [1, 2, 3],
      [10, 20, 30],
    ],
  );
  const settings = new SharedSettings();
  const [one, same] = [readKnobs(traceOf('1\n')), readKnobs(traceOf('1\n'))];
  assert.is(settings.of(one), settings.of(same));
});

test('settings are formatted once for each kind of flow, by which shares it has, not for each flow', () => {
  const impairment = readImpairment({ seed: '7' });
  const changes = new Changes(impairment, {
    journal: new Journal(impairment, 'any'),
    timeline: null,
    hasLives: false,
    unknown: () => undefined,
  });
  const knobs: Knobs = { rateTrace: 'slow\n1\n2\n3\n', queue: '5' };
  const shares: readonly Share[] = [
    { name: 'slow', direction: 'up', toxicity: 1, knobs },
    { name: 'lossy', direction: 'up', toxicity: 0.5, knobs: { drop: '10%' } },
  ];
  let reads = 0;
  const up = Object.defineProperty(readKnobs({}), 'drop', {
    enumerable: true,
    get: () => {
      reads += 1;
      return null;
    },
  });
  changes.change(0, { ...changes.conditions, up, shares }, () => ({ firstIndices: [], flows: 0 }));
  reads = 0;
  const flows = Array.from({ length: 1000 }, (_, k) => k + 1);
  const kinds = new Set(flows.map((flow) => changes.of(flow).up));
  // Each kind is merged, found and written down; a thousand flows read it a thousand times and more.
  assert.ok(kinds.size === 2 && reads > 0 && reads < 20, `${kinds.size} kinds, ${reads} reads`);
  for (const flow of flows) {
    const { drop } = changes.of(flow).up;
    assert.is(drop !== null, hasShare(shares[1] as Share, '7', flow), `flow ${flow}`);
  }
  changes.change(1, { ...changes.conditions, shares: [] }, () => ({ firstIndices: [], flows: 0 }));
  assert.is(changes.of(1).up, changes.of(2).up);
  assert.is(changes.of(1).up.rate, null);
});

test('conditions that cannot hold are refused, and nothing changes', async () => {
  const passage = new Passage(PROTOCOL, { drop: '5%' });
  passage.feed(numbers(1, 3));
  await assertRefusal(() => passage.change({ rate: '1mbit', shared: true }), 'conflict | --shared');
  assert.is(passage.journal.length, 1);
  const rate = (toxicity: number): readonly Share[] => [
    { name: 'slow', direction: 'up', toxicity, knobs: { rate: '1mbit' } },
  ];
  const unlinked = new Passage(PROTOCOL, OUTAGE);
  await assertRefusal(() => unlinked.change(OUTAGE, rate(1)), 'conflict | --rate');
  const linked = new Passage(PROTOCOL, LINK);
  await assertRefusal(() => linked.change(LINK, rate(0.5)), 'conflict | --rate');
  assert.is(linked.change(LINK, rate(1)).number, 2);
  assert.equal([unlinked.journal.length, linked.journal.length], [1, 2]);
  const timeline = timelineOf(passage);
  const played = new Passage(PROTOCOL, { drop: '5%' }, { timeline });
  await assertRefusal(() => played.change({}), 'conflict | change');
});

test.run();
