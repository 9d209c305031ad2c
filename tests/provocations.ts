/** What provokes the messages of golden/messages.txt, where no command line does; and the files that command lines need. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessFor } from '../harness/cli/controlAccess.ts';
import { readAddressRange } from '../harness/control/access/addressRanges.ts';
import { resolveEnd } from '../harness/control/proxies/proxyPlan.ts';
import { meaningOf } from '../harness/control/toxics/toxicTypes.ts';
import { checkedFlow, readCheckedFlow } from '../harness/recording/checkedFlow.ts';
import { encodeHeader, RECORDING_FORMAT } from '../harness/recording/format.ts';
import type { RecordingHeader } from '../harness/recording/format.ts';
import { loadRecording } from '../harness/recording/loadRecording.ts';
import { loadKept } from './harness/recording/loadKept.ts';
import { openRecording } from '../harness/recording/reader.ts';
import { RecordingWriter } from '../harness/recording/writer.ts';
import { readImpairment, UNIMPAIRED } from '../harness/impairment/impairment.ts';
import { NO_IMPAIRMENT } from '../harness/impairment/config.ts';
import { readKnobs } from '../harness/impairment/knobs.ts';
import { readField } from '../harness/protocols/field.ts';
import { readRtp } from '../harness/protocols/rtp.ts';
import { checkMemory } from '../harness/judge/needs.ts';
import { checkNoLoop } from '../harness/proxy/ports/ownPorts.ts';
import { buildProxyCommand } from '../harness/cli/proxyCommand.ts';
import { simulate } from '../harness/testing/index.ts';
import type { EndpointIo, SimulatedEndpoint } from '../harness/testing/index.ts';
import { playClients } from '../harness/runs/playConversation.ts';
import { NO_BYTES } from '../harness/recording/conversation/byteRanges.ts';
import { loadConversation } from '../harness/recording/conversation/loadConversation.ts';
import { replayRecording } from '../harness/runs/replay.ts';
import { within } from '../harness/session/startTask.ts';
import { startBeside } from '../harness/session/beside.ts';
import { shortageOf } from '../src/files/descriptorLimit.ts';
import { notWritten } from '../src/files/reason.ts';
import { StreamMetrics } from '../src/metrics/streamMetrics.ts';
import { bindFailure } from '../src/net/bindFailure.ts';
import { openTransport } from '../src/net/select.ts';
import { MonotonicClock } from '../src/net/clock.ts';
import { SimulatedNetwork } from '../src/net/simulated.ts';
import { decodeStreamMessage, encodeStreamMessage } from '../src/protocol/checkedWire.ts';
import { BankSource } from '../src/stream/bankSource.ts';
import { ServerEndpoint } from '../src/stream/serverEndpoint.ts';

const silent: SimulatedEndpoint = { receive: () => undefined };
const SILENT = { endpoints: { a: silent, b: silent } };
const simulateCall = (call: Partial<SimulatedEndpoint>): unknown =>
  simulate({ endpoints: { a: { ...silent, ...call }, b: silent } });

const RECORDINGS = join(import.meta.dirname, '../recordings');
const HEADER: RecordingHeader = {
  format: RECORDING_FORMAT,
  version: 1,
  seed: null,
  generator: null,
  intervalNs: null,
  squadsHash: null,
  datagramSizeBytes: null,
  flows: 2,
};

/** A file's content; the file goes. */
function takeFile(path: string): Buffer {
  const content = readFileSync(path);
  rmSync(path);
  return content;
}

const hello = Buffer.from('hello');

/** A recording of one datagram that is no message of a stream. */
async function recordHello(flow: number): Promise<Buffer> {
  const writer = new RecordingWriter('hello.jsonl', HEADER);
  await writer.append(0, hello, flow);
  await writer.finish();
  return takeFile('hello.jsonl');
}

/** The golden match, recorded by somebody who did not know its interval. */
async function recordFreely(): Promise<Buffer> {
  const golden = await openRecording(join(RECORDINGS, 'match-42.jsonl'));
  const writer = new RecordingWriter('freely.jsonl', { ...golden.header, intervalNs: null });
  for await (const batch of golden.batches())
    for (let row = 0; row < batch.count; row += 1)
      await writer.append(batch.frame(row).timeNs, batch.frame(row).payload);
  await writer.finish();
  return takeFile('freely.jsonl');
}

/** A question and an answer. */
async function recordTalk(): Promise<Buffer> {
  const writer = new RecordingWriter('talk.jsonl', HEADER);
  await writer.append(0, hello, 1, 'up', '"client":"10.0.0.1:4000","server":"10.0.0.2:53","protocol":"any"');
  await writer.append(1e6, hello, 1);
  await writer.finish();
  return takeFile('talk.jsonl');
}

/** Name → content. Written into the folder that the commands run in, which is the current one by then. */
export async function writeFiles(): Promise<void> {
  const golden = readFileSync(join(RECORDINGS, 'match-42.jsonl'), 'utf8');
  const files: Readonly<Record<string, string | Buffer>> = {
    'match.jsonl': golden,
    'check.jsonl': readFileSync(join(RECORDINGS, 'match-7-check.jsonl')),
    'cut.jsonl': golden.slice(0, 2000),
    'foreign.jsonl': 'hello\n',
    'flow2.jsonl': await recordHello(2),
    'hello.jsonl': await recordHello(1),
    'talk.jsonl': await recordTalk(),
    'arrivals.csv': 'client,arrival_ns,count,bytes\n1,0,1,100\n2,0,9,100\n',
    'other.csv': 'a,b\n',
    'text.json': 'hello',
    'list.json': '[]',
    'unknown.json': '{"dwon":{}}',
    'twice.json': '{"down":{"drop":"1%","drop":"2%"}}',
    'number.json': '{"name":5}',
    'rtp.json': '{"protocol":"rtp"}',
    'up.json': '{"protocolUp":"any"}',
    'unquoted.json': '{"down":{"drop":5}}',
    'phases.json': '{"phases":[{"at":"0s"},{"at":"1s","down":{"drop":"5%"}}]}',
    'freely.jsonl': await recordFreely(),
    'taken.txt': '',
    'left.pcapng.partial': '',
    'own.jsonl': '',
    'fates/fates-1-down.jsonl': '',
    'spoilt/ledger.csv': 'client,lost\n1,5\n',
    'elsewhere/environment.json': '{}',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, content);
  }
  mkdirSync('nested/ledger.csv', { recursive: true });
  symlinkSync('taken.txt', 'soft');
}

/** Asks port 9 on the simulated network. @param isThere whether somebody has the port */
async function askInVain(isThere: boolean): Promise<void> {
  const network = new SimulatedNetwork();
  network.host().open({ host: '127.0.0.1', port: isThere ? 9 : 0 });
  const { done } = await playClients({
    network,
    conversation: await loadConversation('talk.jsonl'),
    server: { address: '127.0.0.1', port: 9 },
    speed: 1,
    ignored: NO_BYTES,
    lockstep: false,
    answerTimeoutNs: 1e9,
    onTheWay: null,
  });
  await network.until(done);
}

const coded = (code: string): Error => Object.assign(new Error(`${code}: it failed, open 'x'`), { code });
const at = { host: '127.0.0.1', port: 9000 };
const metrics = (): StreamMetrics => new StreamMetrics({ firstCount: 1 });

/** Name → what throws or rejects. */
export const PROVOCATIONS: Readonly<Record<string, () => unknown>> = {
  'a simulation with one endpoint': () => simulate({ endpoints: { a: silent } }),
  'a simulation with an endpoint that receives nothing': () =>
    simulate({ endpoints: { a: {} as never, b: silent } }),
  'a simulation with a name that is a path': () => simulate({ endpoints: { 'a>b': silent, b: silent } }),
  'a simulation of clients that register': () => simulate({ ...SILENT, protocol: 'matchstream' }),
  'a simulation with a path that there is not': () =>
    simulate({ ...SILENT, impairment: { paths: { 'a>c': {} } } }),
  'a simulation with a path that has the link of all': () =>
    simulate({ ...SILENT, impairment: { paths: { 'a>b': { rate: '1mbit', shared: true } } } }),
  'a simulation with new ports': () => simulate({ ...SILENT, impairment: { rebind: '1s' } }),
  'an endpoint of a simulation that is async': () =>
    simulateCall({ start: (async () => undefined) as never }),
  'an endpoint of a simulation whose timeout is no time': () =>
    simulateCall({ nextTimeoutMs: () => Number.NaN }),
  'an endpoint of a simulation that sends text': () =>
    simulateCall({ start: ({ send }) => send('x' as never) }),
  'an endpoint of a simulation that sends too much': () =>
    simulateCall({ start: ({ send }) => send(new Uint8Array(65_508)) }),
  'an endpoint of a simulation that sends to nobody': () =>
    simulateCall({ start: ({ send }) => send(new Uint8Array(1), 'c') }),
  'an endpoint of a simulation that sends when it is over': () => {
    let late: EndpointIo['send'] = () => undefined;
    simulateCall({ start: ({ send }) => void (late = send) });
    late(new Uint8Array(1));
  },
  'a page that others reach, without who may': () =>
    accessFor({ host: '0.0.0.0', port: 8474 }, undefined, '--control'),
  'an empty token': async () => {
    process.env['MATCHSTREAM_CONTROL_TOKEN'] = '';
    try {
      await accessFor({ host: '127.0.0.1', port: 8474 }, undefined, '--control');
    } finally {
      delete process.env['MATCHSTREAM_CONTROL_TOKEN'];
    }
  },
  'a toxic without its own knob': () => meaningOf('drop', {}),
  'an upstream of port 0': () => resolveEnd('upstream', '127.0.0.1:0', null, (host) => Promise.resolve(host)),
  'an upstream that was not allowed': () =>
    resolveEnd('upstream', '192.0.2.1:53', { listen: [], upstream: [] }, (host) => Promise.resolve(host)),
  'a range of addresses that is none': () => readAddressRange('10.0.0/8', '--control-allow'),
  'a conversation with a port that nobody has': () => askInVain(false),
  'a conversation with somebody who says nothing': () => askInVain(true),
  'a first count that is none': () => new StreamMetrics({ firstCount: 1.5 }),
  'a window that is no power of two': () => new StreamMetrics({ firstCount: 1, windowCounts: 3 }),
  'a field of odd bits': () => new StreamMetrics({ firstCount: null, unwrap: 20 as 16 }),
  'a value beyond its field': () => new StreamMetrics({ firstCount: 70_000, unwrap: 16 }),
  'a count that is none': () => metrics().handleArrival(0.5, 0, 0, 1),
  'an arrival at no time': () => metrics().handleArrival(1, Number.NaN, 0, 1),
  'a last count that is none': () => metrics().finish(0.5),
  'a message too large for its datagram': async () => {
    const { bytes, lengths } = await loadKept('match.jsonl');
    const first = decodeStreamMessage(bytes.subarray(0, lengths[0]));
    if (first.ok) encodeStreamMessage(first.value, { datagramSizeBytes: 20 });
  },
  'a bank in datagrams too small': () => new BankSource('7', 10, 1e6, 50),
  'a server without places': () =>
    new ServerEndpoint({ source: new BankSource('7', 1, 1e6, 0), secret: new Uint8Array(32), maxClients: 0 }),
  'a library call with a setting that is none': () =>
    replayRecording({ path: 'match.jsonl', impairment: UNIMPAIRED, clints: 3 } as never),
  'a library call with a value of another kind': () =>
    replayRecording({ path: 'match.jsonl', impairment: UNIMPAIRED, clients: 'three' } as never),
  'a library call with a number out of bounds': () =>
    replayRecording({ path: 'match.jsonl', impairment: UNIMPAIRED, clients: 0 }),
  'a library call with a choice that is none': () =>
    replayRecording({ path: 'match.jsonl', impairment: UNIMPAIRED, clock: 'sundial' } as never),
  'a library call without what it needs': () => replayRecording({ impairment: UNIMPAIRED } as never),
  'a library call with the parts of an impairment beside it': () =>
    replayRecording({ path: 'match.jsonl', seed: '7' } as never),
  'a stream that needs more memory than its delays are given': () =>
    checkMemory({ memoryBytes: 300e6, windowCounts: 65_536 }, UNIMPAIRED, 3),
  'a knob that is none': () => readKnobs({ dorp: '5%' } as never),
  'a knob of another kind': () => readKnobs({ keepOrder: 'yes' } as never),
  'a knob that is a number': () => readKnobs({ drop: 0.05 } as never),
  'settings out of bounds': () => readImpairment({ seed: '7', down: { drop: '5%', dropMaxRun: '0' } }),
  'a ratio out of bounds, in settings': () =>
    replayRecording({
      path: 'match.jsonl',
      impairment: { ...UNIMPAIRED, down: { ...NO_IMPAIRMENT, corruptRatio: 2 } },
    }),
  'a longest run beside an exact number of losses, in settings': () =>
    replayRecording({
      path: 'match.jsonl',
      impairment: {
        ...UNIMPAIRED,
        down: { ...readKnobs({ dropExact: '5%/100' }), dropMaxRun: 3 },
      },
    }),
  'a header with members that are none': () => encodeHeader({ ...HEADER, extra: 'note' }),
  'a header that is too long': () => encodeHeader({ ...HEADER, seed: 'x'.repeat(600_000) }),
  'a header with flows that are none': () => encodeHeader({ ...HEADER, flows: 0 }),
  'a frame of no flow': () => new RecordingWriter('frame.jsonl', HEADER).append(0, hello, 0),
  'a recording that was changed since': async () => {
    const loaded = await loadRecording('check.jsonl');
    return readCheckedFlow({ ...checkedFlow(loaded), state: 'another' });
  },
  'a field that is none': () => readField('field:u16@2', '--protocol'),
  'a clock rate that is none': () => readRtp('rtp/0', '--protocol'),
  'a proxy in front of itself': () =>
    checkNoLoop('127.0.0.1', [9000], { address: '127.0.0.1', port: 9000 }, () => true),
  'a scenario with phases beside --control': () =>
    buildProxyCommand().parseAsync(
      '--upstream 127.0.0.1:9 --protocol any --scenario phases.json --control 127.0.0.1:0'.split(' '),
      { from: 'user' },
    ),
  'a program behind -- that is none': () => startBeside(['./none'], {}).done,
  'a part that does not end': () => within(new Promise(() => undefined), 1, 'the server'),
  'a port that is taken': () => Promise.reject(bindFailure(at, 'EADDRINUSE')),
  'a port for the superuser': () => Promise.reject(bindFailure({ ...at, port: 80 }, 'EACCES')),
  'an address of another machine': () => Promise.reject(bindFailure(at, 'EADDRNOTAVAIL')),
  'a port when nothing more can be opened': () => Promise.reject(bindFailure(at, 'ENFILE')),
  'nothing more can be opened': () => Promise.reject(shortageOf(coded('EMFILE'), 64)),
  'a transport that does not work here': () =>
    openTransport('linux', new MonotonicClock(), () =>
      Promise.resolve({ ok: false, reason: 'koffi is not installed; npm install koffi' }),
    ),
  'a disk that is full': () => Promise.reject(notWritten('out.csv', 'the disk is full')),
  'a disk that is read-only': () => Promise.reject(notWritten('out.csv', 'the disk is read-only')),
  'a file without permission': () => Promise.reject(notWritten('out.csv', 'no permission')),
};

const MAIN = 'the program runs as soon as it is imported: tests/integration/remedies.test.ts, help.test.ts';
const CHILD =
  'it is about processes: tests/harness/session/spawn.test.ts, tests/integration/killedChild.long.test.ts';

/** Path and code, as written, of what is not provoked here → why, and where it is. */
export const UNPROVOKED: Readonly<Record<string, string>> = {
  "harness/cli/clientRun.ts 'server-full'": 'it takes two programs: tests/integration/fullServer.test.ts',
  "harness/cli/conversationRun.ts 'never-asked'":
    'it names a free port: tests/integration/conversation.long.test.ts',
  "harness/cli/judgedReplayRun.ts 'never-asked'":
    'it takes a command and sockets: tests/harness/cli/judgedReplayRun.test.ts',
  "harness/control/proxies/startedProxy.ts 'host-unknown'": 'it takes a name server that does not answer',
  "harness/cli/main.ts COMMANDER_CODES[cause.code] ?? 'value-format'": MAIN,
  "harness/cli/recordOption.ts 'value-format'": 'tests/integration/proxyRecord.test.ts',
  "harness/report/pageAssets.ts 'read-failed'": 'it takes a build without its page',
  "harness/recording/fileBytes.ts 'read-failed'": 'it takes a disk that fails in the middle of a file',
  'harness/recording/threads/streamedFrames.ts said.code':
    'the words are those of the reading thread: tests/harness/recording/threads/streamedFrames.long.test.ts',
  "harness/recording/threads/streamedFrames.ts 'read-failed'":
    'it takes a disk that stands still for a minute',
  "harness/recording/threads/threadedHash.ts 'timed-out'":
    'it takes a machine that stands still for a minute',
  "harness/cli/timelineOption.ts 'file-unreadable'": 'tests/integration/proxyChanges.test.ts',
  "harness/cli/rereadScenario.ts 'missing'": 'it takes a signal: tests/integration/proxyChanges.test.ts',
  "harness/cli/rereadScenario.ts 'conflict'": 'it takes a signal, and only words differ from the one before',
  "harness/proxy/changes/actions.ts 'conflict'": 'tests/harness/proxy/changes/running.test.ts',
  "harness/proxy/changes/changes.ts 'conflict'":
    'one of them takes a journal: tests/harness/proxy/changes/changes.test.ts',
  "harness/proxy/ports/sharedAddresses.ts 'conflict'":
    'one of them takes a group that is listened in: tests/integration/twoHosts.ts has others',
  "harness/testing/lossyConditions.ts 'conflict'": 'tests/harness/testing/lossyChanges.test.ts',
  "harness/testing/lossyProxy.ts 'datagrams-lost'": 'tests/harness/testing/lossyRecording.test.ts',
  "harness/runs/record.ts 'datagrams-lost'": 'it takes a kernel that drops on loopback',
  "harness/session/arrivalsFile.ts 'disk-slow'": 'tests/harness/session/arrivalsFile.test.ts has a slow disk',
  'harness/session/arrivalsFile.ts codeFor(why)':
    'tests/harness/session/arrivalsFile.test.ts takes parts away',
  "harness/session/beside.ts 'not-started'": 'it takes a machine without room for a process',
  "harness/session/exec.ts 'not-started'": 'it takes a machine without /bin/sh',
  "harness/session/spawn.ts 'process-lost'": CHILD,
  "harness/session/spawn.ts 'timed-out'": CHILD,
  "harness/cli/diffRun.ts 'value-format'": 'tests/integration/diff.test.ts',
  "harness/testing/recorded/outcome.ts 'never-asked'": 'tests/harness/testing/recorded/recorded.test.ts',
  "harness/testing/recorded/playing.ts 'conflict'": 'tests/harness/testing/recorded/recorded.test.ts',
  "harness/testing/recorded/recording.ts 'conflict'": 'tests/harness/testing/recorded/recorded.test.ts',
  "harness/testing/recorded/recorded.ts 'file-unreadable'": 'tests/harness/testing/recorded/recorded.test.ts',
  "harness/testing/recorded/recording.ts 'datagrams-lost'": 'tests/harness/testing/recorded/recorded.test.ts',
  'src/base/failure.ts failure.code': CHILD,
  "src/files/scratchFile.ts 'read-failed'": 'it takes a disk that fails in the middle of a file',
  'src/files/unwritten.ts last.code':
    'the words are those of the write that failed: tests/files/unwritten.test.ts',
  "src/net/multicast.ts 'address-unavailable'":
    "it names this machine's interfaces: tests/integration/inNamespace.ts has others",
};
