/**
 * The workloads `pacing …`: how late the datagrams of a paced stream leave, at 1 ms, 100 us and 10 us.
 *
 * The same recorder receives in place of every receiver and takes the kernel's arrival times, so that no sender
 * measures its own lateness.
 */
import { readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { version } from '../../src/base/version.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { formatDurationNs } from '../../src/base/quantities.ts';
import { Child } from './peerProcess.ts';
import { runIperf3Client, startIperf3Server } from './iperf3.ts';
import { streamLateness } from './arrivalLateness.ts';
import { ownPacedStream } from './ownPacedStream.ts';
import { freePort } from './ports.ts';
import type { Program } from './programs.ts';
import { DATAGRAM_BYTES, OURS } from './sample.ts';
import type { Contender, Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const INTERVALS_NS = [1e6, 100e3, 10e3];
const MIN_DATAGRAMS = 20;
const MARGIN_MS = 40_000;

export interface PacedStream {
  readonly intervalNs: number;
  readonly datagrams: number;
  readonly durationS: number;
}

/** A running recorder and its port. */
export interface Recorder {
  readonly port: number;
  /** Stops it. @returns pairs of number and arrival time, in order of arrival */
  readonly finish: () => Promise<Float64Array>;
  readonly stop: () => Promise<void>;
}

/** Starts a recorder in front of a port; `port` 0 picks a free one to listen on. */
export type StartRecorder = (
  format: 'iperf3' | 'matchstream',
  port: number,
  upstream: number,
  stream: PacedStream,
) => Promise<Recorder>;

export function pacingWorkloads(bench: Bench): readonly (Workload | string)[] {
  const { tools, tempDir, programs, durationS, transport } = bench;
  if (tools === null) return ['the workloads pacing 1ms, 100us and 10us need a C compiler'];
  const record = recorderStarter(tools.recorder, tempDir);
  return INTERVALS_NS.map((intervalNs) => {
    const datagrams = Math.max(MIN_DATAGRAMS, Math.ceil((durationS * 1e9) / intervalNs));
    const stream = { intervalNs, datagrams, durationS: (datagrams * intervalNs) / 1e9 };
    const { iperf3 } = programs.found;
    return {
      name: `pacing ${formatDurationNs(intervalNs)}`,
      datagramBytes: DATAGRAM_BYTES,
      score: 'late p99',
      ours: {
        peer: OURS,
        version: version(),
        measure: async () => sampleOf(await ownPacedStream(transport, stream, record), stream),
      },
      peers:
        iperf3 === undefined
          ? []
          : [
              iperf3Contender('iperf3', iperf3, [], stream, record),
              // By default iperf3 checks the clock once a millisecond; this is its option for more.
              iperf3Contender(
                'iperf3 --pacing-timer',
                iperf3,
                ['--pacing-timer', String(intervalNs / 1e3)],
                stream,
                record,
              ),
            ],
      transport,
    };
  });
}

/** Rates are those of the arrivals; `records` as for streamLateness. */
export function sampleOf(records: Float64Array, stream: PacedStream): Sample {
  const lateness = streamLateness(records, stream.intervalNs);
  if (lateness === null || lateness.unique < 2 || lateness.spanNs <= 0)
    throw new EnvironmentError('bench-failed', 'the recorder saw no stream');
  const { unique, spanNs, p50Ns, p99Ns } = lateness;
  return {
    durationS: spanNs / 1e9,
    sentPps: (stream.datagrams - 1) / (spanNs / 1e9),
    receivedPps: (unique - 1) / (spanNs / 1e9),
    lossRatio: Math.max(0, 1 - unique / stream.datagrams),
    lateP50Us: p50Ns / 1e3,
    lateP99Us: p99Ns / 1e3,
    cpuRatio: null,
    faults: [],
  };
}

function recorderStarter(file: string, tempDir: string): StartRecorder {
  let serial = 0;
  return async (format, port, upstream, stream) => {
    serial += 1;
    const path = join(tempDir, `arrivals-${serial}`);
    // With room for surplus datagrams.
    const max = 2 * stream.datagrams + 1000;
    const child = new Child({
      file,
      args: [format, String(port), String(upstream), String(DATAGRAM_BYTES), String(max), path],
      limitMs: stream.durationS * 1e3 + 2 * MARGIN_MS,
    });
    const { port: listening } = JSON.parse(await child.line()) as { port: number };
    return {
      port: listening,
      finish: async () => {
        child.closeInput();
        await child.done();
        const bytes = readFileSync(path);
        rmSync(path);
        return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      },
      stop: () => child.stop(),
    };
  };
}

function iperf3Contender(
  peer: string,
  program: Program,
  options: readonly string[],
  stream: PacedStream,
  record: StartRecorder,
): Contender {
  const measure = async (): Promise<Sample> => {
    const port = await freePort();
    const testMs = stream.durationS * 1e3 + MARGIN_MS;
    const server = await startIperf3Server(program, port, testMs);
    // An iperf3 client uses one port for TCP and UDP: the recorder has it for UDP, so TCP is relayed separately.
    const control = await relayTcp(port);
    const recorder = await record('iperf3', control.port, port, stream).catch(async (cause) => {
      await Promise.all([control.close(), server.stop()]);
      throw cause;
    });
    try {
      const bps = Math.round((DATAGRAM_BYTES * 8e9) / stream.intervalNs);
      const what = ['-b', String(bps), '-k', String(stream.datagrams), ...options];
      await runIperf3Client(program, recorder.port, DATAGRAM_BYTES, what, testMs);
      return sampleOf(await recorder.finish(), stream);
    } finally {
      await Promise.all([recorder.stop(), control.close(), server.stop()]);
    }
  };
  return { peer, version: program.version, measure };
}

interface TcpRelay {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Relays iperf3's control connection. */
async function relayTcp(upstream: number): Promise<TcpRelay> {
  const port = await freePort();
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.setNoDelay(true);
    // Either side may close the connection.
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
  };
  const server: Server = createServer((client) => {
    const behind = connect(upstream, '127.0.0.1');
    keep(client);
    keep(behind);
    client.pipe(behind).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  };
  return { port, close };
}
