/**
 * One streaming session: a server, its clients, and, if the stream is to be impaired, the proxy between them.
 *
 * The mode decides where each part runs. Every wait has a limit, and no part is left running, whatever happens. It
 * collects reports and judges nothing.
 */
import { join } from 'node:path';
import { NO_PROGRESS, UNREAD, addCounts } from '../../src/base/progress.ts';
import type { Progress, Reading } from '../../src/base/progress.ts';
import { tryWriting } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import { DEFAULT_WINDOW_COUNTS } from '../../src/metrics/countWindow.ts';
import type { Peer } from '../../src/net/batch.ts';
import { monotonicUs } from '../../src/net/clock.ts';
import { DEFAULT_MAX_CLIENTS } from '../../src/stream/serverOptions.ts';
import type { CatchUp } from '../../src/net/pacer.ts';
import type { Pacing } from '../../src/net/driver.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { matchstream } from '../protocols/matchstream.ts';
import { Certainty } from './certainty.ts';
import type { CertainFigures } from './certainty.ts';
import { joinArrivals, ownArrivals, removeArrivalsParts } from './arrivalsFile.ts';
import { SessionParts } from './sessionParts.ts';
import type { SessionWatch } from './sessionWatch.ts';
import type { Executor } from './sessionParts.ts';
import { startTask, within } from './startTask.ts';
import type { Mode } from './startTask.ts';
import type { Running, SourceSpec, Task, TaskResult } from './tasks.ts';

export interface SessionPlan {
  /** Default in-process. */
  readonly mode?: Mode;
  readonly clients: number;
  /**
   * Clients per process; default 1. Clients that share a process list no arrivals, compare no payloads and write no
   * statistics, and each reports the resources of the whole process.
   */
  readonly clientsPerProcess?: number;
  readonly source: SourceSpec;
  /** 1 as planned, 2 twice as fast, 0 flat out. */
  readonly speed: number;
  /** Default hybrid. */
  readonly pacing?: Pacing;
  /** Default burst. */
  readonly catchUp?: CatchUp;
  /** Default `auto`. */
  readonly transport?: TransportChoice;
  /** The proxy's impairment; null for a session without a proxy. */
  readonly impairment: Impairment | null;
  /** Folder for the proxy's fate files; null for none. Default null. */
  readonly fatesDir?: string | null;
  /** File of the capture of what comes to the proxy and leaves it; null for none. Default null. */
  readonly capturePath?: string | null;
  readonly check: boolean;
  readonly tmaxNs: number;
  /** The window of the clients' metrics, counts. Default 65,536. */
  readonly windowCounts?: number;
  /** A recording to compare every arrival with; null for none. Default null. */
  readonly verify?: Task<'client'>['verify'];
  /** The file that lists every arrival; null for none. Default null. */
  readonly arrivalsPath?: string | null;
  /** How many arrivals each client keeps at most, for the columns of a report; 0 for none. Default 0. */
  readonly keptArrivals?: number;
  /** Folder for the logs of the processes, and the clients' statistics; null for neither. Default null. */
  readonly logsDir?: string | null;
  /** Also log every datagram. Default false. */
  readonly debugLog?: boolean;
  /** Whether each process first runs a short stream, so that the session runs compiled code. Default false. */
  readonly warmUp?: boolean;
  /** Whether times are to be compared, which requires every process to measure its stalls. Default false. */
  readonly measureStalls?: boolean;
  /** Period of the clients' keep-alives, and of the search for silent ones, nanoseconds; 1 s. */
  readonly keepAliveNs?: number;
  /** How long a client tries to register, and the server waits for the next client, nanoseconds; 20 s. */
  readonly registerTimeoutNs?: number;
  /** Maximum duration of the stream itself, milliseconds; registering and leaving are extra. Default 0. */
  readonly streamLimitMs?: number;
  /** Maximum transit time of a datagram and of the announced end, milliseconds; default 0. */
  readonly transitLimitMs?: number;
  /**
   * Ends the session early, in good order, with reports of the part that ran. Before all parts have started there are no
   * reports, and the promise rejects with the signal's reason. Default null.
   */
  readonly signal?: AbortSignal | null;
  /** Where it says how far it is. Default: nowhere. */
  readonly progress?: Progress;
  /**
   * Looks twice a second at what is certain of a client's figures; once it says true the session is ended early, in good
   * order, as by the signal. For clients with a process each. Default null.
   */
  readonly isOver?: ((figures: CertainFigures) => boolean) | null;
  /** Who watches the match, and each client, while it streams. For clients with a process each. Default: nobody. */
  readonly watch?: SessionWatch | null;
}

export interface SessionResult {
  readonly server: TaskResult<'server'>;
  readonly proxy: TaskResult<'proxy'> | null;
  /** By client number. One is missing only if the session was interrupted and its process gave no report. */
  readonly clients: readonly ClientResult[];
  /** Whether its signal, or `isOver`, ended it: the stream is then shorter than planned, unless it was over already. */
  readonly interrupted: boolean;
  /** What its parts, and the arrivals file, could not write at the end. */
  readonly unwritten: readonly Unwritten[];
}

export interface ClientResult extends TaskResult<'client'> {
  /** The client's number, from 1. */
  readonly client: number;
}

const HOST = '127.0.0.1';
export const KEEP_ALIVE_NS = 1e9;
/** Twice the default of a client: processes that start together delay each other. */
const REGISTER_TIMEOUT_NS = 20e9;
/** Time for everything but the stream and registering: starting, the end with its repeats, stopping. */
const MARGIN_MS = 30_000;
/** A client that left without unregistering is detected within six keep-alive periods and a few repeats. */
const SERVER_LIMIT_MS = 15_000;
const PROXY_LIMIT_MS = 10_000;
/** How often the clients are looked at where `isOver` is given. */
const LOOK_MS = 500;
/** Time, besides that under way, for what is missing to come: a look is as old as the one before, and machines are late. */
const SETTLE_MS = 1000;
/** Time for a killed process to be gone. */
const KILLED_LIMIT_MS = 2000;
/** Time, besides Tmax, for a client to receive the end of a shortened stream, and to leave. */
const END_LIMIT_MS = 5000;
/** More than all repeats of unregistering take if nobody answers. */
const LEAVE_LIMIT_MS = 5000;

/** A process of clients. */
interface ClientProcess {
  readonly task: Running<Task['role']>;
  /** Its results, once awaited: after an earlier failure nobody awaits them. */
  readonly results: () => Promise<ClientResult[]>;
}

/** Starts parts as the mode says, and waits on the real clock. */
const REAL: Executor = { start: startTask, wait: within };

export async function runSession(plan: SessionPlan, executor = REAL): Promise<SessionResult> {
  const {
    clientsPerProcess: perProcess = 1,
    verify = null,
    arrivalsPath = null,
    logsDir = null,
    keepAliveNs = KEEP_ALIVE_NS,
    registerTimeoutNs = REGISTER_TIMEOUT_NS,
    signal = null,
    progress = NO_PROGRESS,
    watch = null,
  } = plan;
  let endWatching: (() => void) | null = null;
  if (perProcess > 1 && (verify !== null || arrivalsPath !== null))
    throw new Error('clients that share a process compare no payloads and list no arrivals');
  const epochUs = monotonicUs();
  let endStep = progress.begin('starting', UNREAD);
  const parts = new SessionParts(plan.mode ?? 'in-process', executor, signal);
  const common = (name: string) => ({
    epochUs,
    logPath: logsDir === null ? null : join(logsDir, `${name}.log`),
    measureStalls: plan.measureStalls ?? false,
    transport: plan.transport ?? 'auto',
    warmUp: plan.warmUp ?? false,
    watched: watch !== null,
  });
  try {
    const server = await parts.start<'server'>({
      ...common('server'),
      role: 'server',
      source: plan.source,
      run: {
        host: HOST,
        port: 0,
        logSends: plan.debugLog ?? false,
        pacing: plan.pacing ?? 'hybrid',
        speed: plan.speed,
        catchUp: plan.catchUp ?? 'burst',
        waitFor: plan.clients,
        waitMostNs: registerTimeoutNs,
        keepAliveNs,
        // Clients and proxy are all on this machine.
        maxClientsPerAddress: DEFAULT_MAX_CLIENTS,
      },
    });
    const serverPeer = server.local[0] as Peer;
    const { impairment } = plan;
    const proxy =
      impairment === null
        ? null
        : await parts.start<'proxy'>({
            ...common('proxy'),
            role: 'proxy',
            protocol: matchstream.text,
            run: {
              impairment,
              fatesDir: plan.fatesDir ?? null,
              capturePath: plan.capturePath ?? null,
              server: serverPeer,
              host: HOST,
              ports: Array.from({ length: plan.clients }, () => 0),
              maxFlows: plan.clients,
              // Flows last as long as the session.
              idleNs: Number.POSITIVE_INFINITY,
              sweepNs: keepAliveNs,
            },
          });
    const towards = (k: number): Peer => (proxy === null ? serverPeer : (proxy.local[k] as Peer));
    const { windowCounts = DEFAULT_WINDOW_COUNTS } = plan;
    const stream = { tmaxNs: plan.tmaxNs, registerTimeoutNs, check: plan.check, windowCounts };
    const startOne = async (k: number): Promise<ClientProcess> => {
      const task = await parts.start<'client'>({
        ...common(`client-${k + 1}`),
        role: 'client',
        run: { ...stream, server: towards(k), wishedId: k + 1, logReceipts: plan.debugLog ?? false },
        verify,
        arrivals: arrivalsPath === null ? null : ownArrivals(arrivalsPath),
        keptArrivals: plan.keptArrivals ?? 0,
        statsPath: logsDir === null ? null : join(logsDir, `client-${k + 1}.stats.json`),
      });
      return {
        task: task as Running<Task['role']>,
        results: () => task.done.then((result) => [{ ...result, client: k + 1 }]),
      };
    };
    const startGroup = async (first: number): Promise<ClientProcess> => {
      const size = Math.min(perProcess, plan.clients - first);
      const task = await parts.start<'clients'>({
        ...common(`clients-${first + 1}-${first + size}`),
        role: 'clients',
        run: {
          ...stream,
          servers: Array.from({ length: size }, (_, k) => towards(first + k)),
          firstId: first + 1,
        },
      });
      return {
        task: task as Running<Task['role']>,
        results: () =>
          task.done.then(({ report, ...rest }) =>
            report.map((each, k) => ({ ...rest, report: each, client: first + k + 1 })),
          ),
      };
    };
    const firsts = Array.from({ length: Math.ceil(plan.clients / perProcess) }, (_, k) => k * perProcess);
    const processes = await Promise.all(firsts.map(perProcess === 1 ? startOne : startGroup));
    const waiting = Promise.all(processes.map(({ results }) => results()));
    endStep();
    endStep = progress.begin('streaming', () => soFarOf(server, proxy, processes));
    if (watch !== null)
      endWatching = watch.begin(plan.clients, () => ({
        server: server.look(),
        clients: processes.slice(0, watch.mostClients).map(({ task }) => task.look()),
      }));
    const limitMs = (plan.streamLimitMs ?? 0) + registerTimeoutNs / 1e6 + MARGIN_MS;
    let interrupted = false;
    const { ending, endWatch } = watchClients(plan, processes, signal);
    const waited = parts.wait(waiting, limitMs, 'the clients', ending).finally(endWatch);
    const clients = await waited.catch((cause: unknown) => {
      if (ending?.aborted !== true || parts.isServiceLost) throw cause;
      interrupted = true;
      server.stop();
      return resultsOfShortened(processes, plan, executor.wait);
    });
    // Without clients there is nothing to serve; a server that never had one would wait for ever.
    server.stop();
    const serverResult = interrupted
      ? await executor.wait(server.done, SERVER_LIMIT_MS, 'the server')
      : await parts.wait(server.done, SERVER_LIMIT_MS, 'the server');
    if (interrupted && serverResult.report.lastCount === 0) signal?.throwIfAborted();
    const unlisted = await listArrivals(plan, clients.flat());
    // Nobody is left to send to: stopped twice, the proxy does not wait for what it holds.
    proxy?.stop();
    proxy?.stop();
    const proxyResult = proxy === null ? null : await executor.wait(proxy.done, PROXY_LIMIT_MS, 'the proxy');
    const unwritten = [serverResult, proxyResult, ...clients.flat()].flatMap((each) => each?.unwritten ?? []);
    return {
      server: serverResult,
      proxy: proxyResult,
      clients: clients.flat(),
      interrupted,
      unwritten: distinct([...unwritten, ...unlisted]),
    };
  } catch (cause) {
    await parts.end();
    if (arrivalsPath !== null) removeArrivalsParts(arrivalsPath, plan.clients);
    // Ctrl+C at the terminal reaches the children too: one that was just starting may end in any way.
    signal?.throwIfAborted();
    throw cause;
  } finally {
    endWatching?.();
    endStep();
  }
}

/**
 * Looks at the clients while they receive, where `isOver` is given.
 * @returns the signal that ends the session, and a function to call when there is nothing more to look at
 */
function watchClients(
  { isOver = null, transitLimitMs = 0 }: SessionPlan,
  processes: readonly ClientProcess[],
  signal: AbortSignal | null,
): { readonly ending: AbortSignal | null; readonly endWatch: () => void } {
  if (isOver === null) return { ending: signal, endWatch: () => undefined };
  const over = new AbortController();
  const watched = processes.map(({ task }) => ({
    task,
    certainty: new Certainty(transitLimitMs + SETTLE_MS),
  }));
  const timer = setInterval(() => {
    for (const { task, certainty } of watched) {
      const reading = task.soFar();
      if (reading !== null && isOver(certainty.look(performance.now(), reading))) over.abort();
    }
  }, LOOK_MS);
  return {
    ending: signal === null ? over.signal : AbortSignal.any([signal, over.signal]),
    endWatch: () => clearInterval(timer),
  };
}

/** How far the server is, what the clients miss, and what the proxy has dropped. */
function soFarOf(
  server: Running<'server'>,
  proxy: Running<'proxy'> | null,
  processes: readonly ClientProcess[],
): Reading | null {
  const served = server.soFar();
  const missed = addCounts(processes.map(({ task }) => task.soFar()?.counts ?? {}));
  const dropped = proxy?.soFar()?.counts['dropped'];
  if (served === null) return null;
  const { clients = 0 } = served.counts;
  return { ...served, counts: { clients, ...missed, ...(dropped !== undefined && { dropped }) } };
}

/** Clients that share a process share its failures. */
const distinct = (failures: readonly Unwritten[]): Unwritten[] => [
  ...new Map(failures.map((failure) => [failure.message, failure])).values(),
];

/** Joins what the clients list of arrivals, if all of it is there. Returns its failure. */
async function listArrivals(plan: SessionPlan, clients: readonly ClientResult[]): Promise<Unwritten[]> {
  const { arrivalsPath = null } = plan;
  if (arrivalsPath === null) return [];
  if (clients.length === plan.clients && clients.every(({ report }) => report.isListed))
    return tryWriting(() => joinArrivals(arrivalsPath, plan.clients));
  removeArrivalsParts(arrivalsPath, plan.clients);
  return [];
}

/**
 * The clients' results of a stream that its server has ended early: they receive the end, wait for late datagrams, and
 * leave, as after any end. Those that never receive the end are asked to leave; one that cannot do even that has no
 * report.
 */
async function resultsOfShortened(
  processes: readonly ClientProcess[],
  { tmaxNs, transitLimitMs = 0 }: SessionPlan,
  wait: Executor['wait'],
): Promise<ClientResult[][]> {
  const ending = Promise.allSettled(processes.map(({ results }) => results()));
  const isOver = (limitMs: number): Promise<boolean> =>
    wait(ending, limitMs, 'the clients').then(
      () => true,
      () => false,
    );
  if (!(await isOver(tmaxNs / 1e6 + transitLimitMs + END_LIMIT_MS))) {
    for (const { task } of processes) task.stop();
    if (!(await isOver(LEAVE_LIMIT_MS))) for (const { task } of processes) task.kill();
  }
  const settled = await wait(ending, KILLED_LIMIT_MS, 'the clients');
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}
