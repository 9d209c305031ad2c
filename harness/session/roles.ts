/**
 * Starts a task of any role in this process. Both the child process and the in-process mode use this, so they give the
 * same results.
 */
import { jsonText } from '../../src/base/escape.ts';
import type { Reading } from '../../src/base/progress.ts';
import { LogFile, NO_LOG } from '../../src/files/logFile.ts';
import type { Log } from '../../src/files/logFile.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { tryWriting, unwrittenOf } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import { startClient } from '../../src/service/startClient.ts';
import { statsFile } from '../../src/service/statisticsFile.ts';
import { matchSource } from '../../src/service/matchStream.ts';
import { MatchWatch, WatchedSource } from '../../src/service/matchWatch.ts';
import { startServer } from '../../src/service/startServer.ts';
import type { StreamUsage } from '../../src/service/usageMeter.ts';
import type { Peer } from '../../src/net/batch.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import type { StreamSource } from '../../src/net/source.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import type { Network } from '../../src/net/network.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { readProtocol } from '../protocols/allProtocols.ts';
import { startProxy } from '../proxy/startProxy.ts';
import { checkedFlow, readCheckedFlow } from '../recording/checkedFlow.ts';
import { KEPT_BYTES } from '../recording/recordedFlow.ts';
import type { RecordedFlow } from '../recording/recordedFlow.ts';
import { PayloadComparison, RecordingSource } from '../recording/recordingSource.ts';
import { StreamedSource } from '../recording/threads/streamedSource.ts';
import { ArrivalsPart, openDirect, openQueued } from './arrivalsFile.ts';
import { ArrivalKeeper } from './keptArrivals.ts';
import { startClients } from './clients.ts';
import { seenFigures } from './sessionWatch.ts';
import type { RoleLook } from './sessionWatch.ts';
import { StallMeter } from './stallMeter.ts';
import type { GivenRecording, Running, SourceSpec, Task, TaskResult } from './tasks.ts';

/** A report, and what could not be written at the end. */
type Written<Role extends Task['role']> = Pick<TaskResult<Role>, 'report' | 'unwritten'>;

export interface StartedRole<Role extends Task['role']> {
  readonly local: readonly Peer[];
  readonly done: Promise<Written<Role>>;
  /** Resources that this process used while the stream ran; null if nothing measures them. */
  usage(): StreamUsage | null;
  soFar(): Reading | null;
  /** Null if it is not watched. */
  look(): RoleLook | null;
  stop(): void;
}

/** A task started here, with the stalls of this process while it ran. */
export interface MeteredRole<Role extends Task['role']> extends Omit<StartedRole<Role>, 'done'> {
  readonly done: Promise<Omit<TaskResult<Role>, 'usage'>>;
}

/** @param network default: sockets, with the task's transport */
export async function startRole<Role extends Task['role']>(
  task: Task<Role>,
  network: Network = realNetwork(task.transport, new MonotonicClock(task.epochUs)),
): Promise<MeteredRole<Role>> {
  const start = STARTERS[task.role] as (task: Task, network: Network) => Promise<StartedRole<Role>>;
  const role = await start(task, network);
  const meter = task.measureStalls ? new StallMeter() : null;
  meter?.start();
  const done = role.done
    .finally(() => meter?.stop())
    .then((written) => ({ ...written, stallNs: meter?.stallNs ?? null }));
  return { ...role, done };
}

/** The same, as a running task. */
export async function startHere<Role extends Task['role']>(
  task: Task<Role>,
  network?: Network,
): Promise<Running<Role>> {
  const role = await startRole<Role>(task, network);
  const done = role.done.then((result) => ({ ...result, usage: null }));
  done.catch(() => undefined);
  const { local, soFar, look, stop } = role;
  return { local, done, soFar, look, stop, kill: stop, processId: null };
}

const STARTERS = { server: serve, client: watch, clients: watchMany, proxy: forward };

const NOTHING_SEEN = (): null => null;

const openLog = (task: Task): Log => (task.logPath === null ? NO_LOG : new LogFile(task.logPath));

/** Waits for a start, and closes the log if it fails. */
const starting = <T>(log: Log, started: Promise<T>): Promise<T> =>
  started.catch(async (cause: unknown) => {
    await log.close();
    throw cause;
  });

/** Waits for the end, and closes the log. */
async function closing<R>(
  log: Log,
  done: Promise<R>,
): Promise<{ readonly report: R; readonly unwritten: readonly Unwritten[] }> {
  const report = await done.finally(() => log.close());
  return { report, unwritten: unwrittenOf(log) };
}

const flowOf = async (given: GivenRecording): Promise<RecordedFlow> =>
  'lengths' in given ? given : readCheckedFlow(given);

/** What plays a recording: from memory if it is kept there, or small enough to be. */
export async function recordingSource(given: GivenRecording): Promise<StreamSource> {
  if ('bytes' in given) return new RecordingSource(given);
  if ('lengths' in given) return new StreamedSource(checkedFlow(given), given.timesNs);
  const flow = given.payloadBytes > KEPT_BYTES ? null : await readCheckedFlow(given);
  return flow !== null && 'bytes' in flow ? new RecordingSource(flow) : new StreamedSource(given, null);
}

export async function openSource(spec: SourceSpec): Promise<StreamSource> {
  if (!('kind' in spec)) return spec;
  switch (spec.kind) {
    case 'match':
      return matchSource(spec);
    case 'recording':
      return recordingSource(spec.recording);
    case 'bank':
      return new BankSource('bank', spec.messages, spec.intervalNs, spec.datagramSizeBytes);
    default:
      return spec satisfies never;
  }
}

async function serve(task: Task<'server'>, network: Network): Promise<StartedRole<'server'>> {
  const opened = await openSource(task.source);
  const seen = task.watched === true ? new MatchWatch() : null;
  const source = seen === null ? opened : new WatchedSource(opened, seen);
  const log = openLog(task);
  const server = await starting(log, startServer({ ...task.run, source, network, log }));
  return {
    local: [server.local],
    done: closing(
      log,
      server.done.finally(() => source.close?.()),
    ),
    usage: server.usage,
    soFar: server.soFar,
    look: () => seen && { match: seen.look(), figures: null, isOver: false },
    stop: server.stop,
  };
}

async function watch(task: Task<'client'>, network: Network): Promise<StartedRole<'client'>> {
  const payloads = task.verify === null ? null : new PayloadComparison(await flowOf(task.verify));
  // On a virtual clock nothing arrives while waiting for the disk.
  const open = network.isVirtual ? openDirect : openQueued;
  const arrivals = task.arrivals === null ? null : new ArrivalsPart(task.arrivals, task.run.wishedId, open);
  const { keptArrivals = 0 } = task;
  const keeper = keptArrivals === 0 ? null : new ArrivalKeeper(keptArrivals);
  const seen = task.watched === true ? new MatchWatch() : null;
  const log = openLog(task);
  const started = startClient({
    ...task.run,
    network,
    log,
    ...((payloads ?? arrivals ?? keeper ?? seen) !== null && {
      observeDatagram: (count, batch, row) => {
        payloads?.compare(count, batch, row);
        arrivals?.add(count, batch, row);
        keeper?.add(count, batch.timesNs[row] as number);
        seen?.add(count, batch, row);
      },
    }),
    ...(arrivals !== null && { observeCorrupted: (batch, row) => arrivals.add(null, batch, row) }),
  });
  const client = await starting(log, started).catch((cause) => {
    arrivals?.abandon();
    throw cause;
  });
  const finish = async (): Promise<Written<'client'>> => {
    try {
      const { report, unwritten } = await closing(log, client.done);
      const unlisted = await tryWriting(() => arrivals?.close());
      const { statsPath } = task;
      const uncounted = await tryWriting(() => {
        if (statsPath !== null) writeAtomicFile(statsPath, `${jsonText(statsFile(report), 2)}\n`);
      });
      return {
        report: {
          ...report,
          payloads: payloads === null ? null : { compared: payloads.compared, different: payloads.different },
          isListed: unlisted.length === 0,
          kept: keeper?.kept() ?? null,
        },
        unwritten: [...unwritten, ...unlisted, ...uncounted],
      };
    } finally {
      // After success it is closed already.
      arrivals?.abandon();
    }
  };
  const { usage, soFar, statistics, interrupt } = client;
  const look = (): RoleLook | null => {
    const measured = seen === null ? null : statistics();
    return (
      seen && {
        match: seen.look(),
        figures: measured === null ? null : seenFigures(measured),
        isOver: (soFar()?.of ?? null) !== null,
      }
    );
  };
  return { local: [client.local], done: finish(), usage, soFar, look, stop: interrupt };
}

async function watchMany(task: Task<'clients'>, network: Network): Promise<StartedRole<'clients'>> {
  const log = openLog(task);
  const clients = await starting(log, startClients(task.run, network, log));
  return {
    local: clients.local,
    done: closing(log, clients.done).then(({ report, unwritten }) => ({
      report: report.map((each) => ({ ...each, payloads: null, isListed: true, kept: null })),
      unwritten,
    })),
    usage: clients.usage,
    soFar: clients.soFar,
    look: NOTHING_SEEN,
    stop: clients.interrupt,
  };
}

async function forward(task: Task<'proxy'>, network: Network): Promise<StartedRole<'proxy'>> {
  const protocol = readProtocol(task.protocol, 'protocol');
  const log = openLog(task);
  const proxy = await starting(log, startProxy({ ...task.run, protocol, network, log }));
  return {
    local: proxy.listening,
    done: closing(log, proxy.done).then(({ report, unwritten }) => ({
      report,
      unwritten: [...report.unwritten, ...unwritten],
    })),
    usage: () => null,
    soFar: proxy.soFar,
    look: NOTHING_SEEN,
    stop: proxy.stop,
  };
}
