/**
 * The metrics of RTP in captures, beside tshark's analysis of the same files: what the proxy made of a stream, and captures
 * written here where one effect is alone. Where tshark has another rule, the rule stands here and is judged, too.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { randomStream } from '../../../src/base/random.ts';
import type { Statistics } from '../../../src/metrics/catalogue.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import { PATIENCE_MS, Plain } from '../loopback.ts';
import { inFolder } from '../program.ts';
import { behindProxy, claimsAbout } from './foreign.ts';

const test = suite('RTP beside tshark');
const claim = claimsAbout(test, 'tshark', 'tshark');

/** Payload type 0 has 8000 ticks a second: 8 in a millisecond. */
const TICKS_PER_MS = 8;

/** One packet of RTP, a millisecond of media after the one before. */
function packet(sequence: number, marker = false): Buffer {
  const bytes = Buffer.alloc(20);
  bytes[0] = 0x80;
  bytes[1] = marker ? 0x80 : 0;
  bytes.writeUInt16BE(sequence & 0xffff, 2);
  bytes.writeUInt32BE((1000 + sequence * TICKS_PER_MS) >>> 0, 4);
  bytes.writeUInt32BE(0x5eed, 8);
  return bytes;
}

interface Seen {
  readonly sequence: number;
  readonly marker: boolean;
  readonly mediaNs: number;
  readonly timeNs: number;
}

/** The packets of a capture, in order. The test's timestamps do not wrap. */
async function packetsIn(path: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  const recording = await openRecording(path);
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { timeNs, payload } = batch.frame(row);
      const bytes = Buffer.from(payload);
      const mediaNs = (bytes.readUInt32BE(4) / TICKS_PER_MS) * 1e6;
      seen.push({ sequence: bytes.readUInt16BE(2), marker: (bytes[1] as number) > 127, mediaNs, timeNs });
    }
  }
  return seen;
}

function measure(packets: readonly Seen[]): Statistics {
  const metrics = new StreamMetrics({ firstCount: null, unwrap: 16 });
  for (const { sequence, timeNs, mediaNs } of packets) metrics.handleArrival(sequence, timeNs, mediaNs, 20);
  metrics.finish(null);
  return metrics.statistics();
}

interface Analysis {
  readonly packets: number;
  readonly lost: number;
  /** Milliseconds, three decimals. */
  readonly meanJitter: string;
  readonly maxJitter: string;
}

/** Packets, lost, percentage; minimum, mean and maximum of delta, and then of jitter, in ms. */
const FIGURES =
  /(\d+)\s+(-?\d+)\s+\(-?[\d.]+%\)\s+-?[\d.]+\s+-?[\d.]+\s+-?[\d.]+\s+-?[\d.]+\s+(?<mean>[\d.]+)\s+(?<max>[\d.]+)/;

/** What tshark says of the one stream in a capture. */
async function analysisOf(path: string): Promise<Analysis> {
  const args = ['-r', path, '-q', '-n', '-o', 'rtp.heuristic_rtp:TRUE', '-z', 'rtp,streams'];
  const output = await new Child({ file: 'tshark', args, limitMs: PATIENCE_MS }).done();
  const found = FIGURES.exec(output.slice(Math.max(0, output.indexOf('0x00005EED'))));
  assert.ok(found, output);
  const [, packets, lost, meanJitter = '', maxJitter = ''] = found as RegExpExecArray;
  return { packets: Number(packets), lost: Number(lost), meanJitter, maxJitter };
}

const inMs = (timeUs: number | null): string => ((timeUs ?? 0) / 1e3).toFixed(3);

/** A number with three decimals, or its neighbour: halves round either way. */
const isNear = (one: string, other: string): boolean => Math.abs(Number(one) - Number(other)) < 0.0011;

/**
 * tshark's rules of jitter, in ms. A packet with the marker bit is in neither mean nor maximum, and one from before the
 * first counts as late.
 * @param looksPast whether what is late is in neither, too, and is not what the next one is compared with: newer versions
 */
function jitterOfTshark(
  packets: readonly Seen[],
  looksPast: boolean,
): { readonly mean: string; readonly max: string } {
  let jitter = 0;
  let mean = 0;
  let max = 0;
  let before = packets[0] as Seen;
  const first = before;
  for (const [k, one] of packets.entries()) {
    if (k === 0) continue;
    const isInTime = one.mediaNs >= (looksPast ? before : first).mediaNs;
    const change = (one.timeNs - before.timeNs - (one.mediaNs - before.mediaNs)) / 1e6;
    jitter = (15 * jitter + Math.abs(change)) / 16;
    if (isInTime && !one.marker) {
      max = Math.max(max, jitter);
      mean = (mean * (k - 1) + jitter) / k;
    }
    if (isInTime) before = one;
  }
  return { mean: mean.toFixed(3), max: max.toFixed(3) };
}

/** Asserts that tshark's jitter is by one of its rules; 4.0 has the first. @returns whether it looks past what is late */
function assertRule(theirs: Analysis, packets: readonly Seen[]): boolean {
  const rules = [false, true].map((looksPast) => jitterOfTshark(packets, looksPast));
  const found = rules.findIndex(
    ({ mean, max }) => isNear(theirs.meanJitter, mean) && isNear(theirs.maxJitter, max),
  );
  assert.ok(found >= 0, JSON.stringify([theirs, ...rules]));
  return found === 1;
}

/** Writes packets to a capture: sequence number, arrival in ms, whether it has the marker bit. */
async function capture(
  folder: string,
  packets: readonly (readonly [sequence: number, timeMs: number, marker?: boolean])[],
): Promise<string> {
  const path = join(folder, 'given.pcapng');
  const writer = new RecordingWriter(path, {
    format: 'matchstream-recording',
    version: 1,
    seed: null,
    generator: null,
    intervalNs: null,
    squadsHash: null,
    datagramSizeBytes: null,
    flows: 1,
    extra: '"conversation":true',
  });
  const addresses = '"client":"10.1.2.3:5004","server":"192.0.2.1:5004"';
  for (const [k, [sequence, timeMs, marker]] of packets.entries())
    await writer.append(
      Math.round(timeMs * 1e6),
      packet(sequence, marker),
      1,
      'up',
      k === 0 ? addresses : undefined,
    );
  await writer.finish();
  return path;
}

/** 300 packets across the wrap, a millisecond apart and late by up to 0.7 ms, of which `fate` says how often each arrives. */
function stream(fate: (k: number) => number): [number, number][] {
  const { draw } = randomStream('rtp analysis');
  return Array.from({ length: 300 }, (_, k) =>
    Array.from({ length: fate(k) }, (): [number, number] => [65_400 + k, k + draw() * 0.7]),
  )
    .flat()
    .toSorted(([, a], [, b]) => a - b);
}

claim('with losses and a wrap, all figures are equal', async () => {
  await inFolder(async (folder) => {
    const path = await capture(
      folder,
      stream((k) => (k % 10 === 3 || (k > 130 && k < 140) ? 0 : 1)),
    );
    const [theirs, ours] = [await analysisOf(path), measure(await packetsIn(path))];
    assert.equal([theirs.packets, theirs.lost], [ours.received, ours.lost]);
    assert.is(ours.lost, 38);
    assert.ok(
      isNear(theirs.meanJitter, inMs(ours.jitter_mean_us)),
      `${theirs.meanJitter}, ${ours.jitter_mean_us}`,
    );
    assert.ok(
      isNear(theirs.maxJitter, inMs(ours.jitter_max_us)),
      `${theirs.maxJitter}, ${ours.jitter_max_us}`,
    );
    assert.is(ours.jitter_received_mean_us, ours.jitter_mean_us);
  });
});

claim(
  'a duplicate is a packet received to tshark: its loss is ours less the duplicates, and its jitter that over every copy',
  async () => {
    await inFolder(async (folder) => {
      const path = await capture(
        folder,
        stream((k) => (k % 50 === 3 ? 0 : k % 10 === 5 ? 2 : 1)),
      );
      const [theirs, ours] = [await analysisOf(path), measure(await packetsIn(path))];
      assert.equal([ours.lost, ours.duplicates], [6, 30]);
      assert.equal([theirs.packets, theirs.lost], [ours.received, 6 - 30]);
      for (const [said, us] of [
        [theirs.meanJitter, ours.jitter_received_mean_us],
        [theirs.maxJitter, ours.jitter_received_max_us],
      ] as const)
        assert.ok(isNear(said, inMs(us)), `${said} ms, ${us} us`);
      assert.not.ok(isNear(theirs.meanJitter, inMs(ours.jitter_mean_us)));
    });
  },
);

claim(
  'with reordering losses are equal, and jitter is where tshark does not look past what is late',
  async () => {
    await inFolder(async (folder) => {
      const late = stream(() => 1)
        .map(([sequence, timeMs]): [number, number] => [sequence, sequence % 20 === 10 ? timeMs + 3 : timeMs])
        .toSorted(([, a], [, b]) => a - b);
      const path = await capture(folder, late);
      const packets = await packetsIn(path);
      const [theirs, ours] = [await analysisOf(path), measure(packets)];
      assert.equal([theirs.lost, ours.lost, ours.reordered], [0, 0, 15]);
      const isEqual = isNear(theirs.meanJitter, inMs(ours.jitter_mean_us));
      assert.is(assertRule(theirs, packets), !isEqual);
    });
  },
);

claim('a packet with the marker bit is in neither mean nor maximum of tshark', async () => {
  await inFolder(async (folder) => {
    const path = await capture(
      folder,
      stream(() => 1).map(([sequence, timeMs]): [number, number, boolean] => [
        sequence,
        timeMs,
        sequence % 3 === 0,
      ]),
    );
    const packets = await packetsIn(path);
    const [theirs, ours] = [await analysisOf(path), measure(packets)];
    assertRule(theirs, packets);
    assert.not.ok(isNear(theirs.meanJitter, inMs(ours.jitter_mean_us)));
  });
});

claim('a stream that ends with a late packet is shorter to tshark', async () => {
  await inFolder(async (folder) => {
    const path = await capture(folder, [
      [10, 0],
      [11, 1],
      [14, 2],
      [13, 3],
    ]);
    const [theirs, ours] = [await analysisOf(path), measure(await packetsIn(path))];
    // Of 10 to 14 one is lost; of 10 to 13, four arrived.
    assert.equal([theirs.lost, ours.lost], [0, 1]);
  });
});

claim('what comes late from before the first makes up for a loss to tshark', async () => {
  await inFolder(async (folder) => {
    const path = await capture(folder, [
      [11, 0],
      [10, 1],
      [12, 2],
      [14, 3],
    ]);
    const [theirs, ours] = [await analysisOf(path), measure(await packetsIn(path))];
    assert.equal([theirs.lost, ours.lost, ours.before_first], [0, 1, 1]);
  });
});

claim('a restart is a restart here', async () => {
  await inFolder(async (folder) => {
    const path = await capture(folder, [
      [10, 0],
      [11, 1],
      [40_000, 2],
      [40_001, 3],
      [40_002, 4],
    ]);
    const [theirs, ours] = [await analysisOf(path), measure(await packetsIn(path))];
    assert.equal([ours.restarts, ours.lost, ours.unindexed], [1, 0, 1]);
    assert.is(theirs.lost, 40_002 - 10 + 1 - 5);
  });
});

/** Sends packets through two of our proxies: one impairs, the other records what the first let through. */
async function throughProxy(folder: string, knobs: readonly string[], count: number): Promise<void> {
  const sink = await Plain.open();
  try {
    const upstream = `127.0.0.1:${sink.local.port}`;
    await behindProxy(folder, ['--record', 'exit.pcapng', '--upstream', upstream], async (recorder) => {
      const options = [
        '--protocol',
        'rtp/8000',
        '--seed',
        '7',
        ...knobs,
        '--upstream',
        `127.0.0.1:${recorder}`,
      ];
      await behindProxy(folder, options, async (port) => {
        for (let k = 0; k < count; k += 1) {
          sink.socket.send(packet(65_400 + k), port, '127.0.0.1');
          await sleep(1);
        }
        for (let before = -1; before < sink.heard.length;) {
          before = sink.heard.length;
          await sleep(500);
        }
      });
      await sleep(200);
    });
  } finally {
    await sink.close();
  }
}

claim('what the proxy makes of a stream of RTP, with losses, copies, reordering and a wrap', async () => {
  await inFolder(async (folder) => {
    const knobs = ['--direction', 'up', '--drop', '10%', '--duplicate', '10%', '--reorder', '5%'];
    await throughProxy(folder, knobs, 600);
    const path = join(folder, 'exit.pcapng');
    const packets = await packetsIn(path);
    const [theirs, ours] = [await analysisOf(path), measure(packets)];
    assert.ok(Number(ours.lost) > 20 && Number(ours.duplicates) > 20 && Number(ours.reordered) > 10);
    assert.ok(packets.some(({ sequence }) => sequence < 100));
    const last = (packets.at(-1) as Seen).sequence;
    const highest = Math.max(...packets.map(({ sequence }) => sequence).filter((one) => one < 30_000));
    assert.is(theirs.packets, ours.received);
    assert.is(
      theirs.lost,
      Number(ours.lost) - Number(ours.duplicates) - Number(ours.before_first) - (highest - last),
    );
    const looksPast = assertRule(theirs, packets);
    if (!looksPast && ours.before_first === 0) {
      assert.ok(isNear(theirs.meanJitter, inMs(ours.jitter_received_mean_us)), theirs.meanJitter);
      assert.ok(isNear(theirs.maxJitter, inMs(ours.jitter_received_max_us)), theirs.maxJitter);
    }
  });
});

test('a packet is RTP, version 2, with its number, time and source', () => {
  assert.is(packet(65_536 + 2, true).toString('hex'), `80800002000803f800005eed${'00'.repeat(8)}`);
});

test.run();
