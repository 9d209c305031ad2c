/**
 * The proxy on a network: opens the ports, runs the endpoint, logs, and reports at the end.
 *
 * An edge module. The command and the runner both start this; it prints nothing and handles no signal.
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
  /** One listening port each; 0 picks one. */
  readonly ports: readonly number[];
  readonly maxFlows: number;
  readonly idleNs: number;
  /** How often idle flows are looked for, nanoseconds; 1 s. */
  readonly sweepNs?: number;
  /** Let the original programs register from other machines too. */
  readonly allowUnverified?: boolean;
  /** Where fate files are written when it ends; null writes none. */
  readonly fatesDir: string | null;
  readonly log: Log;
  /** Told at once of what a user should know now, a line each, and each kind once: these lines are in the log, too. */
  readonly notice?: (line: string) => void;
}

/** A flow's figures, with what the kernel dropped at the proxy's own sockets. */
export interface ProxiedFlow extends FlowReport {
  /** Towards the client: dropped before the proxy could take them from the server. */
  readonly kernelDown: KernelDrops;
  /** Towards the server: dropped at the listening port, which flows of one port share. */
  readonly kernelUp: KernelDrops;
}

export interface ProxyReport {
  /** The open ones, and the last thousand of those that were closed. */
  readonly flows: readonly ProxiedFlow[];
  /** Sums of those before; what the kernel dropped on their way down is in it, too. */
  readonly earlier: EarlierFlows & { readonly kernelDropsDown: number | null };
  /** What was not passed on, by why. */
  readonly ignored: Ignored;
  readonly network: NetworkReport;
}

export interface RunningProxy {
  readonly listening: readonly Peer[];
  /** Rejects with an EnvironmentError when a fate file cannot be written. */
  readonly done: Promise<ProxyReport>;
  /** Lets what is held go out, for as long as the longest wait, and ends; `done` follows then. */
  stop(): void;
}

const UNKNOWN_DROPS: KernelDrops = { drops: null, coalesced: false };

/**
 * @throws UsageError for what makes no sense, and when its upstream is itself
 * @throws EnvironmentError when a port cannot be opened, or the folder for fate files cannot be made
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
      const local = host.localPeer(await host.open({ host: run.host, port }));
      // A name is known by the address it has become, a port 0 by what was picked.
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
      const port = host.open({ host: upstreamHost, port: 0 });
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
  const ended = host.run(endpoint, {
    pacing: 'hybrid',
    onSendFailure: (port, peer, datagrams) => endpoint.handleSendFailure(port, peer, datagrams),
  });
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
