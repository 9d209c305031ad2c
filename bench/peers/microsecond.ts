/**
 * The workload `pacing 1us`: a million datagrams a second, as a steady stream.
 *
 * There is no recorder between server and client, because it would be the slowest part. So lateness is measured by the
 * server, and only for ours; iperf3 sends at the same rate.
 */
import { version } from '../../src/base/version.ts';
import { iperf3AtRate } from './iperf3.ts';
import { ownSteadyStream } from './ownStream.ts';
import { DATAGRAM_BYTES, OURS } from './sample.ts';
import type { Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const INTERVAL_NS = 1000;

export function microsecondWorkload({ durationS, programs, transport }: Bench): Workload {
  const { iperf3 } = programs.found;
  const askedPps = 1e9 / INTERVAL_NS;
  return {
    name: 'pacing 1us',
    datagramBytes: DATAGRAM_BYTES,
    score: 'received rate',
    askedPps,
    ours: {
      peer: OURS,
      version: version(),
      measure: ownSteadyStream(transport, INTERVAL_NS, 'hybrid', durationS),
    },
    peers: iperf3 === undefined ? [] : [iperf3AtRate(iperf3, askedPps, durationS)],
    transport,
  };
}
