/**
 * The UDP test of iperf3, server and client in separate processes.
 */
import { EnvironmentError } from '../../src/base/errors.ts';
import { Child, runToEnd } from './peerProcess.ts';
import { freePort, untilListening } from './ports.ts';
import type { Program } from './programs.ts';
import { DATAGRAM_BYTES, rateSample } from './sample.ts';
import type { Contender, Sample } from './sample.ts';

/** The fields of its `--json` output that are used. */
export interface Iperf3Result {
  readonly end: {
    readonly sum_sent: { readonly packets: number; readonly seconds: number };
    readonly sum_received: {
      readonly packets: number;
      readonly lost_packets: number;
      readonly seconds: number;
    };
  };
}

const MARGIN_MS = 15_000;

const sumIsWhole = (sum: unknown, names: readonly string[]): boolean =>
  typeof sum === 'object' &&
  sum !== null &&
  names.every((name) => Number.isFinite((sum as Record<string, unknown>)[name]));

/** Throws EnvironmentError on anything but a result of a UDP test. */
export function readIperf3(text: string): Iperf3Result {
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch {
    result = null;
  }
  const end = (result as { end?: Record<string, unknown> } | null)?.end;
  const isWhole =
    sumIsWhole(end?.['sum_sent'], ['packets', 'seconds']) &&
    sumIsWhole(end?.['sum_received'], ['packets', 'lost_packets', 'seconds']);
  if (isWhole) return result as Iperf3Result;
  const error = (result as { error?: unknown } | null)?.error;
  throw new EnvironmentError(
    'bench-failed',
    `iperf3 gave no result of a UDP test${typeof error === 'string' ? `: ${error}` : ''}`,
  );
}

/** Starts a server for one test and waits until it is ready. It ends by itself after the test. */
export async function startIperf3Server(program: Program, port: number, testMs: number): Promise<Child> {
  const server = new Child({
    file: program.file,
    args: ['-s', '-1', '-B', '127.0.0.1', '-p', String(port)],
    limitMs: testMs + 2 * MARGIN_MS,
  });
  await untilListening(server, 'tcp', port);
  return server;
}

/** @param what amount and rate, as options of iperf3 */
export async function runIperf3Client(
  program: Program,
  port: number,
  bytes: number,
  what: readonly string[],
  testMs: number,
): Promise<Iperf3Result> {
  const args = ['-c', '127.0.0.1', '-p', String(port), '-u', '-l', String(bytes), ...what, '--json'];
  return readIperf3(await runToEnd({ file: program.file, args, limitMs: testMs + MARGIN_MS }));
}

/** Rounded up, for peers that take whole seconds. */
export const wholeSeconds = (durationS: number): number => Math.max(1, Math.ceil(durationS));

/** @param pps the requested rate; null for the maximum */
export function iperf3AtRate(program: Program, pps: number | null, durationS: number): Contender {
  const seconds = wholeSeconds(durationS);
  const bps = pps === null ? 0 : pps * DATAGRAM_BYTES * 8;
  const measure = async (): Promise<Sample> => {
    const port = await freePort();
    const server = await startIperf3Server(program, port, seconds * 1e3);
    try {
      const what = ['-b', String(bps), '-t', String(seconds)];
      const { end } = await runIperf3Client(program, port, DATAGRAM_BYTES, what, seconds * 1e3);
      const { sum_sent: sent, sum_received: received } = end;
      const came = received.packets - received.lost_packets;
      return rateSample({
        durationS: sent.seconds,
        sentPps: sent.packets / sent.seconds,
        receivedPps: came / received.seconds,
        lossRatio: sent.packets === 0 ? null : Math.max(0, 1 - came / sent.packets),
      });
    } finally {
      await server.stop();
    }
  };
  return { peer: 'iperf3', version: program.version, measure };
}
