/** Both sides of conversations on the simulated network: against each other, and against changed ones. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED, readImpairment } from '../../../harness/impairment/impairment.ts';
import { readProtocol } from '../../../harness/protocols/allProtocols.ts';
import { NO_BYTES, readByteRanges } from '../../../harness/recording/conversation/byteRanges.ts';
import type { ByteRanges } from '../../../harness/recording/conversation/byteRanges.ts';
import { formatDifference } from '../../../harness/recording/conversation/difference.ts';
import { playClients, playServer } from '../../../harness/runs/playConversation.ts';
import type { ClientsPlay, OnTheWay, ServerPlay } from '../../../harness/runs/playConversation.ts';
import { faultCount } from '../../../harness/runs/playedConversation.ts';
import type { PlayedConversation } from '../../../harness/runs/playedConversation.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import { SimulatedNetwork } from '../../../src/net/simulated.ts';
import type { LinkRule } from '../../../src/net/simulated.ts';
import { assertRefusal } from '../../refusals.ts';
import { conversationOf } from '../recording/conversation/written.ts';
import type { Line } from '../recording/conversation/written.ts';

const test = suite('a conversation played');

/** Two clients: pipelined requests, several answers to one, a request without an answer, equal answers. */
const LINES: readonly Line[] = [
  [0, 1, '>', 'a1'],
  [10, 1, '<', 'A1'],
  [20, 2, '>', 'b1'],
  [25, 1, '>', 'a2'],
  [30, 2, '<', 'OK'],
  [35, 1, '<', 'A2 first'],
  [40, 1, '<', 'A2 second'],
  [50, 2, '>', 'b2'],
  [55, 2, '<', 'OK'],
  [60, 2, '>', 'no answer'],
];

interface Both {
  readonly clients: PlayedConversation;
  readonly server: PlayedConversation;
  /** When the last part ended, milliseconds. */
  readonly endMs: number;
}

interface Settings {
  readonly ofClients?: Partial<ClientsPlay>;
  readonly ofServer?: Partial<ServerPlay>;
  readonly rule?: LinkRule;
}

/** Plays the clients of one conversation to the server of another. */
async function play(
  clientLines: readonly Line[],
  serverLines: readonly Line[],
  { ofClients, ofServer, rule }: Settings = {},
): Promise<Both> {
  const network = new SimulatedNetwork(rule === undefined ? {} : { rule });
  const shared = { network, speed: 1, ignored: NO_BYTES, onTheWay: null };
  const server = await playServer({
    ...shared,
    conversation: await conversationOf(serverLines),
    host: '127.0.0.1',
    port: 0,
    echoed: NO_BYTES,
    ...ofServer,
  });
  const clients = await playClients({
    ...shared,
    conversation: await conversationOf(clientLines),
    server: server.local,
    lockstep: false,
    answerTimeoutNs: 1e9,
    ...ofClients,
  });
  const played = await network.until(clients.done);
  server.stop();
  return { clients: played, server: await network.until(server.done), endMs: network.nowNs() / 1e6 };
}

const isDifferent = (played: PlayedConversation): boolean => faultCount(played) > 0;

/** `flow: sent expected arrived same different missing additional repeated`, a line a flow. */
const figures = ({ flows }: PlayedConversation): string[] =>
  flows.map((flow) =>
    [
      `${flow.flow}: ${flow.sent}`,
      flow.expected,
      flow.arrived,
      flow.same,
      flow.different,
      flow.missing,
      flow.additional,
      flow.repeated,
    ].join(' '),
  );

const told = (played: PlayedConversation, ignored: ByteRanges = NO_BYTES): string[] =>
  played.differences.map((difference) =>
    formatDifference(difference, played.side === 'clients' ? 'answer' : 'request', ignored),
  );

const changed = (lines: readonly Line[], at: number, text: string): Line[] =>
  lines.map((line, k) => (k === at ? [line[0], line[1], line[2], text] : line));

const without = (lines: readonly Line[], at: number): Line[] => lines.filter((_, k) => k !== at);

for (const [how, ofClients] of Object.entries<Partial<ClientsPlay>>({
  'at recorded times': {},
  'twice as fast': { speed: 2 },
  'flat out': { speed: 0 },
  'in lockstep': { lockstep: true },
})) {
  test(`the recorded clients and the recorded server differ in nothing, ${how}`, async () => {
    const { clients, server } = await play(LINES, LINES, { ofClients });
    assert.equal(figures(clients), ['1: 2 3 3 3 0 0 0 0', '2: 3 2 2 2 0 0 0 0']);
    assert.equal(figures(server), ['1: 3 2 2 2 0 0 0 0', '2: 2 3 3 3 0 0 0 0']);
    assert.equal([told(clients), told(server)], [[], []]);
    assert.equal([isDifferent(clients), isDifferent(server)], [false, false]);
    assert.equal([clients.isComplete, server.isComplete], [true, true]);
  });
}

test('what is sent, and when, is as recorded, from a port a client', async () => {
  const sent: string[] = [];
  const ports: number[] = [];
  const rule: LinkRule = (from, _to, payload) => {
    sent.push(Buffer.from(payload).toString('latin1'));
    if (!ports.includes(from.port)) ports.push(from.port);
    return 'deliver';
  };
  const { clients } = await play(LINES, LINES, { rule });
  assert.equal(
    sent,
    LINES.map(([, , , text]) => text),
  );
  // Two clients and the server.
  assert.is(ports.length, 3);
  assert.equal(
    clients.flows.map(({ roundTrip, recorded }) => [roundTrip, recorded]),
    [
      [
        { p50Ns: 10e6, p99Ns: 15e6 },
        { p50Ns: 10e6, p99Ns: 15e6 },
      ],
      [
        { p50Ns: 5e6, p99Ns: 10e6 },
        { p50Ns: 5e6, p99Ns: 10e6 },
      ],
    ],
  );
});

test('the end is --answer-timeout after the last answer is due', async () => {
  assert.is((await play(LINES, LINES)).endMs, 60 + 1000);
  assert.is((await play(LINES, LINES, { ofClients: { lockstep: true } })).endMs, 10 + 15 + 5 + 1000);
});

test('an answer with a changed byte is named by flow, index and bytes', async () => {
  const { clients, server } = await play(LINES, changed(LINES, 5, 'A2 fiXst'));
  assert.equal(told(clients), ['flow 1, answer 2 differs: byte 5: expected 72, got 58']);
  assert.equal(figures(clients), ['1: 2 3 3 2 1 0 0 0', '2: 3 2 2 2 0 0 0 0']);
  assert.equal([isDifferent(clients), isDifferent(server)], [true, false]);
});

test('an answer that is too short is named by both lengths', async () => {
  const { clients } = await play(LINES, changed(LINES, 5, 'A2 fir'), { ofClients: { lockstep: true } });
  assert.equal(told(clients), ['flow 1, answer 2 differs: expected 8 bytes, got 6']);
});

test('a lost answer is missing, and nothing else', async () => {
  const { clients } = await play(LINES, without(LINES, 5));
  assert.equal(told(clients), ['flow 1, answer 2 is missing: expected 8 bytes, 41 32 20 66 69 72 73 74']);
  assert.equal(figures(clients), ['1: 2 3 2 2 0 1 0 0', '2: 3 2 2 2 0 0 0 0']);
  assert.is(isDifferent(clients), true);
});

test('one of two equal answers that is lost is missing: the last', async () => {
  const { clients } = await play(LINES, without(LINES, 4));
  assert.equal(told(clients), ['flow 2, answer 2 is missing: expected 2 bytes, 4f 4b']);
});

test('an extra answer is additional, an equal one came again', async () => {
  const more: Line[] = [...LINES, [62, 2, '<', 'more'], [63, 2, '<', 'OK']];
  const { clients } = await play(LINES, more);
  assert.equal(told(clients), [
    'flow 2, answer 1 came again',
    'flow 2: an additional answer: 4 bytes, 6d 6f 72 65',
  ]);
  assert.equal(figures(clients), ['1: 2 3 3 3 0 0 0 0', '2: 3 2 4 2 0 0 2 1']);
  assert.is(isDifferent(clients), true);
});

test('what differs is set against what is missing of the same request', async () => {
  // The answer to the first request of flow 2 is lost, and that to the second is another one.
  const { clients } = await play(LINES, without(changed(LINES, 8, 'KO'), 4));
  assert.equal(told(clients), [
    'flow 2, answer 1 is missing: expected 2 bytes, 4f 4b',
    'flow 2, answer 2 differs: byte 0: expected 4f 4b, got 4b 4f',
  ]);
});

test('flat out, it is set against the first that is missing', async () => {
  const { clients } = await play(LINES, without(changed(LINES, 8, 'KO'), 4), { ofClients: { speed: 0 } });
  assert.equal(told(clients), [
    'flow 2, answer 1 differs: byte 0: expected 4f 4b, got 4b 4f',
    'flow 2, answer 2 is missing: expected 2 bytes, 4f 4b',
  ]);
});

test('ignored bytes do not count, on either side', async () => {
  const other = changed(LINES, 5, 'A2 fiXst').map((line): Line =>
    line[3] === 'b1' ? [line[0], line[1], line[2], 'x1'] : line,
  );
  const { clients, server } = await play(LINES, other, {
    ofClients: { ignored: readByteRanges('5', '--ignore') },
    ofServer: { ignored: readByteRanges('0..0', '--ignore') },
  });
  assert.equal([told(clients), told(server)], [[], []]);
});

test('a request that equals none is named beside the one that did not come, and is not answered', async () => {
  const { clients, server } = await play(changed(LINES, 7, 'bX'), LINES);
  assert.equal(told(server), ['flow 2, request 2 differs: byte 1: expected 32, got 58']);
  assert.equal(figures(server), ['1: 3 2 2 2 0 0 0 0', '2: 1 3 3 2 1 0 0 0']);
  assert.is(isDifferent(server), true);
  assert.equal(figures(clients), ['1: 2 3 3 3 0 0 0 0', '2: 3 2 1 1 0 1 0 0']);
});

test('the only request of a flow, changed, is named beside the recorded one', async () => {
  const lines: Line[] = [
    [0, 1, '>', 'q1'],
    [1, 1, '<', 'a1'],
  ];
  const { server } = await play([[0, 2, '>', 'qX'], ...lines], lines);
  // The other client has its answer; nothing is left that the first could have meant.
  assert.match(told(server).join(), /^of no flow: an additional request from \S+: 2 bytes, 71 58$/);
  const alone = await play(
    [
      [0, 2, '>', 'qX'],
      [0, 2, '>', 'qY'],
      [0, 1, '>', 'q0'],
      [1, 1, '<', 'a0'],
    ],
    [...lines, [5, 2, '>', 'q0'], [6, 2, '<', 'a0']],
  );
  assert.equal(told(alone.server).slice(0, 1), ['flow 1, request 1 differs: byte 1: expected 31, got 58']);
  assert.match(
    told(alone.server).slice(1).join(),
    /^of no flow: an additional request from \S+: 2 bytes, 71 59$/,
  );
});

test('a stranger is named with its address', async () => {
  const { server } = await play([[0, 3, '>', 'who?'], ...LINES], LINES);
  assert.match(
    told(server).join(),
    /^of no flow: an additional request from 127\.0\.0\.1:\d+: 4 bytes, 77 68 6f 3f$/,
  );
  assert.is(server.isComplete, true);
});

test('a request that was not asked is counted, and no difference', async () => {
  const { server } = await play(without(LINES, 9), LINES);
  assert.equal(told(server), ['flow 2, request 3 is missing: expected 9 bytes, 6e 6f 20 61 6e 73 77 65 72']);
  assert.equal([isDifferent(server), server.isComplete], [false, false]);
});

test('a request that comes again is answered again, and is a difference', async () => {
  const twice: Line[] = [...LINES.slice(0, 2), [15, 1, '>', 'a1'], [17, 1, '<', 'A1'], ...LINES.slice(2)];
  const { clients, server } = await play(twice, LINES);
  assert.equal(told(clients), []);
  assert.equal(told(server), ['flow 1, request 1 came again']);
  assert.is(isDifferent(server), true);
});

test('equal requests of several clients: who asks first gets the first flow', async () => {
  const lines: Line[] = [
    [0, 1, '>', 'q'],
    [1, 1, '<', 'first'],
    [2, 2, '>', 'q'],
    [3, 2, '<', 'second'],
    [4, 3, '>', 'q'],
    [5, 3, '<', 'third'],
  ];
  const { clients, server } = await play(lines, lines);
  assert.equal([told(clients), told(server), server.isComplete], [[], [], true]);
});

/** A request and its answer have an id in front; the ids of live requests are others. */
const WITH_IDS: readonly Line[] = [
  [0, 1, '>', '01 what'],
  [1, 1, '>', '02 what'],
  [5, 1, '<', '02 that'],
  [9, 1, '<', '01 this'],
];

test('--echo copies the bytes of the request, and tells which request an answer is of', async () => {
  const live: Line[] = [
    [0, 1, '>', '88 what'],
    [4, 1, '<', '88 this'],
    [20, 1, '>', '99 what'],
    [29, 1, '<', '99 that'],
  ];
  const ranges = readByteRanges('0..1', '--echo');
  const { clients, server } = await play(live, WITH_IDS, {
    ofClients: { lockstep: true },
    ofServer: { ignored: ranges, echoed: ranges },
  });
  assert.equal([told(clients), told(server)], [[], []]);
  // 9 ms after the first, 4 ms after the second.
  assert.equal(clients.flows[0]?.roundTrip, { p50Ns: 4e6, p99Ns: 9e6 });
});

test('the server answers after the recorded times, by --speed', async () => {
  const { clients } = await play(LINES, LINES, { ofServer: { speed: 0.5 } });
  assert.equal(clients.flows[0]?.roundTrip, { p50Ns: 20e6, p99Ns: 30e6 });
});

test('lockstep goes on after --answer-timeout, and says how often', async () => {
  const { clients, endMs } = await play(LINES, without(LINES, 1), {
    ofClients: { lockstep: true, answerTimeoutNs: 100e6 },
  });
  assert.equal(clients.notes, ['lockstep: once an answer was waited for in vain, until --answer-timeout']);
  assert.equal(figures(clients)[0], '1: 2 3 2 2 0 1 0 0');
  assert.is(endMs, 110 + 15 + 5 + 100);
});

test('lockstep takes an answer that differs for the one it waits for', async () => {
  const { clients, endMs } = await play(LINES, changed(LINES, 1, 'AX'), { ofClients: { lockstep: true } });
  assert.equal([clients.notes, endMs], [[], 10 + 15 + 5 + 1000]);
  assert.equal(told(clients), ['flow 1, answer 1 differs: byte 1: expected 31, got 58']);
});

test('what comes from elsewhere is counted, and not compared', async () => {
  const network = new SimulatedNetwork();
  const lines: Line[] = [
    [0, 1, '>', 'q'],
    [1, 1, '<', 'a'],
  ];
  const conversation = await conversationOf(lines);
  const shared = { network, conversation, speed: 1, ignored: NO_BYTES, onTheWay: null };
  const server = await playServer({ ...shared, host: '127.0.0.1', port: 0, echoed: NO_BYTES });
  const clients = await playClients({
    ...shared,
    server: server.local,
    lockstep: false,
    answerTimeoutNs: 1e9,
  });
  const stranger = network.host();
  const port = stranger.open({ host: '127.0.0.1', port: 0 });
  const batch = new DatagramBatch(1, 8);
  batch.append(Buffer.from('a'), 0, 1, 0);
  network.at(0, () => void stranger.send(port, clients.local, batch, 0, 1));
  const played = await network.until(clients.done);
  assert.equal(figures(played), ['1: 1 1 1 1 0 0 0 0']);
  assert.equal(played.notes, ['not compared: 1 datagram from another address than 127.0.0.1:49152']);
});

test('where nothing answers, that is an error of its own', async () => {
  const silent: LinkRule = (from) => (from.port === 49_152 ? 'drop' : 'deliver');
  await assertRefusal(() => play(LINES, LINES, { rule: silent }), 'no-server');
});

test('where nobody listens, it ends early', async () => {
  const network = new SimulatedNetwork();
  // The address is known, the port nobody's.
  network.host().open({ host: '127.0.0.1', port: 0 });
  const conversation = await conversationOf([...LINES, [3_600_000, 1, '>', 'an hour later']]);
  const clients = await playClients({
    network,
    conversation,
    server: { address: '127.0.0.1', port: 9 },
    speed: 1,
    ignored: NO_BYTES,
    lockstep: false,
    answerTimeoutNs: 1e9,
    onTheWay: null,
  });
  await assertRefusal(() => network.until(clients.done), 'no-server', '127.0.0.1:9');
  assert.is(network.nowNs() / 1e6, 10 + 1000);
});

test('a conversation without answers has nothing to compare', async () => {
  const lines: Line[] = [[0, 1, '>', 'only this']];
  const { clients } = await play(lines, [...lines, [1, 2, '>', 'else']]);
  assert.equal([figures(clients), isDifferent(clients)], [['1: 1 0 0 0 0 0 0 0'], false]);
});

const onTheWay = (knobs: Readonly<Record<string, string>>): OnTheWay => ({
  impairment: { ...UNIMPAIRED, ...readImpairment({ seed: '1', down: knobs }) },
  protocol: readProtocol('any', '--protocol'),
  fatesDir: null,
  capturePath: null,
  notice: () => undefined,
});

test('with knobs on, losses and copies are counted and are no difference', async () => {
  const way = onTheWay({ dropList: '2', duplicateList: '1' });
  const { clients } = await play(LINES, LINES, { ofClients: { onTheWay: way } });
  // Of flow 2 both answers are equal: the copy of the first cannot be told from the second, which is lost.
  assert.equal(figures(clients), ['1: 2 3 3 2 0 1 1 1', '2: 3 2 2 2 0 0 0 0']);
  assert.is(isDifferent(clients), false);
});

test('with knobs on, an answer may be later by what they delay it', async () => {
  const way = onTheWay({ delay: '20s' });
  const { clients } = await play(LINES, LINES, { ofClients: { onTheWay: way } });
  assert.equal(figures(clients), ['1: 2 3 3 3 0 0 0 0', '2: 3 2 2 2 0 0 0 0']);
});

test('with knobs on, a payload that was never recorded is one', async () => {
  const way = onTheWay({ dropList: '2' });
  const { clients } = await play(LINES, changed(LINES, 6, 'A2 other'), { ofClients: { onTheWay: way } });
  assert.equal(figures(clients), ['1: 2 3 2 1 1 1 0 0', '2: 3 2 1 1 0 1 0 0']);
  assert.is(isDifferent(clients), true);
});

test('the server plays behind knobs, too, and answers again who asks again', async () => {
  const twice: Line[] = [...LINES.slice(0, 2), [15, 1, '>', 'a1'], [17, 1, '<', 'A1'], ...LINES.slice(2)];
  const { clients, server } = await play(twice, LINES, {
    ofServer: { onTheWay: onTheWay({ dropList: '1' }) },
  });
  assert.equal(figures(server), ['1: 4 2 3 2 0 0 1 1', '2: 2 3 3 3 0 0 0 0']);
  assert.is(isDifferent(server), false);
  assert.equal(
    clients.flows.map(({ missing }) => missing),
    [1, 1],
  );
});

test('twice gives the same', async () => {
  const once = await play(LINES, LINES, { ofClients: { onTheWay: onTheWay({ drop: '30%' }) } });
  const again = await play(LINES, LINES, { ofClients: { onTheWay: onTheWay({ drop: '30%' }) } });
  assert.equal(figures(once.clients), figures(again.clients));
});

test.run();
