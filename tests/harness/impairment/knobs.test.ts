import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT, checkConfig } from '../../../harness/impairment/config.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { formatKnobs, KNOBS, mergeKnobs, readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { UsageError } from '../../../src/base/errors.ts';
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
  assert.equal(readKnobs({ rate: '10mbit', queue: '0' }).rate, { rateBps: 10e6, queueDatagrams: 0 });
});

test('what cannot be read, or contradicts itself, is refused in one line that names the flag', () => {
  const cases: [Knobs, RegExp][] = [
    [{ drop: '5' }, /^--drop: expected a ratio/],
    [{ drop: '101%' }, /^--drop: expected a ratio/],
    [{ drop: true }, /^--drop: expected text as on the command line, got true; write it in quotes, 'true'$/],
    [{ drop: 0.05 as never }, /, got 0.05; write it in quotes, '0.05'$/],
    [{ loss: '90%' }, /^readKnobs: no such knob as "loss"; did you mean drop[?]$/],
    [{ 'drop-list': '3' }, /did you mean dropList[?]$/],
    [{ duplicat: '3%' }, /did you mean duplicate[?]$/],
    [{ listen: '9000' }, /^readKnobs: no such knob as "listen"; expected one of drop, dropExact, .*, queue$/],
    ['5%' as never, /^readKnobs: expected knobs such as [{] drop: '5%' [}], got "5%"$/],
    [{ drop: '-0' }, /^--drop: expected a ratio from 0% to 100%, .*, got "-0"$/],
    [{ drop: '5%', dropBurst: '1%,25%' }, /^--drop: expected one loss model, got --drop-burst too/],
    [{ dropExact: '5%/100', dropState: '1%,1%,1%,1%,1%' }, /^--drop-exact: .* --drop-state too/],
    [{ dropExact: '5%' }, /^--drop-exact: expected a ratio and a block size, such as 5%\/100, got "5%"/],
    [{ dropExact: '5%/100/2' }, /^--drop-exact: expected a ratio and a block/],
    [
      { dropExact: '5%/30' },
      /^--drop-exact: expected a whole number of losses in a block, got "5%\/30", which is 1\.5/,
    ],
    [{ dropExact: '5%/0' }, /^--drop-exact: expected a whole number from 1/],
    [{ dropBurst: '1%' }, /^--drop-burst: expected 2 to 4 ratios, such as 1%,25%, got "1%"/],
    [{ dropBurst: '1%,2%,3%,4%,5%' }, /^--drop-burst: expected 2 to 4 ratios/],
    [{ dropBurst: '1%,0' }, /^--drop-burst: expected R above 0/],
    [{ dropBurst: '1%,200%' }, /^--drop-burst: expected a ratio/],
    [{ dropState: '1%,2%' }, /^--drop-state: expected 5 ratios/],
    [{ dropState: '60%,10%,0,0,60%' }, /^--drop-state: expected P13 \+ P14 of at most 100%, got "1.2"/],
    [{ dropState: '1%,60%,60%,10%,0' }, /^--drop-state: expected P31 \+ P32 of at most 100%/],
    [{ dropState: '1%,0,10%,10%,0' }, /^--drop-state: expected P31 above 0/],
    [{ dropState: '1%,10%,10%,0,0' }, /^--drop-state: expected P23 above 0/],
    [{ dropList: '0' }, /^--drop-list: expected datagrams from 1 on/],
    [{ dropList: '5-3' }, /^--drop-list: expected datagrams/],
    [{ dropList: '3,,4' }, /^--drop-list: expected datagrams/],
    [{ outage: '2s' }, /^--outage: expected spans of media time, such as 2s\.\.3s, got "2s"/],
    [{ outage: '3s..2s' }, /^--outage: expected a span that ends after it starts/],
    [{ outage: '3s..3s' }, /^--outage: expected a span that ends after it starts/],
    [{ outage: '1..2' }, /^--outage: expected a duration/],
    [{ reorder: '100%' }, /^--reorder: expected a ratio below 100%/],
    [
      { reorder: '5%', reorderDistance: '0' },
      /^--reorder-distance: expected a whole number or a rising span from 1 to 1000/,
    ],
    [{ reorder: '5%', reorderDistance: '3..1' }, /^--reorder-distance: /],
    [{ reorder: '5%', reorderDistance: '1001' }, /^--reorder-distance: /],
    [{ reorderDistance: '2' }, /^--reorder-distance: expected --reorder beside it, got none$/],
    [
      { reorderList: '17' },
      /^--reorder-list: expected datagrams from 1 on, each with its distance, such as 17:3,25:1, got "17"$/,
    ],
    [{ reorderList: '0:3' }, /^--reorder-list: expected datagrams from 1/],
    [{ reorderList: '5-6:3' }, /^--reorder-list: expected datagrams from 1/],
    [{ reorderList: '5:0' }, /^--reorder-list: expected datagrams from 1/],
    [{ reorderList: '5:1001' }, /^--reorder-list: expected distances from 1 to 1000, got "1001"$/],
    [{ reorderList: '5:1,4:2,5:1' }, /^--reorder-list: expected each datagram once, got 5 twice/],
    [{ duplicateList: '0' }, /^--duplicate-list: expected datagrams from 1 on/],
    [{ duplicate: 'x' }, /^--duplicate: /],
    [{ corrupt: '-1%' }, /^--corrupt: /],
    [{ delay: '20' }, /^--delay: expected a duration/],
    [{ jitter: 'fast' }, /^--jitter: expected a duration/],
    [{ distribution: 'normal' }, /^--distribution: expected --jitter beside it, got none/],
    [{ distribution: 'normal', delay: '1ms' }, /^--distribution: expected --jitter beside it/],
    [
      { jitter: '1ms', distribution: 'cauchy' },
      /^--distribution: expected uniform, normal, pareto, paretonormal, got "cauchy"/,
    ],
    [{ keepOrder: true }, /^--keep-order: expected --delay or --jitter beside it, got none/],
    [{ keepOrder: 'yes', delay: '1ms' }, /^--keep-order: expected true or false, got "yes"/],
    [{ rate: '10' }, /^--rate: expected a rate/],
    [{ queue: '10' }, /^--queue: expected --rate beside it, got none/],
    [{ rate: '1mbit', queue: '-1' }, /^--queue: expected a whole number from 0/],
  ];
  for (const [knobs, message] of cases) {
    try {
      readKnobs(knobs);
      assert.unreachable(`${JSON.stringify(knobs)} was taken`);
    } catch (error) {
      assert.instance(error, UsageError, `${JSON.stringify(knobs)}: ${String(error)}`);
      assert.match((error as Error).message, message);
      assert.not.match((error as Error).message, /\n/);
    }
  }
});

test('settings given as data are checked too', () => {
  const refused: [Partial<ImpairmentConfig>, RegExp][] = [
    [{ outages: [{ fromNs: 5, toNs: 5 }] }, /^--outage: /],
    [
      {
        outages: [
          { fromNs: 5, toNs: 9 },
          { fromNs: 8, toNs: 12 },
        ],
      },
      /^--outage: /,
    ],
    [{ dropList: [{ from: 0, to: 3 }] }, /^--drop-list: /],
    [
      {
        dropList: [
          { from: 1, to: 3 },
          { from: 3, to: 4 },
        ],
      },
      /^--drop-list: /,
    ],
    [{ drop: { kind: 'independent', ratio: Number.NaN } }, /^--drop: /],
    [{ drop: { kind: 'exact', lost: 3, block: 2 } }, /^--drop-exact: /],
    [{ drop: { kind: 'exact', lost: 1, block: 1.5 } }, /^--drop-exact: /],
    [{ corruptRatio: 2 }, /^--corrupt: /],
    [{ duplicateRatio: -1 }, /^--duplicate: /],
    [{ duplicateList: [{ from: 4, to: 3 }] }, /^--duplicate-list: /],
    [{ reorderList: [{ index: 0, distance: 1 }] }, /^--reorder-list: /],
    [{ reorderList: [{ index: 3, distance: 1.5 }] }, /^--reorder-list: /],
    [
      {
        reorderList: [
          { index: 3, distance: 1 },
          { index: 3, distance: 2 },
        ],
      },
      /^--reorder-list: /,
    ],
    [{ reorder: { ratio: 0.1, distance: [3, 1] } }, /^--reorder-distance: /],
    [{ delay: { delayNs: -1, jitterNs: 0, distribution: 'uniform', keepOrder: false } }, /^--delay: /],
    [{ delay: { delayNs: 0, jitterNs: 0.5, distribution: 'uniform', keepOrder: false } }, /^--jitter: /],
    [{ rate: { rateBps: 0, queueDatagrams: 1 } }, /^--rate: /],
    [{ rate: { rateBps: 1, queueDatagrams: 1e9 } }, /^--queue: /],
  ];
  checkConfig(NO_IMPAIRMENT);
  checkConfig({
    ...NO_IMPAIRMENT,
    outages: [
      { fromNs: 5, toNs: 9 },
      { fromNs: 9, toNs: 12 },
    ],
  });
  for (const [part, message] of refused) {
    assert.throws(
      () => checkConfig({ ...NO_IMPAIRMENT, ...part }),
      (error: unknown) => {
        assert.instance(error, UsageError);
        assert.match((error as Error).message, message);
        return true;
      },
    );
  }
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
          ...(other.rate === undefined ? {} : { queue: keep ? '7' : '100' }),
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
  assert.is(new Set(KNOBS.map(({ name }) => name)).size, 20);
});

test.run();
