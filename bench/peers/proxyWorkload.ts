/**
 * The workload `proxy`: the highest rate a UDP proxy forwards with less than 1 % lost.
 *
 * Every proxy gets the same load and the same sink. Ours also drops and reorders while it forwards: datagrams that its
 * schedule drops do not count as lost.
 */
import { version } from '../../src/base/version.ts';
import type { TransportName } from '../resolveTransport.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { Load } from './loadProgram.ts';
import type { TrialResult } from './loadProgram.ts';
import { OwnProxy } from './ownProxy.ts';
import { highestRate } from '../rateSearch.ts';
import { startNginx, startSocat } from './relays.ts';
import type { Relay } from './relays.ts';
import { DATAGRAM_BYTES, OURS, rateSample } from './sample.ts';
import type { Contender, Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const MAX_LOSS = 0.01;
const START_PPS = 25_000;
/** A trial of the search lasts this part of the duration, but at least MIN_TRIAL_S. */
const TRIAL_PART = 0.25;
const MIN_TRIAL_S = 0.05;
/** The warm-up, as a part of the duration: our proxy's code is compiled then, and the results are discarded. */
const WARM_UP_PART = 0.5;
/** A load program that took longer by this factor did not reach the rate. */
const MAX_STRETCH = 1.05;
/** The rate found must hold for the whole duration; if it does not, it is lowered by this factor. */
const STEP_DOWN = 0.9;
const MAX_STEPS = 15;

const NOTHING = `no rate was forwarded with less than ${MAX_LOSS * 100} % lost`;

/** A relay under search. */
interface Subject {
  readonly port: number;
  /** How many of these datagrams of the next flow should arrive; called once before every trial. */
  readonly expect: (sent: number) => number;
  /** Called with the result of each trial. */
  readonly note: (result: TrialResult) => void;
  /** Stops it and returns the discrepancies of its counters. */
  readonly stop: () => Promise<readonly string[]>;
}

export function proxyWorkload(bench: Bench): Workload | string {
  const { programs, tools, tempDir, transport } = bench;
  const { nginx, socat } = programs.found;
  if (tools === null) return 'the workload proxy needs a C compiler';
  const peers: Contender[] = [];
  const contend = (
    peer: string,
    peerVersion: string,
    start: (sinkPort: number) => Promise<Subject>,
  ): Contender => ({
    peer,
    version: peerVersion,
    measure: () => measureHighest(bench, tools.load, start),
  });
  if (nginx !== undefined) {
    const { streamModule } = programs;
    peers.push(
      contend('nginx stream', nginx.version, async (sinkPort) =>
        relaySubject(await startNginx(nginx, streamModule, tempDir, sinkPort)),
      ),
    );
  }
  if (socat !== undefined) {
    peers.push(
      contend('socat', socat.version, async (sinkPort) => relaySubject(await startSocat(socat, sinkPort))),
    );
  }
  return {
    name: 'proxy',
    datagramBytes: DATAGRAM_BYTES,
    score: 'received rate',
    ours: contend(OURS, version(), (sinkPort) => ownSubject(transport, sinkPort)),
    peers,
    transport,
  };
}

const relaySubject = (relay: Relay): Subject => ({
  port: relay.port,
  expect: (sent) => sent,
  note: () => undefined,
  stop: async () => {
    await relay.stop();
    return [];
  },
});

async function ownSubject(transport: TransportName, sinkPort: number): Promise<Subject> {
  const proxy = await OwnProxy.start(transport, sinkPort);
  return {
    port: proxy.port,
    expect: (sent) => proxy.expect(sent),
    note: (result) => proxy.note(result),
    stop: () => proxy.stop(),
  };
}

/** Searches the highest rate. @param start starts the relay in front of the sink */
export async function measureHighest(
  bench: Bench,
  loadFile: string,
  start: (sinkPort: number) => Promise<Subject>,
): Promise<Sample> {
  const load = await Load.start(loadFile);
  try {
    const subject = await start(load.sinkPort);
    let faults: readonly string[] = [];
    let sample: Sample;
    try {
      sample = await search(bench, load, subject);
    } finally {
      faults = await subject.stop();
    }
    return { ...sample, faults };
  } finally {
    await load.stop();
  }
}

interface Trial {
  readonly result: TrialResult;
  readonly lossRatio: number;
  readonly wasOffered: boolean;
}

async function search(bench: Bench, load: Load, subject: Subject): Promise<Sample> {
  const trial = async (pps: number, seconds: number): Promise<Trial> => {
    const count = Math.ceil(pps * seconds);
    const expected = subject.expect(count + 1);
    const result = await load.trial(subject.port, pps, count, expected);
    subject.note(result);
    // A load program that gave up early sent less: the expected number is scaled accordingly.
    const due = expected * (result.sent / (count + 1));
    return {
      result,
      lossRatio: Math.max(0, 1 - result.received / due),
      wasOffered: result.sendS * pps <= count * MAX_STRETCH,
    };
  };
  const trialS = Math.max(MIN_TRIAL_S, bench.durationS * TRIAL_PART);
  await trial(START_PPS, bench.durationS * WARM_UP_PART);
  const found = await highestRate({
    startPps: START_PPS,
    halvings: bench.halvings,
    trial: async (pps) => {
      const { lossRatio, wasOffered } = await trial(pps, trialS);
      return lossRatio >= MAX_LOSS ? 'fails' : wasOffered ? 'holds' : 'unoffered';
    },
  });
  if (found === null) throw new EnvironmentError('bench-failed', NOTHING);
  for (let k = 0, pps = found; k < MAX_STEPS; k += 1, pps *= STEP_DOWN) {
    const { result, lossRatio } = await trial(pps, bench.durationS);
    if (lossRatio >= MAX_LOSS) continue;
    return rateSample({
      durationS: result.sendS,
      sentPps: (result.sent - 1) / result.sendS,
      // The opening datagram is not part of the rate, and n arrivals span n - 1 intervals.
      receivedPps: result.receiveS > 0 ? (result.received - 2) / result.receiveS : null,
      lossRatio,
    });
  }
  throw new EnvironmentError('bench-failed', NOTHING);
}
