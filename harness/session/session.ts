/**
 * One streaming session: a server, its clients, and, where the stream is to be impaired, the proxy between them.
 *
 * An edge module. Every part runs where the mode says, every wait has a bound, and whatever happens nothing is left
 * running. It collects reports and judges nothing.
 */
import { join } from 'node:path';
import type { Peer } from '../../src/net/batch.ts';
import { monotonicUs } from '../../src/net/clock.ts';
import type { CatchUp } from '../../src/net/pacer.ts';
import type { Pacing } from '../../src/net/driver.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { matchstream } from '../protocols/matchstream.ts';
import { joinArrivals, ownArrivals, removeArrivalsParts } from './arrivalsFile.ts';
import { SessionParts } from './sessionParts.ts';
import type { Executor } from './sessionParts.ts';
import { startTask, within } from './startTask.ts';
import type { Mode } from './startTask.ts';
import type { ClientTask, Running, SourceSpec, Task, TaskResult } from './tasks.ts';

export interface SessionPlan {
  readonly mode: Mode;
  readonly clients: number;
  /**
   * Clients that share a process; default 1. Those that share one list no arrivals, compare no payloads and write no
   * statistics, and each reports what the whole process used.
   */
  readonly clientsPerProcess?: number;
  readonly source: SourceSpec;
  /** 1 as planned, 2 twice as fast, 0 flat out. */
  readonly speed: number;
  readonly pacing: Pacing;
  /** Default burst. */
  readonly catchUp?: CatchUp;
  readonly transport: TransportChoice;
  /** What the proxy does; null streams without one. */
  readonly impairment: Impairment | null;
  /** Where the proxy writes the fate files; null writes none. Default null. */
  readonly fatesDir?: string | null;
  readonly check: boolean;
  readonly tmaxNs: number;
  /** A recording that every arrival is compared with; null compares nothing. */
  readonly verify: ClientTask['verify'];
  /** Where every arrival is listed; null lists none. */
  readonly arrivalsPath: string | null;
  /** Folder for each process's own log, and the clients' statistics; null writes neither. */
  readonly logsDir: string | null;
  /** Log every datagram, too. */
  readonly debugLog: boolean;
  /** Whether each process runs a short stream of its own first, so that this one runs compiled code. Default false. */
  readonly warmUp?: boolean;
  /** Whether times are to be compared, so that every process measures its stalls. */
  readonly measureStalls: boolean;
  /** How often a client says that it is there, and who is silent is looked for, nanoseconds; 1 s. */
  readonly keepAliveNs?: number;
  /** How long a client tries to register, and the server waits for the next one to come, nanoseconds; 20 s. */
  readonly registerTimeoutNs?: number;
  /** The longest the stream itself may take, milliseconds; registering and leaving come on top. */
  readonly streamLimitMs: number;
  /** The longest that a datagram, and the word that the stream is over, may be under way, milliseconds; default 0. */
  readonly transitLimitMs?: number;
  /**
   * Ends the session before its time, in good order, and the reports are of the part that ran; before its parts have all
   * started there is none, and the promise rejects with its reason. Default null.
   */
  readonly signal?: AbortSignal | null;
}

export interface SessionResult {
  readonly server: TaskResult<'server'>;
  readonly proxy: TaskResult<'proxy'> | null;
  /** In order of client number. One is missing only where a session was interrupted and its process gave no report. */
  readonly clients: readonly ClientResult[];
  /** Whether its signal ended it: then the stream is a whole one, but shorter than planned, unless it was over already. */
  readonly interrupted: boolean;
}

export interface ClientResult extends TaskResult<'client'> {
  /** Its number, from 1. */
  readonly client: number;
}

const HOST = '127.0.0.1';
export const KEEP_ALIVE_NS = 1e9;
/** Twice a client's own default: processes that start together are held up by one another. */
const REGISTER_TIMEOUT_NS = 20e9;
/** On top of the stream and of registering: starting, the end and its repeats, stopping. */
const MARGIN_MS = 30_000;
/** A client that left without a word is missed within six keep-alive periods and a few repeats. */
const SERVER_LIMIT_MS = 15_000;
const PROXY_LIMIT_MS = 10_000;
/** A process that was killed may take so long to be gone. */
const KILLED_LIMIT_MS = 2000;
/** On top of its Tmax, a client may take so long to hear the end of a stream that was ended early, and to leave. */
const END_LIMIT_MS = 5000;
/** All farewells of a client that nobody answers, and more. */
const LEAVE_LIMIT_MS = 5000;

/** A process of clients. */
interface ClientProcess {
  readonly task: Running<Task['role']>;
  /** What it comes to, once it is waited for: an earlier failure leaves nobody to wait. */
  readonly results: () => Promise<ClientResult[]>;
}

/** Parts as the plan's mode says, and waits on the machine's clock. */
const REAL: Executor = { start: startTask, wait: within };

export async function runSession(plan: SessionPlan, executor = REAL): Promise<SessionResult> {
  const perProcess = plan.clientsPerProcess ?? 1;
  if (perProcess > 1 && (plan.verify !== null || plan.arrivalsPath !== null))
    throw new Error('clients that share a process compare no payloads and list no arrivals');
  const epochUs = monotonicUs();
  const { keepAliveNs = KEEP_ALIVE_NS, registerTimeoutNs = REGISTER_TIMEOUT_NS, signal = null } = plan;
  const parts = new SessionParts(plan.mode, executor, signal);
  const common = (name: string) => ({
    epochUs,
    logPath: plan.logsDir === null ? null : join(plan.logsDir, `${name}.log`),
    debugLog: plan.debugLog,
    measureStalls: plan.measureStalls,
    transport: plan.transport,
    warmUp: plan.warmUp ?? false,
  });
  try {
    const server = await parts.start<'server'>({
      ...common('server'),
      role: 'server',
      source: plan.source,
      host: HOST,
      port: 0,
      speed: plan.speed,
      waitFor: plan.clients,
      waitMostNs: registerTimeoutNs,
      keepAliveNs,
      pacing: plan.pacing,
      catchUp: plan.catchUp ?? 'burst',
    });
    const serverPeer = server.local[0] as Peer;
    const { impairment } = plan;
    const proxy =
      impairment === null
        ? null
        : await parts.start<'proxy'>({
            ...common('proxy'),
            role: 'proxy',
            impairment,
            fatesDir: plan.fatesDir ?? null,
            server: serverPeer,
            host: HOST,
            ports: Array.from({ length: plan.clients }, () => 0),
            protocol: matchstream.text,
            maxFlows: plan.clients,
            // As long as the session is there, so are its flows.
            idleNs: Number.POSITIVE_INFINITY,
            sweepNs: keepAliveNs,
          });
    const towards = (k: number): Peer => (proxy === null ? serverPeer : (proxy.local[k] as Peer));
    const clientTask = {
      tmaxNs: plan.tmaxNs,
      registerTimeoutNs,
      check: plan.check,
    };
    const startOne = async (k: number): Promise<ClientProcess> => {
      const task = await parts.start<'client'>({
        ...common(`client-${k + 1}`),
        ...clientTask,
        role: 'client',
        server: towards(k),
        wishedId: k + 1,
        verify: plan.verify,
        arrivals: plan.arrivalsPath === null ? null : ownArrivals(plan.arrivalsPath),
        statsPath: plan.logsDir === null ? null : join(plan.logsDir, `client-${k + 1}.stats.json`),
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
        ...clientTask,
        role: 'clients',
        servers: Array.from({ length: size }, (_, k) => towards(first + k)),
        firstId: first + 1,
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
    const limitMs = plan.streamLimitMs + registerTimeoutNs / 1e6 + MARGIN_MS;
    let interrupted = false;
    const clients = await parts.wait(waiting, limitMs, 'the clients', signal).catch((cause: unknown) => {
      if (signal?.aborted !== true || parts.isServiceLost) throw cause;
      interrupted = true;
      server.stop();
      return resultsOfShortened(processes, plan, executor.wait);
    });
    // Without a client there is nothing to serve; a server that never had one would wait for ever.
    server.stop();
    const serverResult = interrupted
      ? await executor.wait(server.done, SERVER_LIMIT_MS, 'the server')
      : await parts.wait(server.done, SERVER_LIMIT_MS, 'the server');
    if (interrupted && serverResult.report.lastCount === 0) signal?.throwIfAborted();
    const isComplete = clients.flat().length === plan.clients;
    if (plan.arrivalsPath !== null && isComplete) await joinArrivals(plan.arrivalsPath, plan.clients);
    if (plan.arrivalsPath !== null && !isComplete) removeArrivalsParts(plan.arrivalsPath, plan.clients);
    // Nobody is left to send anything to: stopped twice, it waits for nothing that it holds.
    proxy?.stop();
    proxy?.stop();
    const proxyResult = proxy === null ? null : await executor.wait(proxy.done, PROXY_LIMIT_MS, 'the proxy');
    return { server: serverResult, proxy: proxyResult, clients: clients.flat(), interrupted };
  } catch (cause) {
    await parts.end();
    if (plan.arrivalsPath !== null) removeArrivalsParts(plan.arrivalsPath, plan.clients);
    // A Ctrl+C of the terminal meets the children, too: one that was just starting ends in a way of its own.
    signal?.throwIfAborted();
    throw cause;
  }
}

/**
 * What clients report of a stream that its server has just ended early: they hear of the end, listen for what is late,
 * and leave, as after any end. Those that never hear of it are asked to leave, and one that cannot even do that has no
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
