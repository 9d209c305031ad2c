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
  /** Whether times are to be compared, so that every process measures its stalls. */
  /** Whether each process runs a short stream of its own first, so that this one runs compiled code. Default false. */
  readonly warmUp?: boolean;
  readonly measureStalls: boolean;
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
const KEEP_ALIVE_NS = 1e9;
/** How long a client tries to register, and the server waits for the next one to come. */
const REGISTER_TIMEOUT_NS = 20e9;
/** On top of the stream: starting, registering, the end and its repeats, stopping. */
const MARGIN_MS = 30_000 + REGISTER_TIMEOUT_NS / 1e6;
/** A client that left without a word is missed within six keep-alive periods and a few repeats. */
const SERVER_LIMIT_MS = 15_000;
const PROXY_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 2000;
/** The same where server or proxy is lost: nobody is left to take leave of. */
const LOST_LIMIT_MS = 500;
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

/** @param startPart starts a task; for tests of what becomes of a session whose parts fail */
export async function runSession(plan: SessionPlan, startPart = startTask): Promise<SessionResult> {
  const perProcess = plan.clientsPerProcess ?? 1;
  if (perProcess > 1 && (plan.verify !== null || plan.arrivalsPath !== null))
    throw new Error('clients that share a process compare no payloads and list no arrivals');
  const epochUs = monotonicUs();
  const signal = plan.signal ?? null;
  const parts: Part[] = [];
  const loss = new Loss();
  const common = (name: string) => ({
    epochUs,
    logPath: plan.logsDir === null ? null : join(plan.logsDir, `${name}.log`),
    debugLog: plan.debugLog,
    measureStalls: plan.measureStalls,
    transport: plan.transport,
    warmUp: plan.warmUp ?? false,
  });
  const start = async <Role extends Task['role']>(
    task: Extract<Task, { role: Role }>,
  ): Promise<Running<Role>> => {
    signal?.throwIfAborted();
    const part = new Part(task.role);
    parts.push(part);
    const starting = startPart<Role>(plan.mode, task, (kill) => part.forked(kill));
    part.starting = starting as Promise<unknown> as Part['starting'];
    const running = await loss.orElse(starting);
    part.isRunning = true;
    running.done.catch((cause: unknown) => loss.tell(task.role, cause));
    return running;
  };
  try {
    const server = await start<'server'>({
      ...common('server'),
      role: 'server',
      source: plan.source,
      host: HOST,
      port: 0,
      speed: plan.speed,
      waitFor: plan.clients,
      waitMostNs: REGISTER_TIMEOUT_NS,
      keepAliveNs: KEEP_ALIVE_NS,
      pacing: plan.pacing,
      catchUp: plan.catchUp ?? 'burst',
    });
    const serverPeer = server.local[0] as Peer;
    const { impairment } = plan;
    const proxy =
      impairment === null
        ? null
        : await start<'proxy'>({
            ...common('proxy'),
            role: 'proxy',
            impairment,
            fatesDir: plan.fatesDir ?? null,
            server: serverPeer,
            host: HOST,
            ports: Array.from({ length: plan.clients }, () => 0),
            protocol: matchstream.text,
            maxFlows: plan.clients,
            idleNs: 60e9,
          });
    const towards = (k: number): Peer => (proxy === null ? serverPeer : (proxy.local[k] as Peer));
    const clientTask = {
      tmaxNs: plan.tmaxNs,
      registerTimeoutNs: REGISTER_TIMEOUT_NS,
      check: plan.check,
    };
    const startOne = async (k: number): Promise<ClientProcess> => {
      const task = await start<'client'>({
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
      const task = await start<'clients'>({
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
    const limitMs = plan.streamLimitMs + MARGIN_MS;
    let interrupted = false;
    const clients = await within(loss.orElse(waiting), limitMs, 'the clients', signal).catch(
      (cause: unknown) => {
        if (signal?.aborted !== true || loss.isOfService) throw cause;
        interrupted = true;
        server.stop();
        return resultsOfShortened(processes, plan);
      },
    );
    // Without a client there is nothing to serve; a server that never had one would wait for ever.
    server.stop();
    const serverResult = await within(
      interrupted ? server.done : loss.orElse(server.done),
      SERVER_LIMIT_MS,
      'the server',
    );
    if (interrupted && serverResult.report.lastCount === 0) signal?.throwIfAborted();
    const isComplete = clients.flat().length === plan.clients;
    if (plan.arrivalsPath !== null && isComplete) await joinArrivals(plan.arrivalsPath, plan.clients);
    if (plan.arrivalsPath !== null && !isComplete) removeArrivalsParts(plan.arrivalsPath, plan.clients);
    proxy?.stop();
    const proxyResult = proxy === null ? null : await within(proxy.done, PROXY_LIMIT_MS, 'the proxy');
    return { server: serverResult, proxy: proxyResult, clients: clients.flat(), interrupted };
  } catch (cause) {
    await (loss.isOfService ? endLost(parts) : endAll(parts));
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
): Promise<ClientResult[][]> {
  const ending = Promise.allSettled(processes.map(({ results }) => results()));
  const isOver = (limitMs: number): Promise<boolean> =>
    within(ending, limitMs, 'the clients').then(
      () => true,
      () => false,
    );
  if (!(await isOver(tmaxNs / 1e6 + transitLimitMs + END_LIMIT_MS))) {
    for (const { task } of processes) task.stop();
    if (!(await isOver(LEAVE_LIMIT_MS))) for (const { task } of processes) task.kill();
  }
  const settled = await within(ending, STOP_LIMIT_MS, 'the clients');
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** A task of the session, from when its start is asked for. */
class Part {
  readonly role: Task['role'];
  starting: Promise<Running<Task['role']>> = Promise.reject(new Error('never started'));
  isRunning = false;
  #kill: (() => void) | null = null;
  #isUnwanted = false;

  constructor(role: Task['role']) {
    this.role = role;
    this.starting.catch(() => undefined);
  }

  forked(kill: () => void): void {
    this.#kill = kill;
    if (this.#isUnwanted) kill();
  }

  /** Its process ends at once, if it has one or will have one. */
  killStarting(): void {
    this.#isUnwanted = true;
    this.#kill?.();
  }
}

/** The first part that fails: whatever is waited for then, the others would wait for that part to the end of their time. */
class Loss {
  /** Whether it was one that the others talk to. */
  isOfService = false;
  readonly #lost: Promise<never>;
  #reject: (cause: unknown) => void = () => undefined;

  constructor() {
    this.#lost = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    this.#lost.catch(() => undefined);
  }

  tell(role: Task['role'], cause: unknown): void {
    this.isOfService ||= isServing({ role });
    this.#reject(cause);
  }

  orElse<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#lost]);
  }
}

const isServing = ({ role }: { readonly role: Task['role'] }): boolean =>
  role === 'server' || role === 'proxy';

/**
 * Nothing outlives a failed session, also what was only starting: each is asked, and killed when it does not end soon.
 * Clients come first, so that they can take leave of the server and know what it sent.
 */
async function endAll(parts: readonly Part[]): Promise<void> {
  const end = (part: Part): Promise<void> => endPart(part, STOP_LIMIT_MS);
  await Promise.all(parts.filter((part) => !isServing(part)).map(end));
  await Promise.all(parts.filter(isServing).map(end));
}

/** The same at once, for a session whose server or proxy is gone: the rest has a moment, and what only starts has none. */
async function endLost(parts: readonly Part[]): Promise<void> {
  for (const part of parts) if (!part.isRunning) part.killStarting();
  await Promise.all(parts.map((part) => endPart(part, LOST_LIMIT_MS)));
}

async function endPart({ starting }: Part, limitMs: number): Promise<void> {
  const task = await starting.catch(() => null);
  if (task === null) return;
  task.stop();
  await within(task.done, limitMs, 'a task').catch(() => task.kill());
}
