/**
 * The proxy on a network: opens the ports, runs the endpoint, logs, and reports at the end.
 *
 * The command and the sessions both use it; it prints nothing and handles no signal.
 */
import type { Log } from '../../src/files/logFile.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { Clock } from '../../src/net/clock.ts';
import type { KernelDrops, NetworkReport } from '../../src/net/network.ts';
import { networkOf } from '../../src/net/realNetwork.ts';
import type { NetworkChoice } from '../../src/net/realNetwork.ts';
import { addressTowards } from '../../src/net/transport.ts';
import { checkProxyRun } from './checkProxy.ts';
import { makeFatesFolder, writeFateFiles } from './fateFiles.ts';
import { describeLacks } from './fateLines.ts';
import type { FateSource } from './fateLines.ts';
import { describeEvent, isNotice } from './events.ts';
import type { ProxyEvent } from './events.ts';
import type { Ignored } from './ignored.ts';
import { ProxyEndpoint } from './proxyEndpoint.ts';
import type { EarlierFlows, FlowReport, ProxyOptions } from './proxyEndpoint.ts';
import { checkNoLoop } from './ownPorts.ts';

export interface ProxyRun
  extends NetworkChoice, Pick<ProxyOptions, 'protocol' | 'impairment' | 'mediaTimeNs'> {
  readonly server: Peer;
  readonly host: string;
  /** One listening port each; 0 for any free port. */
  readonly ports: readonly number[];
  readonly maxFlows: number;
  readonly idleNs: number;
  /** Interval of the search for idle flows, nanoseconds; 1 s. */
  readonly sweepNs?: number;
  /** Let the original programs register from other machines too. */
  readonly allowUnverified?: boolean;
  /** Folder for the fate files, written at the end; null for none. */
  readonly fatesDir: string | null;
  readonly log: Log;
  /** Called at once with what a user should know, a line each, each kind once; these lines are also in the log. */
  readonly notice?: (line: string) => void;
}

/** A flow's report, with the kernel's drops at the proxy's sockets. */
export interface ProxiedFlow extends FlowReport {
  /** Dropped by the kernel before the proxy could read them from the server. */
  readonly kernelDown: KernelDrops;
  /** Dropped by the kernel at the listening port, which flows of one port share. */
  readonly kernelUp: KernelDrops;
}

export interface ProxyReport {
  /** The open flows, and the last thousand closed ones. */
  readonly flows: readonly ProxiedFlow[];
  /** Sums of earlier flows, including the kernel's drops on their way down. */
  readonly earlier: EarlierFlows & { readonly kernelDropsDown: number | null };
  /** What was not passed on, by reason. */
  readonly ignored: Ignored;
  readonly network: NetworkReport;
}

export interface RunningProxy {
  readonly listening: readonly Peer[];
  /** Rejects with an EnvironmentError if a fate file cannot be written. */
  readonly done: Promise<ProxyReport>;
  /** Releases what is held, within the longest wait, and ends; then `done` resolves. */
  stop(): void;
}

const UNKNOWN_DROPS: KernelDrops = { drops: null, coalesced: false };

/**
 * @throws UsageError for invalid options, and if its upstream is itself
 * @throws EnvironmentError if a port cannot be opened, or the folder for fate files cannot be created
 */
export async function startProxy(run: ProxyRun): Promise<RunningProxy> {
  checkProxyRun(run);
  const network = networkOf(run, 'startProxy');
  const { clock } = network;
  const { log, server } = run;
  const isLocal = (address: string): boolean => network.isLocal(address);
  checkNoLoop(run.host, run.ports, server, isLocal);
  if (run.fatesDir !== null) makeFatesFolder(run.fatesDir);
  const host = await network.host();
  const listening: Peer[] = [];
  try {
    for (const port of run.ports) {
      const local = host.localPeer(await host.open({ host: run.host, port, carriesTos: true }));
      // By now a name is resolved to an address, and port 0 to a free port.
      checkNoLoop(local.address, [local.port], server, isLocal);
      listening.push(local);
    }
  } catch (cause) {
    await host.close();
    throw cause;
  }
  const upstreamHost = addressTowards(server.address);
  const kernelOf = (port: number): KernelDrops => (port < 0 ? UNKNOWN_DROPS : host.kernelDrops(port));
  let kernelDropsDown: number | null = 0;
  const openings = new Set<Promise<void>>();
  const endpoint: ProxyEndpoint = new ProxyEndpoint({
    ...run,
    keepFates: run.fatesDir !== null,
    listening: listening.length,
    isLocal,
    localPeer: (port) => host.localPeer(port),
    openUpstream: (number) => {
      const port = host.open({ host: upstreamHost, port: 0, carriesTos: true });
      if (typeof port === 'number') return endpoint.upstreamOpened(number, port);
      const opening = port.then(
        (opened) => host.act(() => endpoint.upstreamOpened(number, opened)),
        (cause: Error) => host.act((nowNs) => endpoint.upstreamFailed(nowNs, number, cause.message)),
      );
      openings.add(opening);
      void opening.finally(() => openings.delete(opening));
    },
    closeUpstream: (port) => host.closePort(port),
    observe: (event, nowNs) => tell(run, event, nowNs),
    forget: ({ upstreamPort }) => {
      const { drops } = kernelOf(upstreamPort);
      kernelDropsDown = drops === null || kernelDropsDown === null ? null : kernelDropsDown + drops;
    },
  });
  for (const { address, port } of listening)
    log.line(clock.nowNs(), `listening on ${formatHostPort(address, port)}`);
  const ended = host.run(endpoint, 'hybrid');
  const finish = async (): Promise<ProxyReport> => {
    try {
      await ended;
      endpoint.abandon();
      await Promise.all(openings);
      if (run.fatesDir !== null) await writeFates(run.fatesDir, endpoint.fateSources(), log, clock);
      const flows = endpoint.reports().map((report) => ({
        ...report,
        kernelDown: kernelOf(report.upstreamPort),
        kernelUp: kernelOf(report.listenPort),
      }));
      const earlier = { ...endpoint.earlier, kernelDropsDown };
      return { flows, earlier, ignored: endpoint.ignored, network: host.report() };
    } finally {
      await host.close();
    }
  };
  return { listening, done: finish(), stop: () => host.act((nowNs) => endpoint.stop(nowNs)) };
}

async function writeFates(
  dir: string,
  sources: readonly FateSource[],
  log: Log,
  clock: Clock,
): Promise<void> {
  await writeFateFiles(dir, sources);
  for (const line of sources.flatMap(describeLacks)) log.line(clock.nowNs(), line);
}

function tell({ log, notice }: ProxyRun, event: ProxyEvent, nowNs: number): void {
  const line = describeEvent(event);
  log.line(nowNs, line);
  if (isNotice(event)) notice?.(line);
}
