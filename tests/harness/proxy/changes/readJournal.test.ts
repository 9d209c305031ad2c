/** Journals as they are read: whole ones give their epochs, damaged and hostile ones are refused with the line. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImpairmentConfig } from '../../../../harness/impairment/config.ts';
import { knobsOf, readKnobs } from '../../../../harness/impairment/knobs.ts';
import { readJournal } from '../../../../harness/proxy/changes/readJournal.ts';
import { UsageError } from '../../../../src/base/errors.ts';

const test = suite('a journal that is read');

const LINES = [
  '{"version":1,"seed":"7","protocol":"any","down":{"drop":"5%"},"up":{},"phases":[{"atUs":5000,"down":{},"up":{}}]}',
  '{"phase":2,"flow":1,"direction":"up","stream":1,"index":3,"atUs":10}',
  '{"epoch":3,"atUs":20,"up":{"drop":"10%"},"shares":[{"name":"slow","direction":"down","toxicity":0.5,"knobs":{"delay":"5ms"}}],"firstIndices":[[1,"up",1,7],[1,"down",1,4]]}',
  '{"flow":2,"direction":"down","stream":1,"epoch":3,"atUs":30}',
  '{"action":"rebind","flow":1,"atUs":40}',
  '{"flow":2,"direction":"down","stream":1,"life":2,"epoch":3,"atUs":50}',
  '{"epoch":5,"atUs":60,"down":{},"shares":[],"firstIndices":[[2,"down",1,9,2]]}',
];
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

test('each stream has its epochs, with its indices and settings', () => {
  const timeline = readJournal(textOf(LINES), 'epochs.jsonl');
  const upOf = ({ up }: { readonly up: ImpairmentConfig }): ImpairmentConfig => up;
  const epochsOf = (flow: number, direction: 'down' | 'up', life = 1) =>
    timeline
      .epochsOf({ seed: '7', flow, direction }, life, direction === 'up' ? upOf : ({ down }) => down)
      .map(({ number, firstIndex, config }) => [number, firstIndex, knobsOf(config)]);
  assert.equal(epochsOf(1, 'up'), [
    [1, 1, {}],
    [2, 3, {}],
    [3, 7, { drop: '10%' }],
  ]);
  assert.equal(epochsOf(1, 'down'), [
    [1, 1, { drop: '5%' }],
    [3, 4, { drop: '5%' }],
  ]);
  assert.equal(epochsOf(2, 'down'), [[3, 1, { drop: '5%' }]]);
  assert.equal(epochsOf(2, 'down', 2), [
    [3, 1, { drop: '5%' }],
    [5, 9, {}],
  ]);
  assert.equal(epochsOf(9, 'up'), [[1, 1, {}]]);
  const { seed, protocol, changes, actions } = timeline;
  assert.equal([seed, protocol, changes, actions], ['7', 'any', 2, 1]);
  assert.equal([timeline.has(2), timeline.has(9)], [true, false]);
});

test('settings written as knobs are read back the same', () => {
  const knobs = {
    drop: '5%',
    delay: '20ms',
    jitter: '5ms',
    keepOrder: true,
    rate: '1mbit',
    queue: '64kB',
    outage: '1s..2s',
  };
  const config = readKnobs(knobs);
  assert.equal(readKnobs(knobsOf(config)), config);
});

/** Reads it; returns the line that is refused, or null. Anything but a refusal that names a line is a fault. */
function refusedLine(text: string): number | null {
  try {
    readJournal(text, 'epochs.jsonl');
    return null;
  } catch (cause) {
    assert.instance(cause, UsageError);
    const { message, code } = cause as UsageError;
    const [, line] = /^epochs\.jsonl: line (\d+): expected |^epochs\.jsonl: line (\d+): /.exec(message) ?? [];
    assert.ok(line !== undefined || /line \d+/.test(message), message);
    assert.is(code, 'file-format');
    assert.ok(message.length < 2000, 'a message stays short');
    assert.not.match(message, /\n/);
    return Number(/line (\d+)/.exec(message)?.[1]);
  }
}

test('a line that is changed into another value is refused there, or is a journal', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(-1, 0, 1.5, 1e300, 2 ** 53, '', '__proto__', null, [], {}, [[]], 'x'.repeat(5000)),
  );
  const change = fc.record({ line: fc.nat(LINES.length - 1), key: fc.nat(8), value });
  fc.assert(
    fc.property(change, ({ line, key, value: other }) => {
      const object = JSON.parse(LINES[line] as string) as Record<string, unknown>;
      const keys = Object.keys(object);
      object[keys[key % keys.length] as string] = other;
      const lines = LINES.with(line, JSON.stringify(object));
      const refused = refusedLine(textOf(lines));
      assert.ok(refused === null || refused > line, String(refused));
    }),
    { numRuns: 2000, seed: 14 },
  );
});

test('bytes that are cut, doubled or replaced are refused, or are a journal', () => {
  const whole = textOf(LINES);
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(20), fc.string({ maxLength: 20 }), (at, count, other) => {
      refusedLine(whole.slice(0, at) + other + whole.slice(at + count));
    }),
    { numRuns: 3000, seed: 15 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      refusedLine(text);
      refusedLine(`${LINES[0] as string}\n${text}\n`);
    }),
    { numRuns: 1000, seed: 16 },
  );
  refusedLine(`${LINES[0] as string}\n${'['.repeat(100_000)}\n`);
});

test('lines in the wrong order, twice or missing are refused where that gives other fates', () => {
  assert.is(refusedLine(textOf(LINES.slice(1))), 1);
  assert.is(refusedLine(textOf([...LINES, LINES[2] as string])), 8);
  assert.is(refusedLine(textOf(LINES.filter((_, k) => k !== 5))), 6);
  assert.is(refusedLine(textOf(LINES.toSpliced(2, 0, LINES[3] as string))), 3);
});

const HEADER = '{"version":1,"seed":"7","protocol":"any","down":{},"up":{}}';
const WITH_PHASES = HEADER.replace(/}$/, ',"phases":[{"atUs":5000,"down":{},"up":{}}]}');

/** Of each life of flow 1's stream down, from 1: the number and the first index of its epochs. */
const livesIn = (lines: readonly string[], count: number): number[][][] =>
  Array.from({ length: count }, (_, k) =>
    readJournal(textOf(lines), 'epochs.jsonl')
      .epochsOf({ seed: '7', flow: 1, direction: 'down' }, k + 1, ({ down }) => down)
      .map(({ number, firstIndex }) => [number, firstIndex]),
  );

test('lives that began before the first change need no line of their own, by hand', () => {
  // The first one ended without one, and what changed at first was the other direction.
  const second = '{"epoch":2,"atUs":20,"up":{"drop":"1%"},"firstIndices":[[1,"up",1,6,2]]}';
  const third = '{"epoch":3,"atUs":30,"down":{"drop":"1%"},"firstIndices":[[1,"down",1,9,2]]}';
  const again = '{"flow":1,"direction":"down","stream":1,"life":3,"epoch":3,"atUs":40}';
  assert.equal(livesIn([HEADER, second, third, again], 3), [
    [[1, 1]],
    [
      [1, 1],
      [3, 9],
    ],
    [[3, 1]],
  ]);
  const phaseOf = (life: number, index: number): string =>
    `{"phase":2,"flow":1,"direction":"down","stream":1,"life":${life},"index":${index},"atUs":10}`;
  const inThird = [
    [1, 1],
    [2, 8],
  ];
  assert.equal(livesIn([WITH_PHASES, phaseOf(3, 8)], 3), [[[1, 1]], [[1, 1]], inThird]);
  const inFirst = [
    [1, 1],
    [2, 5],
  ];
  assert.equal(livesIn([WITH_PHASES, phaseOf(1, 5), phaseOf(3, 8)], 3), [inFirst, [[1, 1]], inThird]);
});

test('a life after one that was there at a change has a line, and is refused without', () => {
  const changeOf = (epoch: number, life: number): string =>
    `{"epoch":${epoch},"atUs":20,"down":{"drop":"${epoch}%"},"firstIndices":[[1,"down",1,9,${life}]]}`;
  assert.is(refusedLine(textOf([HEADER, changeOf(2, 1), changeOf(3, 2)])), 3);
  assert.is(refusedLine(textOf([WITH_PHASES, changeOf(3, 1), changeOf(4, 2)])), 3);
  const streamOf = (life: number): string =>
    `{"flow":1,"direction":"down","stream":1,"life":${life},"epoch":2,"atUs":40}`;
  assert.is(refusedLine(textOf([HEADER, changeOf(2, 1), streamOf(3)])), 3);
  assert.is(refusedLine(textOf([HEADER, changeOf(2, 1), streamOf(2), streamOf(3)])), null);
  assert.is(refusedLine(textOf([HEADER, changeOf(2, 1e9)])), 2);
});

test.run();
