/** columns.bin: what is written is what is read, within its unit and its budget. */
import { inflateRawSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FlowColumns } from '../../../harness/judge/flowColumns.ts';
import { encodeColumns } from '../../../harness/report/columnsFile.ts';
import { readHeader, splitBlock } from '../../../harness/report/columnsLayout.ts';
import { randomStream } from '../../../src/base/random.ts';

const test = suite('columns.bin');

const identity = {
  run: 'r',
  scenario: 's',
  seed: '1',
  clock: 'virtual',
  mode: 'in-process',
  transport: 'simulated',
};

function drawn(seed: string, rows: number, client = 1): FlowColumns {
  const { draw } = randomStream(seed);
  const whole = (most: number): number => Math.floor(draw() * (most + 1));
  let dueNs = 0;
  const arrived = Uint8Array.from({ length: rows }, () => whole(2));
  return {
    flow: client,
    direction: 'down',
    client,
    stream: null,
    firstCount: 1 + whole(9),
    numbers: Uint32Array.from({ length: rows }, () => whole(1e9)),
    causes: Uint8Array.from({ length: rows }, () => whole(8)),
    holds: Uint16Array.from({ length: rows }, () => whole(65_535)),
    copies: Uint8Array.from({ length: rows }, () => whole(3)),
    damaged: Uint8Array.from({ length: rows }, () => whole(1)),
    arrived,
    extents: Uint32Array.from({ length: rows }, () => whole(100_000)),
    dueNs: Float64Array.from({ length: rows }, () => (dueNs += whole(2e6))),
    delayNs: Float64Array.from(arrived, (copies) =>
      copies === 0 ? Number.POSITIVE_INFINITY : whole(3e9) - 1e9,
    ),
    again: { rows: Uint32Array.of(0, rows - 1), delayNs: Float64Array.of(-5, 7) },
  };
}

/** As a reader gets it, by another inflate than the page's. */
function readBack(file: Uint8Array, place = 0) {
  const read = readHeader(file);
  const entry = read?.header.flows[place];
  assert.ok(read && entry?.block);
  const [offset, length] = entry.block;
  const bytes = inflateRawSync(file.subarray(read.at + offset, read.at + offset + length));
  return { entry, block: splitBlock(bytes, entry) };
}

/** First values from differences of differences. */
function undiffered(values: Int32Array): number[] {
  let at = 0;
  let step = 0;
  return Array.from(values, (value) => {
    step += value;
    at += step;
    return at;
  });
}

test('every column comes back, times to the unit that the entry names', async () => {
  for (let round = 0; round < 20; round += 1) {
    const given = drawn(`back/${round}`, 1 + round * 7);
    const { entry, block } = readBack(await encodeColumns([{ identity, columns: [given] }]));
    assert.equal(
      [entry.rows, entry.firstCount, entry.scenario],
      [given.causes.length, given.firstCount, 's'],
    );
    assert.equal([...block.cause], [...given.causes]);
    let number = entry.firstCount - 1;
    assert.equal(
      [...block.number].map((more) => (number += more + 1)),
      [...(given.numbers ?? [])],
    );
    assert.equal([...block.hold], [...given.holds]);
    assert.equal([...block.copies], [...given.copies]);
    assert.equal([...block.damaged], [...given.damaged]);
    assert.equal([...block.arrived], [...given.arrived]);
    assert.equal([...block.extent], [...given.extents]);
    assert.equal([...block.againRow], [...given.again.rows]);
    const near = (units: number, ns: number): boolean =>
      Math.abs(units * entry.unitNs - ns) <= entry.unitNs / 2;
    for (const [k, due] of undiffered(block.due).entries()) assert.ok(near(due, given.dueNs[k] as number));
    for (const [k, delay] of block.delay.entries())
      assert.ok(given.arrived[k] === 0 ? delay === 0 : near(delay, given.delayNs[k] as number));
  }
});

test('times are exact where they fit, and rounded to a power of ten where they do not', async () => {
  const short = { ...drawn('unit', 3), dueNs: Float64Array.of(0, 1, 2), delayNs: Float64Array.of(1, 2, 3) };
  assert.is(readBack(await encodeColumns([{ identity, columns: [short] }])).entry.unitNs, 1);
  const long = { ...short, delayNs: Float64Array.of(60e9, 1, 1) };
  assert.is(readBack(await encodeColumns([{ identity, columns: [long] }])).entry.unitNs, 100);
});

test('what does not fit its budget is left out, and named with why', async () => {
  const columns = [drawn('a', 500, 1), drawn('b', 500, 2), drawn('c', 1, 3)];
  const one = (readBack(await encodeColumns([{ identity, columns }])).entry.block as [number, number])[1];
  const file = await encodeColumns([{ identity, columns }], one + 200);
  const flows = readHeader(file)?.header.flows ?? [];
  assert.equal(
    flows.map(({ block, why }) => [block !== null, why !== null]),
    [
      [true, false],
      [false, true],
      [true, false],
    ],
  );
  // The third one stands right after the first.
  assert.is(readBack(file, 2).entry.block?.[0], one);
});

test('the same columns give the same bytes, and another file is none', async () => {
  const bytes = () => encodeColumns([{ identity, columns: [drawn('same', 50)] }]);
  assert.equal(await bytes(), await bytes());
  for (const text of ['', 'MSC1', 'MSC2aaaabbbb', 'MSC1\u00FF\u00FF\u00FF\u007F'])
    assert.is(readHeader(Buffer.from(text, 'latin1')), null);
});

test.run();
