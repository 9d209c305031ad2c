import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT, checkConfig } from '../../../harness/impairment/config.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { formatKnobs, KNOBS, mergeKnobs, readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { assertRefusal } from '../../refusals.ts';
import { pairedKnobs } from './pairedKnobs.ts';

const test = suite('the knobs');

/** The knobs on a line of flags, as a shell and commander would give them. */
function parse(line: string): Knobs {
  const knobs: Record<string, string | boolean> = {};
  const words = line.split(' ');
  for (let k = 0; k < words.length; k += 1) {
    const knob = KNOBS.find(({ flags }) => flags.split(' ')[0] === words[k]);
    if (knob === undefined) continue;
    if (!knob.flags.includes('<')) knobs[knob.name] = true;
    else {
      k += 1;
      knobs[knob.name] = words[k] as string;
    }
  }
  return knobs;
}

test('no knob, no impairment', () => {
  assert.equal(readKnobs({}), NO_IMPAIRMENT);
  assert.equal(readKnobs({ drop: undefined, keepOrder: false }), NO_IMPAIRMENT);
  assert.is(formatKnobs(NO_IMPAIRMENT), '');
});

test('each knob is read', () => {
  const drop = (knobs: Knobs) => readKnobs(knobs).drop;
  assert.equal(drop({ drop: '5%' }), { kind: 'independent', ratio: 0.05 });
  assert.equal(drop({ dropExact: '5%/100' }), { kind: 'exact', lost: 5, block: 100 });
  assert.equal(drop({ dropBurst: '1%,25%' }), {
    kind: 'gilbertElliott',
    p: 0.01,
    r: 0.25,
    lossBad: 1,
    lossGood: 0,
  });
  assert.equal(drop({ dropBurst: '1%,25%,80%,0.1%' }), {
    kind: 'gilbertElliott',
    p: 0.01,
    r: 0.25,
    lossBad: 0.8,
    lossGood: 0.001,
  });
  assert.equal(drop({ dropState: '1%,30%,10%,50%,0.5%' }), {
    kind: 'markov4',
    p13: 0.01,
    p31: 0.3,
    p32: 0.1,
    p23: 0.5,
    p14: 0.005,
  });
  assert.equal(readKnobs({ dropList: '9-12,3,7,11-13,14' }).dropList, [
    { from: 3, to: 3 },
    { from: 7, to: 7 },
    { from: 9, to: 14 },
  ]);
  assert.equal(readKnobs({ outage: '10s..10500ms,2s..3s,3s..4s' }).outages, [
    { fromNs: 2e9, toNs: 4e9 },
    { fromNs: 10e9, toNs: 10.5e9 },
  ]);
  assert.equal(readKnobs({ reorder: '5%', reorderDistance: '2' }).reorder, { ratio: 0.05, distance: [2, 2] });
  assert.equal(readKnobs({ reorderList: '25:1, 17:3,1000000:1000' }).reorderList, [
    { index: 17, distance: 3 },
    { index: 25, distance: 1 },
    { index: 1_000_000, distance: 1000 },
  ]);
  assert.is(readKnobs({ duplicate: '1%' }).duplicateRatio, 0.01);
  assert.equal(readKnobs({ duplicateList: '9,5,6-8' }).duplicateList, [{ from: 5, to: 9 }]);
  assert.is(readKnobs({ corrupt: '0.001' }).corruptRatio, 0.001);
  assert.equal(readKnobs({ jitter: '5ms' }).delay, {
    delayNs: 0,
    jitterNs: 5e6,
    distribution: 'uniform',
    keepOrder: false,
  });
  assert.equal(readKnobs({ delay: '20ms', jitter: '5ms', distribution: 'normal', keepOrder: true }).delay, {
    delayNs: 20e6,
    jitterNs: 5e6,
    distribution: 'normal',
    keepOrder: true,
  });
  assert.equal(readKnobs({ rate: '10mbit' }).rate, { rateBps: 10e6, queueDatagrams: 100 });
  assert.is(readKnobs({ drop: '5%', spare: '3' }).spare, 3);
  assert.ok(readKnobs({ outage: '1s..2s', shared: true }).shared);
  assert.not(readKnobs({ rate: '1mbit', shared: false }).shared);
  assert.equal(readKnobs({ rate: '10mbit', queue: '0' }).rate, { rateBps: 10e6, queueDatagrams: 0 });
});

test('what cannot be read, or contradicts itself, is refused in one line that names the flag', async () => {
  const cases: [Knobs, string][] = [
    [{ drop: '5' }, 'value-range | --drop'],
    [{ drop: '101%' }, 'value-range | --drop'],
    [{ drop: true }, 'value-format | --drop'],
    [{ drop: 0.05 as never }, 'value-format | --drop'],
    [{ loss: '90%' }, 'unknown-key | readKnobs'],
    [{ 'drop-list': '3' }, 'unknown-key | readKnobs'],
    [{ duplicat: '3%' }, 'unknown-key | readKnobs'],
    [{ listen: '9000' }, 'unknown-key | readKnobs'],
    ['5%' as never, 'value-format | readKnobs'],
    [{ drop: '-0' }, 'value-format | --drop'],
    [{ drop: '5%', dropBurst: '1%,25%' }, 'conflict | --drop'],
    [{ dropExact: '5%/100', dropState: '1%,1%,1%,1%,1%' }, 'conflict | --drop-exact'],
    [{ dropExact: '5%' }, 'value-format | --drop-exact'],
    [{ dropExact: '5%/100/2' }, 'value-format | --drop-exact'],
    [{ dropExact: '5%/30' }, 'value-range | --drop-exact'],
    [{ dropExact: '5%/0' }, 'value-range | --drop-exact'],
    [{ dropBurst: '1%' }, 'value-format | --drop-burst'],
    [{ dropBurst: '1%,2%,3%,4%,5%' }, 'value-format | --drop-burst'],
    [{ dropBurst: '1%,0' }, 'value-range | --drop-burst'],
    [{ dropBurst: '1%,200%' }, 'value-range | --drop-burst'],
    [{ dropState: '1%,2%' }, 'value-format | --drop-state'],
    [{ dropState: '60%,10%,0,0,60%' }, 'value-range | --drop-state'],
    [{ dropState: '1%,60%,60%,10%,0' }, 'value-range | --drop-state'],
    [{ dropState: '1%,0,10%,10%,0' }, 'value-range | --drop-state'],
    [{ dropState: '1%,10%,10%,0,0' }, 'value-range | --drop-state'],
    [{ dropList: '0' }, 'value-range | --drop-list'],
    [{ dropList: '5-3' }, 'value-range | --drop-list'],
    [{ dropList: '3,,4' }, 'value-format | --drop-list'],
    [{ outage: '2s' }, 'value-format | --outage'],
    [{ outage: '3s..2s' }, 'value-range | --outage'],
    [{ outage: '3s..3s' }, 'value-range | --outage'],
    [{ outage: '1..2' }, 'value-format | --outage'],
    [{ reorder: '100%' }, 'value-range | --reorder'],
    [{ reorder: '5%', reorderDistance: '0' }, 'value-range | --reorder-distance'],
    [{ reorder: '5%', reorderDistance: '3..1' }, 'value-range | --reorder-distance'],
    [{ reorder: '5%', reorderDistance: '1001' }, 'value-range | --reorder-distance'],
    [{ reorderDistance: '2' }, 'missing | --reorder-distance'],
    [{ reorderList: '17' }, 'value-format | --reorder-list'],
    [{ reorderList: '0:3' }, 'value-range | --reorder-list'],
    [{ reorderList: '5-6:3' }, 'value-format | --reorder-list'],
    [{ reorderList: '5:0' }, 'value-range | --reorder-list'],
    [{ reorderList: '5:1001' }, 'value-range | --reorder-list'],
    [{ reorderList: '5:1,4:2,5:1' }, 'repeated | --reorder-list'],
    [{ duplicateList: '0' }, 'value-range | --duplicate-list'],
    [{ duplicate: 'x' }, 'value-format | --duplicate'],
    [{ corrupt: '-1%' }, 'value-format | --corrupt'],
    [{ delay: '20' }, 'value-format | --delay'],
    [{ jitter: 'fast' }, 'value-format | --jitter'],
    [{ distribution: 'normal' }, 'missing | --distribution'],
    [{ distribution: 'normal', delay: '1ms' }, 'missing | --distribution'],
    [{ jitter: '1ms', distribution: 'cauchy' }, 'unknown-choice | --distribution'],
    [{ keepOrder: true }, 'missing | --keep-order'],
    [{ keepOrder: 'yes', delay: '1ms' }, 'value-format | --keep-order'],
    [{ rate: '10' }, 'value-format | --rate'],
    [{ queue: '10' }, 'missing | --queue'],
    [{ rate: '1mbit', queue: '-1' }, 'value-range | --queue'],
    [{ shared: true }, 'missing | --shared'],
    [{ shared: true, drop: '5%' }, 'missing | --shared'],
    [{ shared: 'yes', rate: '1mbit' }, 'value-format | --shared'],
    [{ spare: '3' }, 'missing | --spare'],
    [{ drop: '5%', spare: '-1' }, 'value-range | --spare'],
    [{ drop: '5%', spare: '1.5' }, 'value-format | --spare'],
  ];
  for (const [knobs, refused] of cases) await assertRefusal(() => readKnobs(knobs), refused);
});

test('settings given as data are checked too', async () => {
  const cases: [Partial<ImpairmentConfig>, string][] = [
    [{ outages: [{ fromNs: 5, toNs: 5 }] }, 'value-range | --outage'],
    [
      {
        outages: [
          { fromNs: 5, toNs: 9 },
          { fromNs: 8, toNs: 12 },
        ],
      },
      'value-range | --outage',
    ],
    [{ dropList: [{ from: 0, to: 3 }] }, 'value-range | --drop-list'],
    [
      {
        dropList: [
          { from: 1, to: 3 },
          { from: 3, to: 4 },
        ],
      },
      'value-range | --drop-list',
    ],
    [{ drop: { kind: 'independent', ratio: Number.NaN } }, 'value-range | --drop'],
    [{ drop: { kind: 'exact', lost: 3, block: 2 } }, 'value-range | --drop-exact'],
    [{ drop: { kind: 'exact', lost: 1, block: 1.5 } }, 'value-range | --drop-exact'],
    [{ corruptRatio: 2 }, 'value-range | --corrupt'],
    [{ duplicateRatio: -1 }, 'value-range | --duplicate'],
    [{ duplicateList: [{ from: 4, to: 3 }] }, 'value-range | --duplicate-list'],
    [{ reorderList: [{ index: 0, distance: 1 }] }, 'value-range | --reorder-list'],
    [{ reorderList: [{ index: 3, distance: 1.5 }] }, 'value-range | --reorder-list'],
    [
      {
        reorderList: [
          { index: 3, distance: 1 },
          { index: 3, distance: 2 },
        ],
      },
      'value-range | --reorder-list',
    ],
    [{ reorder: { ratio: 0.1, distance: [3, 1] } }, 'value-range | --reorder-distance'],
    [
      { delay: { delayNs: -1, jitterNs: 0, distribution: 'uniform', keepOrder: false } },
      'value-range | --delay',
    ],
    [
      { delay: { delayNs: 0, jitterNs: 0.5, distribution: 'uniform', keepOrder: false } },
      'value-range | --jitter',
    ],
    [{ rate: { rateBps: 0, queueDatagrams: 1 } }, 'value-range | --rate'],
    [{ rate: { rateBps: 1, queueDatagrams: 1e9 } }, 'value-range | --queue'],
    [{ shared: 1 as never }, 'value-format | impairment: shared'],
    [{ spare: 0.5 }, 'value-range | --spare'],
  ];
  checkConfig(NO_IMPAIRMENT);
  checkConfig({
    ...NO_IMPAIRMENT,
    outages: [
      { fromNs: 5, toNs: 9 },
      { fromNs: 9, toNs: 12 },
    ],
  });
  for (const [part, refused] of cases)
    await assertRefusal(() => checkConfig({ ...NO_IMPAIRMENT, ...part }), refused);
});

const ratioText = fc.oneof(
  fc.constantFrom('0%', '5%', '0.1%', '33.3%', '0.07', '0.0000001'),
  fc
    .double({ min: 0, max: 0.9, noNaN: true })
    .map(String)
    .filter((text) => !text.includes('e')),
);
const positiveRatio = ratioText.filter((text) => Number.parseFloat(text) > 0);
const lossKnobs = fc.oneof(
  fc.constant({}),
  ratioText.map((drop) => ({ drop })),
  ratioText.map((drop) => ({ drop, dropMaxRun: '3' })),
  ratioText.map((drop) => ({ drop, spare: '3' })),
  fc.record({ dropExact: fc.constantFrom('5%/100', '0%/9', '33.3333333333%/3', '100%/8', '0.7%/1000') }),
  fc.tuple(ratioText, positiveRatio, ratioText, ratioText).map((parts) => ({ dropBurst: parts.join(',') })),
  fc.record({ dropState: fc.constantFrom('1%,30%,10%,50%,0.5%', '0,1,0,0,0.3333333333333333') }),
);
const otherKnobs = fc
  .record(
    {
      dropList: fc.constantFrom('3', '3,7,9-12'),
      mtu: fc.constantFrom('1', '1472'),
      outage: fc.constantFrom('0..1ns', '2s..3s,2500ms..4s,1001us..1002us'),
      reorder: ratioText,
      reorderDistance: fc.constantFrom('1', '1..3', '5..900'),
      reorderList: fc.constantFrom('1:1', '17:3,25:1,26:1000'),
      duplicate: ratioText,
      duplicateList: fc.constantFrom('1', '5,9-12'),
      corrupt: ratioText,
      delay: fc.constantFrom('0', '1ns', '20ms', '1.5s'),
      jitter: fc.constantFrom('0', '333us'),
      rate: fc.constantFrom('10mbit', '1.5kbit', '3bit', '1gbit', '12345.5bit'),
    },
    { requiredKeys: [] },
  )
  .map(pairedKnobs);

test('flags written from settings give the same settings again', () => {
  fc.assert(
    fc.property(
      lossKnobs,
      otherKnobs,
      fc.boolean(),
      fc.constantFrom('normal', 'pareto'),
      (loss, other, keep, shape) => {
        const knobs: Knobs = {
          ...loss,
          ...other,
          ...(other.jitter === undefined ? {} : { distribution: shape, keepOrder: keep }),
          ...(other.rate === undefined ? {} : { queue: keep ? '7' : '100', shared: keep }),
        };
        const config = readKnobs(knobs);
        assert.equal(readKnobs(parse(formatKnobs(config))), config);
      },
    ),
    { seed: 41, numRuns: 300 },
  );
});

test('a line of flags is short where defaults do', () => {
  assert.is(
    formatKnobs(readKnobs({ drop: '5%', reorder: '0.05', reorderDistance: '1..3', delay: '20ms' })),
    '--drop 5% --reorder 5% --delay 20ms',
  );
});

test('a distance is written with the share that it is of, even where that is nothing', () => {
  assert.is(
    formatKnobs(readKnobs({ reorder: '0', reorderDistance: '5' })),
    '--reorder 0% --reorder-distance 5..5',
  );
});

test('knobs on top of others replace them, a loss model the other loss model', () => {
  const base = { drop: '5%', reorder: '1%', keepOrder: true, delay: '1ms' };
  assert.equal(mergeKnobs(base, { dropBurst: '1%,25%', reorder: '2%', duplicate: undefined }), {
    dropBurst: '1%,25%',
    reorder: '2%',
    keepOrder: true,
    delay: '1ms',
  });
  assert.equal(mergeKnobs(base, {}), base);
});

test('every knob is described once, under the name commander gives it', () => {
  for (const { name, flags, description } of KNOBS) {
    const flag = flags.split(' ')[0] as string;
    assert.is(
      flag.slice(2).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      name,
    );
    assert.match(description, /\(default: /);
  }
  assert.is(new Set(KNOBS.map(({ name }) => name)).size, 27);
});

test.run();
