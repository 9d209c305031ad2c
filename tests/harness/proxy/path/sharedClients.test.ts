/** Clients of one server behind a proxy with a shared link, on the virtual clock: what each receives, to the nanosecond. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DROP_CAUSES } from '../../../../harness/impairment/causes.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../../harness/impairment/schedule.ts';
import { expectedDeliveries } from '../../../../harness/expected/expectedArrivals.ts';
import type { ExpectedDelivery } from '../../../../harness/expected/expectedArrivals.ts';
import { ledgerRow } from '../../../../harness/judge/accounting.ts';
import { fateLines } from '../../../../harness/proxy/told/fateLines.ts';
import { BankStream, MS, SECOND, Stage, countsOf, payloadOf } from '../stage.ts';

const test = suite('clients that share a link');

interface Setting {
  readonly knobs: Knobs;
  readonly clients: number;
  readonly count: number;
  readonly intervalNs: number;
  readonly speed: number;
  readonly seed: string;
  readonly quantumNs: number;
}

/** What the clients, by number from 1, received: `count@ns`; and what was sent to each from which count on. */
function play(setting: Setting) {
  const { knobs, clients, count, intervalNs, speed, seed, quantumNs } = setting;
  const stage = new Stage({
    source: new BankStream(count, intervalNs),
    server: { speed, waitFor: clients },
    impairment: { seed },
    down: readKnobs(knobs),
    proxy: { listening: clients, keepFates: true },
    quantumNs,
  });
  const watchers = Array.from({ length: clients }, (_, port) => stage.watch(port));
  assert.ok(stage.network.run(3600 * SECOND), 'the run ends');
  const sent = new Map(stage.server.members().map(({ id, sent: one }) => [id, one]));
  return watchers.map((watcher, k) => {
    assert.is(watcher.machine.reason, 'end of stream');
    const stream = watcher.stream();
    const { down } = stage.report(k + 1);
    const source = stage.proxy
      .fateSources()
      .find(({ key }) => key.flow === k + 1 && key.direction === 'down');
    return {
      arrivals: countsOf(stream).map((one, row) => `${one}@${stream[row]?.timeNs}`),
      sent: sent.get(k + 1) ?? -1,
      received: stream.length,
      down,
      fates: source === undefined ? [] : [...fateLines(source)],
    };
  });
}

function expect({ knobs, clients, count, intervalNs, speed, seed }: Setting): ExpectedDelivery[] {
  const config = readKnobs(knobs);
  const { delay, mtuBytes, spare } = config;
  const flows = Array.from({ length: clients }, (_, k) => ({
    stream: {
      firstCount: 1,
      lastCount: count,
      sizeBytes: (one: number) => payloadOf(one).length,
      sendNs: (one: number) => (speed === 0 ? 0 : ((one - 1) * intervalNs) / speed),
    },
    schedule: new Schedule(
      config,
      { seed, flow: k + 1, direction: 'down' },
      (index) => (index - 1) * intervalNs,
    ),
    line: { keepOrder: delay?.keepOrder ?? true, mtuBytes, spare },
  }));
  return expectedDeliveries(flows, config.rate);
}

/** Compares everything, and returns it as text. */
function judge(setting: Setting): string {
  const seen = play(setting);
  const expected = expect(setting);
  for (const [k, { arrivals, sent, received, down, fates }] of seen.entries()) {
    const { arrivals: due, account } = expected[k] as ExpectedDelivery;
    assert.equal(
      arrivals,
      Array.from(due.counts, (count, row) => `${count}@${due.timesNs[row]}`),
      `client ${k + 1}`,
    );
    const byCause = DROP_CAUSES.map((cause, code) =>
      cause === 'queue' ? account.queueDropped : (account.droppedByCause[code] ?? 0),
    );
    assert.equal([...down.droppedByCause], byCause);
    const kernel = { drops: 0, coalesced: false };
    const proxy = { counters: down, kernel };
    const about = { flow: k + 1, direction: 'down', client: k + 1, sent, delivered: received, kernel, proxy };
    assert.is(ledgerRow(about).unexplained, 0);
    // A corrupted datagram's count may be unreadable, so no setting corrupts.
    assert.is(fates.length, setting.count);
  }
  assertPlaces(seen.map(({ fates }) => fates));
  return JSON.stringify(seen.map(({ arrivals, fates }) => [arrivals, fates]));
}

/** The places at the link, over all clients: each once, none left out but those of copies, which come right behind. */
function assertPlaces(fates: readonly (readonly string[])[]): void {
  const places = fates
    .flat()
    .map(
      (line) =>
        JSON.parse(line) as { linkIndex?: number | null; copies: number; drop: string | null; spared?: true },
    )
    .flatMap(({ linkIndex = null, copies, drop, spared = false }) => {
      assert.is(linkIndex === null, drop !== null || spared);
      return linkIndex === null ? [] : [{ linkIndex, copies }];
    })
    .toSorted((a, b) => a.linkIndex - b.linkIndex);
  let next = 1;
  for (const { linkIndex, copies } of places) {
    assert.is(linkIndex, next);
    next += 1 + copies;
  }
}

const ratio = fc.constantFrom('0%', '5%', '30%');
const anySetting: fc.Arbitrary<Setting> = fc.record({
  knobs: fc
    .tuple(
      fc.record({
        drop: ratio,
        duplicate: ratio,
        reorder: ratio,
        reorderDistance: fc.constantFrom('1..3', '5..40'),
      }),
      fc.constantFrom(
        {},
        { delay: '3ms' },
        { delay: '3ms', jitter: '20ms' },
        { delay: '3ms', jitter: '20ms', keepOrder: true, distribution: 'normal' },
        { outage: '3ms..9ms', mtu: '120' },
      ),
      fc.constantFrom(
        { rate: '5mbit', queue: '3' },
        { rate: '1.7mbit', queue: '40' },
        { rate: '3mbit', queue: '0' },
      ),
      fc.constantFrom({}, {}, { spare: '5' }),
    )
    .map((parts): Knobs => Object.assign({ shared: true }, ...parts) as Knobs),
  clients: fc.integer({ min: 1, max: 4 }),
  count: fc.integer({ min: 1, max: 90 }),
  intervalNs: fc.constantFrom(1e4, 1e6, 3_333_333, 1_024_004),
  speed: fc.constantFrom(1, 1, 2, 3, 0),
  seed: fc.constantFrom('1', '2', '3'),
  quantumNs: fc.constantFrom(0, 1e6, 1e7),
});

test('what each receives, when, what is lost and why, and all accounts, twice (seeded)', () => {
  let queue = 0;
  fc.assert(
    fc.property(anySetting, (setting) => {
      assert.is(judge(setting), judge(setting));
      for (const { account } of expect(setting)) queue += account.queueDropped;
    }),
    { seed: 81, numRuns: 120 },
  );
  assert.ok(queue > 3000, `${queue} found the queue full`);
});

test('how far wake-ups run ahead changes nothing (seeded)', () => {
  fc.assert(
    fc.property(anySetting, (setting) => {
      assert.equal(play({ ...setting, quantumNs: 2e7 }), play({ ...setting, quantumNs: 0 }));
    }),
    { seed: 82, numRuns: 30 },
  );
});

test('no other fate of a flow depends on whether its link is shared', () => {
  const setting = { clients: 3, count: 60, intervalNs: MS, speed: 1, seed: '1', quantumNs: 0 };
  const knobs = {
    drop: '10%',
    duplicate: '10%',
    reorder: '10%',
    delay: '5ms',
    jitter: '4ms',
    rate: '2mbit',
    queue: '5',
  };
  const withoutLink = (line: string): string => line.replace(/,"queueDropped.*/, '');
  const [shared, own] = [true, false].map((isShared) =>
    play({ ...setting, knobs: { ...knobs, shared: isShared } }).map(({ fates }) => fates.map(withoutLink)),
  );
  assert.equal(shared, own);
});

test('clients that join later meet the same link from their first count on, whenever they join', () => {
  const [count, intervalNs] = [60, MS];
  for (const knobs of [
    { shared: true, rate: '2mbit', queue: '4', delay: '2ms', reorder: '20%' },
    { shared: true, rate: '2mbit', queue: '40' },
    { shared: true, rate: '2mbit', queue: '4', delay: '1ms', jitter: '8ms' },
  ]) {
    const config = readKnobs(knobs);
    for (const quantumNs of [0, 3e6, 2e7]) {
      for (const joinsMs of [5.3, 20.5, 33.1]) {
        const stage = new Stage({
          source: new BankStream(count, intervalNs),
          server: { waitFor: 1 },
          down: config,
          proxy: { listening: 3 },
          quantumNs,
        });
        const watchers = [stage.watch(0)];
        // Two at almost the same time: the answers to both may be under way at once.
        for (const [port, timeMs] of [
          [2, joinsMs],
          [1, joinsMs + 1.1],
        ] as const) {
          stage.network.run(timeMs * MS);
          watchers[port] = stage.watch(port);
        }
        assert.ok(stage.network.run(3600 * SECOND));
        // Members in the order in which they registered.
        const [first = 0, third = 0, second = 0] = stage.server.members().map(({ nextCount }) => nextCount);
        const firsts = [first, second, third];
        assert.ok(
          firsts.slice(1).every((one) => one > 1 && one < 60),
          `from ${firsts.join()} on`,
        );
        const expected = expectedDeliveries(
          firsts.map((firstCount, k) => ({
            stream: {
              firstCount,
              lastCount: count,
              sizeBytes: (one) => payloadOf(one).length,
              sendNs: (one) => (one - 1) * intervalNs,
            },
            schedule: new Schedule(config, { seed: '42', flow: k + 1, direction: 'down' }),
            line: { keepOrder: config.delay?.keepOrder ?? true },
          })),
          config.rate,
        );
        for (const [k, { arrivals }] of expected.entries()) {
          const stream = watchers[k]?.stream() ?? [];
          assert.equal(
            stream.map(({ timeNs }, row) => `${countsOf(stream)[row]}@${timeNs - stage.server.startNs}`),
            Array.from(arrivals.counts, (one, row) => `${one}@${arrivals.timesNs[row]}`),
            `client ${k + 1} of ${firsts.join()}, quantum ${quantumNs}`,
          );
        }
      }
    }
  }
});

test.run();
