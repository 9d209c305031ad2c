/** What the capture of a run writes: order, interfaces, comments, verdicts, and what it leaves out. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { causeCode } from '../../../../harness/impairment/causes.ts';
import { RunCapture } from '../../../../harness/recording/tap/runCapture.ts';
import { DatagramBatch } from '../../../../src/net/batch.ts';
import { readRunCapture } from '../capture/runCapture.ts';
import { temporaryFolder } from '../tiny.ts';

const folder = temporaryFolder();
let serial = 0;
const CLIENT = { address: '10.0.0.1', port: 40_000 };
const SERVER = { address: '10.0.0.2', port: 9000 };
const MS = 1e6;

class SetClock {
  timeNs = 5e9;
  nowNs(): number {
    return this.timeNs;
  }
}

async function captureIn(isVirtual: boolean) {
  const path = join(folder, `${(serial += 1)}.pcapng`);
  const clock = new SetClock();
  const said: string[] = [];
  const capture = await RunCapture.start(path, 'about it', { clock, isVirtual }, (line) => said.push(line));
  const stream = (isUpward: boolean) =>
    capture.way({ number: 1, client: CLIENT }, () => SERVER, isUpward).stream();
  return { path, clock, said, capture, up: stream(true), down: stream(false) };
}

function rowOf(payload: string | Uint8Array, timeNs: number): [DatagramBatch, number] {
  const bytes = Buffer.from(payload);
  const batch = new DatagramBatch(1, Math.max(1, bytes.length));
  batch.append(bytes, 0, bytes.length, timeNs);
  return [batch, 0];
}

const linesOf = (path: string): string[] =>
  readRunCapture(path).packets.map(({ at, timeNs, from, to, payload, comments, verdict }) =>
    [at, timeNs, `${from}>${to}`, payload.toString(), comments.join('; '), verdict].join(' ').trimEnd(),
  );

const test = suite('the capture of a running proxy');

test('entry and exit stand in order of time, each with its comments; time 0 is the first', async () => {
  const { path, clock, capture, up, down, said } = await captureIn(false);
  down.dropped(...rowOf('lost', 5e9 + 2 * MS), 2, 1, causeCode('burst'));
  up.passed(...rowOf('asks', 5e9));
  down.entered(...rowOf('one', 5e9 + 1 * MS), 1, 1, 1, 3, true, 0, 2.5 * MS);
  down.queued(1, 1, false, 3, 0, 2.5 * MS);
  down.queued(1, 1, true, 3, 0, 2.5 * MS);
  clock.timeNs = 5e9 + 4 * MS;
  down.left(...rowOf('nne', 0), true);
  down.left(...rowOf('nne', 0), false);
  clock.timeNs = 5e9 + 5 * MS;
  up.leftAsIs(...rowOf('asks', 0), true);
  down.queueDropped(Buffer.from('xqueue'), 1, 5, 0, 4, 2, true);
  up.ignored(...rowOf('late', 5e9 + 6 * MS));
  assert.ok(existsSync(`${path}.partial`));
  assert.equal(await capture.finish(), {
    path,
    entered: 4,
    left: 4,
    written: 8,
    leftOut: 0,
    stragglers: 0,
    failure: null,
  });
  assert.is(capture.passages.count, 0);
  assert.equal(linesOf(path), [
    'entry 0 10.0.0.1:40000>10.0.0.2:9000 asks',
    'entry 1000000 10.0.0.2:9000>10.0.0.1:40000 one duplicated; held for 3; corrupted bit 0; delayed 2.5 ms; index 1',
    'entry 2000000 10.0.0.2:9000>10.0.0.1:40000 lost dropped: burst; index 2 010200000000000000',
    'exit 4000000 10.0.0.2:9000>10.0.0.1:40000 nne held for 3; corrupted bit 0; delayed 2.5 ms; index 1',
    'exit 4000000 10.0.0.2:9000>10.0.0.1:40000 nne copy; held for 3; corrupted bit 0; delayed 2.5 ms; refused by the system; index 1',
    'exit 5000000 10.0.0.1:40000>10.0.0.2:9000 asks',
    'exit 5000000 10.0.0.2:9000>10.0.0.1:40000 queue dropped: queue; copy; index 4, repeat 2 010200000000000000',
    'entry 6000000 10.0.0.1:40000>10.0.0.2:9000 late not passed on',
  ]);
  assert.is(readRunCapture(path).comment, 'about it');
  assert.equal(said, []);
});

test('on a virtual clock a datagram leaves at its own time, and all is written, however much it is', async () => {
  const { path, clock, capture, down, said } = await captureIn(true);
  const large = new Uint8Array(60_000);
  // Twice the memory for what waits, at one time.
  for (let k = 0; k < 2400; k += 1) {
    down.passed(...rowOf(large, clock.timeNs));
    if (k % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  clock.timeNs += 100 * MS;
  down.leftAsIs(...rowOf('small', 5e9 + 95 * MS), true);
  const { entered, left, leftOut, stragglers } = await capture.finish();
  assert.equal([entered, left, leftOut, stragglers, said], [2400, 1, 0, 0, []]);
  assert.is(linesOf(path).at(-1), 'exit 95000000 10.0.0.2:9000>10.0.0.1:40000 small');
});

test('on a real clock more than the memory for what waits is left out, counted, and said once', async () => {
  const { path, capture, down, said } = await captureIn(false);
  const large = new Uint8Array(65_000);
  for (let k = 0; k < 1200; k += 1) down.passed(...rowOf(large, 5e9 + k));
  const { entered, leftOut } = await capture.finish();
  // No turn of the event loop gives back a chunk of 512 KiB meanwhile; 128 of them are 64 MiB.
  const room = 128 * Math.floor((512 << 10) / 65_000);
  assert.equal([entered, leftOut], [room, 1200 - room]);
  assert.equal(said, [
    '--capture: datagrams are left out: writing cannot keep up; how many is said at the end',
  ]);
  assert.is(readRunCapture(path).packets.length, room);
  assert.is(capture.passages.count, 0);
});

test('what comes to be known 100 ms after it arrived stands in its place, later it has the time of the one before', async () => {
  const { path, clock, capture, up } = await captureIn(false);
  up.passed(...rowOf('one', 5e9));
  up.passed(...rowOf('three', 5e9 + 120 * MS));
  clock.timeNs = 5e9 + 130 * MS;
  // The writer ticks meanwhile.
  await sleep(50);
  up.passed(...rowOf('two', 5e9 + 60 * MS));
  clock.timeNs = 5e9 + 400 * MS;
  await sleep(50);
  up.passed(...rowOf('late', 5e9 + 90 * MS));
  const { stragglers } = await capture.finish();
  assert.equal(
    readRunCapture(path).packets.map(({ timeNs, payload }) => `${payload.toString()} ${timeNs / MS}`),
    ['one 0', 'two 60', 'three 120', 'late 120'],
  );
  assert.is(stragglers, 1);
});

test('what was queued and will not leave is forgotten', async () => {
  const { path, capture, down } = await captureIn(false);
  down.queued(1, 1, false, 0, -1, 0);
  down.queued(2, 1, false, 0, -1, 0);
  down.forget();
  assert.is(capture.passages.count, 0);
  down.queued(3, 1, true, 0, -1, 0);
  down.left(...rowOf('three', 0), true);
  await capture.finish();
  assert.equal(linesOf(path), ['exit 0 10.0.0.2:9000>10.0.0.1:40000 three copy; index 3']);
});

test('without a datagram it is a capture without packets, and a proxy that did not start leaves nothing', async () => {
  const empty = await captureIn(false);
  await empty.capture.finish();
  assert.equal(linesOf(empty.path), []);
  assert.ok(readFileSync(empty.path).length > 0);
  const { path, capture } = await captureIn(false);
  await capture.abandon();
  assert.not.ok(existsSync(path) || existsSync(`${path}.partial`));
});

test.run();
