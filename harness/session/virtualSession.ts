/**
 * The same session on a simulated network and a virtual clock: the machines of a real one, without sockets and
 * without waiting.
 *
 * It runs in this process and gives the very reports that a real session gives. Times are exact, and two runs are
 * equal in everything.
 */
import type { Lateness } from '../../src/service/lateness.ts';
import { clientReport, serverReport } from '../../src/service/reports.ts';
import type { KernelDrops, NetworkReport } from '../../src/service/reports.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { ClientEndpoint } from '../../src/stream/clientEndpoint.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import { sendOffsetNs } from '../../src/net/source.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { SimulatedNetwork } from '../../src/net/simulated.ts';
import type { SimulatedHost } from '../../src/net/simulated.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { matchstream } from '../protocols/matchstream.ts';
import type { FateSource } from '../proxy/fateLines.ts';
import { ProxyEndpoint } from '../proxy/proxyEndpoint.ts';
import type { ArrivalObserver } from './arrivals.ts';
import type { SessionResult } from './session.ts';

export interface VirtualPlan {
  readonly clients: number;
  readonly source: StreamSource;
  readonly speed: number;
  readonly impairment: Impairment | null;
  /** Whether its result has the fates, for whoever writes them. Default false. */
  readonly keepFates?: boolean;
  readonly check: boolean;
  readonly tmaxNs: number;
  /** How far wake-ups run ahead so that datagrams move in batches, nanoseconds; no figure depends on it. */
  readonly quantumNs: number;
  /** Shown every arrival, corrupted ones too. */
  readonly observe?: ArrivalObserver;
}

/** Wake-ups cover this much time, so that datagrams move in batches; no figure depends on it. */
export const VIRTUAL_QUANTUM_NS = 10e6;

/** How long a client tries to register, and the server waits for the next one to come. */
const REGISTER_TIMEOUT_NS = 10e9;

const HOST = '127.0.0.1';
const SERVER_PORT = 12_345;
const FIRST_PROXY_PORT = 20_001;

/** In one process nothing can be said of one part's use of it. */
const result = <Report>(report: Report) => ({ report, usage: null, stallNs: null });

/** A clock that jumps from one deadline to the next is never late. */
const NEVER_LATE: Lateness = { p50Us: null, p99Us: null, maxUs: null };

const SIMULATED: NetworkReport = { transport: 'simulated', notes: [] };

/** What overflowed a host's inbox, as a kernel would count it. */
const dropsAt = (host: SimulatedHost, port: number): KernelDrops => ({
  drops: port < 0 ? 0 : host.dropped(port),
  coalesced: false,
});

/** What a virtual session gives beyond a real one's reports. */
export interface VirtualResult extends SessionResult {
  /** For whoever writes them. */
  readonly fates: readonly FateSource[];
  /** Times the clock was moved: what it took, on any machine. */
  readonly steps: number;
}

/** How often a client says that it is there, and who is silent is looked for, where nothing takes longer than a day. */
const KEEP_ALIVE_NS = 1e9;
const LONGEST_WITH_ALIVES_NS = 24 * 3600e9;
/** Else so many times over that: every one of them is a step, and time in which nothing is due costs nothing. */
const ALIVES_OF_A_LONG_SESSION = 500;
/** What the protocol can carry. */
const MAX_KEEP_ALIVE_MS = 2 ** 31 - 1;

/** The keep-alive period of a session, by the longest that is waited in it: whole milliseconds, in nanoseconds. */
export function keepAliveFor({
  source,
  speed,
  tmaxNs,
  impairment,
}: Pick<VirtualPlan, 'source' | 'speed' | 'tmaxNs' | 'impairment'>): number {
  const streamNs = source.total < 1 ? 0 : sendOffsetNs(source.mediaTimeNs(source.total), speed);
  const longestNs = Math.max(streamNs, tmaxNs, impairment?.holdMaxNs ?? 0);
  if (!(longestNs > LONGEST_WITH_ALIVES_NS)) return KEEP_ALIVE_NS;
  return 1e6 * Math.min(Math.ceil(longestNs / 1e6 / ALIVES_OF_A_LONG_SESSION), MAX_KEEP_ALIVE_MS);
}

/** The longest that others wait for their turn, such as a signal that is to be heard. */
const TURN_MS = 50;

export function runVirtualSession(plan: VirtualPlan): VirtualResult {
  const { network, finish } = openSession(plan);
  if (!network.run()) throw stuck();
  return finish();
}

/**
 * The same in turns of the event loop.
 * @param signal ends the stream before its time, and the session with it; the promise rejects with its reason when there
 *   was no stream yet
 */
export async function runVirtualSessionInTurns(
  plan: VirtualPlan,
  signal: AbortSignal | null,
): Promise<VirtualResult> {
  const { network, stop, finish } = openSession(plan);
  signal?.throwIfAborted();
  let interrupted = false;
  for (;;) {
    if (!interrupted && signal?.aborted === true) {
      interrupted = true;
      stop();
    }
    const turnEndsMs = performance.now() + TURN_MS;
    let isPaused = false;
    const isFinished = network.run(Number.POSITIVE_INFINITY, () => {
      isPaused = performance.now() > turnEndsMs;
      return isPaused;
    });
    if (isFinished) {
      const whole = finish();
      if (interrupted && whole.server.report.lastCount === 0) signal?.throwIfAborted();
      return { ...whole, interrupted };
    }
    if (!isPaused) throw stuck();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const stuck = (): Error => new Error('a virtual session came to a stop before its end');

/** A session that is ready to run, and what it came to once it has. */
function openSession(plan: VirtualPlan): {
  network: SimulatedNetwork;
  /** Ends the stream now, wherever it is. */
  stop: () => void;
  finish: () => VirtualResult;
} {
  const network = new SimulatedNetwork({ quantumNs: plan.quantumNs });
  const keepAliveNs = keepAliveFor(plan);
  let lastSendNs = Number.NaN;
  const server = new ServerEndpoint({
    source: plan.source,
    // On a network of one process nobody is there to deceive.
    secret: new Uint8Array(32),
    speed: plan.speed,
    waitFor: plan.clients,
    waitMostNs: REGISTER_TIMEOUT_NS,
    keepAliveNs,
    maxClients: plan.clients,
    maxClientsPerAddress: plan.clients,
    observe: (event, nowNs) => {
      if (event.kind === 'stream ended') lastSendNs = nowNs;
    },
  });
  const serverHost = network.join(server);
  serverHost.open({ host: HOST, port: SERVER_PORT });
  const serverPeer = serverHost.localPeer(0);
  const proxy =
    plan.impairment === null ? null : joinProxy(network, plan, plan.impairment, serverPeer, keepAliveNs);

  let present = plan.clients;
  const clients = Array.from({ length: plan.clients }, (_, k) => {
    let metrics: StreamMetrics | null = null;
    const { observe } = plan;
    const machine = new ClientEndpoint({
      server: proxy === null ? serverPeer : proxy.host.localPeer(k),
      nonce: `virtual-client-${String(k + 1).padStart(6, '0')}`,
      wishedId: k + 1,
      tmaxNs: plan.tmaxNs,
      registerTimeoutNs: REGISTER_TIMEOUT_NS,
      check: plan.check,
      observe: ({ kind }, nowNs) => {
        if (kind !== 'finished') return;
        present -= 1;
        // Without a client there is nothing to serve, and a server that waits for one would wait for ever.
        if (present === 0) network.at(nowNs, () => stopServer(nowNs));
      },
      record: (firstCount) => {
        metrics = new StreamMetrics({ firstCount, verifiesCheck: plan.check });
        return metrics;
      },
      ...(observe !== undefined && {
        observeDatagram: (count, batch, row) => observe(k + 1, count, batch, row),
        observeCorrupted: (batch, row) => observe(k + 1, null, batch, row),
      }),
    });
    const host = network.join(machine);
    host.open({ host: HOST, port: 0 });
    return { machine, host, measured: () => metrics };
  });

  const stopServer = (nowNs: number): void => {
    server.stop(nowNs);
    network.settle(serverHost);
  };
  const finish = (): VirtualResult => {
    if (proxy !== null) {
      proxy.machine.stop(network.nowNs());
      network.settle(proxy.host);
      proxy.machine.abandon();
    }
    return {
      fates: proxy?.machine.fateSources() ?? [],
      steps: network.steps,
      server: result(
        serverReport(server, lastSendNs, NEVER_LATE, {
          kernel: dropsAt(serverHost, 0),
          network: SIMULATED,
        }),
      ),
      proxy:
        proxy === null
          ? null
          : result({
              flows: proxy.machine.reports().map((flow) => ({
                ...flow,
                kernelDown: dropsAt(proxy.host, flow.upstreamPort),
                kernelUp: dropsAt(proxy.host, flow.listenPort),
              })),
              earlier: { ...proxy.machine.earlier, kernelDropsDown: 0 },
              ignored: proxy.machine.ignored,
              network: SIMULATED,
            }),
      clients: clients.map(({ machine, host, measured }, k) => ({
        client: k + 1,
        ...result({
          ...clientReport(machine, measured(), {
            check: plan.check,
            tmaxNs: plan.tmaxNs,
            local: host.localPeer(0),
            kernel: dropsAt(host, 0),
            network: SIMULATED,
          }),
          payloads: null,
        }),
      })),
      interrupted: false,
    };
  };
  return { network, stop: () => stopServer(network.nowNs()), finish };
}

function joinProxy(
  network: SimulatedNetwork,
  { clients, keepFates = false }: VirtualPlan,
  impairment: Impairment,
  server: { address: string; port: number },
  sweepNs: number,
): { machine: ProxyEndpoint; host: SimulatedHost } {
  const machine: ProxyEndpoint = new ProxyEndpoint({
    impairment,
    keepFates,
    protocol: matchstream,
    server,
    listening: clients,
    maxFlows: clients,
    idleNs: Number.POSITIVE_INFINITY,
    sweepNs,
    openUpstream: (flow) => machine.upstreamOpened(flow, host.open({ host: HOST, port: 0 })),
  });
  const host = network.join(machine, false);
  for (let k = 0; k < clients; k += 1) host.open({ host: HOST, port: FIRST_PROXY_PORT + k });
  return { machine, host };
}
