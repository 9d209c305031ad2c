/**
 * A server on a network: opens the port, runs the endpoint, logs, and reports at the end.
 *
 * The command and the harness both use it; it prints nothing and handles no signal.
 */
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import type { Reading } from '../base/progress.ts';
import type { Log } from '../files/logFile.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { Peer } from '../net/batch.ts';
import { ServerEndpoint } from '../stream/serverEndpoint.ts';
import type { ServerOptions } from '../stream/serverEndpoint.ts';
import { SERVER_CHECKS } from '../stream/serverOptions.ts';
import type { Pacing } from '../net/driver.ts';
import { NETWORK_CHECKS, networkOf } from '../net/realNetwork.ts';
import type { NetworkChoice } from '../net/realNetwork.ts';
import { LatenessRecorder, NO_LATENESS } from './lateness.ts';
import { networkFigures, servedClients, serverReport } from './reports.ts';
import type { ServedClient, ServerReport } from './reports.ts';
import { runToEnd } from './runToEnd.ts';
import { ServerLog } from './serverLog.ts';
import { UsageMeter } from './usageMeter.ts';
import type { StreamUsage } from './usageMeter.ts';

/** What concerns the stream is handed on to the endpoint. */
export interface ServerRun
  extends
    NetworkChoice,
    Omit<ServerOptions, 'secret' | 'epochUs' | 'observe' | 'observeSent' | 'observeLateness'> {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  /** Whether to log every send. */
  readonly logSends: boolean;
  readonly pacing: Pacing;
  /** Called with one line for the first refused request of each reason; the log has more. */
  readonly observeRefusal?: (text: string) => void;
}

export interface RunningServer {
  readonly local: Peer;
  /** Resolves when the stream is over and every client has left. */
  readonly done: Promise<ServerReport>;
  /** Resource usage of this process from the start of the stream to its last send; null before, and on a virtual clock. */
  usage(): StreamUsage | null;
  /** All clients so far. Its cost grows with their number. */
  clients(): ServedClient[];
  /** How much it has streamed, to how many clients. */
  soFar(): Reading;
  /** Ends the stream early; then `done` resolves. */
  stop(): void;
}

/**
 * libuv reads at most 32 datagrams from a socket per turn of the event loop. A server that sends more in one turn would
 * overrun clients in its own process.
 */
const NODE_ARRIVALS_A_TURN = 32;

const CHECKS: Checks<ServerRun> = {
  ...NETWORK_CHECKS,
  source: SERVER_CHECKS.source,
  host: check.address,
  port: check.port,
  log: check.log,
  logSends: check.flag,
  pacing: check.pacing,
  observeRefusal: check.optional(check.callback),
  speed: SERVER_CHECKS.speed,
  catchUp: SERVER_CHECKS.catchUp,
  waitFor: SERVER_CHECKS.waitFor,
  waitMostNs: SERVER_CHECKS.waitMostNs,
  maxClients: SERVER_CHECKS.maxClients,
  maxClientsPerAddress: SERVER_CHECKS.maxClientsPerAddress,
  originalTimeoutNs: SERVER_CHECKS.originalTimeoutNs,
  keepAliveNs: SERVER_CHECKS.keepAliveNs,
  allowUnverified: SERVER_CHECKS.allowUnverified,
  batchDatagrams: SERVER_CHECKS.batchDatagrams,
};

/** @throws UsageError for invalid options, EnvironmentError when the port cannot be opened */
export async function startServer(run: ServerRun): Promise<RunningServer> {
  check.shape(CHECKS)(run, 'startServer');
  const network = networkOf(run, 'startServer');
  const { clock } = network;
  const { log } = run;
  const host = await network.host();
  // A virtual clock is never late, and what the process spends is no matter of its times.
  const lateness = network.isVirtual ? null : new LatenessRecorder();
  const meter = network.isVirtual ? null : new UsageMeter();
  const serverLog = new ServerLog(log, run.observeRefusal);
  let lastSendNs = Number.NaN;
  const endpoint = new ServerEndpoint({
    ...(host.report().transport === 'node' && { batchDatagrams: NODE_ARRIVALS_A_TURN }),
    ...run,
    secret: network.random(32),
    ...(clock.epochUs !== undefined && { epochUs: clock.epochUs }),
    observe: (event, nowNs) => {
      if (event.kind === 'stream started') meter?.begin(nowNs);
      if (event.kind === 'stream ended') {
        // The endpoint's time is from before the last batch; the batch has been sent by now.
        lastSendNs = clock.nowNs();
        meter?.end(lastSendNs);
      }
      serverLog.handle(event, nowNs);
    },
    ...(lateness !== null && { observeLateness: lateness.record }),
    ...(run.logSends && {
      observeSent: (member, from, to, nowNs) =>
        log.line(nowNs, `sent ${from === to ? from : `${from}..${to}`} to client ${member.id}`),
    }),
  });
  // The port is opened after the endpoint was made, so that invalid options leave no open port.
  const port = await host.open({ host: run.host, port: run.port });
  const local = host.localPeer(port);
  log.line(
    clock.nowNs(),
    `listening on ${formatHostPort(local.address, local.port)}, ${run.source.total} messages to stream`,
  );
  const ended = host.run(endpoint, run.pacing);
  return {
    local,
    done: runToEnd(ended, host, () => {
      serverLog.finish(clock.nowNs());
      return serverReport(
        endpoint,
        lastSendNs,
        lateness?.summary() ?? NO_LATENESS,
        networkFigures(host, port),
      );
    }),
    usage: () => meter?.usage ?? null,
    clients: () => servedClients(endpoint),
    soFar: () => ({
      done: endpoint.lastCount,
      of: Number.isFinite(run.source.total) ? run.source.total : null,
      unit: 'datagrams',
      counts: { clients: endpoint.streaming, 'kernel drops': host.kernelDrops(port).drops ?? 0 },
    }),
    stop: () => host.act((nowNs) => endpoint.stop(nowNs)),
  };
}
