/**
 * The workloads `timers …`: what a steady stream costs a server that sleeps between datagrams, against bare timers.
 *
 * For ours it is the processor time of the server process while it streams; for a bare loop that of its process while
 * it ticks.
 */
import { join } from 'node:path';
import { packageRoot, version } from '../../src/base/version.ts';
import { formatDurationNs } from '../../src/base/quantities.ts';
import { withBareReceiver } from './bareReceiver.ts';
import { runToEnd } from './peerProcess.ts';
import { ownSteadyStream } from './ownStream.ts';
import { DATAGRAM_BYTES, OURS } from './sample.ts';
import type { Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const PROGRAM = join(packageRoot(), 'bench', 'peers', 'bareTimer.mjs');
const INTERVALS_NS = [1e6, 10e6];
const MARGIN_MS = 15_000;

interface Ticked {
  readonly ticks: number;
  readonly wallS: number;
  readonly cpuS: number;
}

export function timersWorkloads({ durationS, transport }: Bench): Workload[] {
  return INTERVALS_NS.map((intervalNs) => ({
    name: `timers ${formatDurationNs(intervalNs)}`,
    datagramBytes: DATAGRAM_BYTES,
    score: 'processor time',
    askedPps: 1e9 / intervalNs,
    ours: {
      peer: OURS,
      version: version(),
      measure: ownSteadyStream(transport, intervalNs, 'sleep', durationS),
    },
    peers: [
      {
        peer: 'setInterval and node:dgram',
        version: process.version,
        measure: () => sendAtTicks(intervalNs, durationS),
      },
      {
        peer: 'setInterval alone',
        version: process.version,
        measure: async () => sampleOf(await tick(intervalNs, durationS, [])),
      },
    ],
    transport,
  }));
}

async function tick(intervalNs: number, durationS: number, more: readonly string[]): Promise<Ticked> {
  const args = [PROGRAM, String(intervalNs / 1e6), String(durationS), ...more];
  const limitMs = durationS * 1e3 + MARGIN_MS;
  return JSON.parse(await runToEnd({ file: process.execPath, args, limitMs })) as Ticked;
}

async function sendAtTicks(intervalNs: number, durationS: number): Promise<Sample> {
  const { sent, received, receiveS } = await withBareReceiver(2 * (durationS * 1e3 + MARGIN_MS), (port) =>
    tick(intervalNs, durationS, [String(port), String(DATAGRAM_BYTES)]),
  );
  return {
    ...sampleOf(sent),
    sentPps: sent.ticks / sent.wallS,
    receivedPps: receiveS > 0 ? (received - 1) / receiveS : null,
    lossRatio: sent.ticks === 0 ? null : Math.max(0, 1 - received / sent.ticks),
  };
}

const sampleOf = ({ wallS, cpuS }: Ticked): Sample => ({
  durationS: wallS,
  sentPps: null,
  receivedPps: null,
  lossRatio: null,
  lateP50Us: null,
  lateP99Us: null,
  cpuRatio: cpuS / wallS,
  faults: [],
});
