/**
 * The workload `node`: our stream on the `node` transport against a bare loop on node:dgram.
 *
 * Ours is the whole service: every datagram is encoded, every count metric computed. The bare loop sends one buffer
 * again and again and counts: once with an address for every datagram, as a server must, and once over a connected
 * socket.
 */
import { version } from '../../src/base/version.ts';
import { bareDgram, withBareReceiver } from './bareReceiver.ts';
import { runToEnd } from './peerProcess.ts';
import { ownStream } from './ownStream.ts';
import { DATAGRAM_BYTES, OURS, rateSample } from './sample.ts';
import type { Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const MARGIN_MS = 15_000;

export function nodeWorkload({ durationS }: Bench): Workload {
  return {
    name: 'node',
    datagramBytes: DATAGRAM_BYTES,
    score: 'received rate',
    ours: { peer: OURS, version: version(), measure: ownStream('node', durationS) },
    peers: (['addressed', 'connected'] as const).map((kind) => ({
      peer: `node:dgram, ${kind}`,
      version: process.version,
      measure: () => runBareLoop(kind, durationS),
    })),
    transport: 'node',
  };
}

async function runBareLoop(kind: 'addressed' | 'connected', durationS: number): Promise<Sample> {
  const limitMs = durationS * 1e3 + MARGIN_MS;
  const { received, receiveS, sent } = await withBareReceiver(2 * limitMs, async (port) => {
    const args = [kind, String(port), String(DATAGRAM_BYTES), String(durationS)];
    return JSON.parse(await runToEnd(bareDgram(args, limitMs))) as { sent: number; sendS: number };
  });
  return rateSample({
    durationS: sent.sendS,
    sentPps: sent.sent / sent.sendS,
    receivedPps: receiveS > 0 ? (received - 1) / receiveS : null,
    lossRatio: sent.sent === 0 ? null : Math.max(0, 1 - received / sent.sent),
  });
}
