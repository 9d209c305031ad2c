import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import type { ScheduleDirection } from '../../../harness/impairment/schedule.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import { struckOf } from './rows.ts';
import { MS, SECOND, SERVER, Stage, countsOf, isControl } from './stage.ts';
import type { Arrival } from './stage.ts';

const test = suite('control datagrams through the proxy');

type Knobs = Readonly<Record<string, string | boolean>>;

interface Played {
  readonly stage: Stage;
  /** Control as it came from the server: whether a copy of it may go to the client. */
  readonly mayCopy: readonly boolean[];
  readonly stream: readonly Arrival[];
  readonly control: readonly Arrival[];
  readonly reason: string | null;
}

function play(
  down: Knobs,
  up: Knobs,
  options: { seed: string; impairControl: boolean; quantumNs?: number },
): Played {
  const { seed, impairControl, quantumNs = 0 } = options;
  const impairment = { seed, impairControl, holdMaxNs: 200 * MS };
  const mayCopy: boolean[] = [];
  let isProved = false;
  const stage = new Stage({
    impairment,
    down: readKnobs(down),
    up: readKnobs(up),
    quantumNs,
    rule: (from, to, payload) => {
      // The first request that shows a token proves the address.
      if (to.port === 9001 && /"token"/.test(Buffer.from(payload).toString())) isProved = true;
      if (from.port === SERVER.port && isControl({ timeNs: 0, payload })) mayCopy.push(isProved);
      return 'deliver';
    },
  });
  const watcher = stage.watch();
  stage.network.run(120 * SECOND);
  return {
    stage,
    mayCopy,
    stream: watcher.stream(),
    control: watcher.control(),
    reason: watcher.machine.reason,
  };
}

const scheduleOf = (knobs: Knobs, seed: string, direction: ScheduleDirection): Schedule =>
  new Schedule(readKnobs(knobs), { seed, flow: 1, direction });

/** Whether these control datagrams, and no others of the first ones, are dropped. */
function dropsOnly(
  knobs: Knobs,
  seed: string,
  direction: ScheduleDirection,
  pattern: readonly boolean[],
): boolean {
  const schedule = scheduleOf(knobs, seed, direction);
  return pattern.every((isDropped, k) => (schedule.dropCause[schedule.at(k + 1)] !== 0) === isDropped);
}

function findSeed(isRight: (seed: string) => boolean): string {
  for (let seed = 0; ; seed += 1) if (isRight(String(seed))) return String(seed);
}

const texts = (arrivals: readonly Arrival[]): string[] =>
  arrivals.map(({ payload }) => /^\{"(\w+)"/.exec(Buffer.from(payload).toString())?.[1] ?? '?');

test('they pass, whatever happens to the stream', () => {
  const knobs = { drop: '100%' };
  const { stream, control, stage, reason } = play(knobs, knobs, { seed: '1', impairControl: false });
  assert.is(reason, 'end of stream');
  assert.is(stream.length, 0);
  assert.equal(texts(control).slice(0, 3), ['challenge', 'registered', 'end']);
  const { down, up, control: impaired } = stage.report(1);
  assert.is(impaired, null);
  assert.is(down.control, control.length);
  assert.is(up.control, 4, 'two to register, a sign of life, one to leave');
  assert.is(down.arrived + up.arrived, 100);
});

test('they wait for no delay and take no room on the link', () => {
  const { control } = play(
    { delay: '5s', rate: '1mbit' },
    { delay: '5s' },
    { seed: '1', impairControl: false },
  );
  assert.equal(texts(control).slice(0, 2), ['challenge', 'registered']);
  assert.is(control[1]?.timeNs, 0);
});

test('impaired, they have a schedule of their own, which shifts no decision of the stream', () => {
  const knobs = { drop: '20%', duplicate: '20%', reorder: '10%' };
  let controlDrops = 0;
  for (let k = 1; k <= 20; k += 1) {
    const seed = String(k);
    const passing = play(knobs, knobs, { seed, impairControl: false });
    const impaired = play(knobs, knobs, { seed, impairControl: true });
    assert.is(impaired.stream.length, passing.stream.length);
    // Registering may take longer; then the whole stream is later by that.
    assert.equal(
      impaired.stream.map(({ payload }) => payload),
      passing.stream.map(({ payload }) => payload),
    );
    const { control, down, up } = impaired.stage.report(1);
    assert.ok(control !== null);
    for (const [direction, counters, arrived] of [
      ['down-control', control?.down, down.control],
      ['up-control', control?.up, up.control],
    ] as const) {
      const schedule = scheduleOf(knobs, seed, direction);
      let dropped = 0;
      let copies = 0;
      for (let index = 1; index <= arrived; index += 1) {
        const row = schedule.at(index);
        if (schedule.dropCause[row] !== 0) dropped += 1;
        if (direction === 'up-control' || impaired.mayCopy[index - 1] === true)
          copies += schedule.copies[row] as number;
      }
      assert.is(counters?.arrived, arrived);
      assert.is(
        counters?.droppedByCause.reduce((a, b) => a + b, 0),
        dropped,
      );
      assert.is(counters?.duplicated, copies);
      controlDrops += dropped;
    }
    assert.equal(struckOf(impaired.stage.report(1).down), {});
  }
  assert.ok(controlDrops > 20);
});

test('no copy of a challenge goes to who has proved nothing, and its other fates are as scheduled', () => {
  const { control, stage, reason } = play(
    { duplicate: '100%', delay: '5ms' },
    {},
    { seed: '1', impairControl: true },
  );
  assert.is(reason, 'end of stream');
  assert.equal(texts(control).slice(0, 3), ['challenge', 'registered', 'registered']);
  assert.is(control[0]?.timeNs, 5 * MS);
  const { down, control: impaired } = stage.report(1);
  assert.is(impaired?.down.duplicated, down.control - 1);
});

test('twice the same', () => {
  const knobs = { drop: '20%', duplicate: '20%', reorder: '10%', delay: '3ms', jitter: '3ms' };
  const once = play(knobs, knobs, { seed: '5', impairControl: true });
  const again = play(knobs, knobs, { seed: '5', impairControl: true });
  assert.equal(
    [again.stream, again.control, again.stage.report(1)],
    [once.stream, once.control, once.stage.report(1)],
  );
});

test('an end that is dropped has flushed the stream all the same', () => {
  const knobs = { drop: '40%' };
  // The challenge and the answer pass, the first end does not, the second does.
  const seed = findSeed((candidate) =>
    dropsOnly(knobs, candidate, 'down-control', [false, false, true, false]),
  );
  const stage = new Stage({
    impairment: { seed, impairControl: true },
    down: { ...readKnobs(knobs), reorder: { ratio: 0.2, distance: [900, 900] } },
  });
  const watcher = stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  const ends = watcher.control().filter((_, k) => texts(watcher.control())[k] === 'end');
  assert.is(ends[0]?.timeNs, 199 * MS, 'the repeat, 100 ms later');
  assert.is(watcher.stream().at(-1)?.timeNs, 99 * MS, 'the held ones did not wait for it');
  const counts = countsOf(watcher.stream());
  assert.ok(counts.some((count, k) => k > 0 && count < (counts[k - 1] as number)));
});

test('the plan is learnt from an answer that is dropped', () => {
  const knobs = { drop: '40%' };
  const seed = findSeed((candidate) =>
    dropsOnly(knobs, candidate, 'down-control', [false, true, false, false]),
  );
  const down = { ...readKnobs(knobs), outages: [{ fromNs: 50 * MS, toNs: 60 * MS }] };
  const stage = new Stage({ impairment: { seed, impairControl: true }, down, quantumNs: 1e7 });
  const watcher = stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  assert.is(watcher.machine.reason, 'end of stream');
  // An outage by media time: without the plan, time would have been told by arrivals, in steps of a batch.
  assert.is(stage.report(1).down.droppedByCause[1], 10);
  assert.ok(watcher.stream().length > 30);
});

test('list, outage and link are the stream’s alone', () => {
  const knobs = {
    dropList: '1-1000',
    duplicateList: '1-1000',
    reorderList: '1:1000,2:1000,3:1000',
    outage: '0s..10s',
    rate: '1kbit',
    queue: '0',
  };
  const { control, reason, stream } = play(knobs, knobs, { seed: '1', impairControl: true });
  assert.is(reason, 'end of stream');
  assert.is(stream.length, 0);
  assert.equal(texts(control).slice(0, 3), ['challenge', 'registered', 'end']);
  assert.is(control[1]?.timeNs, 0);
  assert.is(new Set(control.map(({ payload }) => Buffer.from(payload).toString())).size, 3, 'no copies');
});

test('they carry no check, so they are never damaged', () => {
  const { control, reason } = play(
    { corrupt: '100%' },
    { corrupt: '100%' },
    { seed: '1', impairControl: true },
  );
  assert.is(reason, 'end of stream');
  assert.ok(control.length >= 3);
});

test('impaired or not, they go a way of which no failure is reported, and the stream does not', () => {
  for (const impairControl of [false, true]) {
    const stage = new Stage({ impairment: { impairControl }, down: readKnobs({ delay: '1ms' }) });
    const { proxyHost } = stage;
    let control = 0;
    const sendControl: DatagramSink['sendControl'] = (port, peer, batch, from, to) => {
      for (let row = from; row < to; row += 1) {
        assert.not.match(Buffer.from(batch.payload(row)).toString(), /^\{"message"/);
        control += 1;
      }
      return proxyHost.send(port, peer, batch, from, to);
    };
    Object.assign(proxyHost, { sendControl });
    const watcher = stage.watch();
    assert.ok(stage.network.run(60 * SECOND));
    const { down, up } = stage.report(1);
    assert.is(control, down.control + up.control);
    assert.ok(control >= 6, `${control}`);
    assert.is(watcher.stream().length, 100);
    assert.is(down.forwarded, 100);
  }
});

test('impaired, they are delayed as the direction says', () => {
  const { control } = play({ delay: '30ms' }, { delay: '5ms' }, { seed: '1', impairControl: true });
  assert.equal(
    control.slice(0, 2).map(({ timeNs }) => timeNs),
    [35 * MS, 70 * MS],
  );
  const end = control[texts(control).indexOf('end')];
  // Sent 99 ms after the stream's start at 40 ms; its delay runs while it waits for the last of the stream.
  assert.is(end?.timeNs, 40 * MS + 99 * MS + 30 * MS);
});

test.run();
