/**
 * What a runner can be told to run, and what comes back: plain data that crosses a process boundary unchanged.
 *
 * Types only.
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

/** A recording that is checked: loaded where the task runs in the process that loaded it, else where to read it. */
export type GivenRecording = LoadedRecording | CheckedFlow;

/** What a server streams. */
export type SourceSpec =
  | ({ readonly kind: 'match' } & MatchStreamOptions)
  | { readonly kind: 'recording'; readonly recording: GivenRecording }
  /** A bank of pre-encoded messages, counted on without end: for rates no simulation keeps up with. */
  | {
      readonly kind: 'bank';
      readonly messages: number;
      readonly intervalNs: number;
      readonly datagramSizeBytes: number;
    }
  /** One that is there already: only for a server of the same process. */
  | { readonly kind: 'stream'; readonly stream: StreamSource };

interface Common {
  /** CLOCK_MONOTONIC microseconds that all times of the run are relative to. */
  readonly epochUs: number;
  /** Null writes no log. */
  readonly logPath: string | null;
  readonly debugLog: boolean;
  /** Whether to measure how long the process stalled; see `TaskResult`. */
  readonly measureStalls: boolean;
  readonly transport: TransportChoice;
  /** Whether a child process warmsUp before it starts; see warmUp.ts. Default false. */
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
  /** How long it waits for them after the last one came. */
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
  /** A recording whose payloads every arrival is compared with, byte for byte; null compares nothing. */
  readonly verify: GivenRecording | null;
  /** The arrivals file that this client writes its part of; null writes none. */
  readonly arrivals: ArrivalsPlace | null;
  /** Where the client writes its statistics; null writes none. */
  readonly statsPath: string | null;
}

/** Many clients in one process; see clients.ts. */
export interface ClientsTask extends Common, Pick<ClientTask, 'tmaxNs' | 'registerTimeoutNs' | 'check'> {
  readonly role: 'clients';
  /** Whom each client registers with. */
  readonly servers: readonly Peer[];
  /** The first client wishes for this id, the next for the one after it. */
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
  /** Where the fate files go; null writes none. */
  readonly fatesDir: string | null;
  readonly maxFlows: number;
  readonly idleNs: number;
  readonly sweepNs: number;
}

export type Task = ServerTask | ClientTask | ClientsTask | ProxyTask;

/** What a client found out about the payloads; null when it was not asked to compare. */
export interface PayloadCheck {
  readonly compared: number;
  /** Arrivals whose bytes are not the recorded ones. */
  readonly different: number;
}

export interface TaskReports {
  readonly server: ServerReport;
  readonly client: ClientReport & { readonly payloads: PayloadCheck | null };
  /** In order of the clients. */
  readonly clients: readonly TaskReports['client'][];
  readonly proxy: ProxyReport;
}

/** What a process used; null in-process, where it cannot be told apart. */
export interface Usage {
  /** While the stream ran, as seen from this task; null where it never saw one, and for a proxy. */
  readonly stream: StreamUsage | null;
  /** The most memory the process ever held. */
  readonly maxRssMib: number;
}

export interface TaskResult<Role extends Task['role']> {
  readonly report: TaskReports[Role];
  readonly usage: Usage | null;
  /** Longest time its event loop did not turn, nanoseconds; null when it was not asked to measure. */
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

/** An error as it crosses the boundary. `Error` is nothing that a user can cause or meet: a bug. */
export type Failure =
  | ({ readonly name: 'UsageError' } & Pick<UsageError, 'code' | 'subject' | 'detail'>)
  | ({ readonly name: 'EnvironmentError' } & Pick<EnvironmentError, 'code' | 'message'>)
  | { readonly name: 'Error'; readonly message: string };

/** A task under way, wherever it runs. */
export interface Running<Role extends Task['role']> {
  /** Addresses it listens on. */
  readonly local: readonly Peer[];
  readonly done: Promise<TaskResult<Role>>;
  /** Asks it to end in good order. */
  stop(): void;
  /** Ends it without a word; in-process it is the same as `stop`. */
  kill(): void;
  readonly processId: number | null;
}
