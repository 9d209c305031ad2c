/** What a running proxy's recorder writes: order, addresses, times, and what it leaves out. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TapRecorder } from '../../../../harness/recording/tap/tapRecorder.ts';
import { DatagramBatch } from '../../../../src/net/batch.ts';
import { assertRefusal } from '../../../refusals.ts';
import { addresses, framesOf } from './frames.ts';
import { temporaryFolder } from '../tiny.ts';

const folder = temporaryFolder();
let serial = 0;
const SERVER = { address: '127.0.0.1', port: 9000 };
const MS = 1e6;

/** A clock that stands still until it is set. */
class SetClock {
  timeNs = 5e9;
  nowNs(): number {
    return this.timeNs;
  }
}

async function recorderIn(extension = 'jsonl') {
  const path = join(folder, `${(serial += 1)}.${extension}`);
  const clock = new SetClock();
  const said: string[] = [];
  const recorder = await TapRecorder.start(path, clock, 'any', (line) => said.push(line));
  const batch = new DatagramBatch(1, 70_000);
  const note = (
    number: number,
    isUpward: boolean,
    timeNs: number,
    text: string | Uint8Array,
    client = clients[number],
  ): void => {
    batch.clear();
    const bytes = Buffer.from(text);
    batch.append(bytes, 0, bytes.length, timeNs, SERVER);
    recorder.note({ number, client: client as typeof SERVER }, SERVER, isUpward, batch, 0);
  };
  return { path, clock, said, recorder, note };
}
const clients = Array.from({ length: 4 }, (_, k) => ({ address: '127.0.0.1', port: 40_000 + k }));

const test = suite('the recorder of a running proxy');

for (const extension of ['jsonl', 'pcapng']) {
  test(`datagrams of several sockets stand in order of arrival, time 0 is the first one's: ${extension}`, async () => {
    const { path, recorder, note, said } = await recorderIn(extension);
    note(1, true, 5e9 + 3 * MS, 'second');
    note(2, true, 5e9 + 2 * MS, 'first');
    note(1, false, 5e9 + 4 * MS + 0.5, 'third');
    assert.ok(existsSync(`${path}.partial`));
    assert.not.ok(existsSync(path));
    assert.equal(await recorder.finish(), {
      path,
      recorded: 3,
      leftOut: 0,
      refused: 0,
      stragglers: 0,
      failure: null,
    });
    assert.not.ok(existsSync(`${path}.partial`));
    assert.equal(await framesOf(path), [
      `2 up 0 first ${addresses(2)}`,
      `1 up 1000000 second ${addresses(1)}`,
      '1 down 2000000 third',
    ]);
    assert.equal(said, []);
  });
}

test('what comes to be known after 10 ms gets the time of the one before, and is counted', async () => {
  const { path, clock, recorder, note } = await recorderIn();
  note(1, true, 5e9, 'one');
  note(1, true, 5e9 + 20 * MS, 'two');
  clock.timeNs = 5e9 + 40 * MS;
  await sleep(30);
  note(1, true, 5e9 + 10 * MS, 'late');
  const { stragglers } = await recorder.finish();
  assert.is(stragglers, 1);
  assert.equal(
    (await framesOf(path)).map((frame) => frame.split(' ').slice(2, 4)),
    [
      ['0', 'one'],
      ['20000000', 'two'],
      ['20000000', 'late'],
    ],
  );
});

test('what arrived a second ago is in the partial file', async () => {
  const { path, clock, recorder, note } = await recorderIn();
  note(1, true, 5e9, 'one');
  clock.timeNs = 5e9 + 1100 * MS;
  const isThere = (): boolean => readFileSync(`${path}.partial`, 'latin1').includes('"one"');
  for (let tries = 0; tries < 500 && !isThere(); tries += 1) await sleep(10);
  assert.equal(await framesOf(`${path}.partial`, true), [`1 up 0 one ${addresses(1)}`]);
  await recorder.finish();
});

test("a client that takes another one's flow is named", async () => {
  const { path, recorder, note } = await recorderIn();
  note(1, true, 5e9, 'a', clients[1]);
  note(1, true, 5e9 + 1, 'b', clients[2]);
  note(1, true, 5e9 + 2, 'c', clients[2]);
  await recorder.finish();
  assert.equal(await framesOf(path), [`1 up 0 a ${addresses(1)}`, `1 up 1 b ${addresses(2)}`, '1 up 2 c']);
});

test('flows above 65535 are counted and said once', async () => {
  const { path, recorder, note, said } = await recorderIn();
  note(65_535, true, 5e9, 'a', clients[1]);
  note(65_536, true, 5e9, 'b', clients[1]);
  note(65_537, true, 5e9, 'c', clients[1]);
  const { recorded, refused } = await recorder.finish();
  assert.equal([recorded, refused, (await framesOf(path)).length, said.length], [1, 2, 1, 1]);
});

test('more than the memory for what waits is left out, counted, and said once', async () => {
  const { path, recorder, note, said } = await recorderIn();
  const large = new Uint8Array(65_000);
  for (let k = 0; k < 1200; k += 1) note(1, true, 5e9 + k, large);
  const { recorded, leftOut } = await recorder.finish();
  assert.is(recorded + leftOut, 1200);
  // No turn of the event loop gives back a chunk of 512 KiB meanwhile; 128 of them are 64 MiB.
  assert.is(recorded, 128 * Math.floor((512 << 10) / 65_000));
  assert.is(said.length, 1);
  assert.is((await framesOf(path)).length, recorded);
});

test('without a datagram it is a recording without frames, and a proxy that did not start leaves nothing', async () => {
  const empty = await recorderIn();
  await empty.recorder.finish();
  assert.equal(await framesOf(empty.path), []);
  const { path, recorder } = await recorderIn();
  await recorder.abandon();
  assert.not.ok(existsSync(path) || existsSync(`${path}.partial`));
});

test('a file that cannot be made is refused at the start, by the thread that writes', async () => {
  const path = join(folder, 'taken.jsonl');
  writeFileSync(`${path}.partial`, '');
  await assertRefusal(() => TapRecorder.start(path, new SetClock(), 'any', () => undefined), 'write-failed');
});

test.run();
