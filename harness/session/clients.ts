/**
 * Many clients in one process, on one host with a port each: they register, measure, and report at the end.
 *
 * The counterpart of src/service/startClient.ts for many clients, with the same reports. It compares no payloads and lists
 * no arrivals.
 */
import { addCounts } from '../../src/base/progress.ts';
import type { Reading } from '../../src/base/progress.ts';
import { sum } from '../../src/base/figures.ts';
import type { Log } from '../../src/files/logFile.ts';
import { DEFAULT_WINDOW_COUNTS } from '../../src/metrics/countWindow.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { clientReport, networkFigures } from '../../src/service/reports.ts';
import type { ClientReport } from '../../src/service/reports.ts';
import { newNonce, receivedSoFar } from '../../src/service/startClient.ts';
import { runToEnd } from '../../src/service/runToEnd.ts';
import { UsageMeter } from '../../src/service/usageMeter.ts';
import type { StreamUsage } from '../../src/service/usageMeter.ts';
import type { Peer } from '../../src/net/batch.ts';
import { ClientEndpoint } from '../../src/stream/clientEndpoint.ts';
import { DEFAULT_TMAX_NS } from '../../src/stream/clientOptions.ts';
import type { Network } from '../../src/net/network.ts';
import { addressTowards } from '../../src/net/transport.ts';
import { ClientGroup } from './clientGroup.ts';
import type { Task } from './tasks.ts';

export interface RunningClients {
  /** Local addresses, in order of the clients. */
  readonly local: readonly Peer[];
  /** Resolves when all have ended. */
  readonly done: Promise<readonly ClientReport[]>;
  /** Resources that this process used from the last registration to the last announced end; null before that. */
  usage(): StreamUsage | null;
  /** What all of them have received and miss; null before the first is registered. */
  soFar(): Reading | null;
  /** All clients leave early: they unregister, then `done` resolves. */
  interrupt(): void;
}

/** @throws EnvironmentError if a port cannot be opened */
export async function startClients(
  { firstId, servers, windowCounts = DEFAULT_WINDOW_COUNTS, ...stream }: Task<'clients'>['run'],
  network: Network,
  log: Log,
): Promise<RunningClients> {
  const { check, tmaxNs = DEFAULT_TMAX_NS } = stream;
  const host = await network.host();
  const local: Peer[] = [];
  try {
    for (const server of servers) {
      const port = await host.open({ host: addressTowards(server.address), port: 0 });
      local.push(host.localPeer(port));
    }
  } catch (cause) {
    await host.close();
    throw cause;
  }
  const meter = new UsageMeter();
  const metrics: StreamMetrics[] = [];
  const endpoints = servers.map(
    (server, k) =>
      new ClientEndpoint({
        ...stream,
        server,
        wishedId: firstId + k,
        nonce: newNonce(network),
        record: (firstCount) => {
          const recorder = new StreamMetrics({ firstCount, windowCounts, verifiesCheck: check });
          metrics[k] = recorder;
          return recorder;
        },
        observe: ({ kind }, nowNs) => {
          if (kind === 'registered') meter.begin(nowNs);
          if (kind === 'end announced') meter.end(nowNs);
          log.line(nowNs, `client ${firstId + k}: ${kind}`);
        },
      }),
  );
  const group = new ClientGroup(endpoints);
  const ended = host.run(group);
  return {
    local,
    done: runToEnd(ended, host, () =>
      endpoints.map((endpoint, k) =>
        clientReport(endpoint, metrics[k] ?? null, {
          check,
          tmaxNs,
          local: local[k] as Peer,
          ...networkFigures(host, k),
        }),
      ),
    ),
    usage: () => meter.usage,
    soFar: () => {
      const each = metrics.flatMap((one) => receivedSoFar(one, null) ?? []);
      if (each.length === 0) return null;
      const counts = addCounts(each.map((reading) => reading.counts));
      return { done: sum(each.map(({ done }) => done)), of: null, unit: 'datagrams', counts };
    },
    interrupt: () => host.act((nowNs) => group.interrupt(nowNs)),
  };
}
