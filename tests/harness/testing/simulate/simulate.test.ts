/** Simulations: the user's own endpoints on the virtual clock, with the network of the proxy between them. */
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectLedger, expectLost, lossyProxy, simulate } from '../../../../harness/testing/index.ts';
import type {
  Knobs,
  ReceiveIo,
  SimulateOptions,
  SimulatedEndpoint,
} from '../../../../harness/testing/index.ts';
import { assertRefusal, thrownBy } from '../../../refusals.ts';
import { temporaryFolder } from '../../recording/tiny.ts';
import { Receiver, Sender } from './goBackN.ts';

const PATIENCE_MS = 20_000;
const test = suite('a simulation');

/** Sends so many datagrams, one every `everyMs`, each with its number. */
function ticker(count: number, everyMs = 10): SimulatedEndpoint & { readonly got: string[] } {
  let sent = 0;
  const got: string[] = [];
  return {
    got,
    nextTimeoutMs: () => (sent === count ? null : sent * everyMs),
    timeout: ({ send }) => {
      sent += 1;
      send(Uint8Array.of(sent));
    },
    receive: ([value], { from, nowMs }) => void got.push(`${from} ${value} at ${nowMs}`),
  };
}

const echo = (): SimulatedEndpoint => ({ receive: (payload, { send }) => send(payload) });

test('hands datagrams over at once where nothing is impaired, and answers go back to whom they answer', () => {
  const client = ticker(3);
  const { log, ended, endMs } = simulate({ endpoints: { client, server: echo() } });
  assert.equal(client.got, ['server 1 at 0', 'server 2 at 10', 'server 3 at 20']);
  assert.equal([ended, endMs, log.length], ['quiet', 20, 6]);
  assert.equal(log[2], {
    number: 3,
    from: 'client',
    to: 'server',
    flow: 1,
    direction: 'up',
    index: 2,
    repeat: 1,
    sentMs: 10,
    sizeBytes: 1,
    drop: null,
    copies: 0,
    hold: 0,
    corrupt: null,
    delayMs: 0,
    queueDropped: 0,
    arrivedMs: [10],
  });
});

test('does what the knobs say: lost, twice, held back, delayed, a bit flipped, exactly', () => {
  const client = ticker(6);
  const got: string[] = [];
  const server: SimulatedEndpoint = {
    receive: ([value], { nowMs }) => void got.push(`${value} at ${nowMs}`),
  };
  const run = simulate({
    endpoints: { client, server },
    impairment: { up: { dropList: '2', duplicateList: '3', reorderList: '4:2', delay: '5ms' } },
  });
  assert.equal(got, ['1 at 5', '3 at 25', '3 at 25', '5 at 45', '6 at 55', '4 at 55']);
  assert.equal(
    run.log.map(({ drop, copies, hold, delayMs, arrivedMs }) => [drop, copies, hold, delayMs, arrivedMs]),
    [
      [null, 0, 0, 5, [5]],
      ['list', 0, 0, 0, []],
      [null, 1, 0, 5, [25, 25]],
      [null, 0, 2, 5, [55]],
      [null, 0, 0, 5, [45]],
      [null, 0, 0, 5, [55]],
    ],
  );
  const [row] = run.ledger();
  assert.equal(
    [
      row?.direction,
      row?.sent,
      row?.duplicated,
      row?.dropped,
      row?.delivered,
      row?.held_at_end,
      row?.unexplained,
    ],
    ['up', 6, 1, 1, 6, 0, 0],
  );
  expectLedger(run).toBalance();
  expectLost(run, { atLeast: 1, atMost: 1 });
});

test('a bit that is flipped is flipped in the copy that arrives, and nowhere else', () => {
  const sent = Uint8Array.of(0, 0, 0, 0);
  let got = new Uint8Array();
  const { log } = simulate({
    endpoints: {
      client: { start: ({ send }) => send(sent), receive: () => undefined },
      server: { receive: (payload) => void (got = new Uint8Array(payload)) },
    },
    impairment: { corrupt: '100%' },
  });
  const bit = log[0]?.corrupt as number;
  assert.ok(bit >= 0 && bit < 32);
  const expected = new Uint8Array(4);
  expected[bit >> 3] = 1 << (bit & 7);
  assert.equal([...got], [...expected]);
  assert.equal([...sent], [0, 0, 0, 0]);
});

const NETWORK = { drop: '10%', duplicate: '10%', reorder: '10%', delay: '20ms', jitter: '10ms' };

const transfer = (seed: string, over: Partial<SimulateOptions> = {}) => {
  const [client, server] = [new Sender(40), new Receiver()];
  const run = simulate({ endpoints: { client, server }, impairment: NETWORK, seed, ...over });
  return { run, client, server };
};

test('the same seed gives the same log to the byte, another seed another', () => {
  const [first, second, other] = ['7', '7', '8'].map((seed) => transfer(seed).run);
  assert.is(JSON.stringify(first?.log), JSON.stringify(second?.log));
  assert.equal(first?.fates(), second?.fates());
  assert.not.equal(JSON.stringify(first?.log), JSON.stringify(other?.log));
});

test('the log and the ledger agree, row by row', () => {
  for (const seed of ['1', '2', '3']) {
    const { run, server } = transfer(seed);
    assert.equal(
      server.got,
      Array.from({ length: 40 }, (_, k) => k),
    );
    for (const row of run.ledger()) {
      const entries = run.log.filter(
        ({ flow, direction }) => flow === row.flow && direction === row.direction,
      );
      const arrived = entries.reduce((total, { arrivedMs }) => total + arrivedMs.length, 0);
      const lost = entries.filter(({ drop }) => drop !== null).length;
      assert.equal(
        [row.sent, row.delivered, row.dropped, row.unexplained],
        [entries.length, arrived, lost, 0],
      );
      assert.ok(lost > 0 && row.duplicated > 0);
    }
  }
});

test('a full queue drops what is sent too fast, and the ledger has it', () => {
  let got = 0;
  const run = simulate({
    endpoints: {
      client: {
        start: ({ send }) => {
          for (let k = 0; k < 10; k += 1) send(new Uint8Array(1000));
        },
        receive: () => undefined,
      },
      server: { receive: () => void (got += 1) },
    },
    impairment: { rate: '1mbit', queue: '3' },
  });
  const [row] = run.ledger();
  assert.is(
    run.log.reduce((total, { queueDropped }) => total + queueDropped, 0),
    10 - got,
  );
  assert.equal([row?.delivered, row?.dropped, row?.unexplained], [got, 10 - got, 0]);
  assert.ok(got < 10 && got >= 3);
});

test('each pair of endpoints is a flow, in the order in which they first send', () => {
  const to = (...names: readonly string[]): SimulatedEndpoint => ({
    start: ({ send }) => {
      for (const name of names) send(Uint8Array.of(1), name);
    },
    receive: () => undefined,
  });
  const { log } = simulate({ endpoints: { a: to('b'), b: to('c', 'a'), c: to('a') } });
  assert.equal(
    log.map(({ from, to: name, flow, direction, index }) => `${from}>${name} ${flow} ${direction} ${index}`),
    ['a>b 1 up 1', 'b>c 2 up 1', 'b>a 1 down 1', 'c>a 3 up 1'],
  );
});

test('a path has settings of its own, in the place of the others', () => {
  const { log } = simulate({
    endpoints: { client: ticker(3), server: echo() },
    impairment: { drop: '100%', paths: { 'client>server': { dropList: '2' } } },
  });
  assert.equal(
    log.map(({ from, drop }) => `${from} ${drop}`),
    ['client null', 'server independent', 'client list', 'client null', 'server independent'],
  );
});

test('indices are the protocol’s, so a retransmission has a fate of its own', () => {
  const client: SimulatedEndpoint = {
    start: ({ send }) => {
      for (const value of [1, 2, 2, 2, 3]) send(Uint8Array.of(value));
      send(new Uint8Array());
    },
    receive: () => undefined,
  };
  const { log } = simulate({
    endpoints: { client, server: { receive: () => undefined } },
    protocol: 'field:u8@0=1',
  });
  assert.equal(
    log.map(({ index, repeat, arrivedMs }) => [index, repeat, arrivedMs.length]),
    [
      [1, 1, 1],
      [2, 1, 1],
      [2, 2, 1],
      [2, 3, 1],
      [3, 1, 1],
      [null, 1, 1],
    ],
  );
});

test('ends when until says so, and what is under way is held then', () => {
  const run = simulate({
    endpoints: { client: ticker(10), server: { receive: () => undefined } },
    impairment: { delay: '15ms' },
    until: (nowMs) => nowMs >= 40,
  });
  const [row] = run.ledger();
  assert.equal([run.ended, run.endMs], ['until', 40]);
  assert.equal([row?.sent, row?.delivered, row?.held_at_end, row?.unexplained], [5, 3, 2, 0]);
});

test('a timeout is called at the time that was given, to the letter, and after what arrives then', () => {
  const calls: string[] = [];
  // In nanoseconds and back it would be less.
  const dueMs = 7 / 17;
  assert.ok((dueMs * 1e6) / 1e6 < dueMs);
  let isDone = false;
  simulate({
    endpoints: {
      a: {
        nextTimeoutMs: () => (isDone ? null : dueMs),
        timeout: ({ nowMs }) => {
          isDone = true;
          calls.push(`timeout ${nowMs === dueMs}`);
        },
        receive: () => void calls.push('receive'),
      },
      b: { start: ({ send }) => send(Uint8Array.of(1)), receive: () => undefined },
    },
  });
  assert.equal(calls, ['receive', 'timeout true']);
});

/** A timer of which five million calls take five microseconds. */
function creeping(): SimulatedEndpoint {
  let dueMs = 0;
  return {
    receive: () => undefined,
    nextTimeoutMs: () => dueMs,
    timeout: () => void (dueMs += 1e-9),
  };
}

test('a run that does not end is told, with what it does', async () => {
  const pingPong = {
    a: { start: ({ send }: ReceiveIo) => send(Uint8Array.of(1)), receive: echo().receive },
    b: echo(),
  };
  const cases: readonly (readonly [Partial<SimulateOptions>, RegExp])[] = [
    [
      { endpoints: pingPong, maxDatagrams: 50 },
      /50 datagrams were sent by 0 ms .* maxDatagrams more; seed "1"; .* a>b at 0 ms, b>a at 0 ms/,
    ],
    [
      { endpoints: pingPong, impairment: { delay: '10ms' }, maxTime: '1s' },
      /go on at 1010 ms of virtual time; end it with until, or give maxTime more/,
    ],
    [
      { endpoints: { a: { receive: () => undefined, nextTimeoutMs: () => 5 }, b: echo() } },
      /nextTimeoutMs\(\) of a still gives 5 when timeout\(\) has been called 10000 times/,
    ],
    [
      { endpoints: { a: creeping(), b: echo() } },
      /timeout\(\) has been called 5000000 times and nothing left the network, the last time of a for 0\.005/,
    ],
  ];
  for (const [options, text] of cases) {
    const cause = (await thrownBy(() => simulate(options as SimulateOptions))) as Error;
    assert.is(cause.name, 'AssertionError');
    assert.match(cause.message, text);
  }
});

test('what an endpoint throws comes out as it is', async () => {
  const cause = new Error('a bug');
  const endpoints = {
    a: {
      start: () => {
        throw cause;
      },
      receive: () => undefined,
    },
    b: echo(),
  };
  assert.is(await thrownBy(() => simulate({ endpoints })), cause);
});

/** A client of a real echo behind a real proxy that does in order what the simulated one does. */
async function fatesOfProxy(seed: string, count: number): Promise<unknown> {
  const server = createSocket('udp4', (payload, { port, address }) => server.send(payload, port, address));
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const proxy = await lossyProxy({
    upstream: `127.0.0.1:${server.address().port}`,
    seed,
    direction: 'both',
    ...SAME,
  });
  const client = createSocket('udp4');
  try {
    for (let k = 1; k <= count; k += 1) {
      await new Promise((resolve) => client.send('x', proxy.port, proxy.host, resolve));
      const endMs = performance.now() + PATIENCE_MS;
      const isDone = (): boolean => {
        const [flow] = proxy.flows;
        return flow !== undefined && flow.up.arrived === k && flow.down.arrived === flow.up.forwarded;
      };
      while (!isDone()) {
        assert.ok(performance.now() < endMs, 'it takes too long');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    return proxy.fates();
  } finally {
    client.close();
    await proxy.close();
    server.close();
  }
}

const SAME = { drop: '20%', duplicate: '20%' };

test('the fates are those of lossyProxy with that seed', async () => {
  const run = simulate({ endpoints: { client: ticker(50), server: echo() }, impairment: SAME, seed: 'same' });
  const fates = run.fates();
  assert.equal(fates, await fatesOfProxy('same', 50));
  // And the log has them datagram by datagram.
  for (const { direction, index, drop, copies, hold } of fates) {
    const entry = run.log.find((one) => one.direction === direction && one.index === index);
    assert.equal([entry?.drop, entry?.copies, entry?.hold], [drop, copies, hold]);
  }
});

test('a network that was read for one run is read again where it changed, or stands in a file', () => {
  const folder = temporaryFolder();
  const lost = (impairment: SimulateOptions['impairment'] & {}): number =>
    simulate({
      endpoints: { client: ticker(4), server: { receive: () => undefined } },
      impairment,
    }).log.filter(({ drop }) => drop !== null).length;
  const knobs: { dropList: string } = { dropList: '1' };
  assert.is(lost(knobs), 1);
  assert.is(lost(knobs), 1);
  knobs.dropList = '1-3';
  assert.is(lost(knobs), 3);
  const scenario = join(folder, 'scenario.json');
  for (const [dropList, count] of [
    ['1', 1],
    ['1-2', 2],
  ] as const) {
    writeFileSync(scenario, JSON.stringify({ up: { dropList } }));
    assert.is(lost({ scenario }), count);
  }
  // The first opportunity to send is at 30 ms, then at 1 ms.
  const trace = join(folder, 'trace');
  const lastMs = (): number =>
    simulate({
      endpoints: { client: ticker(1), server: { receive: () => undefined } },
      impairment: { paths: { 'client>server': { rateTrace: trace } } },
    }).endMs;
  writeFileSync(trace, '30\n60\n');
  const late = lastMs();
  writeFileSync(trace, '1\n60\n');
  assert.ok(lastMs() < late, `${lastMs()} and ${late}`);
});

test('the phases of a scenario file begin at their times, but for a path of its own', () => {
  const scenario = join(temporaryFolder(), 'phases.json');
  writeFileSync(
    scenario,
    JSON.stringify({
      phases: [
        { at: '0s', up: { dropList: '1' } },
        { at: '25ms', up: { drop: '100%' } },
      ],
    }),
  );
  const dropped = (paths: Record<string, Knobs>): (string | null)[] =>
    simulate({
      endpoints: { client: ticker(5), server: { receive: () => undefined } },
      impairment: { scenario, paths },
    }).log.map(({ drop }) => drop);
  assert.equal(dropped({}), ['list', null, null, 'independent', 'independent']);
  assert.equal(dropped({ 'client>server': { dropList: '2' } }), [null, 'list', null, null, null]);
  const run = simulate({
    endpoints: { client: ticker(5), server: { receive: () => undefined } },
    impairment: { scenario },
  });
  assert.equal(
    run.fates().flatMap(({ direction, drop }) => (direction === 'up' ? [drop] : [])),
    ['list', null, null, 'independent', 'independent'],
  );
  expectLedger(run).toBalance();
  assert.is(run.showAgain()[0], `simulate({ …, seed: '1', impairment: { scenario: '${scenario}', … } })`);
});

test('says the code that runs it again', () => {
  const shown = (options: Partial<SimulateOptions>): string =>
    simulate({ endpoints: { client: ticker(1), server: echo() }, seed: "it's", ...options })
      .showAgain()
      .join('\n');
  assert.is(shown({}), "simulate({ …, seed: 'it\\'s' })");
  assert.is(
    shown({ impairment: { drop: '5%', delay: '20ms', keepOrder: true } }),
    "simulate({ …, seed: 'it\\'s', impairment: { drop: '5%', delay: '20ms', keepOrder: true } })",
  );
  assert.is(
    shown({ impairment: { up: { drop: '5%' }, paths: { 'server>client': { mtu: '500' } } } }),
    "simulate({ …, seed: 'it\\'s', impairment: { down: {}, up: { drop: '5%' }, paths: { 'server>client': { mtu: '500' } } } })",
  );
});

const quiet: SimulatedEndpoint = { receive: () => undefined };
const two = { a: quiet, b: quiet };
const doing = (call: Partial<SimulatedEndpoint>) => ({ endpoints: { a: { ...quiet, ...call }, b: quiet } });
const wrong: readonly (readonly [string, object, string])[] = [
  ['no endpoints', {}, 'missing | simulate: endpoints'],
  ['one endpoint', { endpoints: { a: quiet } }, 'value-format | simulate: endpoints'],
  ['no receive', { endpoints: { a: {}, b: quiet } }, 'value-format | simulate: endpoints: a'],
  ['a name with >', { endpoints: { 'a>b': quiet, b: quiet } }, 'value-format | simulate: endpoints'],
  ['another key', { endpoints: two, drop: '5%' }, 'unknown-key | simulate'],
  ['another knob', { endpoints: two, impairment: { drpo: '5%' } }, 'unknown-key | simulate: impairment'],
  [
    'a wrong knob',
    { endpoints: two, impairment: { drop: '500%' } },
    'value-range | simulate: impairment: drop',
  ],
  ['knobs as text', { endpoints: two, impairment: 'wifi' }, 'value-format | simulate: impairment'],
  [
    'no such path',
    { endpoints: two, impairment: { paths: { 'a>c': {} } } },
    'unknown-key | simulate: impairment: paths',
  ],
  [
    'a wrong knob of a path',
    { endpoints: two, impairment: { paths: { 'a>b': { drop: '500%' } } } },
    'value-range | simulate: impairment: paths: a>b: drop',
  ],
  [
    'a shared link of one path',
    { endpoints: two, impairment: { paths: { 'a>b': { rate: '1mbit', shared: true } } } },
    'conflict | simulate: impairment: paths: a>b: shared',
  ],
  [
    'preset and scenario',
    { endpoints: two, impairment: { preset: 'wifi', scenario: 'x.json' } },
    'conflict | simulate: impairment: preset and scenario',
  ],
  [
    'a protocol with a registration',
    { endpoints: two, protocol: 'matchstream' },
    'value-range | simulate: protocol',
  ],
  ['a time as a number', { endpoints: two, maxTime: 5 }, 'value-format | simulate: maxTime'],
  ['no datagrams', { endpoints: two, maxDatagrams: 0 }, 'value-range | simulate: maxDatagrams'],
  [
    'an async call',
    doing({ start: (async () => undefined) as never }),
    'value-format | simulate: endpoints: a: start()',
  ],
  [
    'a timeout that is no number',
    doing({ nextTimeoutMs: () => Number.NaN }),
    'value-format | simulate: endpoints: a: nextTimeoutMs()',
  ],
  [
    'a payload as text',
    doing({ start: ({ send }) => send('x' as never) }),
    'value-format | simulate: endpoints: a: send(): payload',
  ],
  [
    'a payload that is too long',
    doing({ start: ({ send }) => send(new Uint8Array(65_508)) }),
    'value-range | simulate: endpoints: a: send(): payload',
  ],
  [
    'nobody of that name',
    doing({ start: ({ send }) => send(new Uint8Array(1), 'c') }),
    'unknown-choice | simulate: endpoints: a: send(): to',
  ],
];
for (const [name, options, code] of wrong)
  test(`refuses ${name}`, () => assertRefusal(() => simulate(options as SimulateOptions), code));

test('refuses to send when it is over', async () => {
  let late: ReceiveIo['send'] = () => undefined;
  simulate({ endpoints: { a: { ...quiet, start: ({ send }) => void (late = send) }, b: quiet } });
  await assertRefusal(() => late(Uint8Array.of(1)), 'value-range | simulate: endpoints: a: send()');
});

test.run();
