/** What `fit` reads besides the arrivals of a replay: a proxy's list, a folder with one, recordings and captures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fitArrivals } from '../../../harness/fit/fit.ts';
import { formatFits } from '../../../harness/fit/fitReport.ts';
import type { FitReport } from '../../../harness/fit/fitReport.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { readProtocol } from '../../../harness/protocols/allProtocols.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';
import { fitSchedule } from './traces.ts';

const folder = temporaryFolder();
const HEADER = 'flow,direction,stream,at,time_ns,index,repeat,bytes,altered\n';

/** Writes a proxy's list: each line's time, repeat and size are of no account. */
function list(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  const rows = lines.map((line) => {
    const [flow, direction, stream, at, index, altered = '0'] = line.split(' ');
    return `${flow},${direction},${stream},${at},5,${index},1,200,${altered}\n`;
  });
  writeFileSync(path, HEADER + rows.join(''));
  return path;
}

const figures = ({ fits }: FitReport): unknown[] =>
  fits.map(({ client, first, last, datagrams, lost }) => [client, first, last, datagrams, lost]);

const test = suite("a proxy's list is fitted");

const entered = (flow: number, direction: string, ...indices: readonly number[]): string[] =>
  indices.map((index) => `${flow} ${direction} 1 entry ${index}`);
const left = (flow: number, direction: string, ...indices: readonly number[]): string[] =>
  indices.map((index) => `${flow} ${direction} 1 exit ${index}`);

test('what left, up to the last that entered; what was altered is lost, each way is pooled by itself', async () => {
  const path = list(
    'list.csv',
    ...entered(1, 'down', 1, 2, 3, 4, 5, 6),
    ...left(1, 'down', 1, 3),
    '1 down 1 exit 4 1',
    ...entered(2, 'down', 1, 2),
    ...left(2, 'down', 2, 2, 1),
    ...entered(1, 'up', 1, 3),
    ...left(1, 'up', 1),
    '1 down 2 entry 1',
    '1 down 2 exit 1',
  );
  const report = await fitArrivals(path);
  assert.equal(figures(report), [
    ['1 down', 1, 6, 6, 4],
    ['2 down', 1, 2, 2, 0],
    ['1 down 2', 1, 1, 1, 0],
    ['all down', null, null, 9, 4],
    ['1 up', 1, 3, 3, 2],
  ]);
  assert.equal([report.of, report.results, report.notes], ['flow', { down: 3, up: 4 }, []]);
  const text = formatFits(report);
  assert.match(text, /^flow +datagrams/);
  assert.match(text, /\nall flows down pooled:\n/);
  assert.match(text, /\nflow 1 up:\n/);
  assert.equal(figures(await fitArrivals(path, 2)), [['2 down', 1, 2, 2, 0]]);
});

test('what came in, where that is asked for: losses before the proxy', async () => {
  const path = list('entry.csv', ...entered(1, 'up', 1, 3, 4, 7), ...left(1, 'up', 1));
  assert.equal(figures(await fitArrivals(path, undefined, undefined, { at: 'entry' })), [
    ['1 up', 1, 7, 7, 3],
  ]);
});

test('a flow of which nothing left is named', async () => {
  const path = list('silent.csv', ...entered(1, 'up', 1, 2), ...left(1, 'up', 1), ...entered(2, 'up', 1));
  const report = await fitArrivals(path);
  assert.equal(figures(report), [['1 up', 1, 2, 2, 1]]);
  assert.is(report.notes.length, 1);
  assert.match(formatFits(report), /\nnote: flow 2 up: /);
  await assertRefusal(() => fitArrivals(path, 2), `file-format | ${path}, line 6`);
});

test('a report folder stands for the list in it', async () => {
  const report = join(folder, 'report');
  mkdirSync(report);
  await assertRefusal(() => fitArrivals(report), `file-unreadable | ${report}`, join(report, 'arrivals.csv'));
  list('report/arrivals.csv', ...entered(1, 'up', 1, 2, 3), ...left(1, 'up', 1, 3));
  assert.equal(figures(await fitArrivals(report)), [['1 up', 1, 3, 3, 1]]);
});

for (const [what, line] of [
  ['another place', '1,up,1,middle,5,1,1,200,0'],
  ['a cell too few', '1,up,1,exit,5,1,1,200'],
  ['index 0', '1,up,1,exit,5,0,1,200,0'],
  ['an index too high', '1,up,1,exit,5,2147483649,1,200,0'],
  ['a line without end', '1'.repeat(900_000)],
] as const) {
  test(`${what} is refused`, async () => {
    const path = join(folder, 'bad.csv');
    writeFileSync(path, `${HEADER}1,up,1,exit,5,1,1,200,0\n${line}\n`);
    await assertRefusal(() => fitArrivals(path), `file-format | ${path}, line 3`);
  });
}

test('what has no places and no protocol is refused with them', async () => {
  const path = join(folder, 'replay.csv');
  writeFileSync(path, 'client,arrival_ns,count,bytes\n1,0,1,200\n');
  await assertRefusal(() => fitArrivals(path, undefined, undefined, { at: 'exit' }), 'conflict | --at');
  const protocol = readProtocol('rtp', 'protocol');
  await assertRefusal(() => fitArrivals(path, undefined, undefined, { protocol }), 'conflict | --protocol');
});

test.run();

const recorded = suite('a recording or a capture is fitted');

/** Writes numbered datagrams: flow, direction, number, as RTP or with the number in the first four bytes. */
async function record(
  name: string,
  datagrams: Iterable<readonly [flow: number, direction: 'up' | 'down', number: number]>,
  isRtp: boolean,
): Promise<string> {
  const path = join(folder, name);
  const writer = new RecordingWriter(path, {
    format: 'matchstream-recording',
    version: 1,
    seed: null,
    generator: null,
    intervalNs: null,
    squadsHash: null,
    datagramSizeBytes: null,
    flows: 8,
    extra: '"conversation":true',
  });
  const met = new Set<number>();
  let timeNs = 0;
  for (const [flow, direction, number] of datagrams) {
    const bytes = Buffer.alloc(16);
    if (isRtp) {
      bytes[0] = 0x80;
      bytes.writeUInt16BE(number & 0xffff, 2);
      bytes.writeUInt32BE(7, 8);
    } else bytes.writeUInt32BE(number);
    const addresses = `"client":"10.0.0.${flow}:5004","server":"192.0.2.1:5004"`;
    timeNs += 1000;
    void writer.append(timeNs, bytes, flow, direction, met.has(flow) ? undefined : addresses);
    met.add(flow);
  }
  await writer.finish();
  return path;
}

for (const name of ['call.jsonl', 'call.pcapng']) {
  recorded(`RTP is recognised: ${name}`, async () => {
    const numbers = [65_530, 65_531, 65_534, 65_535, 3, 3, 2];
    const path = await record(
      name,
      numbers.map((number) => [2, 'up', number] as const),
      true,
    );
    // 65,530 to 65,539: lost are 65,532, 65,533, 65,536, 65,537.
    const report = await fitArrivals(path);
    assert.equal(figures(report), [['2 up', 1, 10, 10, 4]]);
    assert.equal(report.fits[0]?.badToBad, 2);
  });
}

recorded('any other protocol is named, and what has none is refused', async () => {
  const path = await record(
    'field.jsonl',
    [
      [1, 'up', 5],
      [1, 'up', 7],
      [2, 'down', 1],
      [2, 'down', 2],
    ],
    false,
  );
  await assertRefusal(() => fitArrivals(path), `recording-unsuitable | ${path}`, '--protocol');
  const protocol = readProtocol('field:u32be@0', 'protocol');
  assert.equal(figures(await fitArrivals(path, undefined, undefined, { protocol })), [
    ['2 down', 1, 2, 2, 0],
    ['1 up', 1, 3, 3, 1],
  ]);
  await assertRefusal(
    () => fitArrivals(path, 9, undefined, { protocol }),
    'value-range | --client',
    'from 1 to 2',
  );
  await assertRefusal(
    () => fitArrivals(path, undefined, undefined, { protocol, at: 'exit' }),
    'conflict | --at',
  );
});

recorded('what is left out of the fit is named', async () => {
  const path = await record(
    'mixed.jsonl',
    [
      [1, 'up', 100],
      [1, 'up', 101],
      [1, 'up', 900_000],
    ],
    false,
  );
  const protocol = readProtocol('field:u32be@0', 'protocol');
  const { notes } = await fitArrivals(path, undefined, undefined, { protocol });
  assert.is(notes.filter((note) => note.startsWith('flow 1 up: 1 of 3 datagrams')).length, 1);
});

/** The indices of a schedule that arrive; the first one does. */
function* arriving(seed: string, count: number): Generator<readonly [number, 'up', number]> {
  const schedule = new Schedule(readKnobs({ dropBurst: '2%,30%' }), { seed, flow: 1, direction: 'down' });
  for (let index = 1; index <= count; index += 1)
    if (schedule.dropCause[schedule.at(index)] === 0) yield [1, 'up', 65_000 + index];
}

recorded('a network of known P and R gives them back, through a capture that wraps', async () => {
  const count = 6000;
  const knobs = { dropBurst: '2%,30%' };
  let held = 0;
  const seeds = Array.from({ length: 10 }, (_, k) => `round trip ${k}`);
  for (const seed of seeds) {
    const path = await record(`${seed}.pcapng`, arriving(seed, count), true);
    const report = await fitArrivals(path);
    const fit = report.fits[0];
    // The same trace without a file. What came after the last arrival is not known to a capture.
    const direct = fitSchedule(knobs, seed, count);
    assert.equal(
      [fit?.goodToBad, fit?.badToGood],
      [direct.goodToBad - (direct.lost === fit?.lost ? 0 : 1), direct.badToGood],
    );
    const holds = (one: { low: number; high: number } | null | undefined, value: number): boolean =>
      one !== null && one !== undefined && one.low <= value && value <= one.high;
    if (holds(fit?.p, 0.02) && holds(fit?.r, 0.3)) held += 1;
    assert.match(fit?.flags ?? '', /^--drop-burst /);
  }
  // Both intervals hold with 0.95² or more: fewer than 6 of 10 happen once in five hundred.
  assert.ok(held >= 6, `${held} of ${seeds.length}`);
});

recorded.run();
