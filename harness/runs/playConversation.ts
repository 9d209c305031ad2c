/**
 * Plays either side of a recorded conversation on a network, through the impairing proxy if wanted, and compares what
 * arrives with the recording. It prints nothing and handles no signal.
 */
import type { Reading } from '../../src/base/progress.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { Endpoint } from '../../src/net/endpoint.ts';
import type { Host, Network } from '../../src/net/network.ts';
import { addressTowards } from '../../src/net/transport.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { longestStayOverNs } from '../impairment/phases.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { startProxy } from '../proxy/startProxy.ts';
import type { ProxyReport, RunningProxy } from '../proxy/startProxy.ts';
import type { ByteRanges } from '../recording/conversation/byteRanges.ts';
import { ClientSide } from '../recording/conversation/clientSide.ts';
import type { Conversation } from '../recording/conversation/conversation.ts';
import type { CertainOfFlow } from '../recording/conversation/comparison.ts';
import { ServerSide } from '../recording/conversation/serverSide.ts';
import type { CertainPart } from './endWhen.ts';
import { playedClients, playedServer } from './playedConversation.ts';
import type { PlayedConversation } from './playedConversation.ts';

/** What happens to the datagrams on their way. */
export interface OnTheWay {
  readonly impairment: Impairment;
  readonly protocol: Protocol;
  /** Folder for the fate files; null for none. */
  readonly fatesDir: string | null;
  /** File of a capture of what comes to the proxy and leaves it; null for none. */
  readonly capturePath: string | null;
  /** Called with what a user should know, a line each. */
  readonly notice: (line: string) => void;
}

interface Play {
  readonly network: Network;
  readonly conversation: Conversation;
  /** 1 as recorded, 2 twice as fast, 0 flat out. */
  readonly speed: number;
  /** Bytes that are not compared. */
  readonly ignored: ByteRanges;
  /** Null: no proxy. */
  readonly onTheWay: OnTheWay | null;
  /** Whether the process lasts as long as it plays; default true. */
  readonly keepsAlive?: boolean;
}

export interface ClientsPlay extends Play {
  readonly server: Peer;
  /** Whether a request waits for all answers recorded before it. */
  readonly lockstep: boolean;
  /** How much later than recorded an answer may come, nanoseconds. */
  readonly answerTimeoutNs: number;
}

export interface ServerPlay extends Play {
  readonly host: string;
  /** 0 lets the system pick one. */
  readonly port: number;
  /** Bytes that an answer copies from its request. */
  readonly echoed: ByteRanges;
  /** Whether it ends only when it is stopped; by default also when every recorded request has come and is answered. */
  readonly untilStopped?: boolean;
}

/** A side that plays. */
export interface PlayingSide {
  /** Where the clients, or the server, are met. */
  readonly local: Peer;
  readonly done: Promise<PlayedConversation>;
  soFar(): Reading;
  /** What is certain of each flow, in the order of the recording. */
  flowsSoFar(): readonly CertainPart[];
  /** Ends it early; what was not sent is not expected. */
  stop(): void;
}

/** With knobs on, clients may ask again for what was lost, after some seconds (dig: 5 s). */
const QUIET_NS = 6e9;

/** @throws EnvironmentError when a port cannot be opened */
export async function playClients(play: ClientsPlay): Promise<PlayingSide> {
  const { network, conversation, onTheWay } = play;
  const host = await network.host();
  const proxy = await orClose(host, () => startWay(play, loopbackFor(play.server.address), 0, play.server));
  const server = proxy?.listening[0] ?? play.server;
  const options = { host: addressTowards(server.address), port: 0, tellsRefusals: true, connectTo: server };
  await orClose(host, async () => {
    for (let k = 0; k < conversation.flows.length; k += 1) await host.open(options);
  }).catch((cause: unknown) => {
    proxy?.stop();
    throw cause;
  });
  const wayNs = onTheWay === null ? 0 : longestWayNs(onTheWay.impairment, conversation);
  const side = new ClientSide({ ...play, server, answerTimeoutNs: play.answerTimeoutNs + wayNs });
  const totals = conversation.flows.map(({ answers }) => answers);
  return run(play, host, side, proxy, host.localPeer(0), totals, (report) =>
    playedClients(side, conversation, play.server, host.report(), report),
  );
}

/** @throws EnvironmentError when a port cannot be opened */
export async function playServer(play: ServerPlay): Promise<PlayingSide> {
  const { network, conversation, onTheWay, keepsAlive = true, untilStopped = false } = play;
  const host = await network.host();
  const where =
    onTheWay === null ? { host: play.host, port: play.port } : { host: loopbackFor(play.host), port: 0 };
  const local = await orClose(host, async () => host.localPeer(await host.open({ ...where, keepsAlive })));
  const proxy = await orClose(host, () => startWay(play, play.host, play.port, local));
  const quietNs = onTheWay === null ? 0 : QUIET_NS;
  const side = new ServerSide({ ...play, quietNs: untilStopped ? Number.POSITIVE_INFINITY : quietNs });
  const totals = conversation.flows.map(({ requests }) => requests);
  return run(play, host, side, proxy, proxy?.listening[0] ?? local, totals, (report) =>
    playedServer(side, conversation, host.report(), report),
  );
}

const loopbackFor = (address: string): string => (address.includes(':') ? '::1' : '127.0.0.1');

/** Closes the host if the work fails. */
async function orClose<Result>(host: Host, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    await host.close();
    throw cause;
  }
}

/** The proxy before a server; null for none. */
async function startWay(
  { network, conversation, onTheWay, keepsAlive = true }: Play,
  host: string,
  port: number,
  server: Peer,
): Promise<RunningProxy | null> {
  if (onTheWay === null) return null;
  const { impairment, protocol, fatesDir, capturePath, notice } = onTheWay;
  return startProxy({
    impairment,
    protocol,
    fatesDir,
    capturePath,
    notice,
    network,
    keepsAlive,
    server,
    host,
    ports: [port],
    maxFlows: Math.max(conversation.flows.length, MIN_FLOWS),
    idleNs: Number.POSITIVE_INFINITY,
  });
}

/** Room for live clients that are not in the recording: they are named as differences. */
const MIN_FLOWS = 1024;

/** How much longer an answer may take because of the impairment, nanoseconds. */
function longestWayNs(impairment: Impairment, { lengths }: Conversation): number {
  const maxBytes = lengths.reduce((max, lengthBytes) => Math.max(max, lengthBytes), 0);
  return (
    longestStayOverNs(impairment, 'down', maxBytes) +
    longestStayOverNs(impairment, 'up', maxBytes) +
    impairment.holdMaxNs
  );
}

/** @param totals datagrams that each flow has to receive in all */
function run(
  { keepsAlive }: Play,
  host: Host,
  side: Endpoint & { stop(): void; soFar(): Reading; flowsSoFar(): readonly CertainOfFlow[] },
  proxy: RunningProxy | null,
  local: Peer,
  totals: readonly number[],
  report: (proxied: ProxyReport | null) => PlayedConversation,
): PlayingSide {
  const ended = host.run(side, 'hybrid', keepsAlive);
  const finish = async (): Promise<PlayedConversation> => {
    try {
      await ended;
      proxy?.stop();
      return report(proxy === null ? null : await proxy.done);
    } finally {
      proxy?.stop();
      await host.close();
    }
  };
  return {
    local,
    done: finish(),
    soFar: () => side.soFar(),
    flowsSoFar: () =>
      side
        .flowsSoFar()
        .map((figures, flow) => ({ figures: { ...figures, reordered: 0 }, total: totals[flow] as number })),
    stop: () => host.act(() => side.stop()),
  };
}
