/**
 * The tasks of a session and their results, as plain data that can be sent to another process.
 */
import type { Impairment } from '../impairment/impairment.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';
import type { CheckedFlow } from '../recording/checkedFlow.ts';
import type { LoadedRecording } from '../recording/loadRecording.ts';
import type { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import type { ClientReport, ServerReport } from '../../src/service/reports.ts';
import type { MatchStreamOptions } from '../../src/service/matchStream.ts';
import type { StreamUsage } from '../../src/service/usageMeter.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { StreamSource } from '../../src/net/source.ts';
import type { CatchUp } from '../../src/net/pacer.ts';
import type { Pacing } from '../../src/net/driver.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import type { ArrivalsPlace } from './arrivalsFile.ts';

/** A checked recording: loaded, if the task runs in the process that loaded it, else a reference to its file. */
export type GivenRecording = LoadedRecording | CheckedFlow;

/** What a server streams. */
export type SourceSpec =
  | ({ readonly kind: 'match' } & MatchStreamOptions)
  | { readonly kind: 'recording'; readonly recording: GivenRecording }
  /** An endless bank of pre-encoded messages: for rates that no simulation reaches. */
  | {
      readonly kind: 'bank';
      readonly messages: number;
      readonly intervalNs: number;
      readonly datagramSizeBytes: number;
    }
  /** An existing stream: only for a server of the same process. */
  | { readonly kind: 'stream'; readonly stream: StreamSource };

interface Common {
  /** Origin of all times of the run, CLOCK_MONOTONIC microseconds. */
  readonly epochUs: number;
  /** Null for no log. */
  readonly logPath: string | null;
  readonly debugLog: boolean;
  /** Whether to measure stalls of the process; see `TaskResult`. */
  readonly measureStalls: boolean;
  readonly transport: TransportChoice;
  /** Whether a child process warms up before it starts; see warmUp.ts. Default false. */
  readonly warmUp?: boolean;
}

export interface ServerTask extends Common {
  readonly role: 'server';
  readonly source: SourceSpec;
  readonly host: string;
  readonly port: number;
  /** 1 as recorded, 2 twice as fast, 0 flat out. */
  readonly speed: number;
  readonly waitFor: number;
  /** How long it waits for more clients after the last one registered. */
  readonly waitMostNs: number;
  readonly keepAliveNs: number;
  readonly pacing: Pacing;
  readonly catchUp: CatchUp;
}

export interface ClientTask extends Common {
  readonly role: 'client';
  readonly server: Peer;
  readonly wishedId: number;
  readonly tmaxNs: number;
  readonly registerTimeoutNs: number;
  readonly check: boolean;
  /** A recording to compare every arrival with, byte for byte; null for none. */
  readonly verify: GivenRecording | null;
  /** The arrivals file of which this client writes a part; null for none. */
  readonly arrivals: ArrivalsPlace | null;
  /** The client's statistics file; null for none. */
  readonly statsPath: string | null;
}

/** Many clients in one process; see clients.ts. */
export interface ClientsTask extends Common, Pick<ClientTask, 'tmaxNs' | 'registerTimeoutNs' | 'check'> {
  readonly role: 'clients';
  /** The server for each client. */
  readonly servers: readonly Peer[];
  /** The first client requests this id, the next one the id after it. */
  readonly firstId: number;
}

export interface ProxyTask extends Common {
  readonly role: 'proxy';
  readonly server: Peer;
  readonly host: string;
  readonly ports: readonly number[];
  /** As `readProtocol` reads it. */
  readonly protocol: string;
  readonly impairment: Impairment;
  /** Folder for the fate files; null for none. */
  readonly fatesDir: string | null;
  readonly maxFlows: number;
  readonly idleNs: number;
  readonly sweepNs: number;
}

export type Task = ServerTask | ClientTask | ClientsTask | ProxyTask;

/** The result of comparing payloads; null if none were compared. */
export interface PayloadCheck {
  readonly compared: number;
  /** Arrivals that differ from the recorded bytes. */
  readonly different: number;
}

export interface TaskReports {
  readonly server: ServerReport;
  readonly client: ClientReport & { readonly payloads: PayloadCheck | null };
  /** In order of the clients. */
  readonly clients: readonly TaskReports['client'][];
  readonly proxy: ProxyReport;
}

/** Resources used by a process; null in-process, where they cannot be separated. */
export interface Usage {
  /** While the stream ran, as seen from this task; null if it saw none, and for a proxy. */
  readonly stream: StreamUsage | null;
  /** Maximum memory of the process. */
  readonly maxRssMib: number;
}

export interface TaskResult<Role extends Task['role']> {
  readonly report: TaskReports[Role];
  readonly usage: Usage | null;
  /** Longest time that its event loop was blocked, nanoseconds; null if not measured. */
  readonly stallNs: number | null;
}

/** From parent to child. */
export type ToChild = { readonly kind: 'task'; readonly task: Task } | { readonly kind: 'stop' };

/** From child to parent. */
export type FromChild =
  | { readonly kind: 'ready'; readonly local: readonly Peer[] }
  | {
      readonly kind: 'done';
      readonly report: TaskReports[Task['role']];
      readonly usage: Usage;
      readonly stallNs: number | null;
    }
  | ({ readonly kind: 'failed' } & Failure);

/** An error, as plain data. `Error` is a bug: nothing that a user can cause. */
export type Failure =
  | ({ readonly name: 'UsageError' } & Pick<UsageError, 'code' | 'subject' | 'detail'>)
  | ({ readonly name: 'EnvironmentError' } & Pick<EnvironmentError, 'code' | 'message'>)
  | { readonly name: 'Error'; readonly message: string };

/** A running task. */
export interface Running<Role extends Task['role']> {
  /** Addresses it listens on. */
  readonly local: readonly Peer[];
  readonly done: Promise<TaskResult<Role>>;
  /** Asks it to end in good order. */
  stop(): void;
  /** Ends it at once; in-process the same as `stop`. */
  kill(): void;
  readonly processId: number | null;
}
