/**
 * The proxy on real sockets: opens the ports, runs the machine, logs, and reports at the end.
 *
 * An edge module. The command and the runner both start this; it prints nothing and handles no signal.
 */
import { networkInterfaces } from 'node:os';
import type { Log } from '../../src/files/logFile.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import { networkFigures } from '../../src/service/reports.ts';
import type { KernelDrops, NetworkReport } from '../../src/service/reports.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { MonotonicClock } from '../../src/net/clock.ts';
import { Driver } from '../../src/net/driver.ts';
import { openTransport } from '../../src/net/select.ts';
import type { TransportChoice } from '../../src/net/select.ts';
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

export interface ProxyRun extends Pick<ProxyOptions, 'protocol' | 'impairment' | 'mediaTimeNs'> {
  readonly server: Peer;
  readonly host: string;
  /** One listening port each; 0 picks one. */
  readonly ports: readonly number[];
  readonly maxFlows: number;
  readonly idleNs: number;
  /** Let the original programs register from other machines too. */
  readonly allowUnverified?: boolean;
  /** Where fate files are written when it ends; null writes none. */
  readonly fatesDir: string | null;
  readonly transport: TransportChoice;
  readonly clock: MonotonicClock;
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
  const { clock, log, server } = run;
  const isLocal = localAddresses();
  checkNoLoop(run.host, run.ports, server, isLocal);
  if (run.fatesDir !== null) makeFatesFolder(run.fatesDir);
  const transport = await openTransport(run.transport, clock);
  const listening: Peer[] = [];
  try {
    for (const port of run.ports) {
      const local = transport.localPeer(await transport.open({ host: run.host, port }));
      // A name is known by the address it has become, a port 0 by what was picked.
      checkNoLoop(local.address, [local.port], server, isLocal);
      listening.push(local);
    }
  } catch (cause) {
    await transport.close();
    throw cause;
  }
  const upstreamHost = addressTowards(server.address);
  let kernelDropsDown: number | null = 0;
  const openings = new Set<Promise<void>>();
  const machine: ProxyEndpoint = new ProxyEndpoint({
    ...run,
    keepFates: run.fatesDir !== null,
    listening: listening.length,
    isLocal,
    localPeer: (port) => transport.localPeer(port),
    openUpstream: (number) => {
      const opening = transport.open({ host: upstreamHost, port: 0 }).then(
        (port) => driver.act(() => machine.upstreamOpened(number, port)),
        (cause: Error) => driver.act((nowNs) => machine.upstreamFailed(nowNs, number, cause.message)),
      );
      openings.add(opening);
      void opening.finally(() => openings.delete(opening));
    },
    closeUpstream: (port) => transport.closePort(port),
    observe: (event, nowNs) => tell(run, event, nowNs),
    forget: ({ upstreamPort }) => {
      const { drops } = upstreamPort < 0 ? UNKNOWN_DROPS : networkFigures(transport, upstreamPort).kernel;
      kernelDropsDown = drops === null || kernelDropsDown === null ? null : kernelDropsDown + drops;
    },
  });
  transport.onSendFailure = (port, peer, datagrams) => machine.handleSendFailure(port, peer, datagrams);
  const driver = new Driver(machine, transport, clock, { pacing: 'hybrid' });
  for (const { address, port } of listening)
    log.line(clock.nowNs(), `listening on ${formatHostPort(address, port)}`);
  driver.start();
  const finish = async (): Promise<ProxyReport> => {
    try {
      await driver.done;
      machine.abandon();
      await Promise.all(openings);
      if (run.fatesDir !== null) await writeFates(run.fatesDir, machine.fateSources(), run);
      const flows = machine.reports().map((report) => ({
        ...report,
        kernelDown:
          report.upstreamPort < 0 ? UNKNOWN_DROPS : networkFigures(transport, report.upstreamPort).kernel,
        kernelUp: networkFigures(transport, report.listenPort).kernel,
      }));
      const network = { transport: transport.name, notes: transport.notes() };
      const earlier = { ...machine.earlier, kernelDropsDown };
      return { flows, earlier, ignored: machine.ignored, network };
    } finally {
      await transport.close();
    }
  };
  return { listening, done: finish(), stop: () => driver.act((nowNs) => machine.stop(nowNs)) };
}

async function writeFates(
  dir: string,
  sources: readonly FateSource[],
  { clock, log }: Pick<ProxyRun, 'clock' | 'log'>,
): Promise<void> {
  await writeFateFiles(dir, sources);
  for (const line of sources.flatMap(describeLacks)) log.line(clock.nowNs(), line);
}

function tell({ log, notice }: ProxyRun, event: ProxyEvent, nowNs: number): void {
  const line = describeEvent(event);
  log.line(nowNs, line);
  if (isNotice(event)) notice?.(line);
}

/** Which addresses are this machine's now. */
function localAddresses(): (address: string) => boolean {
  const addresses = new Set<string>();
  try {
    for (const entries of Object.values(networkInterfaces())) {
      for (const { address } of entries ?? []) addresses.add(address);
    }
  } catch {
    // Where a system does not say, those on loopback are known all the same.
  }
  return (address) => addresses.has(address);
}
