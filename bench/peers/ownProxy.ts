/**
 * Our proxy under the load program, with drop and reorder enabled, and a check of its counters.
 *
 * Every trial is a flow of its own, numbered from 1; the expected datagrams are computed from the schedule by
 * harness/ledger, which shares no code with the proxy.
 */
import { sum } from '../../src/base/figures.ts';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import type { Impairment } from '../../harness/impairment/impairment.ts';
import { Schedule } from '../../harness/impairment/schedule.ts';
import { ledgerRow } from '../../harness/judge/accounting.ts';
import { expectedMetrics } from '../../harness/expected/expected.ts';
import { expectedDelivery } from '../../harness/expected/expectedArrivals.ts';
import type { ExpectedDelivery } from '../../harness/expected/expectedArrivals.ts';
import type { ExpectedStream } from '../../harness/expected/expectedStream.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { touchedBy } from '../../harness/proxy/path/bounds.ts';
import { addCounters, directionCounters, droppedTotal } from '../../harness/proxy/path/counters.ts';
import type { ProxyReport } from '../../harness/proxy/startProxy.ts';
import { startTask, within } from '../../harness/session/startTask.ts';
import type { Running } from '../../harness/session/tasks.ts';
import { monotonicUs } from '../../src/net/clock.ts';
import type { TransportName } from '../resolveTransport.ts';
import type { TrialResult } from './loadProgram.ts';
import { DATAGRAM_BYTES } from './sample.ts';

const IMPAIRMENT = readImpairment({
  seed: 'peers',
  up: { drop: '5%', reorder: '5%', reorderDistance: '1..3' },
  /** The longest that datagrams are held at the end of a trial; the load program waits longer. */
  holdMaxNs: 100e6,
});
const MAX_FLOWS = 1024;
const STOP_LIMIT_MS = 10_000;

/** Starts our proxy in a process of its own. @param warmUp whether its code is compiled before */
export const startProxyProcess = (to: {
  readonly transport: TransportName;
  readonly upstreamPort: number;
  readonly impairment: Impairment;
  readonly warmUp: boolean;
}): Promise<Running<'proxy'>> =>
  startTask<'proxy'>('processes', {
    role: 'proxy',
    epochUs: monotonicUs(),
    logPath: null,
    measureStalls: false,
    warmUp: to.warmUp,
    transport: to.transport,
    protocol: anyProgram.text,
    run: {
      server: { address: '127.0.0.1', port: to.upstreamPort },
      host: '127.0.0.1',
      ports: [0],
      impairment: to.impairment,
      fatesDir: null,
      maxFlows: MAX_FLOWS,
      idleNs: 600e9,
    },
  });

/** Stops it in good order. @returns its report */
export async function stopProxyProcess(running: Running<'proxy'>): Promise<ProxyReport> {
  running.stop();
  const { report } = await within(running.done, STOP_LIMIT_MS, 'the proxy').catch((cause) => {
    running.kill();
    throw cause;
  });
  return report;
}

/** The schedule's effect on the first `sent` datagrams of a flow. */
interface Planned {
  readonly sent: number;
  readonly delivered: number;
  readonly dropped: number;
}

interface Trial {
  readonly planned: Planned;
  readonly result: TrialResult;
}

export class OwnProxy {
  readonly #running: Running<'proxy'>;
  readonly #trials: Trial[] = [];
  #planned: Planned = { sent: 0, delivered: 0, dropped: 0 };

  private constructor(running: Running<'proxy'>) {
    this.#running = running;
  }

  static async start(transport: TransportName, sinkPort: number): Promise<OwnProxy> {
    return new OwnProxy(
      await startProxyProcess({ transport, upstreamPort: sinkPort, impairment: IMPAIRMENT, warmUp: true }),
    );
  }

  get port(): number {
    return this.#running.local[0]?.port ?? 0;
  }

  /** How many of the next trial's datagrams the schedule lets through; to be called once before each trial. */
  expect(sent: number): number {
    const { account } = expectFlow(this.#trials.length + 1, sent).delivery;
    this.#planned = { sent, delivered: account.delivered, dropped: account.dropped };
    return account.delivered;
  }

  note(result: TrialResult): void {
    this.#trials.push({ planned: this.#planned, result });
  }

  /** Stops the proxy. @returns one line for each discrepancy of its counters */
  async stop(): Promise<readonly string[]> {
    const report = await stopProxyProcess(this.#running);
    return [...this.#account(report), ...this.#againstSchedule(report)];
  }

  /**
   * Accounts for all datagrams of all trials. The flows share the listening port, so its drops are known only in total.
   */
  #account({ flows }: ProxyReport): string[] {
    const results = this.#trials.map(({ result }) => result);
    const counters = directionCounters();
    for (const { up } of flows) addCounters(counters, up);
    const drops = results.map((result) => result.drops);
    const { unexplained } = ledgerRow({
      flow: 1,
      direction: 'up',
      client: 1,
      sent: sum(results.map(({ sent }) => sent)),
      proxy: {
        counters,
        kernel: flows[0]?.kernelUp ?? { drops: null, coalesced: false },
      },
      delivered: sum(results.map(({ received, strays }) => received + strays)),
      kernel: { drops: drops.some((count) => count < 0) ? null : sum(drops), coalesced: true },
    });
    return unexplained === 0 ? [] : [`${unexplained ?? 'unknown'} datagrams unexplained`];
  }

  /**
   * If the proxy received all datagrams of a trial, it must have dropped as many as the schedule says. In the last
   * trial, which is the reported one, the same holds for reordering.
   */
  #againstSchedule({ flows }: ProxyReport): string[] {
    const faults: string[] = [];
    for (const [k, { planned, result }] of this.#trials.entries()) {
      const flow = flows.find(({ flow: number }) => number === k + 1);
      if (flow === undefined || flow.up.arrived !== planned.sent) continue;
      const dropped = droppedTotal(flow.up);
      if (dropped !== planned.dropped)
        faults.push(`trial ${k + 1}: ${dropped} dropped, the schedule says ${planned.dropped}`);
      const isWhole = result.received === planned.delivered && !touchedBy(flow.up.struck).order;
      if (!isWhole || k + 1 < this.#trials.length) continue;
      const { stream, delivery } = expectFlow(k + 1, planned.sent);
      const reordered = expectedMetrics(stream, delivery.arrivals, false).metrics.reordered?.value;
      if (result.reordered !== reordered)
        faults.push(`trial ${k + 1}: ${result.reordered} reordered, the schedule says ${reordered}`);
    }
    return faults;
  }
}

function expectFlow(
  flow: number,
  sent: number,
): { readonly stream: ExpectedStream; readonly delivery: ExpectedDelivery } {
  const stream: ExpectedStream = {
    firstCount: 1,
    lastCount: sent,
    sizeBytes: () => DATAGRAM_BYTES,
    // Only the order matters here.
    sendNs: (count) => count,
  };
  const schedule = new Schedule(IMPAIRMENT.up, { seed: IMPAIRMENT.seed, flow, direction: 'up' }, () => 0);
  return { stream, delivery: expectedDelivery(stream, schedule, { keepOrder: true, rate: null }) };
}
