import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import { writeFateFiles } from '../../../../harness/proxy/told/fateFiles.ts';
import { describeLacks, fateLines } from '../../../../harness/proxy/told/fateLines.ts';
import type { ImpairmentConfig } from '../../../../harness/impairment/config.ts';
import type { FateSource } from '../../../../harness/proxy/told/fateLines.ts';
import { FateNotes, MAX_FATES } from '../../../../harness/proxy/told/fateNotes.ts';
import { BankStream, MS, SECOND, Stage, config, payloadOf } from '../stage.ts';
import type { StageOptions } from '../stage.ts';

const test = suite('fate files');

interface FateLine {
  readonly flow: number;
  readonly direction: string;
  readonly index: number;
  readonly drop: string | null;
  readonly copies: number;
  readonly hold: number;
  readonly corrupt?: number | null;
  readonly delayUs?: number | null;
  readonly queueDropped?: number;
}

const read = (source: FateSource): FateLine[] =>
  [...fateLines(source)].map((line) => JSON.parse(line) as FateLine);

function run(options: StageOptions) {
  const stage = new Stage({ ...options, proxy: { keepFates: true, ...options.proxy } });
  const watchers = Array.from({ length: options.proxy?.listening ?? 1 }, (_, k) => stage.watch(k));
  assert.ok(stage.network.run(60 * SECOND));
  return { stage, watchers };
}

const source = ({
  config: settings,
  ...options
}: Partial<FateSource> & { readonly config: ImpairmentConfig }): FateSource => ({
  key: { seed: '1', flow: 2, direction: 'down' },
  epochs: [{ number: 1, firstIndex: 1, config: settings }],
  lastIndex: 3,
  arrived: 3,
  notes: new FateNotes(settings),
  mediaTimeNs: () => 0,
  ...options,
});

test('a line an index, in index order, from 1 to the last', () => {
  const lines = [...fateLines(source({ config: config({ dropList: [{ from: 2, to: 2 }] }) }))];
  assert.equal(lines, [
    '{"flow":2,"direction":"down","index":1,"drop":null,"copies":0,"hold":0}',
    '{"flow":2,"direction":"down","index":2,"drop":"list","copies":0,"hold":0}',
    '{"flow":2,"direction":"down","index":3,"drop":null,"copies":0,"hold":0}',
  ]);
  assert.equal([...fateLines(source({ config: config(), lastIndex: 0 }))], []);
});

test('the file of the stream tells what happened to every datagram', () => {
  const knobs = {
    drop: '5%',
    duplicate: '10%',
    corrupt: '10%',
    reorder: '10%',
    delay: '2ms',
    jitter: '2ms',
    rate: '6mbit',
    queue: '1',
    outage: '40ms..45ms',
  };
  const { stage, watchers } = run({ source: new BankStream(400, MS), down: readKnobs(knobs) });
  const sources = stage.proxy.fateSources();
  assert.is(sources.length, 1, 'control goes up, and passes');
  const lines = read(sources[0] as FateSource);
  assert.equal(
    lines.map(({ index }) => index),
    Array.from({ length: 400 }, (_, k) => k + 1),
  );
  const { down } = stage.report(1);
  const sum = (of: (line: FateLine) => number): number => lines.reduce((total, line) => total + of(line), 0);
  assert.is(
    sum(({ drop }) => (drop === 'independent' ? 1 : 0)),
    down.droppedByCause[3],
  );
  assert.equal(
    lines.filter(({ drop }) => drop === 'outage').map(({ index }) => index),
    [41, 42, 43, 44, 45],
  );
  assert.is(
    sum(({ queueDropped }) => queueDropped as number),
    down.droppedByCause[7],
  );
  assert.ok((down.droppedByCause[7] as number) > 10);
  assert.is(
    sum(({ copies }) => copies),
    down.duplicated,
  );

  // What arrived, bit by bit: for each line, so many times these bytes.
  const arrived = new Map<string, number>();
  for (const { payload } of watchers[0]?.stream() ?? []) {
    const key = Buffer.from(payload).toString('latin1');
    arrived.set(key, (arrived.get(key) ?? 0) + 1);
  }
  let damaged = 0;
  for (const { index, drop, copies, corrupt, delayUs, queueDropped } of lines) {
    const payload = Buffer.from(payloadOf(index));
    if (typeof corrupt === 'number') {
      damaged += 1;
      payload.writeUInt8(payload.readUInt8(corrupt >> 3) ^ (1 << (corrupt & 7)), corrupt >> 3);
    }
    const expected = drop === null ? 1 + copies - (queueDropped as number) : 0;
    assert.is(arrived.get(payload.toString('latin1')) ?? 0, expected, `no. ${index}`);
    assert.is(delayUs === null, drop !== null);
  }
  assert.ok(damaged > 10);
});

test('a stream whose tail never came to the proxy has lines up to its announced end', () => {
  const { stage } = run({
    rule: (_from, _to, payload) =>
      payload.length === payloadOf(100).length && Buffer.from(payload).equals(payloadOf(100))
        ? 'drop'
        : 'deliver',
  });
  assert.is(stage.report(1).down.highestIndex, 99);
  assert.is(stage.proxy.fateSources()[0]?.lastIndex, 100);
});

test('without an announced end the last line is the highest index that came', () => {
  const stage = new Stage({ proxy: { keepFates: true } });
  stage.watch();
  stage.network.run(20.5 * MS);
  assert.is(stage.proxy.fateSources()[0]?.lastIndex, 21);
});

test('control has files of its own when it is impaired', () => {
  const knobs = readKnobs({ drop: '30%', corrupt: '10%' });
  const { stage } = run({ down: knobs, up: knobs, impairment: { impairControl: true } });
  const sources = stage.proxy.fateSources();
  assert.equal(
    sources.map(({ key }) => key.direction),
    ['down', 'down-control', 'up-control'],
  );
  const { down, up, control } = stage.report(1);
  for (const [k, arrived, counters] of [
    [1, down.control, control?.down],
    [2, up.control, control?.up],
  ] as const) {
    const lines = read(sources[k] as FateSource);
    assert.is(lines.length, arrived);
    assert.is(lines.filter(({ drop }) => drop !== null).length, counters?.droppedByCause[3]);
    assert.ok(lines.every(({ direction }) => direction === sources[k]?.key.direction));
  }
});

test('each flow has its file; of two clients of one port the last that got something', () => {
  const stage = new Stage({ proxy: { keepFates: true, listening: 2 }, server: { waitFor: 2 } });
  stage.watch(0);
  stage.watch(1);
  // This one comes when the stream is over.
  stage.network.at(150 * MS, () => stage.watch(0));
  assert.ok(stage.network.run(60 * SECOND));
  assert.equal(
    stage.proxy.fateSources().map(({ key, lastIndex, arrived }) => [key.flow, lastIndex, arrived]),
    [
      [1, 100, 100],
      [2, 100, 100],
    ],
  );
});

test('media times told by arrival are told again', () => {
  const mediaTimeNs = (count: number): number => Math.floor((count - 1) / 4) * 10 * MS;
  const bursts = new BankStream(100, 0);
  bursts.mediaTimeNs = mediaTimeNs;
  const { stage } = run({ source: bursts, down: readKnobs({ outage: '50ms..75ms' }) });
  const lost = read(stage.proxy.fateSources()[0] as FateSource).filter(({ drop }) => drop === 'outage');
  assert.equal(
    lost.map(({ index }) => index),
    [21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32],
  );
});

test('nothing is kept when nothing was asked for', () => {
  const stage = new Stage({ down: readKnobs({ corrupt: '10%' }) });
  stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  assert.equal(stage.proxy.fateSources(), []);
});

test('notes grow with the index, and have a bound', () => {
  const notes = new FateNotes(readKnobs({ corrupt: '1%', rate: '1mbit', outage: '0s..1s' }));
  notes.noteArrival(5_000_000, 65_507);
  notes.noteQueueDrop(5_000_001);
  notes.noteQueueDrop(5_000_001);
  notes.noteMediaTime(7, 1.5);
  notes.noteMediaTime(7, 2.5);
  for (const index of [MAX_FATES, MAX_FATES + 1, Number.MAX_SAFE_INTEGER]) notes.noteQueueDrop(index);
  assert.equal(
    [1, 5_000_000, Number.MAX_SAFE_INTEGER].map((index) => notes.sizeBytes(index)),
    [0, 65_507, 0],
  );
  assert.equal(
    [5_000_001, MAX_FATES, MAX_FATES + 1].map((index) => notes.queueDrops(index)),
    [2, 1, 0],
  );
  assert.is(notes.mediaTimeNs(7), 1.5);
  assert.ok(Number.isNaN(notes.mediaTimeNs(8)));
  assert.equal(describeLacks(source({ config: config(), lastIndex: MAX_FATES })), []);
  assert.equal(describeLacks(source({ config: config(), lastIndex: MAX_FATES + 1 })), [
    'flow 2 down: its fate file ends at index 16777216 of 16777217',
  ]);
  const lacking = new FateNotes(config());
  // A repeat behind one that was never noted would have the wrong number.
  lacking.noteArrival(3, 100, 4);
  const key = { seed: '1', flow: 2, direction: 'up', stream: 3 } as const;
  assert.equal(describeLacks(source({ config: config(), key, notes: lacking })), [
    'flow 2 up, stream 3: its fate file has no line for some repeats, 1 in all',
  ]);
});

const folder = (): string => mkdtempSync(join(tmpdir(), 'fates-'));

test('files are named after flow and direction and hold the lines', async () => {
  const dir = folder();
  try {
    const sources = [
      source({ config: config({ duplicateRatio: 0.5 }), lastIndex: 5000 }),
      source({ config: config(), lastIndex: 0, key: { seed: '1', flow: 3, direction: 'up-control' } }),
    ];
    await writeFateFiles(join(dir, 'deeper'), sources);
    assert.equal(readdirSync(join(dir, 'deeper')).toSorted(), [
      'fates-2-down.jsonl',
      'fates-3-up-control.jsonl',
    ]);
    const text = readFileSync(join(dir, 'deeper', 'fates-2-down.jsonl'), 'utf8');
    assert.is(text, [...fateLines(sources[0] as FateSource)].map((line) => `${line}\n`).join(''));
    assert.ok(text.length > 3 * (1 << 16), 'more than one piece');
    assert.is(readFileSync(join(dir, 'deeper', 'fates-3-up-control.jsonl'), 'utf8'), '');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a file that cannot be written is named and leaves nothing, and the others are written', async () => {
  const dir = folder();
  try {
    mkdirSync(join(dir, 'fates-2-down.jsonl'));
    const keys = [1, 2, 3].map((flow) => ({ seed: '1', flow, direction: 'down' }) as const);
    const unwritten = await writeFateFiles(
      dir,
      keys.map((key) => source({ config: config(), key })),
    );
    assert.equal(
      unwritten.map(({ message }) => message),
      [`cannot write ${join(dir, 'fates-2-down.jsonl')}: it is a folder; choose another name`],
    );
    assert.equal(
      readdirSync(dir).toSorted(),
      [1, 2, 3].map((flow) => `fates-${flow}-down.jsonl`),
    );
    assert.equal(readdirSync(join(dir, 'fates-2-down.jsonl')), []);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('what fails in the middle of a file leaves nothing of it', async () => {
  const dir = folder();
  try {
    const failing = source({
      config: config({ outages: [{ fromNs: 0, toNs: 1 }] }),
      lastIndex: 5000,
      mediaTimeNs: (index) => {
        if (index > 4000) throw new Error('no more');
        return 5;
      },
    });
    let message = '';
    await writeFateFiles(dir, [failing]).catch((cause: Error) => {
      message = cause.message;
    });
    assert.is(message, 'no more');
    assert.equal(readdirSync(dir), []);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
