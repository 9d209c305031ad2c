/** What a program may give wrongly: a typed error that names the call and the key, at the call. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as m from '../harness/index.ts';
import { calls, wrongly } from './calls.ts';
import type { Wrong } from './calls.ts';
import { assertRefusal } from './refusals.ts';

const { DOWN, IMPAIRMENT, CLIENT, LIVE, PEER, PROXY, source, key, of } = wrongly;

const test = suite('the library refuses at the call');

const CASES: readonly (readonly [keyof typeof calls, Wrong, string])[] = [
  ['startProxy', { impairment: { ...IMPAIRMENT, up: undefined } }, 'missing | startProxy: impairment: up'],
  ['startProxy', { impairment: DOWN }, 'unknown-key | startProxy: impairment'],
  [
    'startProxy',
    { impairment: undefined, seed: '7', impairments: { down: DOWN, up: DOWN }, holdMaxNs: 1e9 },
    'unknown-key | startProxy',
  ],
  [
    'startProxy',
    { impairment: { ...IMPAIRMENT, down: { drop: '5%' } } },
    'value-format | startProxy: impairment: down: drop',
  ],
  [
    'startProxy',
    { impairment: { ...IMPAIRMENT, down: { ...DOWN, corruptRatio: -0 } } },
    'value-range | startProxy: impairment: down: corrupt',
  ],
  ['startProxy', { protocol: 'any' }, 'value-format | startProxy: protocol'],
  ['startProxy', { ports: [] }, 'value-format | startProxy: ports'],
  ['startProxy', { ports: [70_000] }, 'value-range | startProxy: ports[0]'],
  ['startProxy', { server: { address: 'localhost', port: 9 } }, 'value-format | startProxy: server: address'],
  ['startProxy', { server: '127.0.0.1:9' }, 'value-format | startProxy: server'],
  ['startProxy', { server: { ...PEER, port: 0 } }, 'value-range | startProxy: server: port'],
  ['startProxy', { host: '[::1]' }, 'value-format | startProxy: host'],
  [
    'startProxy',
    { impairment: { ...IMPAIRMENT, holdMaxNs: -1 } },
    'value-range | startProxy: impairment: holdMaxNs',
  ],
  ['startProxy', { idleNs: Number.NaN }, 'value-range | startProxy: idleNs'],
  ['startProxy', { maxFlows: 0 }, 'value-range | startProxy: maxFlows'],
  ['startProxy', { clock: Date }, 'value-format | startProxy: clock'],
  ['startProxy', { log: null }, 'value-format | startProxy: log'],
  ['startProxy', { transport: 'tcp' }, 'unknown-choice | startProxy: transport'],
  ['startProxy', { impairment: { ...IMPAIRMENT, seed: 7 } }, 'value-format | startProxy: impairment: seed'],
  ['startProxy', { seed: '7' }, 'unknown-key | startProxy'],
  ['startServer', { network: new m.SimulatedNetwork() }, 'conflict | startServer'],
  ['startServer', { network: new m.SimulatedNetwork(), transport: undefined }, 'conflict | startServer'],
  ['startServer', { network: 'lo' }, 'value-format | startServer: network'],
  ['startServer', { port: -0 }, 'value-range | startServer: port'],
  ['startServer', { host: 'example.org' }, 'value-format | startServer: host'],
  ['startServer', { source: {} }, 'value-format | startServer: source'],
  ['startServer', { pacing: 'fast' }, 'unknown-choice | startServer: pacing'],
  ['startServer', { machine: {} }, 'unknown-key | startServer'],
  ['startServer', { waitfor: 2 }, 'unknown-key | startServer'],
  ['startServer', { maxClients: 0 }, 'value-range | startServer: maxClients'],
  [
    'startClient',
    { server: { address: 'localhost', port: 9 } },
    'value-format | startClient: server: address',
  ],
  ['startClient', { tmaxNs: -1 }, 'value-range | startClient: tmaxNs'],
  ['startClient', { validate: 'all' }, 'unknown-choice | startClient: validate'],
  ['replayRecording', { path: 7 }, 'value-format | replayRecording: path'],
  [
    'replayRecording',
    { impairment: { ...IMPAIRMENT, up: undefined } },
    'missing | replayRecording: impairment: up',
  ],
  ['replayRecording', { impairControl: true }, 'unknown-key | replayRecording'],
  [
    'replayRecording',
    { impairment: { ...IMPAIRMENT, holdMaxNs: Number.POSITIVE_INFINITY } },
    'value-range | replayRecording: impairment: holdMaxNs',
  ],
  ['replayRecording', { clients: 0 }, 'value-range | replayRecording: clients'],
  ['replayRecording', { speed: 0 }, 'value-range | replayRecording: speed'],
  ['replayRecording', { intervalNs: Number.NaN }, 'value-range | replayRecording: intervalNs'],
  ['replayRecording', { clock: 'fake' }, 'unknown-choice | replayRecording: clock'],
  ['replayRecording', { drop: '5%' }, 'unknown-key | replayRecording'],
  ['replayRecording', { client: 3 }, 'unknown-key | replayRecording'],
  ['recordMatch', { out: '' }, 'value-format | recordMatch: out'],
  ['recordMatch', { interval: '10ms' }, 'value-format | recordMatch: interval'],
  ['recordMatch', { language: 'de' }, 'unknown-choice | recordMatch: language'],
  ['recordMatch', { datagramSize: 0.5 }, 'value-range | recordMatch: datagramSize'],
  ['runLive', { clients: 1.5 }, 'value-range | runLive: clients'],
  ['runLive', { match: { ...LIVE.match, interval: -0 } }, 'value-range | runLive: match: interval'],
  ['runLive', { mode: 'threads' }, 'unknown-choice | runLive: mode'],
];

for (const name of Object.keys(calls) as (keyof typeof calls)[]) {
  test(`${name}: what makes no sense is named, with what was expected`, async () => {
    const cases = CASES.filter(([call]) => call === name);
    assert.ok(cases.length > 1);
    for (const [, wrong, refused] of cases) {
      await assertRefusal(() => calls[name](wrong), refused);
    }
  });
}

test('the parts: every one refuses what it cannot work with', async () => {
  const never = undefined as never;
  for (const [call, refused] of [
    [() => of().finish(Number.NaN), 'value-format'],
    [() => of().finish(never), 'value-format'],
    [() => of().handleArrival(1, Number.NaN, 0, 1), 'value-format'],
    [() => of().handleArrival(0.5, 0, 0, 1), 'value-format'],
    [() => new m.StreamMetrics(never), 'missing | StreamMetrics'],
    [() => new m.StreamMetrics({ firstCount: 1, windowCount: 4 } as never), 'unknown-key | StreamMetrics'],
    [
      () => new m.Schedule(DOWN, { ...key, direction: 'left' as never }),
      'unknown-choice | Schedule: key: direction',
    ],
    [() => new m.Schedule(DOWN, { ...key, flow: 0 }), 'value-range | Schedule: key: flow'],
    [() => new m.Schedule(DOWN, key).at(-0), 'value-format | at'],
    [() => new m.Schedule(never, key), 'missing | impairment'],
    [() => m.formatKnobs({ drop: '5%' } as never), 'value-format | formatKnobs: drop'],
    [() => m.simulateMatch(7 as never), 'value-format | simulateMatch: seed'],
    [() => m.simulateMatch('7', { phrases: 'de' as never }), 'unknown-choice | simulateMatch: phrases'],
    [() => m.matchSeed('7', 0), 'value-range | matchSeed: k'],
    [() => m.squadsHash({} as never), 'missing | squadsHash: teams'],
    [() => new m.MatchSource({ seed: '1' } as never), 'missing | MatchSource: intervalNs'],
    [() => m.readCount('x' as never, 0, 1), 'value-format | readCount: bytes'],
    [() => m.readCount(new Uint8Array(4), 0, 5), 'value-range | readCount: lengthBytes'],
    [() => m.verifyCheck(new Uint8Array(4), 5, 0), 'value-range | verifyCheck: offset'],
    [() => m.decodeStreamMessage(never), 'missing | decodeStreamMessage: bytes'],
    [() => m.encodeStreamMessage({ count: 0 } as never), 'value-range | encodeStreamMessage: count'],
    [() => new m.DatagramBatch(0, 9), 'value-range | DatagramBatch: capacity'],
    [() => new m.SimulatedNetwork({ quantumNs: -1 }), 'value-range | SimulatedNetwork: quantumNs'],
    [() => new m.MonotonicClock(0.5), 'value-range | MonotonicClock: epochUs'],
    [
      () => new m.ServerEndpoint({ source, secret: new Uint8Array(8) }),
      'value-format | ServerEndpoint: secret',
    ],
    [
      () => new m.ClientEndpoint({ server: PEER, nonce: 'a b', record: () => of() }),
      'value-format | ClientEndpoint: nonce',
    ],
    [
      () => new m.ProxyEndpoint({ ...PROXY, listening: 0, openUpstream: () => undefined }),
      'value-range | ProxyEndpoint: listening',
    ],
    [() => m.openRecording(never), 'missing | openRecording: path'],
    [() => m.verifyRecording(7 as never), 'value-format | openRecording: path'],
    [() => m.loadRecording('x.jsonl', { flow: 0 }), 'value-range | loadRecording: flow'],
    [() => new m.RecordingWriter('x.jsonl', {} as never), 'value-range | recording header'],
  ] as const) {
    await assertRefusal(call, refused);
  }
});

test('an address is taken in every way it is written, and a name never', async () => {
  const start = (address: string) => () => m.startClient({ ...CLIENT, server: { address, port: 0 } });
  for (const address of [
    '127.0.0.1',
    '255.255.255.255',
    '::1',
    '2001:db8::9',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
  ])
    await assertRefusal(start(address), 'value-range | startClient: server: port');
  for (const address of ['localhost', '256.1.1.1', '1.2.3', '1.2.3.4.5', '1.2.3.', 'a:9', '[::1]', ''])
    await assertRefusal(start(address), 'value-format | startClient: server: address');
});

test.run();
