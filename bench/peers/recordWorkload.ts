/**
 * The workload `record`: what `proxy --record` costs. Flat out, the highest rate that the proxy forwards with less than 1 % lost, while
 * it records in either format, against the one without; and at 100,000 datagrams a second, how many are left out.
 *
 * Whatever the rate, what is recorded and what is left out must be all that came in.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sum } from '../../src/base/figures.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { version } from '../../src/base/version.ts';
import { startProxyProgram } from './proxyProgram.ts';
import { measureHighest } from './proxyWorkload.ts';
import { Load } from './loadProgram.ts';
import { DATAGRAM_BYTES, OURS, rateSample } from './sample.ts';
import type { Contender, Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const STEADY_PPS = 100_000;
/** A steady round lasts so many times as long as a flat-out one. */
const STEADY_TIMES = 10;
/** The warm-up lasts this part of a second. */
const WARM_UP_PART = 2;
const FORMATS = ['jsonl', 'pcapng'] as const;

type Format = (typeof FORMATS)[number];

export function recordWorkloads(bench: Bench): readonly (Workload | string)[] {
  const { tools, transport } = bench;
  if (tools === null) return ['the workload record needs a C compiler'];
  const flatOut = (format: Format | null): Contender =>
    contend(format, () =>
      measureHighest(bench, tools.load, async (sinkPort) => {
        const proxy = await startRecording(bench, sinkPort, format);
        return {
          port: proxy.port,
          expect: (sent) => sent,
          note: () => undefined,
          stop: async () => (await proxy.stop()).faults,
        };
      }),
    );
  const steady = (format: Format | null): Contender =>
    contend(format, () => measureSteady(bench, tools.load, format));
  const shared = { datagramBytes: DATAGRAM_BYTES, score: 'received rate', transport } as const;
  return [
    { ...shared, name: 'record', ours: flatOut(null), peers: FORMATS.map(flatOut) },
    {
      ...shared,
      name: `record ${STEADY_PPS}/s`,
      askedPps: STEADY_PPS,
      ours: steady(null),
      peers: FORMATS.map(steady),
    },
  ];
}

const contend = (format: Format | null, measure: Contender['measure']): Contender => ({
  peer: format === null ? OURS : `${OURS} --record .${format}`,
  version: version(),
  measure,
});

/** The loss ratio is of what did not arrive, and what was left out of the recording. */
async function measureSteady(bench: Bench, loadFile: string, format: Format | null): Promise<Sample> {
  const load = await Load.start(loadFile);
  try {
    const proxy = await startRecording(bench, load.sinkPort, format);
    const warmUp = STEADY_PPS / WARM_UP_PART;
    let closing: Closing | null = null;
    try {
      await load.trial(proxy.port, STEADY_PPS, warmUp, warmUp + 1);
      const count = Math.ceil(STEADY_PPS * bench.durationS * STEADY_TIMES);
      const { sent, sendS, received, receiveS } = await load.trial(proxy.port, STEADY_PPS, count, count + 1);
      closing = await proxy.stop();
      return {
        ...rateSample({
          durationS: sendS,
          sentPps: (sent - 1) / sendS,
          receivedPps: receiveS > 0 ? (received - 2) / receiveS : null,
          lossRatio: Math.max(0, 1 - (received - closing.leftOut) / sent),
        }),
        faults: closing.faults,
      };
    } finally {
      if (closing === null) await proxy.stop();
    }
  } finally {
    await load.stop();
  }
}

/** What the proxy said at its end. */
interface Closing {
  readonly leftOut: number;
  /** A line if what came in is neither recorded nor left out. */
  readonly faults: readonly string[];
}

interface RecordingProxy {
  readonly port: number;
  stop(): Promise<Closing>;
}

async function startRecording(
  bench: Bench,
  sinkPort: number,
  format: Format | null,
): Promise<RecordingProxy> {
  const path = format === null ? null : join(bench.tempDir, `recorded.${format}`);
  const { port, child } = await startProxyProgram(bench, sinkPort, [
    '--protocol',
    'any',
    ...(path === null ? [] : ['--record', path]),
  ]);
  return {
    port,
    stop: async () => {
      await child.stop('SIGINT');
      if (path === null) return { leftOut: 0, faults: [] };
      rmSync(path, { force: true });
      return readClosing(child.stdout);
    },
  };
}

function readClosing(table: string): Closing {
  const totals = table.matchAll(
    /^total (?:up|down): (\d+) arrived.* (\d+) control, (\d+) without an index$/gm,
  );
  const arrived = sum([...totals].flatMap(([, ...counts]) => counts.map(Number)));
  const [, recorded, leftOut] = /^recorded: (\d+) datagrams in \S+, (\d+) left out/m.exec(table) ?? [];
  if (recorded === undefined)
    throw new EnvironmentError('bench-failed', `the proxy did not say what it recorded, but: ${table}`);
  const missing = arrived - Number(recorded) - Number(leftOut);
  return {
    leftOut: Number(leftOut),
    faults: missing === 0 ? [] : [`${missing} of ${arrived} datagrams are neither recorded nor left out`],
  };
}
