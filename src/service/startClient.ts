/**
 * A client on a network: registers, measures, logs, and reports at the end.
 *
 * The command and the harness both use it; it prints nothing and handles no signal.
 */
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import type { Reading } from '../base/progress.ts';
import type { Log } from '../files/logFile.ts';
import type { Statistics } from '../metrics/catalogue.ts';
import { DEFAULT_WINDOW_COUNTS, MAX_WINDOW_COUNTS } from '../metrics/countWindow.ts';
import { StreamMetrics } from '../metrics/streamMetrics.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { Peer } from '../net/batch.ts';
import { ClientEndpoint } from '../stream/clientEndpoint.ts';
import type { ClientEvent, ClientOptions } from '../stream/clientEndpoint.ts';
import { CLIENT_CHECKS, DEFAULT_TMAX_NS } from '../stream/clientOptions.ts';
import type { Network } from '../net/network.ts';
import { NETWORK_CHECKS, networkOf } from '../net/realNetwork.ts';
import type { NetworkChoice } from '../net/realNetwork.ts';
import { addressTowards } from '../net/transport.ts';
import { describeRefusal } from './refusal.ts';
import { clientReport, networkFigures } from './reports.ts';
import type { ClientReport } from './reports.ts';
import { runToEnd } from './runToEnd.ts';
import { UsageMeter } from './usageMeter.ts';
import type { StreamUsage } from './usageMeter.ts';

/** What concerns the stream is handed on to the endpoint. */
export interface ClientRun extends NetworkChoice, Omit<ClientOptions, 'nonce' | 'record' | 'observe'> {
  readonly log: Log;
  /** Whether to log every arrival. */
  readonly logReceipts: boolean;
  readonly check: boolean;
  /** How far below the highest count a late datagram is still recognised, as in StreamMetrics. */
  readonly windowCounts?: number;
  /** Called with one line when the server refuses the client. */
  readonly observeRefusal?: (text: string) => void;
}

export interface RunningClient {
  readonly local: Peer;
  readonly done: Promise<ClientReport>;
  /** Resource usage of this process from registration to the announced end; null before, and on a virtual clock. */
  usage(): StreamUsage | null;
  /** All that it has measured so far; null before it is registered. */
  statistics(): Statistics | null;
  /** What it has received and misses; null before it is registered. */
  soFar(): Reading | null;
  /** Leaves early: unregisters, then `done` resolves. */
  interrupt(): void;
}

/** An unpredictable nonce. */
export const newNonce = (network: Network): string => Buffer.from(network.random(18)).toString('base64url');

const CHECKS: Checks<ClientRun> = {
  ...NETWORK_CHECKS,
  server: check.peer,
  log: check.log,
  logReceipts: check.flag,
  check: check.flag,
  windowCounts: check.optional(check.whole(1, MAX_WINDOW_COUNTS)),
  wishedId: CLIENT_CHECKS.wishedId,
  tmaxNs: CLIENT_CHECKS.tmaxNs,
  registerTimeoutNs: CLIENT_CHECKS.registerTimeoutNs,
  original: CLIENT_CHECKS.original,
  quietTimeoutNs: CLIENT_CHECKS.quietTimeoutNs,
  validate: CLIENT_CHECKS.validate,
  observeDatagram: CLIENT_CHECKS.observeDatagram,
  observeCorrupted: CLIENT_CHECKS.observeCorrupted,
  observeRefusal: check.optional(check.callback),
};

/** @throws UsageError for invalid options, EnvironmentError when no port can be opened */
export async function startClient(run: ClientRun): Promise<RunningClient> {
  check.shape(CHECKS)(run, 'startClient');
  const network = networkOf(run, 'startClient');
  const { clock } = network;
  const { log, server, tmaxNs = DEFAULT_TMAX_NS } = run;
  const host = await network.host();
  const port = await host.open({ host: addressTowards(server.address), port: 0 });
  const local = host.localPeer(port);
  const meter = network.isVirtual ? null : new UsageMeter();
  let metrics: StreamMetrics | null = null;
  const { logReceipts, observeDatagram } = run;
  const endpoint = new ClientEndpoint({
    ...run,
    nonce: newNonce(network),
    record: (firstCount) => {
      const { windowCounts = DEFAULT_WINDOW_COUNTS } = run;
      metrics = new StreamMetrics({ firstCount, windowCounts, verifiesCheck: run.check });
      return metrics;
    },
    observe: (event, nowNs) => {
      if (event.kind === 'registered') meter?.begin(nowNs);
      if (event.kind === 'end announced') meter?.end(nowNs);
      if (event.kind === 'refused') run.observeRefusal?.(describeRefusal(event.reason));
      log.line(nowNs, describe(event));
    },
    ...(logReceipts && {
      observeDatagram: (count, batch, row) => {
        log.line(batch.timesNs[row] as number, `received ${count}, ${batch.lengths[row]} bytes`);
        observeDatagram?.(count, batch, row);
      },
    }),
  });
  log.line(
    clock.nowNs(),
    `registering with ${formatHostPort(server.address, server.port)} from ${formatHostPort(local.address, local.port)}`,
  );
  const ended = host.run(endpoint);
  return {
    local,
    done: runToEnd(ended, host, () =>
      clientReport(endpoint, metrics, { check: run.check, tmaxNs, local, ...networkFigures(host, port) }),
    ),
    usage: () => meter?.usage ?? null,
    statistics: () => metrics?.statistics() ?? null,
    soFar: () => receivedSoFar(metrics, endpoint.lastCount),
    interrupt: () => host.act((nowNs) => endpoint.interrupt(nowNs)),
  };
}

/** @param lastCount the stream's last count, once announced */
export function receivedSoFar(metrics: StreamMetrics | null, lastCount: number | null): Reading | null {
  if (metrics === null) return null;
  const { received, lost, duplicates, reordered } = metrics.soFar();
  const counts = { lost, duplicates, reordered };
  return { done: received, of: lastCount, unit: 'datagrams', counts };
}

function describe(event: ClientEvent): string {
  switch (event.kind) {
    case 'registered':
      return `registered as client ${event.client}, first message ${event.nextCount}`;
    case 'refused':
      return `refused: ${describeRefusal(event.reason)}; it is asked again`;
    case 'end announced':
      return event.count === null ? 'end announced' : `end announced: last message ${event.count}`;
    case 'finished':
      return `finished: ${event.reason}`;
    default:
      return event satisfies never;
  }
}
