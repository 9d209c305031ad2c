/**
 * The workloads `latency …`: what a UDP relay adds to the way of a datagram, at rates that load no machine.
 *
 * Every relay gets the same datagrams and the same echo behind it, and forwards unimpaired. Ours is not warmed up, as
 * users run it; the start of every stream is not measured, for all contenders alike.
 */
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { droppedTotal } from '../../harness/proxy/path/counters.ts';
import type { DirectionCounters } from '../../harness/proxy/path/counters.ts';
import { sum } from '../../src/base/figures.ts';
import { version } from '../../src/base/version.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import type { TransportName } from '../resolveTransport.ts';
import { median } from '../../src/base/ranks.ts';
import { startProxyProcess, stopProxyProcess } from './ownProxy.ts';
import { PING_BYTES, Ping } from './pingProgram.ts';
import { processUse } from './processUse.ts';
import { startSocat } from './relays.ts';
import { OURS } from './sample.ts';
import type { Contender, RoundTrip, Sample, Workload } from './sample.ts';
import type { Bench } from './workloads.ts';

const RATES_PPS = [500, 5000];
/** What is sent before the measured stream, as a part of it. */
const LEAD_PART = 0.5;
const FIRST_FLOWS = 20;
const FIRST_GAP_MS = 20;
const UNIMPAIRED = readImpairment({ seed: 'peers' });

/** A running relay. */
interface Subject {
  readonly port: number;
  /** Its process; null if its use of the processor is not measured. */
  readonly processId: number | null;
  /** Stops it and returns the discrepancies of its counters. @param sent the datagrams that it got */
  readonly stop: (sent: number) => Promise<readonly string[]>;
}

/** For each rate and each transport that works here. */
export function latencyWorkloads(bench: Bench): readonly (Workload | string)[] {
  const { tools, programs, transport } = bench;
  const { socat } = programs.found;
  if (tools === null) return ['the workloads latency need a C compiler'];
  const transports: readonly TransportName[] = transport === 'node' ? ['node'] : [transport, 'node'];
  return RATES_PPS.flatMap((pps) =>
    transports.map((ours): Workload => {
      const relayed = (start: (echoPort: number) => Promise<Subject>): Contender['measure'] =>
        async function measure(direct) {
          return measureRelay(bench, tools.ping, pps, direct?.roundTrip ?? null, start);
        };
      return {
        name: `latency ${pps}/s ${ours}`,
        datagramBytes: PING_BYTES,
        score: 'late p50',
        ours: {
          peer: OURS,
          version: version(),
          measure: relayed((echoPort) => ownSubject(ours, echoPort)),
        },
        peers:
          socat === undefined
            ? []
            : [
                {
                  peer: 'socat',
                  version: socat.version,
                  measure: relayed(async (echoPort) => {
                    const relay = await startSocat(socat, echoPort);
                    const stop = async (): Promise<readonly string[]> => {
                      await relay.stop();
                      return [];
                    };
                    return { port: relay.port, processId: null, stop };
                  }),
                },
              ],
        reference: {
          peer: 'direct',
          version: version(),
          measure: () => measureDirect(bench, tools.ping, pps),
        },
        transport: ours,
      };
    }),
  );
}

async function measureDirect(bench: Bench, file: string, pps: number): Promise<Sample> {
  const ping = await Ping.start(file);
  try {
    return await stream(bench, ping, ping.echoPort, pps, null);
  } finally {
    await ping.stop();
  }
}

/** @param direct the round trips without a relay */
async function measureRelay(
  bench: Bench,
  file: string,
  pps: number,
  direct: RoundTrip | null,
  start: (echoPort: number) => Promise<Subject>,
): Promise<Sample> {
  const ping = await Ping.start(file);
  try {
    const subject = await start(ping.echoPort);
    let faults: readonly string[] = [];
    let sample: Sample;
    try {
      const [coldFirstUs = -1, ...firstUs] = await ping.first(subject.port, FIRST_FLOWS, FIRST_GAP_MS);
      const streamed = await stream(bench, ping, subject.port, pps, direct);
      const idle = subject.processId === null ? null : await idleUse(subject.processId, bench.durationS);
      sample = {
        ...streamed,
        roundTrip: {
          ...(streamed.roundTrip as RoundTrip),
          ...firstFigures(coldFirstUs, firstUs),
          ...idle,
        },
      };
    } finally {
      faults = await subject.stop(FIRST_FLOWS + measured(bench, pps) + lead(bench, pps));
    }
    return { ...sample, faults };
  } finally {
    await ping.stop();
  }
}

const measured = ({ durationS }: Bench, pps: number): number => Math.ceil(pps * durationS);
const lead = (bench: Bench, pps: number): number => Math.ceil(measured(bench, pps) * LEAD_PART);

const added = (throughUs: number, directUs: number | undefined): number | null =>
  directUs === undefined ? null : (throughUs - directUs) / 2;

/** The stream's figures; late is what a relay adds a way: half of the difference of the round trips. */
async function stream(
  bench: Bench,
  ping: Ping,
  port: number,
  pps: number,
  direct: RoundTrip | null,
): Promise<Sample> {
  const count = measured(bench, pps);
  const { sent, received, p50Us, p99Us } = await ping.stream(port, pps, lead(bench, pps), count);
  if (received === 0) throw new EnvironmentError('bench-failed', 'nothing came back through the relay');
  return {
    durationS: count / pps,
    sentPps: pps,
    receivedPps: (pps * received) / sent,
    lossRatio: Math.max(0, 1 - received / sent),
    lateP50Us: added(p50Us, direct?.p50Us),
    lateP99Us: added(p99Us, direct?.p99Us),
    cpuRatio: null,
    roundTrip: {
      p50Us,
      p99Us,
      coldFirstUs: null,
      firstP50Us: null,
      firstMaxUs: null,
      idleRatio: null,
      idleWakesPerS: null,
    },
    faults: [],
  };
}

/** One without an answer makes the maximum unknown. */
function firstFigures(
  coldFirstUs: number,
  firstUs: readonly number[],
): Pick<RoundTrip, 'coldFirstUs' | 'firstP50Us' | 'firstMaxUs'> {
  return {
    coldFirstUs: coldFirstUs < 0 ? null : coldFirstUs,
    firstP50Us: median(firstUs.map((us) => (us < 0 ? null : us))),
    firstMaxUs: firstUs.some((us) => us < 0) ? null : Math.max(...firstUs),
  };
}

async function idleUse(
  processId: number,
  seconds: number,
): Promise<Pick<RoundTrip, 'idleRatio' | 'idleWakesPerS'>> {
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, seconds * 1e3);
    });
  // What the stream left to do, such as collecting garbage, is not idle.
  await pause();
  const before = processUse(processId);
  const beganNs = performance.now() * 1e6;
  await pause();
  const after = processUse(processId);
  const elapsedNs = performance.now() * 1e6 - beganNs;
  if (before === null || after === null) return { idleRatio: null, idleWakesPerS: null };
  return {
    idleRatio: (after.cpuNs - before.cpuNs) / elapsedNs,
    idleWakesPerS: ((after.waits - before.waits) * 1e9) / elapsedNs,
  };
}

async function ownSubject(transport: TransportName, echoPort: number): Promise<Subject> {
  const running = await startProxyProcess({
    transport,
    upstreamPort: echoPort,
    impairment: UNIMPAIRED,
    warmUp: false,
  });
  return {
    port: running.local[0]?.port ?? 0,
    processId: running.processId,
    stop: async (sent) => {
      const { flows } = await stopProxyProcess(running);
      const arrived = sum(flows.map(({ up }) => up.arrived));
      const dropped = flows[0]?.kernelUp.drops ?? 0;
      return [
        ...(arrived + dropped < sent ? [`${sent - arrived - dropped} datagrams unexplained`] : []),
        ...flows.flatMap(({ flow, up, down }) => [
          ...unforwarded(`flow ${flow} up`, up),
          ...unforwarded(`flow ${flow} down`, down),
        ]),
      ];
    },
  };
}

function unforwarded(name: string, counters: DirectionCounters): string[] {
  const { arrived, forwarded, refused } = counters;
  const isWhole = arrived === forwarded + refused && droppedTotal(counters) === 0;
  return isWhole ? [] : [`${name}: ${arrived} arrived, ${forwarded} forwarded, ${refused} refused`];
}
