/**
 * One run of a user's program behind the proxy: a server, the proxy, the program, and the end of all three.
 *
 * On real sockets and the real clock. It judges nothing: it returns how the program ended, and counts of the datagrams
 * between recording and program, which tell whether the trial was valid.
 */
import { sum } from '../../src/base/figures.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { Endpoint } from '../../src/net/endpoint.ts';
import type { ServerRun } from '../../src/service/startServer.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import type { Network } from '../../src/net/network.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { startTimer } from '../../src/net/timer.ts';
import { addCounters, directionCounters, droppedTotal } from '../proxy/path/counters.ts';
import { startProxy } from '../proxy/startProxy.ts';
import type { WholeProxyRun } from '../proxy/proxyRun.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';
import { execCommand } from '../session/exec.ts';
import type { ExecOutcome, ExecPlan } from '../session/exec.ts';
import { within } from '../session/startTask.ts';
import { OpenSender, TURN_DATAGRAMS } from '../recording/player.ts';

/** What is sent, and what becomes of it on its way. */
type Played = Required<Pick<ServerRun, 'source' | 'speed'>> &
  Pick<WholeProxyRun, 'protocol' | 'impairment' | 'transport' | 'traffic' | 'capturePath'> & {
    /** Folder for fate files; default none. */
    readonly fatesDir?: string;
  };

const HOST = '127.0.0.1';
const STOP_LIMIT_MS = 10_000;
/** Time for the event loop to read the proxy's socket after the command has ended. */
const SETTLE_MS = 20;

/** Datagrams between the command and the recording, as counted by the proxy: copies and drops are by the impairment. */
export interface ExecTraffic {
  /** The address that the command was given. */
  readonly address: string;
  /** Datagrams in the recorded stream. */
  readonly recorded: number;
  /** Datagrams of the command that opened the flow, or belong to it. */
  readonly fromCommand: number;
  /** Registrations that the command started but did not complete. */
  readonly uncompleted: number;
  /** Other datagrams to that address, which were not passed on: with our own protocol, all that register no client. */
  readonly ignored: number;
  /** Datagrams of the recording sent towards the command. */
  readonly sent: number;
  readonly duplicated: number;
  readonly dropped: number;
  /** Datagrams handed to the kernel for the command, whether or not it read them. */
  readonly delivered: number;
  readonly refused: number;
  readonly heldAtEnd: number;
}

export interface ExecTrial {
  readonly outcome: ExecOutcome;
  readonly traffic: ExecTraffic;
  readonly report: ProxyReport;
}

interface RunningSender {
  readonly local: Peer;
  /** Resolves when it has ended completely; rejects if it had failed. May be called more than once. */
  stop(): Promise<void>;
}

/** If the protocol has no registration, the program's first datagram, whatever its content, starts the stream. */
export async function runExecTrial(played: Played, command: ExecPlan): Promise<ExecTrial> {
  const { source, protocol, impairment } = played;
  const network = realNetwork(played.transport);
  const sender = await startSender(played, network);
  try {
    const proxy = await startProxy({
      server: sender.local,
      protocol,
      impairment,
      mediaTimeNs: (index) => source.mediaTimeNs(Math.min(index, source.total)),
      maxFlows: 1,
      idleNs: Number.POSITIVE_INFINITY,
      fatesDir: played.fatesDir ?? null,
      capturePath: played.capturePath ?? null,
      ...(played.traffic !== undefined && { traffic: played.traffic }),
      network,
    });
    const { address, port } = proxy.listening[0] as Peer;
    const endpoint = formatHostPort(address, port);
    const end = async (): Promise<ProxyReport> => {
      proxy.stop();
      return within(proxy.done, STOP_LIMIT_MS, 'the proxy');
    };
    try {
      const outcome = await execCommand(command, { MATCHSTREAM_SERVER: endpoint });
      // Nobody receives what is sent from now on, but the command's last datagrams are still to be read.
      await sender.stop();
      await new Promise<void>((resolve) => void startTimer(resolve, SETTLE_MS));
      const report = await end();
      return { outcome, traffic: trafficOf(report, endpoint, source.total), report };
    } catch (cause) {
      await end();
      throw cause;
    }
  } finally {
    await sender.stop();
  }
}

/** The sums over all flows: a command may register more than once. */
function trafficOf({ flows, ignored }: ProxyReport, address: string, recorded: number): ExecTraffic {
  const down = directionCounters();
  const up = directionCounters();
  for (const flow of flows) {
    addCounters(down, flow.down);
    addCounters(up, flow.up);
  }
  return {
    address,
    recorded,
    fromCommand: up.arrived + up.control + up.unindexed,
    uncompleted: ignored.uncompleted,
    ignored: sum(Object.values(ignored)) - ignored.uncompleted,
    sent: down.arrived,
    duplicated: down.duplicated,
    dropped: droppedTotal(down),
    delivered: down.forwarded,
    refused: down.refused,
    heldAtEnd: down.heldAtEnd,
  };
}

function senderEndpoint({ source, speed, protocol }: Played, network: Network): Endpoint {
  if (protocol.admission === 'source') return new OpenSender(source, speed);
  return new ServerEndpoint({
    source,
    speed,
    secret: network.random(32),
    ...(network.clock.epochUs !== undefined && { epochUs: network.clock.epochUs }),
    waitFor: 1,
    maxClients: 1,
    batchDatagrams: TURN_DATAGRAMS,
  });
}

/** A sender that ends at once when stopped: the program has ended, so no end needs to be announced. */
async function startSender(played: Played, network: Network): Promise<RunningSender> {
  const host = await network.host();
  const port = await host.open({ host: HOST, port: 0 });
  const ended = host.run(senderEndpoint(played, network), 'hybrid');
  let stopped: Promise<void> | undefined;
  return {
    local: host.localPeer(port),
    stop: () => (stopped ??= host.close().then(() => ended)),
  };
}
