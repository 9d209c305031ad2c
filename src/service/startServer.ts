/**
 * A server on a real socket: opens the port, runs the machine, logs, and reports at the end.
 *
 * An edge module. The command and the harness both run this; it prints nothing and handles no signal.
 */
import { randomBytes } from 'node:crypto';
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import type { Log } from '../files/logFile.ts';
import { formatHostPort } from '../base/quantities.ts';
import type { Peer } from '../net/batch.ts';
import { ServerEndpoint } from '../stream/serverEndpoint.ts';
import type { ServerOptions } from '../stream/serverEndpoint.ts';
import { SERVER_CHECKS } from '../stream/serverOptions.ts';
import type { StreamSource } from '../net/source.ts';
import type { MonotonicClock } from '../net/clock.ts';
import { Driver } from '../net/driver.ts';
import type { Pacing } from '../net/driver.ts';
import { openTransport } from '../net/select.ts';
import type { TransportChoice } from '../net/select.ts';
import { LatenessRecorder } from './lateness.ts';
import { networkFigures, serverReport } from './reports.ts';
import type { ServerReport } from './reports.ts';
import { runToEnd } from './runToEnd.ts';
import { ServerLog } from './serverLog.ts';
import { UsageMeter } from './usageMeter.ts';
import type { StreamUsage } from './usageMeter.ts';

export interface ServerRun {
  readonly source: StreamSource;
  readonly host: string;
  readonly port: number;
  readonly clock: MonotonicClock;
  readonly log: Log;
  /** Log every send, too. */
  readonly logSends: boolean;
  readonly pacing: Pacing;
  readonly transport: TransportChoice;
  readonly machine: Pick<
    ServerOptions,
    | 'speed'
    | 'catchUp'
    | 'waitFor'
    | 'waitMostNs'
    | 'maxClients'
    | 'maxClientsPerAddress'
    | 'originalTimeoutNs'
    | 'keepAliveNs'
    | 'allowUnverified'
    | 'batchDatagrams'
  >;
  /** Told of the first request that is refused for each reason, one line: the log has more. */
  readonly observeRefusal?: (text: string) => void;
}

export interface RunningServer {
  readonly local: Peer;
  /** Resolves when the stream is over and every client has left. */
  readonly done: Promise<ServerReport>;
  /** What this process spent from the stream's start to its last send; null before that. */
  usage(): StreamUsage | null;
  /** Ends the stream early; `done` follows soon. */
  stop(): void;
}

/**
 * libuv reads at most 32 datagrams at a socket before it lets others have their turn. A server that sent more in one
 * turn would overrun every client in its own process, and outrun those in others needlessly.
 */
const NODE_ARRIVALS_A_TURN = 32;

const CHECKS: Checks<ServerRun> = {
  source: check.source,
  host: check.address,
  port: check.port,
  clock: check.clock,
  log: check.log,
  logSends: check.flag,
  pacing: check.pacing,
  transport: check.transport,
  observeRefusal: check.optional(check.callback),
  machine: check.shape({
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
  } satisfies Checks<ServerRun['machine']>),
};

/** @throws UsageError for what makes no sense, EnvironmentError when the port cannot be opened */
export async function startServer(run: ServerRun): Promise<RunningServer> {
  check.shape(CHECKS)(run, 'startServer');
  const { clock, log } = run;
  const transport = await openTransport(run.transport, clock);
  const lateness = new LatenessRecorder();
  const meter = new UsageMeter();
  const serverLog = new ServerLog(log, run.observeRefusal);
  let lastSendNs = Number.NaN;
  const machine = new ServerEndpoint({
    ...(transport.name === 'node' && { batchDatagrams: NODE_ARRIVALS_A_TURN }),
    ...run.machine,
    source: run.source,
    secret: randomBytes(32),
    epochUs: clock.epochUs,
    observe: (event, nowNs) => {
      if (event.kind === 'stream started') meter.begin(nowNs);
      if (event.kind === 'stream ended') {
        // The machine's time is that before the last batch; by now it has been handed over.
        lastSendNs = clock.nowNs();
        meter.end(lastSendNs);
      }
      serverLog.handle(event, nowNs);
    },
    observeLateness: lateness.record,
    ...(run.logSends && {
      observeSent: (member, from, to, nowNs) =>
        log.line(nowNs, `sent ${from === to ? from : `${from}..${to}`} to client ${member.id}`),
    }),
  });
  // Only now: options that the machine refuses leave no open port behind.
  const port = await transport.open({ host: run.host, port: run.port });
  const local = transport.localPeer(port);
  transport.onSendFailure = (_port, peer, datagrams) => machine.handleSendFailure(peer, datagrams);
  const driver = new Driver(machine, transport, clock, { pacing: run.pacing });
  log.line(
    clock.nowNs(),
    `listening on ${formatHostPort(local.address, local.port)}, ${run.source.total} messages to stream`,
  );
  driver.start();
  return {
    local,
    done: runToEnd(driver, transport, () => {
      serverLog.finish(clock.nowNs());
      return serverReport(machine, lastSendNs, lateness.summary(), networkFigures(transport, port));
    }),
    usage: () => meter.usage,
    stop: () => driver.act((nowNs) => machine.stop(nowNs)),
  };
}
