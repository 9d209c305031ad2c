/**
 * The workload `throughput`: the maximum rate, with server and client in separate processes.
 */
import { version } from '../../src/base/version.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { Child, runToEnd } from './peerProcess.ts';
import { iperf3AtRate, wholeSeconds } from './iperf3.ts';
import { ownStream } from './ownStream.ts';
import { freePort, untilListening } from './ports.ts';
import type { Program } from './programs.ts';
import { DATAGRAM_BYTES, OURS, rateSample } from './sample.ts';
import type { Contender, Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const MARGIN_MS = 15_000;

const sample = (durationS: number, sent: number, received: number, receiveS = durationS): Sample =>
  rateSample({
    durationS,
    sentPps: sent / durationS,
    receivedPps: received / receiveS,
    lossRatio: sent === 0 ? null : Math.max(0, 1 - received / sent),
  });

export function throughputWorkload(bench: Bench): Workload {
  const { found } = bench.programs;
  const { transport } = bench;
  const peers: Contender[] = [];
  if (found.iperf3 !== undefined) peers.push(iperf3AtRate(found.iperf3, null, bench.durationS));
  if (found.sockperf !== undefined) peers.push(sockperf(found.sockperf, bench.durationS));
  if (bench.tools !== null) {
    for (const mode of ['plain', 'offload'] as const)
      peers.push(limit(bench.tools.limit, mode, bench.durationS));
  }
  return {
    name: 'throughput',
    datagramBytes: DATAGRAM_BYTES,
    score: 'received rate',
    ours: { peer: OURS, version: version(), measure: ownStream(transport, bench.durationS) },
    peers,
    transport,
  };
}

function sockperf(program: Program, durationS: number): Contender {
  const seconds = wholeSeconds(durationS);
  const measure = async (): Promise<Sample> => {
    const port = await freePort();
    const at = ['-i', '127.0.0.1', '-p', String(port)];
    const server = new Child({
      file: program.file,
      args: ['server', ...at],
      limitMs: seconds * 1e3 + 2 * MARGIN_MS,
    });
    try {
      await untilListening(server, 'udp', port);
      const args = ['throughput', ...at, '-m', String(DATAGRAM_BYTES), '-t', String(seconds)];
      const said = await runToEnd({ file: program.file, args, limitMs: seconds * 1e3 + MARGIN_MS });
      // It prints its result only when it is interrupted.
      await server.stop('SIGINT');
      return readSockperf(said, server.stdout);
    } finally {
      await server.stop();
    }
  };
  return { peer: 'sockperf', version: program.version, measure };
}

/**
 * Reads the output of sockperf's client and server. The server also counts a few datagrams of the warm-up. Throws
 * EnvironmentError when either has no result.
 */
export function readSockperf(client: string, server: string): Sample {
  const sent = /Total of (\d+) messages sent in ([\d.]+) sec/.exec(client);
  const received = /Total (\d+) messages received/.exec(server);
  if (sent === null || received === null)
    throw new EnvironmentError('bench-failed', 'sockperf gave no totals');
  return sample(Number(sent[2]), Number(sent[1]), Number(received[1]));
}

interface LimitResult {
  readonly sent: number;
  readonly sendS: number;
  readonly received: number;
  readonly receiveS: number;
}

function limit(file: string, mode: 'plain' | 'offload', durationS: number): Contender {
  const measure = async (): Promise<Sample> => {
    const args = [mode, String(DATAGRAM_BYTES), String(durationS)];
    const said = await runToEnd({ file, args, limitMs: durationS * 1e3 + MARGIN_MS });
    const result = JSON.parse(said) as LimitResult;
    return sample(result.sendS, result.sent, result.received, result.receiveS);
  };
  return { peer: `C limit, ${mode}`, version: version(), measure };
}
