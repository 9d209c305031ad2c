/** What a program may give wrongly: a typed error that names the call and the key, at the call. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as m from '../harness/index.ts';
import { messageOf } from './harness/recording/tiny.ts';

const test = suite('the library refuses at the call');

const DOWN = m.readKnobs({ drop: '5%' });
const IMPAIRMENT: m.Impairment = { ...m.UNIMPAIRED, seed: '7', down: DOWN };
const PEER = { address: '127.0.0.1', port: 9000 };
const clock = new m.MonotonicClock();

/** Sound arguments of each entry, of which a case changes one. */
const PROXY: m.ProxyRun = {
  server: PEER,
  host: '127.0.0.1',
  ports: [0],
  protocol: m.readProtocol('any', '--protocol'),
  impairment: IMPAIRMENT,
  maxFlows: 1,
  idleNs: 1e9,
  fatesDir: null,
  transport: 'node',
  clock,
  log: m.NO_LOG,
};
const source = new m.MatchSource({ seed: '1', intervalNs: 1e6 });
const SERVER: m.ServerRun = {
  source,
  host: '127.0.0.1',
  port: 0,
  clock,
  log: m.NO_LOG,
  logSends: false,
  pacing: 'hybrid',
  transport: 'node',
  machine: {},
};
const CLIENT: m.ClientRun = {
  server: PEER,
  clock,
  log: m.NO_LOG,
  logReceipts: false,
  check: false,
  transport: 'node',
  machine: {},
};
const REPLAY: m.ReplayPlan = { path: 'recordings/match-42.jsonl', impairment: IMPAIRMENT };
const RECORD: m.RecordPlan = {
  seed: '1',
  out: 'never.jsonl',
  interval: 1e6,
  language: 'en',
  check: false,
  clock: 'virtual',
};
const LIVE: m.LivePlan = {
  run: 'x',
  clock: 'virtual',
  mode: 'in-process',
  clients: 1,
  match: { seed: '1', interval: 1e6, language: 'en', check: false },
  pacing: 'hybrid',
  tmaxNs: 1e9,
  logsDir: null,
  debugLog: false,
};

type Wrong = Readonly<Record<string, unknown>>;
/** The call with one thing wrong; nothing of it is ever started. */
const calls = {
  startProxy: (wrong: Wrong) => m.startProxy({ ...PROXY, ...wrong } as m.ProxyRun),
  startServer: (wrong: Wrong) => m.startServer({ ...SERVER, ...wrong } as m.ServerRun),
  startClient: (wrong: Wrong) => m.startClient({ ...CLIENT, ...wrong } as m.ClientRun),
  replayRecording: (wrong: Wrong) => m.replayRecording({ ...REPLAY, ...wrong } as m.ReplayPlan),
  recordMatch: (wrong: Wrong) => m.recordMatch({ ...RECORD, ...wrong } as m.RecordPlan),
  runLive: (wrong: Wrong) => m.runLive({ ...LIVE, ...wrong } as m.LivePlan),
};

const NAMED = 'look a name up first (node:dns), and leave brackets out';
const FROM_TEXT = "readKnobs({ drop: '5%' }) makes settings, NO_IMPAIRMENT is none";

const WITHIN = "say impairment: { ...UNIMPAIRED, seed: '7', down: readKnobs({ drop: '5%' }) }";

const CASES: readonly (readonly [keyof typeof calls, Wrong, string])[] = [
  [
    'startProxy',
    { impairment: { ...IMPAIRMENT, up: undefined } },
    `impairment: up: expected settings, got nothing; ${FROM_TEXT}`,
  ],
  [
    'startProxy',
    { impairment: DOWN },
    'impairment: no such key as "drop"; expected one of seed, down, up, holdMaxNs, impairControl',
  ],
  [
    'startProxy',
    { impairment: undefined, seed: '7', impairments: { down: DOWN, up: DOWN }, holdMaxNs: 1e9 },
    `expected impairments, seed, holdMaxNs within impairment, got them beside it; ${WITHIN}`,
  ],
  [
    'startProxy',
    { impairment: { ...IMPAIRMENT, down: { drop: '5%' } } },
    `impairment: down: drop: expected a loss model or null, got "5%"; ${FROM_TEXT}`,
  ],
  [
    'startProxy',
    { impairment: { ...IMPAIRMENT, down: { ...DOWN, corruptRatio: -0 } } },
    'impairment: down: corrupt: expected a ratio from 0% to 100%, got "-0"',
  ],
  ['startProxy', { protocol: 'any' }, 'protocol: expected a protocol, as readProtocol gives it, got "any"'],
  ['startProxy', { ports: [] }, 'ports: expected a list of ports, 1 or more, got an empty list'],
  ['startProxy', { ports: [70_000] }, 'ports[0]: expected a whole number from 0 to 65535, got 70000'],
  [
    'startProxy',
    { server: { address: 'localhost', port: 9 } },
    `server: address: expected a numeric address, such as 127.0.0.1 or ::1, got "localhost"; ${NAMED}`,
  ],
  ['startProxy', { server: '127.0.0.1:9' }, 'server: expected an object, got "127.0.0.1:9"'],
  [
    'startProxy',
    { server: { ...PEER, port: 0 } },
    'server: port: expected a whole number from 1 to 65535, got 0',
  ],
  [
    'startProxy',
    { host: '[::1]' },
    `host: expected a numeric address, such as 127.0.0.1 or ::1, got "[::1]"; ${NAMED}`,
  ],
  [
    'startProxy',
    { impairment: { ...IMPAIRMENT, holdMaxNs: -1 } },
    'impairment: holdMaxNs: expected nanoseconds, above 0, got -1',
  ],
  ['startProxy', { idleNs: Number.NaN }, 'idleNs: expected nanoseconds, above 0, got NaN'],
  ['startProxy', { maxFlows: 0 }, 'maxFlows: expected a whole number from 1, got 0'],
  ['startProxy', { clock: Date }, 'clock: expected a clock, such as new MonotonicClock(), got a function'],
  ['startProxy', { log: null }, 'log: expected a log, such as NO_LOG, got null'],
  ['startProxy', { transport: 'tcp' }, 'transport: expected auto or node or linux, got "tcp"'],
  ['startProxy', { impairment: { ...IMPAIRMENT, seed: 7 } }, 'impairment: seed: expected text, got 7'],
  ['startProxy', { seed: '7' }, `expected seed within impairment, got it beside it; ${WITHIN}`],
  [
    'startServer',
    { network: new m.SimulatedNetwork() },
    'expected a network or a transport, got both; a network has its own, so leave transport out',
  ],
  [
    'startServer',
    { network: new m.SimulatedNetwork(), transport: undefined },
    'expected a network or a clock, got both; a network has its own, so leave clock out',
  ],
  ['startServer', { network: 'lo' }, 'network: expected a network, such as new SimulatedNetwork(), got "lo"'],
  ['startServer', { port: -0 }, 'port: expected a whole number from 0 to 65535, got -0'],
  [
    'startServer',
    { host: 'example.org' },
    `host: expected a numeric address, such as 127.0.0.1 or ::1, got "example.org"; ${NAMED}`,
  ],
  ['startServer', { source: {} }, 'source: expected a stream, such as new MatchSource(…), got an object'],
  ['startServer', { pacing: 'fast' }, 'pacing: expected sleep or hybrid or busy, got "fast"'],
  ['startServer', { machine: undefined }, 'machine: expected an object, got nothing'],
  ['startServer', { machine: { waitfor: 2 } }, 'machine: no such key as "waitfor"; did you mean waitFor?'],
  [
    'startServer',
    { machine: { maxClients: 0 } },
    'machine: maxClients: expected a whole number from 1, got 0',
  ],
  [
    'startClient',
    { server: { address: 'localhost', port: 9 } },
    `server: address: expected a numeric address, such as 127.0.0.1 or ::1, got "localhost"; ${NAMED}`,
  ],
  ['startClient', { machine: { tmaxNs: -1 } }, 'machine: tmaxNs: expected nanoseconds, 0 or more, got -1'],
  ['startClient', { machine: { validate: 'all' } }, 'machine: validate: expected head or full, got "all"'],
  ['replayRecording', { path: 7 }, 'path: expected the path of a file or folder, got 7'],
  [
    'replayRecording',
    { impairment: { ...IMPAIRMENT, up: undefined } },
    `impairment: up: expected settings, got nothing; ${FROM_TEXT}`,
  ],
  [
    'replayRecording',
    { impairControl: true },
    `expected impairControl within impairment, got it beside it; ${WITHIN}`,
  ],
  [
    'replayRecording',
    { impairment: { ...IMPAIRMENT, holdMaxNs: Number.POSITIVE_INFINITY } },
    'impairment: holdMaxNs: expected nanoseconds, above 0, got Infinity',
  ],
  ['replayRecording', { clients: 0 }, 'clients: expected a whole number from 1 to 1000, got 0'],
  ['replayRecording', { speed: 0 }, 'speed: expected a speed above 0, got 0'],
  ['replayRecording', { intervalNs: Number.NaN }, 'intervalNs: expected nanoseconds, 0 or more, got NaN'],
  ['replayRecording', { clock: 'fake' }, 'clock: expected virtual or real, got "fake"'],
  [
    'replayRecording',
    { drop: '5%' },
    /^UsageError: replayRecording: no such key as "drop"; expected one of path, /.source,
  ],
  ['replayRecording', { client: 3 }, 'no such key as "client"; did you mean clients?'],
  ['recordMatch', { out: '' }, 'out: expected the path of a file or folder, got ""'],
  ['recordMatch', { interval: '10ms' }, 'interval: expected nanoseconds, 0 or more, got "10ms"'],
  ['recordMatch', { language: 'de' }, 'language: expected en or pt, got "de"'],
  ['recordMatch', { datagramSize: 0.5 }, 'datagramSize: expected a whole number from 1 to 65507, got 0.5'],
  ['runLive', { clients: 1.5 }, 'clients: expected a whole number from 1 to 1000, got 1.5'],
  [
    'runLive',
    { match: { ...LIVE.match, interval: -0 } },
    'match: interval: expected nanoseconds, 0 or more, got -0',
  ],
  ['runLive', { mode: 'threads' }, 'mode: expected processes or in-process, got "threads"'],
];

for (const name of Object.keys(calls) as (keyof typeof calls)[]) {
  test(`${name}: what makes no sense is named, with what was expected`, async () => {
    const cases = CASES.filter(([call]) => call === name);
    assert.ok(cases.length > 1);
    for (const [, wrong, message] of cases) {
      const told = await messageOf(async () => calls[name](wrong));
      if (message.startsWith('^')) assert.match(told, new RegExp(message));
      else assert.is(told, `UsageError: ${name}: ${message}`);
    }
  });
}

test('the parts: every one refuses what it cannot work with', async () => {
  const of = (firstCount = 1) => new m.StreamMetrics({ firstCount });
  const key = { seed: '1', flow: 1, direction: 'down' } as const;
  const never = undefined as never;
  for (const [call, message] of [
    [
      () => of().finish(Number.NaN),
      'expected lastCount to be a whole number, got NaN; give the announced count, or null',
    ],
    [
      () => of().finish(never),
      'expected lastCount to be a whole number, got undefined; give the announced count, or null',
    ],
    [() => of().handleArrival(1, Number.NaN, 0, 1), 'expected the time of arrival in nanoseconds, got NaN'],
    [() => of().handleArrival(0.5, 0, 0, 1), 'count 0.5 is not a safe integer'],
    [() => new m.StreamMetrics(never), 'StreamMetrics: expected an object, got nothing'],
    [
      () => new m.StreamMetrics({ firstCount: 1, windowCount: 4 } as never),
      'StreamMetrics: no such key as "windowCount"; did you mean windowCounts?',
    ],
    [
      () => new m.Schedule(DOWN, { ...key, direction: 'left' as never }),
      'Schedule: key: direction: expected down or up or down-control or up-control, got "left"',
    ],
    [
      () => new m.Schedule(DOWN, { ...key, flow: 0 }),
      'Schedule: key: flow: expected a whole number from 1, got 0',
    ],
    [() => new m.Schedule(DOWN, key).at(-0), 'at: expected an index, a whole number from 1, got -0'],
    [() => new m.Schedule(never, key), `impairment: expected settings, got nothing; ${FROM_TEXT}`],
    [
      () => m.formatKnobs({ drop: '5%' } as never),
      `formatKnobs: drop: expected a loss model or null, got "5%"; ${FROM_TEXT}`,
    ],
    [() => m.simulateMatch(7 as never), 'simulateMatch: seed: expected text, got 7'],
    [
      () => m.simulateMatch('7', { phrases: 'de' as never }),
      'simulateMatch: phrases: expected en or pt, got "de"',
    ],
    [() => m.matchSeed('7', 0), 'matchSeed: k: expected a whole number from 1, got 0'],
    [() => m.squadsHash({} as never), 'squadsHash: teams: expected a list of squads, 2 or more, got nothing'],
    [
      () => new m.MatchSource({ seed: '1' } as never),
      'MatchSource: intervalNs: expected nanoseconds, 0 or more, got nothing',
    ],
    [() => m.readCount('x' as never, 0, 1), 'readCount: bytes: expected bytes, a Uint8Array, got "x"'],
    [
      () => m.readCount(new Uint8Array(4), 0, 5),
      'readCount: lengthBytes: expected a whole number from 0 to 4, got 5',
    ],
    [
      () => m.verifyCheck(new Uint8Array(4), 5, 0),
      'verifyCheck: offset: expected a whole number from 0 to 4, got 5',
    ],
    [
      () => m.decodeStreamMessage(never),
      'decodeStreamMessage: bytes: expected bytes, a Uint8Array, got nothing',
    ],
    [
      () => m.encodeStreamMessage({ count: 0 } as never),
      'encodeStreamMessage: count: expected a whole number from 1, got 0',
    ],
    [
      () => new m.DatagramBatch(0, 9),
      'DatagramBatch: capacity: expected a whole number from 1 to 2147483647, got 0',
    ],
    [
      () => new m.SimulatedNetwork({ quantumNs: -1 }),
      'SimulatedNetwork: quantumNs: expected nanoseconds, 0 or more, got -1',
    ],
    [() => new m.MonotonicClock(0.5), 'MonotonicClock: epochUs: expected a whole number from 0, got 0.5'],
    [
      () => new m.ServerEndpoint({ source, secret: new Uint8Array(8) }),
      'ServerEndpoint: secret: expected 16 bytes or more that nobody can guess, got an object',
    ],
    [
      () => new m.ClientEndpoint({ server: PEER, nonce: 'a b', record: () => of() }),
      'ClientEndpoint: nonce: expected characters of A-Z, a-z, 0-9, _ and -, 16 or more so that nobody guesses them, got "a b"',
    ],
    [
      () => new m.ProxyEndpoint({ ...PROXY, listening: 0, openUpstream: () => undefined }),
      'ProxyEndpoint: listening: expected a whole number from 1, got 0',
    ],
    [() => m.openRecording(never), 'openRecording: path: expected the path of a file or folder, got nothing'],
    [
      () => m.verifyRecording(7 as never),
      'openRecording: path: expected the path of a file or folder, got 7',
    ],
    [
      () => m.loadRecording('x.jsonl', { flow: 0 }),
      'loadRecording: flow: expected a whole number from 1 to 65535, got 0',
    ],
    [
      () => new m.RecordingWriter('x.jsonl', {} as never),
      'recording header: expected a matchstream recording, got {}; make one with matchstream record',
    ],
  ] as const) {
    assert.is(await messageOf(async () => call()), `UsageError: ${message}`);
  }
});

test('an address is taken in every way it is written, and a name never', async () => {
  const told = (address: string) =>
    messageOf(async () => m.startClient({ ...CLIENT, server: { address, port: 0 } }));
  for (const address of [
    '127.0.0.1',
    '255.255.255.255',
    '::1',
    '2001:db8::9',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
  ])
    assert.is(
      await told(address),
      'UsageError: startClient: server: port: expected a whole number from 1 to 65535, got 0',
    );
  for (const address of ['localhost', '256.1.1.1', '1.2.3', '1.2.3.4.5', '1.2.3.', 'a:9', '[::1]', ''])
    assert.match(
      await told(address),
      /^UsageError: startClient: server: address: expected a numeric address/,
      address,
    );
});

test.run();
