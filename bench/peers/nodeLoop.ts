/**
 * The workload `node`: our stream on the `node` transport against a bare loop on node:dgram.
 *
 * An edge module by way of child.ts. Ours is the whole service: every datagram encoded anew, every count metric
 * computed. The bare loop sends one buffer again and again and counts.
 */
import { join } from 'node:path';
import { version } from '../../harness/version.ts';
import { Child, runToEnd } from './child.ts';
import { ownStream } from './ownStream.ts';
import { DATAGRAM_BYTES, OURS } from './sample.ts';
import type { Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const PROGRAM = join(import.meta.dirname, 'bareDgram.mjs');
const MARGIN_MS = 15_000;

export function nodeWorkload({ durationS }: Bench): Workload {
  return {
    name: 'node',
    datagramBytes: DATAGRAM_BYTES,
    score: 'received rate',
    ours: { peer: OURS, version: version(), measure: ownStream('node', durationS) },
    peers: [{ peer: 'node:dgram', version: process.version, measure: () => runBareLoop(durationS) }],
    transport: 'node',
  };
}

async function runBareLoop(durationS: number): Promise<Sample> {
  const limitMs = durationS * 1e3 + MARGIN_MS;
  const start = (...args: string[]) => ({ file: process.execPath, args: [PROGRAM, ...args], limitMs });
  const receiver = new Child({ ...start('receive'), limitMs: 2 * limitMs });
  try {
    const { port } = JSON.parse(await receiver.line()) as { port: number };
    const said = await runToEnd(start('send', String(port), String(DATAGRAM_BYTES), String(durationS)));
    const { sent, sendS } = JSON.parse(said) as { sent: number; sendS: number };
    receiver.closeInput();
    const { received, receiveS } = JSON.parse(await receiver.line()) as {
      received: number;
      receiveS: number;
    };
    return {
      durationS: sendS,
      sentPps: sent / sendS,
      receivedPps: receiveS > 0 ? (received - 1) / receiveS : null,
      lossRatio: sent === 0 ? null : Math.max(0, 1 - received / sent),
      lateP50Us: null,
      lateP99Us: null,
      faults: [],
    };
  } finally {
    await receiver.stop();
  }
}
