/** The peers' benchmark: its arithmetic against literals and a brute-force oracle, its tools on real sockets. */
import * as fc from 'fast-check';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child, runToEnd } from '../../bench/peers/peerProcess.ts';
import { compileTools } from '../../bench/peers/compile.ts';
import type { Tools } from '../../bench/peers/compile.ts';
import { readIperf3, wholeSeconds } from '../../bench/peers/iperf3.ts';
import { streamLateness } from '../../bench/peers/arrivalLateness.ts';
import { Load } from '../../bench/peers/loadProgram.ts';
import { sampleOf } from '../../bench/peers/pacing.ts';
import { PING_BYTES, Ping } from '../../bench/peers/pingProgram.ts';
import { processUse } from '../../bench/peers/processUse.ts';
import { runPeers } from '../../bench/peers/peersRun.ts';
import { findPrograms } from '../../bench/peers/programs.ts';
import { nginxConfig } from '../../bench/peers/relays.ts';
import type { RoundTrip, Sample } from '../../bench/peers/sample.ts';
import { latencyLines, ownLines, peerRows, peerTable, ratioLines, short } from '../../bench/peers/summary.ts';
import type { MeasuredWorkload } from '../../bench/peers/summary.ts';
import { readSockperf } from '../../bench/peers/throughputWorkload.ts';
import { EnvironmentError } from '../../src/base/errors.ts';

const SEED = 20_260_101;

// Before the first suite: once one has begun, nothing may be waited for outside of a test.
const { cc } = (await findPrograms()).found;
const folder = mkdtempSync(join(tmpdir(), 'peers-test-'));
const tools: Tools | null = cc === undefined ? null : await compileTools(cc, folder);

const lateness = suite('the lateness of a recorded stream');

lateness('is counted from the schedule on which the most punctual datagram is punctual', () => {
  // Every 100 ns from 40 on; number 2 is the punctual one, 3 is 30 late, 5 is 7 late, 4 never came.
  const records = Float64Array.of(1, 45, 2, 140, 3, 270, 5, 447);
  assert.equal(streamLateness(records, 100), { unique: 4, p50Ns: 5, p99Ns: 30, spanNs: 402 });
});

lateness('of a sender that is too slow grows, and that of one that is too fast shrinks', () => {
  const slow = Float64Array.from({ length: 20 }, (_, k) => (k % 2 === 0 ? k / 2 + 1 : ((k - 1) / 2) * 110));
  assert.is(streamLateness(slow, 100)?.p99Ns, 90);
  const fast = Float64Array.from({ length: 20 }, (_, k) => (k % 2 === 0 ? k / 2 + 1 : ((k - 1) / 2) * 90));
  assert.is(streamLateness(fast, 100)?.p99Ns, 90);
});

lateness('of nothing does not exist, and a number twice is one datagram', () => {
  assert.is(streamLateness(new Float64Array(0), 100), null);
  assert.is(streamLateness(Float64Array.of(1, 0, 1, 5, 2, 100), 100)?.unique, 2);
});

lateness('is what a count over all pairs gives', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 500 }),
      (delays, intervalNs) => {
        const records = Float64Array.from(
          delays.flatMap((delayNs, k) => [k + 1, 1e6 + k * intervalNs + delayNs]),
        );
        const found = streamLateness(records, intervalNs);
        const late = delays.map((delayNs) => delayNs - Math.min(...delays));
        for (const [share, value] of [
          [0.5, found?.p50Ns],
          [0.99, found?.p99Ns],
        ] as const) {
          const atMost = late.filter((one) => one <= (value as number)).length;
          const below = late.filter((one) => one < (value as number)).length;
          assert.ok(late.includes(value as number));
          assert.ok(atMost >= share * late.length && below < share * late.length);
        }
      },
    ),
    { seed: SEED },
  );
});

lateness('goes into a sample with the rates and the loss of the stream', () => {
  const stream = { intervalNs: 1e6, datagrams: 5, durationS: 0.005 };
  const sample = sampleOf(Float64Array.of(1, 0, 2, 1e6, 3, 2.5e6, 5, 4e6), stream);
  assert.equal(sample, {
    durationS: 0.004,
    sentPps: 1000,
    receivedPps: 750,
    lossRatio: 1 - 4 / 5,
    lateP50Us: 0,
    lateP99Us: 500,
    cpuRatio: null,
    faults: [],
  });
  assert.throws(() => sampleOf(new Float64Array(0), stream), /saw no stream/);
});

lateness.run();

const figures = suite('the figures of the peers');

const sample = (receivedPps: number | null, lateP99Us: number | null = null): Sample => ({
  durationS: 1,
  sentPps: 1000,
  receivedPps,
  lossRatio: 0.25,
  lateP50Us: null,
  lateP99Us,
  cpuRatio: null,
  faults: [],
});

const WORKLOAD: MeasuredWorkload = {
  name: 'throughput',
  datagramBytes: 1200,
  score: 'received rate',
  transport: 'linux',
  ours: { peer: 'matchstream', version: '1', samples: [sample(500), sample(900), sample(400)] },
  peers: [
    { peer: 'iperf3', version: '3', samples: [sample(100), sample(100), sample(200)] },
    { peer: 'broken', version: '4', samples: [null, null, null] },
  ],
};

figures('the ratio is taken within each round and then the median: 5, 9, 2 give 5', () => {
  const [ours, iperf3, broken] = peerRows(WORKLOAD);
  assert.equal(ours, {
    workload: 'throughput',
    peer: 'matchstream',
    version: '1',
    datagram_bytes: 1200,
    duration_s: 1,
    sent_pps: 1000,
    received_pps: 500,
    loss_ratio: 0.25,
    late_p50_us: null,
    late_p99_us: null,
    ratio_ours_to_peer: null,
    round_trip_p50_us: null,
    round_trip_p99_us: null,
    first_p50_us: null,
    first_max_us: null,
    cold_first_us: null,
    idle_core_ratio: null,
  });
  assert.is(iperf3?.received_pps, 100);
  assert.is(iperf3?.ratio_ours_to_peer, 5);
  assert.is(broken?.received_pps, null);
  assert.is(broken?.ratio_ours_to_peer, null);
  assert.equal(ratioLines(WORKLOAD), [
    'throughput: ours/iperf3 = 5.00 (median of 3, 2.00 to 9.00)',
    'throughput: ours/broken = not measured',
  ]);
});

figures('of lateness the ratio is that of the p99', () => {
  const paced: MeasuredWorkload = {
    ...WORKLOAD,
    name: 'pacing 1ms',
    score: 'late p99',
    ours: { ...WORKLOAD.ours, samples: [sample(1, 30)] },
    peers: [{ peer: 'iperf3', version: '3', samples: [sample(1, 240)] }],
  };
  assert.is(peerRows(paced)[1]?.ratio_ours_to_peer, 0.125);
  assert.equal(ratioLines(paced), ['pacing 1ms, late p99: ours/iperf3 = 0.125 (median of 1)']);
});

figures('of processor time the ratio is that of the shares of a core, which are printed', () => {
  const using = (cpuRatio: number): Sample => ({ ...sample(990, 40), lateP50Us: 20, lossRatio: 0, cpuRatio });
  const timers: MeasuredWorkload = {
    ...WORKLOAD,
    name: 'timers 1ms',
    score: 'processor time',
    askedPps: 1000,
    ours: { ...WORKLOAD.ours, samples: [using(0.06), using(0.05), using(0.09)] },
    peers: [{ peer: 'bare', version: '3', samples: [using(0.05), using(0.05), using(0.06)] }],
  };
  assert.is(peerRows(timers)[1]?.ratio_ours_to_peer, 1.2);
  assert.equal(ratioLines(timers), [
    'timers 1ms, processor time: ours/bare = 1.20 (median of 3, 1.00 to 1.50): 6.00 % to 5.00 % of a core',
  ]);
  assert.equal(ownLines(timers), [
    'timers 1ms: ours sent 1.0000 of the rate asked for with 6.00 % of a core, late p50 20.0 us, p99 40.0 us, ' +
      'lost 0 %, nothing unexplained (medians of 3)',
  ]);
  assert.equal(ownLines(WORKLOAD), []);
});

figures(
  'of round trips the ratio is that of what is added a way, and what they are added to has none',
  () => {
    const trips = (p50Us: number, firstP50Us: number | null, idleRatio: number | null): RoundTrip => ({
      p50Us,
      p99Us: 2 * p50Us,
      coldFirstUs: firstP50Us === null ? null : 10 * firstP50Us,
      firstP50Us,
      firstMaxUs: firstP50Us === null ? null : 2 * firstP50Us,
      idleRatio,
      idleWakesPerS: idleRatio === null ? null : 1,
    });
    const direct: Sample = { ...sample(1000), roundTrip: trips(40, null, null) };
    const adding = (us: number, roundTrip?: RoundTrip): Sample => ({
      ...sample(1000, 3 * us),
      lateP50Us: us,
      ...(roundTrip !== undefined && { roundTrip }),
    });
    const latency: MeasuredWorkload = {
      ...WORKLOAD,
      name: 'latency 500/s linux',
      score: 'late p50',
      ours: {
        ...WORKLOAD.ours,
        samples: [adding(60, trips(160, 100, 0.002)), adding(50, trips(140, 300, 0.004))],
      },
      peers: [{ peer: 'socat', version: '1.8', samples: [adding(50, trips(140, 500, null)), adding(50)] }],
      reference: { peer: 'direct', version: '1', samples: [direct, direct] },
    };
    const [ours, socat, alone] = peerRows(latency);
    assert.equal([ours?.late_p50_us, ours?.late_p99_us, ours?.round_trip_p50_us], [55, 165, 150]);
    assert.equal([ours?.first_p50_us, ours?.first_max_us, ours?.cold_first_us], [200, 400, 2000]);
    assert.is(ours?.idle_core_ratio, 0.003);
    assert.equal([socat?.ratio_ours_to_peer, socat?.idle_core_ratio], [1.1, null]);
    assert.equal(
      [alone?.peer, alone?.round_trip_p99_us, alone?.late_p50_us, alone?.ratio_ours_to_peer],
      ['direct', 80, null, null],
    );
    assert.equal(ratioLines(latency), [
      'latency 500/s linux, late p50: ours/socat = 1.10 (median of 2, 1.00 to 1.20)',
    ]);
    assert.equal(latencyLines(latency), [
      'latency 500/s linux: ours adds p50 55.0 us, p99 165 us a way; the first of a flow leaves within p50 200 us, ' +
        'max 400 us, of the process 2000 us, idle 0.300 % of a core with 1.00 wake-ups/s (medians of 2)',
      'latency 500/s linux: socat adds p50 50.0 us, p99 150 us a way; the first of a flow leaves within p50 500 us, ' +
        'max 1000 us, of the process 5000 us (medians of 2)',
    ]);
    assert.equal(latencyLines(WORKLOAD), []);
  },
);

figures('a steady stream of ours that does not add up says so', () => {
  const open: MeasuredWorkload = {
    ...WORKLOAD,
    name: 'pacing 1us',
    askedPps: 1e6,
    ours: { ...WORKLOAD.ours, samples: [{ ...sample(500), faults: ['3 datagrams unexplained'] }] },
  };
  assert.match(ownLines(open)[0] ?? '', 'lost 25.0 %, 1 accounts open (medians of 1)');
});

figures('the table is aligned, and says nothing where nothing is known', () => {
  assert.is(
    peerTable(peerRows(WORKLOAD).slice(0, 2)),
    'workload    peer         version  seconds  sent/s  received/s  lost %  late p50 us  late p99 us  ours/peer\n' +
      'throughput  matchstream  1           1.00    1000         500   25.00            -            -\n' +
      'throughput  iperf3       3           1.00    1000         100   25.00            -            -       5.00\n',
  );
});

figures('three digits count', () => {
  assert.equal([5, 0.123_45, 12.345, 123.45, 7_000_000, 0, 0.01].map(short), [
    '5.00',
    '0.123',
    '12.3',
    '123',
    '7000000',
    '0',
    '0.0100',
  ]);
});

figures.run();

const words = suite('what the peers say');

const said = (text: string) => (cause: unknown) =>
  cause instanceof EnvironmentError && cause.message.includes(text);

words('iperf3 gives its sums, or the reason why it has none', () => {
  const sums = {
    sum_sent: { packets: 10, seconds: 1 },
    sum_received: { packets: 9, lost_packets: 2, seconds: 1.1 },
  };
  assert.equal(
    readIperf3(JSON.stringify({ end: { ...sums, other: 1 } })).end.sum_received,
    sums.sum_received,
  );
  assert.throws(() => readIperf3('{"error":"unable to connect"}'), said('unable to connect'));
  assert.throws(() => readIperf3('{"end":{"sum_sent":{"packets":1}}}'), said('no result'));
  assert.throws(() => readIperf3('no JSON'), said('no result'));
  assert.throws(() => readIperf3('null'), said('no result'));
});

words('sockperf gives its totals, and more received than sent is no loss', () => {
  const client = 'x\nsockperf: Total of 800 messages sent in 2.000 sec\n';
  const { sentPps, receivedPps, lossRatio } = readSockperf(
    client,
    'sockperf: Total 600 messages received and',
  );
  assert.equal({ sentPps, receivedPps, lossRatio }, { sentPps: 400, receivedPps: 300, lossRatio: 0.25 });
  assert.is(readSockperf(client, 'Total 804 messages received').lossRatio, 0);
  assert.throws(() => readSockperf(client, ''), said('no totals'));
});

words('whole seconds are never fewer than asked for', () => {
  assert.equal([0.2, 1, 1.5, 3].map(wholeSeconds), [1, 1, 2, 3]);
});

words('nginx stays in the foreground, on loopback, and loads its module only where it has one', () => {
  const config = nginxConfig('/m/stream.so', 1000, 2000);
  assert.match(config, /^load_module \/m\/stream\.so;\ndaemon off;\n/);
  assert.match(config, 'listen 127.0.0.1:1000 udp rcvbuf=33554432;');
  assert.match(config, 'proxy_pass 127.0.0.1:2000;');
  assert.not.match(nginxConfig(null, 1000, 2000), 'load_module');
});

words.run();

const children = suite('a peer process');

children('is ended at its limit, with what it forked', async () => {
  const child = new Child({
    file: '/bin/sh',
    args: ['-c', 'sleep 60 & echo $!; wait'],
    limitMs: 2000,
  });
  const forked = Number(await child.line());
  let message = '';
  await child.done().catch((cause: Error) => {
    message = cause.message;
  });
  assert.match(message, 'sh did not end within 2000 ms; it was killed');
  // Its files are closed an instant before it is gone.
  for (let k = 0; k < 1000 && !isGone(forked); k += 1) await runToEnd(PAUSE);
  assert.ok(isGone(forked));
});

children('that fails says why, and one that is not there, too', async () => {
  const failing = { file: '/bin/sh', args: ['-c', 'echo no luck >&2; exit 4'], limitMs: 60_000 };
  await runToEnd(failing).then(
    () => assert.unreachable(),
    (cause: Error) => assert.is(cause.message, 'sh ended with exit code 4: no luck'),
  );
  await runToEnd({ file: '/nowhere/peer', args: [], limitMs: 60_000 }).then(
    () => assert.unreachable(),
    (cause: Error) => assert.match(cause.message, /^peer could not be started/),
  );
});

children('that ends without a line is not waited for', async () => {
  const child = new Child({ file: '/bin/sh', args: ['-c', 'echo one; exit 0'], limitMs: 60_000 });
  assert.is(await child.line(), 'one');
  await child.line().then(
    () => assert.unreachable(),
    (cause: Error) => assert.match(cause.message, /^sh ended without an answer/),
  );
});

const PAUSE = { file: '/bin/sh', args: ['-c', 'sleep 0.02'], limitMs: 60_000 };

/** Whether a process is no more, or only waits for its parent to notice. */
function isGone(processId: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${processId}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

children.run();

const onSockets = suite(
  `the C programs${tools === null ? ' (skipped: there is no C compiler, see npm run bench:peers)' : ''}`,
);

onSockets.after(() => rmSync(folder, { recursive: true, force: true }));

const MAX_TRIALS = 50;

if (tools !== null) {
  for (const mode of ['plain', 'offload']) {
    onSockets(`limit ${mode}: receives no more than it sends, and what is missing was dropped`, async () => {
      const text = await runToEnd({ file: tools.limit, args: [mode, '1200', '0.05'], limitMs: 60_000 });
      const { sent, received, drops } = JSON.parse(text) as Record<string, number>;
      assert.ok((received as number) > 0 && (received as number) <= (sent as number));
      assert.is(received === sent, drops === 0);
    });
  }

  onSockets('load: what goes straight from the sender to the sink is all there and in order', async () => {
    const load = await Load.start(tools.load);
    try {
      for (const pps of [5000, 300_000]) {
        const count = 500;
        let result = await load.trial(load.sinkPort, pps, count, count + 1);
        // A sender that the machine holds up gives up, and sends less: that says nothing of what it sent.
        for (let k = 0; k < MAX_TRIALS && result.sent <= count; k += 1)
          result = await load.trial(load.sinkPort, pps, count, count + 1);
        assert.is(result.sent, count + 1);
        assert.is(result.failed, 0);
        assert.is(result.received, count + 1);
        assert.is(result.reordered, 0);
        assert.is(result.strays, 0);
        assert.is(result.drops, 0);
        // Its last batch goes when the last datagram of it is due.
        assert.ok(result.sendS >= (count - 1) / pps, `${result.sendS}`);
      }
    } finally {
      await load.stop();
    }
  });

  onSockets('load: behind a relay that swaps two and loses one, that is what it counts', async () => {
    const load = await Load.start(tools.load);
    const relay = await openSocket();
    try {
      const kept: Buffer[] = [];
      relay.on('message', (bytes) => {
        const number = bytes.readUInt32LE(4);
        if (number === 7) return;
        if (number === 3) kept.push(bytes);
        else relay.send(bytes, load.sinkPort, '127.0.0.1');
        if (number === 4) for (const one of kept) relay.send(one, load.sinkPort, '127.0.0.1');
      });
      const { sent, received, reordered } = await load.trial(relay.address().port, 1000, 10, 10);
      assert.equal({ sent, received, reordered }, { sent: 11, received: 10, reordered: 1 });
    } finally {
      relay.close();
      await load.stop();
    }
  });

  onSockets('ping: a stream of round trips straight to the echo, and the first of some flows', async () => {
    const ping = await Ping.start(tools.ping);
    try {
      const { sent, received, p50Us, p99Us } = await ping.stream(ping.echoPort, 2000, 10, 50);
      assert.equal({ sent, received }, { sent: 50, received: 50 });
      assert.ok(p50Us > 0 && p99Us >= p50Us, `${p50Us} ${p99Us}`);
      const firstUs = await ping.first(ping.echoPort, 3, 0);
      assert.is(firstUs.length, 3);
      assert.ok(
        firstUs.every((us) => us > 0),
        `${firstUs}`,
      );
    } finally {
      await ping.stop();
    }
  });

  onSockets(
    'ping: behind a relay, each datagram is measured from its own sending, and a lost one is not',
    async () => {
      const ping = await Ping.start(tools.ping);
      const relay = await openSocket();
      const upstream = await openSocket();
      let clientPort = 0;
      upstream.on('message', (bytes) => relay.send(bytes, clientPort, '127.0.0.1'));
      try {
        relay.on('message', (bytes, from) => {
          clientPort = from.port;
          assert.is(bytes.length, PING_BYTES);
          const number = bytes.readUInt32LE(4);
          if (number === 5) return;
          setTimeout(() => upstream.send(bytes, ping.echoPort, '127.0.0.1'), number === 6 ? 300 : 30);
        });
        const { sent, received, p50Us, p99Us } = await ping.stream(relay.address().port, 1000, 2, 8);
        assert.equal({ sent, received }, { sent: 8, received: 7 });
        assert.ok(p50Us >= 29_000 && p99Us >= 299_000, `${p50Us} ${p99Us}`);
        const [firstUs = 0] = await ping.first(relay.address().port, 1, 0);
        assert.ok(firstUs >= 29_000, `${firstUs}`);
      } finally {
        relay.close();
        upstream.close();
        await ping.stop();
      }
    },
  );

  for (const [format, head] of [
    ['iperf3', (number: number) => Buffer.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, number)],
    ['matchstream', (number: number) => Buffer.from(`{"message":{"count":${number + 256},"score":"`)],
  ] as const) {
    onSockets(
      `recorder: keeps the ${format} stream, with numbers and times, and passes on the rest`,
      async () => {
        const client = await openSocket();
        const server = await openSocket();
        const path = join(folder, format);
        const child = new Child({
          file: tools.recorder,
          args: [format, '0', String(server.address().port), '200', '100', path],
          limitMs: 10_000,
        });
        try {
          const { port } = JSON.parse(await child.line()) as { port: number };
          const heard: string[] = [];
          const answered = new Promise<void>((resolve) => {
            client.on('message', (bytes) => {
              heard.push(`client: ${String(bytes)}`);
              resolve();
            });
          });
          server.on('message', (bytes, from) => {
            heard.push(`server: ${String(bytes)}`);
            // The stream comes from either side.
            server.send(Buffer.concat([head(3), Buffer.alloc(200)], 200), from.port, from.address);
            server.send('answer', from.port, from.address);
          });
          for (const number of [1, 2])
            client.send(Buffer.concat([head(number), Buffer.alloc(200)], 200), port, '127.0.0.1');
          client.send('request', port, '127.0.0.1');
          await answered;
          child.closeInput();
          await child.done();
          const bytes = readFileSync(path);
          const records = new Float64Array(
            bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
          );
          assert.equal(heard, ['server: request', 'client: answer']);
          assert.equal([records[0], records[1], records[2], records[4]], [257, 0, 258, 259]);
          assert.ok((records[3] as number) > 0 && (records[5] as number) > (records[3] as number));
          assert.ok((records[5] as number) < 10e9);
        } finally {
          client.close();
          server.close();
          await child.stop();
        }
      },
    );
  }
}

onSockets('the use of the processor is that of a process, which grows while it works', () => {
  const before = processUse(process.pid);
  if (before === null) return;
  const endMs = performance.now() + 20;
  while (performance.now() < endMs);
  const after = processUse(process.pid);
  assert.ok((after?.cpuNs ?? 0) > before.cpuNs);
  assert.ok((after?.waits ?? 0) >= before.waits);
  assert.is(processUse(2 ** 30), null);
});

async function openSocket(): Promise<Socket & { address(): AddressInfo }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  return socket;
}

onSockets.run();

const smoke = suite('a run against the peers');

smoke('writes peers.csv with ours and the peer, and the ratio of the two', async () => {
  const report = mkdtempSync(join(tmpdir(), 'peers-report-'));
  const printed: string[] = [];
  try {
    const code = await runPeers({
      workloads: ['node'],
      runs: 1,
      durationS: 0.1,
      halvings: 0,
      report,
      print: (text) => printed.push(text),
    });
    assert.is(code, 0, printed.join('\n'));
    const [header, ours, addressed, connected, ...more] = readFileSync(join(report, 'peers.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    assert.is(
      header,
      'schema,run,scenario,seed,clock,mode,transport,workload,peer,version,datagram_bytes,duration_s,sent_pps,' +
        'received_pps,loss_ratio,late_p50_us,late_p99_us,ratio_ours_to_peer,round_trip_p50_us,round_trip_p99_us,' +
        'first_p50_us,first_max_us,cold_first_us,idle_core_ratio',
    );
    assert.match(
      ours ?? '',
      /^2,[^,]+,peers,bank,real,processes,node,node,matchstream,.*(,not measured){2},(,not measured){6}$/,
    );
    assert.match(
      addressed ?? '',
      /,"node:dgram, addressed",v.*,not measured,not measured,\d[^,]*(,not measured){6}$/,
    );
    assert.match(connected ?? '', /,"node:dgram, connected",v.*,not measured,not measured,\d/);
    assert.equal(more, []);
    assert.ok(
      printed.some((line) => /^node: ours\/node:dgram, addressed = [\d.]+ \(median of 1\)$/.test(line)),
    );
  } finally {
    rmSync(report, { recursive: true, force: true });
  }
});

smoke.run();
