/**
 * The proxy on a network: opens the ports, runs the endpoint, logs, and reports at the end.
 *
 * The command and the sessions both use it; it prints nothing and handles no signal.
 */
import type { Reading } from '../../src/base/progress.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { maxDescriptors, reserveDescriptor } from '../../src/files/descriptorLimit.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { KernelDrops, Network, NetworkReport } from '../../src/net/network.ts';
import { receiverDrops } from '../../src/net/kernelDrops.ts';
import { networkOf } from '../../src/net/realNetwork.ts';
import { addressTowards } from '../../src/net/transport.ts';
import type { OpenOptions } from '../../src/net/transport.ts';
import type { RunCapture, Captured } from '../recording/tap/runCapture.ts';
import type { Conditions } from '../impairment/conditions.ts';
import { actionsOn } from './changes/actions.ts';
import type { ProxyActions } from './changes/actions.ts';
import { openJournal } from './changes/openJournal.ts';
import { checkProxyRun } from './checkProxy.ts';
import { openCapture } from './told/capture.ts';
import { makeFatesFolder, writeFateFiles } from './told/fateFiles.ts';
import { describeLacks } from './told/fateLines.ts';
import type { FateSource } from './told/fateLines.ts';
import { describeEvent, isNotice, isPrintedOnce } from './told/events.ts';
import type { ProxyEvent } from './told/events.ts';
import { FlowFigures } from './told/flowFigures.ts';
import { soFarOf } from './told/soFar.ts';
import type { Ignored } from './told/ignored.ts';
import { DropSums } from './ports/dropSums.ts';
import { rehearse } from './rehearsal.ts';
import { SparePort } from './ports/sparePort.ts';
import type { Direction } from '../impairment/schedule.ts';
import { ProxyEndpoint } from './proxyEndpoint.ts';
import type { EarlierFlows, FlowReport } from './proxyEndpoint.ts';
import { wholeRun } from './proxyRun.ts';
import type { ProxyRun, WholeProxyRun } from './proxyRun.ts';
import { checkNoLoop } from './ports/ownPorts.ts';
import { mayAnswerElsewhere } from './ports/route.ts';
import { checkOther, checkShared, checkTold, meantAddress } from './ports/sharedAddresses.ts';
import { lookUp } from './ports/upstreamName.ts';

export type { ProxyRun } from './proxyRun.ts';

/** A flow's report, with the kernel's drops at the proxy's sockets. */
export interface ProxiedFlow extends FlowReport {
  /** Dropped by the kernel before the proxy could read them from the server. */
  readonly kernelDown: KernelDrops;
  /** Dropped by the kernel at the listening port, which flows of one port share. */
  readonly kernelUp: KernelDrops;
  /** Dropped by the kernel at the receiver's socket, of all that it gets; null where it is not of this machine or gone. */
  readonly receiverDrops: Readonly<Record<Direction, number | null>>;
}

/** A listening port, with the kernel's drops there: of all its flows, and of clients without one. */
export interface ProxiedPort {
  readonly local: Peer;
  readonly kernel: KernelDrops;
}

export interface ProxyReport {
  readonly ports: readonly ProxiedPort[];
  /** The open flows, and the last thousand closed ones. */
  readonly flows: readonly ProxiedFlow[];
  /** Sums of earlier flows, including the kernel's drops on their way down. */
  readonly earlier: EarlierFlows & { readonly kernelDropsDown: number | null };
  /** What was not passed on, by reason. */
  readonly ignored: Ignored;
  readonly network: NetworkReport;
  /** What the capture has; null if none was wanted. */
  readonly captured: Captured | null;
  /** Fate files and captures that could not be written. */
  readonly unwritten: readonly Unwritten[];
}

export interface RunningProxy extends ProxyActions {
  readonly listening: readonly Peer[];
  /** Where new flows go at first: the upstream that was named, in numbers. */
  readonly upstream: Peer;
  /** Where they go now. */
  readonly newFlowsTo: Peer;
  /** What the conditions are now, and the number of the change that made them so; 1 before the first. */
  readonly conditions: Conditions;
  readonly epoch: number;
  /** Whether it has ended, so that nothing can be changed; `done` resolves when its files are written, too. */
  readonly isOver: boolean;
  readonly done: Promise<ProxyReport>;
  /** Why a port towards the upstream could not be opened, the first time; null if that never happened. */
  readonly failure: EnvironmentError | null;
  /** What has arrived, and what became of it. Its cost grows with the number of flows. */
  soFar(): Reading;
  /**
   * Each flow's figures so far: what has not left counts as held at the end. Its cost grows with the number of flows and with
   * what waits.
   */
  look(): ProxyLook;
  /**
   * The server sees each flow, or one, from a new port from now on: as after a NAT rebinding. What comes at the port that was
   * left still passes for a while.
   * @returns how many flows have moved
   */
  rebind(flow?: number): Promise<number>;
  /** Releases what is held, within the longest wait, and ends; then `done` resolves. */
  stop(): void;
}

/** A running proxy, or one that has ended. */
export interface ProxyLook extends Pick<ProxyReport, 'flows' | 'earlier'> {
  /** What fates are worked out from, as it is when it is read; none unless they are kept. */
  readonly fates: readonly FateSource[];
}

/**
 * @throws UsageError for invalid options, and if its upstream is itself
 * @throws EnvironmentError if a port cannot be opened, or the folder for fate files cannot be created
 */
export async function startProxy(given: ProxyRun): Promise<RunningProxy> {
  checkProxyRun(given);
  const run = wholeRun(given);
  const network = networkOf(run, 'startProxy');
  const capture = await openCapture(run, network);
  return start(run, network, capture).catch(async (cause: unknown) => {
    await capture?.abandon();
    throw cause;
  });
}

async function start(
  run: WholeProxyRun,
  network: Network,
  capture: RunCapture | null,
): Promise<RunningProxy> {
  const { clock } = network;
  const { log, follow } = run;
  const server = { address: meantAddress(run.server.address), port: run.server.port };
  const isSharedUpstream = checkShared({ ...run, server });
  const isLocal = (address: string): boolean => network.isLocal(address);
  checkNoLoop(run.host, run.ports, server, isLocal);
  if (run.fatesDir !== null) makeFatesFolder(run.fatesDir);
  const host = await network.host();
  const listening: Peer[] = [];
  const toListen = (port: number): OpenOptions => ({ host: run.host, port, ...portOptions(run) });
  const rules = { answers: run.answers ?? 'upstream', isSharedUpstream };
  try {
    checkTold({ ...run, server }, rules, host.report().transport);
    for (const port of run.ports) {
      const local = host.localPeer(await host.open(toListen(port)));
      // By now a name is resolved to an address, and port 0 to a free port.
      checkNoLoop(local.address, [local.port], server, isLocal);
      listening.push(local);
    }
  } catch (cause) {
    await host.close();
    throw cause;
  }
  const drops = new DropSums(host, listening.length);
  const openings = new Set<Promise<unknown>>();
  /** Listening ports that the system still has, though they are closed. */
  let closing: Promise<void> = Promise.resolve();
  /** Hands the result of a request to the endpoint, at once where the network knows it at once. */
  const answer = <Result>(
    request: () => Result | Promise<Result>,
    good: (nowNs: number, value: Result) => void,
    bad: (nowNs: number, reason: string, cause: unknown) => void,
  ): void => {
    let result: Result | Promise<Result>;
    try {
      result = request();
    } catch (cause) {
      return bad(clock.nowNs(), (cause as Error).message, cause);
    }
    if (!(result instanceof Promise)) return good(clock.nowNs(), result);
    const answering = result.then(
      (value) => host.act((nowNs) => good(nowNs, value)),
      (cause: Error) => host.act((nowNs) => bad(nowNs, cause.message, cause)),
    );
    openings.add(answering);
    void answering.finally(() => openings.delete(answering));
  };
  const over = new AbortController();
  const openTowards = (to: Peer): number | Promise<number> =>
    host.open({
      host: addressTowards(to.address),
      port: 0,
      tellsRefusals: true,
      ...portOptions(run),
      ...(mayAnswerElsewhere(to, rules) ? {} : { connectTo: to }),
    });
  // A simulated network opens a port in no time.
  const spare = network.isVirtual ? null : new SparePort(openTowards, (port) => host.closePort(port));
  void spare?.prepare(server);
  if (!network.isVirtual) await rehearse(run, network, host.report().transport);
  const printed = new Set<string>();
  const figures = new FlowFigures(log, run.notice);
  let failure: EnvironmentError | null = null;
  // Half of the descriptors are left for other things, and for ports that are about to close.
  const maxPorts = network.isVirtual ? Infinity : Math.max(1, Math.floor(maxDescriptors() / 2));
  const journalled = openJournal(run, run.impairment, run.protocol.text, (line) => {
    log.line(clock.nowNs(), line);
    run.notice?.(line);
  });
  const endpoint: ProxyEndpoint = new ProxyEndpoint({
    ...run,
    ...rules,
    journal: journalled.journal,
    server,
    ...(capture !== null && { capture }),
    keepFates: run.keepFates ?? run.fatesDir !== null,
    isVirtual: network.isVirtual,
    listening: listening.length,
    ...(Number.isFinite(maxPorts) ? { maxPorts } : {}),
    isLocal,
    random: (sizeBytes) => network.random(sizeBytes),
    localPeer: (port) => host.localPeer(port),
    openUpstream: (number, to) =>
      answer(
        () => spare?.take(to) ?? openTowards(to),
        (nowNs, port) => endpoint.upstreamOpened(number, port, nowNs),
        (nowNs, reason, cause) => {
          if (cause instanceof EnvironmentError) failure ??= cause;
          endpoint.upstreamFailed(nowNs, number, reason);
        },
      ),
    closeUpstream: (port) => host.closePort(port),
    movedPort: (left, port) => drops.moved(left, port),
    closeListening: (port) => {
      const closed = host.closePort(port);
      closing = closing.then(() => closed);
    },
    openListening: (index) =>
      answer(
        () => host.open(toListen((listening[index] as Peer).port)),
        (nowNs, port) => {
          drops.reopened(index, port);
          endpoint.listening.opened(nowNs, index, port);
        },
        (nowNs, reason, cause) => {
          endpoint.listening.failed(nowNs, index, reason, cause as Error);
          if (endpoint.listening.areLost && cause instanceof EnvironmentError) failure ??= cause;
        },
      ),
    ...(follow && {
      resolveEveryNs: follow.everyNs,
      // Nobody waits for it at the end.
      resolveUpstream: (inUse) =>
        void lookUp(follow, { address: inUse, port: server.port }, listening, isLocal, over.signal).then(
          (address) => host.act((nowNs) => endpoint.upstream.resolved(nowNs, address)),
          (cause: Error) => host.act((nowNs) => endpoint.upstream.unresolved(nowNs, cause.message)),
        ),
    }),
    observe: (event, nowNs) => {
      if (event.kind === 'flow expired') figures.closed(nowNs, describeEvent(event), event.report);
      else tell(run, event, nowNs, printed);
      run.observe?.(event, nowNs);
    },
    forget: ({ upstreamPort }) => drops.forget(upstreamPort),
  });
  for (const { address, port } of listening)
    log.line(clock.nowNs(), `listening on ${formatHostPort(address, port)}`);
  // The kernel's figures are read from a file at the end, whatever the flows have taken.
  const releaseDescriptor = network.isVirtual ? () => undefined : reserveDescriptor();
  const ended = host.run(endpoint, 'hybrid', run.keepsAlive);
  const withKernel = (reports: readonly FlowReport[]): Pick<ProxyReport, 'flows' | 'earlier'> => {
    // For a report only: reading the table takes time, with the number of the machine's sockets.
    const receivers = run.traffic === undefined || network.isVirtual ? () => null : receiverDrops(isLocal);
    const flows = reports.map((report) => ({
      ...report,
      kernelDown: drops.ofPort(report.upstreamPort),
      kernelUp: drops.ofListening(report.listenPort),
      receiverDrops: { down: receivers(report.client), up: receivers(report.upstream) },
    }));
    return { flows, earlier: { ...endpoint.earlier, kernelDropsDown: drops.forgottenDown } };
  };
  const account = async (): Promise<Omit<ProxyReport, 'captured' | 'unwritten'>> => {
    try {
      await ended;
      releaseDescriptor();
      endpoint.abandon();
      await Promise.all(openings);
      const reports = endpoint.reports();
      figures.atEnd(clock.nowNs(), reports);
      const ports = listening.map((local, index) => ({ local, kernel: drops.ofListening(index) }));
      return { ports, ...withKernel(reports), ignored: endpoint.ignored, network: host.report() };
    } finally {
      releaseDescriptor();
      over.abort();
      await host.close();
    }
  };
  const finish = async (): Promise<ProxyReport> => {
    const accounted = await account().catch(async (cause: unknown) => {
      await capture?.finish();
      throw cause;
    });
    const captured = (await capture?.finish()) ?? null;
    const report = { ...accounted, captured };
    const uncaptured: Unwritten[] = captured === null || captured.failure === null ? [] : [captured.failure];
    uncaptured.push(...(await journalled.close()));
    const { fatesDir } = run;
    if (fatesDir === null) return { ...report, unwritten: uncaptured };
    // The sockets are closed by now, so their descriptors are free for the files.
    const sources = endpoint.fateSources();
    for (const line of sources.flatMap(describeLacks)) log.line(clock.nowNs(), line);
    return { ...report, unwritten: [...uncaptured, ...(await writeFateFiles(fatesDir, sources))] };
  };
  const done = finish();
  const actions = actionsOn({
    endpoint,
    nowNs: () => clock.nowNs(),
    act: (action) => host.act(action),
    closing: () => closing,
    checkUpstream: (peer) => checkOther(run, peer, listening, isSharedUpstream, isLocal),
    done,
  });
  return {
    ...actions,
    listening,
    upstream: server,
    done,
    get conditions() {
      return endpoint.conditions;
    },
    get epoch() {
      return endpoint.epoch;
    },
    get isOver() {
      return endpoint.finished;
    },
    get newFlowsTo() {
      return endpoint.upstream.server;
    },
    get failure() {
      return failure;
    },
    soFar: () => soFarOf(endpoint, listening.length, drops),
    look: () => ({
      ...withKernel(endpoint.reports(true)),
      get fates() {
        return endpoint.fateSources();
      },
    }),
    rebind: (flow) =>
      new Promise((resolve) => {
        host.act((nowNs) => endpoint.rebind(nowNs, flow ?? null, resolve));
        void done.catch(() => undefined).then(() => resolve(0));
      }),
    stop: () => host.act((nowNs) => endpoint.stop(nowNs)),
  };
}

/** What every port of a proxy needs. */
const portOptions = ({
  multicastInterface,
  broadcast,
  keepsAlive = true,
}: WholeProxyRun): Partial<OpenOptions> => ({
  carriesTos: true,
  keepsAlive,
  ...(multicastInterface !== undefined && { multicastInterface }),
  ...(broadcast === true && { broadcast }),
});

/** @param printed the kinds of events that are printed once and have been */
function tell({ log, notice }: WholeProxyRun, event: ProxyEvent, nowNs: number, printed: Set<string>): void {
  const line = describeEvent(event);
  log.line(nowNs, line);
  if (!isNotice(event) || printed.has(event.kind)) return;
  if (isPrintedOnce(event)) printed.add(event.kind);
  notice?.(line);
}
