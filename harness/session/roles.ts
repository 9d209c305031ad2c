/**
 * Starts a task of any role in this process. Both the child process and the in-process mode use this, so they give the
 * same results.
 */
import { jsonText } from '../../src/base/escape.ts';
import { LogFile, NO_LOG } from '../../src/files/logFile.ts';
import type { Log } from '../../src/files/logFile.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { startClient } from '../../src/service/startClient.ts';
import { statsFile } from '../../src/service/statisticsFile.ts';
import { matchSource } from '../../src/service/matchStream.ts';
import { startServer } from '../../src/service/startServer.ts';
import type { StreamUsage } from '../../src/service/usageMeter.ts';
import type { Peer } from '../../src/net/batch.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import { DEFAULT_MAX_CLIENTS } from '../../src/stream/serverOptions.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import type { Network, NetworkReport } from '../../src/net/network.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { readProtocol } from '../protocols/allProtocols.ts';
import { startProxy } from '../proxy/startProxy.ts';
import { readCheckedFlow } from '../recording/checkedFlow.ts';
import type { RecordedFlow } from '../recording/recordedFlow.ts';
import { PayloadComparison, RecordingSource } from '../recording/recordingSource.ts';
import { ArrivalsPart } from './arrivalsFile.ts';
import { startClients } from './clients.ts';
import { StallMeter } from './stallMeter.ts';
import type {
  ClientTask,
  ClientsTask,
  GivenRecording,
  ProxyTask,
  Running,
  ServerTask,
  SourceSpec,
  Task,
  TaskReports,
} from './tasks.ts';

export interface StartedRole<Role extends Task['role']> {
  readonly local: readonly Peer[];
  readonly done: Promise<TaskReports[Role]>;
  /** Resources that this process used while the stream ran; null if nothing measures them. */
  usage(): StreamUsage | null;
  stop(): void;
}

/** A task started here, with the stalls of this process while it ran. */
export interface MeteredRole<Role extends Task['role']> extends Omit<StartedRole<Role>, 'done'> {
  readonly done: Promise<{ readonly report: TaskReports[Role]; readonly stallNs: number | null }>;
}

/** @param network default: sockets, with the task's transport */
export async function startRole<Role extends Task['role']>(
  task: Extract<Task, { role: Role }>,
  network: Network = realNetwork(task.transport, new MonotonicClock(task.epochUs)),
): Promise<MeteredRole<Role>> {
  const start = STARTERS[task.role] as (task: Task, network: Network) => Promise<StartedRole<Role>>;
  const role = await start(task, network);
  const meter = task.measureStalls ? new StallMeter() : null;
  meter?.start();
  const done = role.done
    .finally(() => meter?.stop())
    .then((report) => ({ report, stallNs: meter?.stallNs ?? null }));
  return { ...role, done };
}

/** The same, as a running task. */
export async function startHere<Role extends Task['role']>(
  task: Extract<Task, { role: Role }>,
  network?: Network,
): Promise<Running<Role>> {
  const role = await startRole<Role>(task, network);
  const done = role.done.then(({ report, stallNs }) => ({ report, usage: null, stallNs }));
  done.catch(() => undefined);
  return { local: role.local, done, stop: role.stop, kill: role.stop, processId: null };
}

const STARTERS = { server: serve, client: watch, clients: watchMany, proxy: forward };

const openLog = (task: Task): Log => (task.logPath === null ? NO_LOG : new LogFile(task.logPath));

/** Closes the log of a report; errors of the log are added to the report. */
async function withLog<R extends { readonly network: NetworkReport }>(log: Log, report: R): Promise<R> {
  await log.close();
  if (log.complaint === null) return report;
  const { network } = report;
  return { ...report, network: { ...network, notes: [...network.notes, log.complaint] } };
}

const flowOf = async (given: GivenRecording): Promise<RecordedFlow> =>
  'bytes' in given ? given : readCheckedFlow(given);

async function openSource(spec: SourceSpec): Promise<StreamSource> {
  switch (spec.kind) {
    case 'match':
      return matchSource(spec);
    case 'recording':
      return new RecordingSource(await flowOf(spec.recording));
    case 'bank':
      return new BankSource('bank', spec.messages, spec.intervalNs, spec.datagramSizeBytes);
    case 'stream':
      return spec.stream;
    default:
      return spec satisfies never;
  }
}

async function serve(task: ServerTask, network: Network): Promise<StartedRole<'server'>> {
  const source = await openSource(task.source);
  const log = openLog(task);
  const server = await startServer({
    source,
    host: task.host,
    port: task.port,
    network,
    log,
    logSends: task.debugLog,
    pacing: task.pacing,
    machine: {
      speed: task.speed,
      catchUp: task.catchUp,
      waitFor: task.waitFor,
      waitMostNs: task.waitMostNs,
      keepAliveNs: task.keepAliveNs,
      // Clients and proxy are all on this machine.
      maxClientsPerAddress: DEFAULT_MAX_CLIENTS,
    },
  });
  return {
    local: [server.local],
    done: server.done.then((report) => withLog(log, report)).finally(() => log.close()),
    usage: server.usage,
    stop: server.stop,
  };
}

async function watch(task: ClientTask, network: Network): Promise<StartedRole<'client'>> {
  const payloads = task.verify === null ? null : new PayloadComparison(await flowOf(task.verify));
  // On a virtual clock nothing arrives while waiting for the disk.
  const how = network.isVirtual ? 'direct' : {};
  const arrivals = task.arrivals === null ? null : new ArrivalsPart(task.arrivals, task.wishedId, how);
  const log = openLog(task);
  const starting = startClient({
    server: task.server,
    network,
    log,
    logReceipts: task.debugLog,
    check: task.check,
    machine: { wishedId: task.wishedId, tmaxNs: task.tmaxNs, registerTimeoutNs: task.registerTimeoutNs },
    ...((payloads !== null || arrivals !== null) && {
      observeDatagram: (count, batch, row) => {
        payloads?.compare(count, batch, row);
        arrivals?.add(count, batch, row);
      },
    }),
    ...(arrivals !== null && { observeCorrupted: (batch, row) => arrivals.add(null, batch, row) }),
  });
  const client = await starting.catch(async (cause) => {
    arrivals?.abandon();
    await log.close();
    throw cause;
  });
  const finish = async (): Promise<TaskReports['client']> => {
    try {
      const report = await withLog(log, await client.done);
      await arrivals?.close();
      if (task.statsPath !== null) {
        writeAtomicFile(task.statsPath, `${jsonText(statsFile(report), 2)}\n`);
      }
      return {
        ...report,
        payloads: payloads === null ? null : { compared: payloads.compared, different: payloads.different },
      };
    } finally {
      // After success both are closed already.
      arrivals?.abandon();
      await log.close();
    }
  };
  return { local: [client.local], done: finish(), usage: client.usage, stop: client.interrupt };
}

async function watchMany(task: ClientsTask, network: Network): Promise<StartedRole<'clients'>> {
  const log = openLog(task);
  const clients = await startClients({ ...task, network, log });
  return {
    local: clients.local,
    done: clients.done
      .then((reports) => Promise.all(reports.map((report) => withLog(log, { ...report, payloads: null }))))
      .finally(() => log.close()),
    usage: clients.usage,
    stop: clients.interrupt,
  };
}

async function forward(task: ProxyTask, network: Network): Promise<StartedRole<'proxy'>> {
  const log = openLog(task);
  const proxy = await startProxy({
    network,
    log,
    server: task.server,
    host: task.host,
    ports: task.ports,
    protocol: readProtocol(task.protocol, 'protocol'),
    impairment: task.impairment,
    fatesDir: task.fatesDir,
    maxFlows: task.maxFlows,
    idleNs: task.idleNs,
    sweepNs: task.sweepNs,
  });
  return {
    local: proxy.listening,
    done: proxy.done.then((report) => withLog(log, report)).finally(() => log.close()),
    usage: () => null,
    stop: proxy.stop,
  };
}
