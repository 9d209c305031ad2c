/**
 * Many seeds: a retransmitting protocol survives them, planted bugs are found and made small.
 * TEST_ROUNDS says how many seeds; the full size is 10000.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeedFailure, forSeeds, simulate } from '../../../../harness/testing/index.ts';
import type { EndpointIo, SimulatedImpairment } from '../../../../harness/testing/index.ts';
import { assertRefusal, thrownBy } from '../../../refusals.ts';
import { temporaryFolder } from '../../recording/tiny.ts';
import { roundsOf } from '../../../runner/rounds.ts';
import { Receiver, Sender } from './goBackN.ts';
import type { Bug } from './goBackN.ts';

const SEEDS = roundsOf(300);
const TOTAL = 20;
const NETWORK = { drop: '10%', duplicate: '5%', reorder: '10%', delay: '10ms', jitter: '5ms' };
const EXPECTED = Array.from({ length: TOTAL }, (_, k) => k);

const test = suite('many seeds');

function transfer(seed: string, bug: Bug | null, impairment: SimulatedImpairment = NETWORK): void {
  const [client, server] = [new Sender(TOTAL, bug), new Receiver()];
  simulate({ endpoints: { client, server }, impairment, seed, maxTime: '60s', maxDatagrams: 5000 });
  assert.equal(server.got, EXPECTED, 'all of it, in order');
  assert.ok(client.isClosed && server.isClosed, 'both are closed');
}

async function failureOf(
  work: (seed: string) => unknown,
  seeds: number | string[] = 1000,
): Promise<SeedFailure> {
  const cause = await thrownBy(() => forSeeds(seeds, work));
  assert.instance(cause, SeedFailure, String(cause));
  return cause as SeedFailure;
}

test(`a protocol without a bug survives ${SEEDS} of them`, async () => {
  let datagrams = 0;
  await forSeeds(SEEDS, (seed) => {
    transfer(seed, null);
    datagrams += 1;
  });
  assert.is(datagrams, SEEDS);
});

for (const bug of ['duplicate ACK', 'lost FIN'] as const) {
  test(`a planted bug is found and made small: ${bug}`, async () => {
    const found = await failureOf((seed) => transfer(seed, bug));
    const { events } = found;
    assert.ok(events !== null && events.length >= 1 && events.length <= 3, found.message);
    if (bug === 'lost FIN')
      assert.equal(
        events?.map(({ kind }) => kind),
        ['drop'],
      );
    // The explicit settings that it names fail by themselves, with any seed.
    const [, code] = /impairment: (\{ paths: .*\}) \}\)/.exec(found.message) ?? [];
    const impairment = evaluate(code as string);
    const cause = (await thrownBy(() => transfer('another', bug, impairment))) as Error;
    assert.is(cause.message, (found.cause as Error).message);
    // And the same seed of the same test finds the same.
    const again = await failureOf((seed) => transfer(seed, bug));
    assert.equal([again.seed, again.events, again.message], [found.seed, found.events, found.message]);
  });
}

/** The value of source text that the message shows. */
// oxlint-disable-next-line no-new-func
const evaluate = (code: string): SimulatedImpairment =>
  new Function(`return ${code}`)() as SimulatedImpairment;

/** Sends ten datagrams, 1 ms apart, and fails if this one did not arrive exactly once in order. */
function tenth(
  seed: string,
  impairment: SimulatedImpairment,
  isBad: (got: readonly number[]) => boolean,
): void {
  let sent = 0;
  const got: number[] = [];
  simulate({
    endpoints: {
      a: {
        nextTimeoutMs: () => (sent === 10 ? null : sent),
        timeout: ({ send }) => {
          sent += 1;
          send(Uint8Array.of(sent));
        },
        receive: () => undefined,
      },
      b: { receive: ([value]) => void got.push(value as number) },
    },
    impairment,
    seed,
  });
  if (isBad(got)) throw new Error(`got ${got.join(' ')}`);
}

const LISTS = { dropList: '2,4,6', duplicateList: '3,8', reorderList: '5:2,7:1' };

test('names exactly the event that matters, in words, with the code that shows it again', async () => {
  const lost = await failureOf((seed) => tenth(seed, LISTS, (got) => !got.includes(4)));
  assert.equal(lost.events, [{ kind: 'drop', index: 4, simulation: 1, path: 'a>b' }]);
  assert.is(
    lost.message.replace(/found in \d+ runs/, 'found in N runs'),
    [
      'it fails with seed "1": got 1 2 3 5 6 7 8 9 10',
      'it takes no more than 1 event of the network (found in N runs):',
      '  a>b no. 4 is lost',
      'the same again:',
      "  simulate({ …, seed: '1', impairment: { paths: { 'a>b': { dropList: '4' } } } })",
      "this seed alone: MATCHSTREAM_SEED=1 before the test's command",
    ].join('\n'),
  );
  assert.is((lost.cause as Error).message, 'got 1 2 3 5 6 7 8 9 10');
  const twice = await failureOf((seed) => tenth(seed, LISTS, (got) => got.lastIndexOf(8) > got.indexOf(8)));
  assert.match(twice.message, /a>b no\. 8 comes twice/);
  const held = await failureOf((seed) => tenth(seed, LISTS, (got) => got.indexOf(5) > got.indexOf(7)));
  assert.match(held.message, /a>b no\. 5 is held until 2 later ones have passed/);
  const both = await failureOf((seed) => tenth(seed, LISTS, (got) => !got.includes(2) && !got.includes(6)));
  assert.equal(
    both.events?.map(({ index }) => index),
    [2, 6],
  );
});

test('keeps the delay where that is what matters, and says so', async () => {
  const late = await failureOf((seed) => {
    let atMs = 0;
    const quiet = { receive: () => undefined };
    simulate({
      endpoints: {
        a: { ...quiet, start: ({ send }) => send(Uint8Array.of(1)) },
        b: { receive: (_payload, { nowMs }) => void (atMs = nowMs) },
      },
      impairment: { delay: '30ms', jitter: '5ms', corrupt: '50%' },
      seed,
    });
    assert.is(atMs, 0);
  });
  assert.equal(late.events, []);
  assert.match(late.message, /it takes no more than its delay \(found/);
  // A constant one is enough.
  assert.match(late.message, /'a>b': \{ delay: '30ms' \}/);
});

test('a test that is async, and one of two simulations', async () => {
  const found = await failureOf(async (seed) => {
    await Promise.resolve();
    tenth(seed, LISTS, () => false);
    await new Promise((resolve) => setImmediate(resolve));
    tenth(seed, LISTS, (got) => !got.includes(6));
  });
  assert.equal(found.events, [{ kind: 'drop', index: 6, simulation: 2, path: 'a>b' }]);
  assert.match(found.message, /simulation 2, a>b no\. 6 is lost/);
});

test('a failure that needs no impairment says so', async () => {
  const found = await failureOf((seed) => tenth(seed, LISTS, () => true));
  assert.equal(found.events, []);
  assert.match(found.message, /no impairment is needed/);
});

test('a failure that does not come again is told, and so is one without a simulation', async () => {
  let calls = 0;
  const once = await failureOf(() => {
    calls += 1;
    if (calls === 3) throw new Error('the third');
  });
  assert.equal([once.seed, once.events], ['3', null]);
  assert.match(
    once.message,
    /run again with the same seed, it did not fail: something else than the seed decides/,
  );
  const plain = await failureOf(
    (seed) => {
      if (seed === 'b') throw new TypeError('no network at all');
    },
    ['a', 'b', 'c'],
  );
  assert.equal([plain.seed, plain.events], ['b', null]);
  assert.instance(plain.cause, TypeError);
});

test('stops at the first seed that fails, and takes those of a list as they are', async () => {
  const seen: string[] = [];
  await forSeeds(3, (seed) => void seen.push(seed));
  await forSeeds(['x', 'y'], (seed) => void seen.push(seed));
  assert.equal(seen, ['1', '2', '3', 'x', 'y']);
});

test('a simulation that is given no seed takes that of the call, with and without a name', async () => {
  const quiet = { receive: () => undefined };
  const seen: string[] = [];
  const networks = new Set<string>();
  await forSeeds(20, async () => {
    const a = {
      ...quiet,
      start: ({ send }: EndpointIo) => {
        for (let k = 0; k < 64; k += 1) send(Uint8Array.of(k));
      },
    };
    const { seed, log } = simulate({
      endpoints: { a, b: quiet },
      impairment: { drop: '50%', direction: 'both' },
    });
    networks.add(log.map(({ drop }) => (drop === null ? '-' : 'x')).join(''));
    await Promise.resolve();
    seen.push(seed, simulate({ endpoints: { a, b: quiet }, name: 'of one name' }).seed);
  });
  assert.equal(seen, Array.from({ length: 20 }, (_, k) => [`${k + 1}`, `${k + 1}`]).flat());
  assert.is(networks.size, 20);
});

test('MATCHSTREAM_SEED is the only seed', async () => {
  process.env['MATCHSTREAM_SEED'] = 'red';
  try {
    const seen: string[] = [];
    await forSeeds(1000, (seed) => void seen.push(seed));
    assert.equal(seen, ['red']);
    // A simulation outside takes it, too; within, it takes the seed of the call.
    const quiet = { receive: () => undefined };
    assert.is(simulate({ endpoints: { a: quiet, b: quiet }, seed: '7' }).seed, 'red');
    await forSeeds(1, () => assert.is(simulate({ endpoints: { a: quiet, b: quiet }, seed: '7' }).seed, '7'));
    await forSeeds(['x', 'y'], () => assert.is(simulate({ endpoints: { a: quiet, b: quiet } }).seed, 'red'));
  } finally {
    delete process.env['MATCHSTREAM_SEED'];
  }
});

test('a path that is used only when less is lost has no impairment then', async () => {
  const found = await failureOf((seed) => {
    let hasHeard = false;
    let got = 0;
    simulate({
      endpoints: {
        a: {
          start: ({ send }) => send(Uint8Array.of(1), 'b'),
          receive: (payload, { send }) => {
            hasHeard = true;
            send(payload, 'c');
          },
        },
        b: { receive: (payload, { send }) => send(payload) },
        c: { receive: () => void (got += 1) },
      },
      // Of each path; that from a to c is not used as long as the first to b is lost.
      impairment: { direction: 'up', dropList: '1' },
      seed,
    });
    assert.ok(hasHeard && got === 1);
  });
  assert.equal(
    found.events?.map(({ kind, path, index }) => `${kind} ${path} ${index}`),
    ['drop a>b 1'],
  );
});

test('what a later phase of a scenario file does is among the events', async () => {
  const scenario = join(temporaryFolder(), 'phases.json');
  writeFileSync(scenario, JSON.stringify({ phases: [{ at: '0s' }, { at: '7ms', up: { drop: '100%' } }] }));
  const found = await failureOf((seed) => tenth(seed, { scenario }, (got) => !got.includes(9)));
  assert.equal(found.events, [{ kind: 'drop', index: 9, simulation: 1, path: 'a>b' }]);
});

test('finds the two events that are enough although indices depend on what was lost before', async () => {
  const found = await failureOf((seed) => {
    let value = 1;
    let sent = 0;
    let dueMs: number | null = 0;
    const firstIndex: number[] = [];
    const { log } = simulate({
      endpoints: {
        a: {
          nextTimeoutMs: () => dueMs,
          // Each value is sent until it is acknowledged.
          timeout: ({ nowMs, send }) => {
            sent += 1;
            firstIndex[value] ??= sent;
            dueMs = nowMs + 50;
            send(Uint8Array.of(value));
          },
          receive: ([acknowledged], { nowMs }) => {
            if (acknowledged !== value) return;
            value += 1;
            dueMs = value > 10 ? null : nowMs;
          },
        },
        b: { receive: (payload, { send }) => send(payload) },
      },
      impairment: { drop: '50%' },
      seed,
    });
    const isLost = (one: number): boolean =>
      log.find(({ from, index }) => from === 'a' && index === firstIndex[one])?.drop !== null;
    assert.not.ok(isLost(3) && isLost(7));
  });
  assert.equal(
    found.events?.map(({ kind, path, index }) => `${kind} ${path} ${index}`),
    // The third is sent again, so the seventh is the eighth.
    ['drop a>b 3', 'drop a>b 8'],
  );
});

test('with few runs it says that less may be enough', async () => {
  const cause = (await thrownBy(() =>
    forSeeds(1, (seed) => tenth(seed, LISTS, (got) => !got.includes(4)), { maxRuns: 3 }),
  )) as SeedFailure;
  assert.match(cause.message, /perhaps less, for there were no more runs/);
  const none = (await thrownBy(() =>
    forSeeds(1, (seed) => tenth(seed, LISTS, (got) => !got.includes(4)), { maxRuns: 0 }),
  )) as SeedFailure;
  assert.is(none.events, null);
});

const wrong: readonly (readonly [string, unknown[], string])[] = [
  ['no seeds', [0, () => undefined], 'value-range | forSeeds: seeds'],
  ['an empty list', [[], () => undefined], 'value-format | forSeeds: seeds'],
  ['no test', [5], 'missing | forSeeds: run'],
  ['another option', [5, () => undefined, { runs: 5 }], 'unknown-key | forSeeds: options'],
];
for (const [name, given, code] of wrong)
  test(`refuses ${name}`, () =>
    assertRefusal(() => forSeeds(...(given as Parameters<typeof forSeeds>)), code));

test.run();
