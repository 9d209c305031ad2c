/**
 * The tasks of a session and their results, as plain data that can be sent to another process.
 */
import type { ProxyReport, ProxyRun } from '../proxy/startProxy.ts';
import type { CheckedFlow } from '../recording/checkedFlow.ts';
import type { LoadedRecording } from '../recording/loadRecording.ts';
import type { Failure } from '../../src/base/failure.ts';
import type { Reading } from '../../src/base/progress.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import type { ClientReport, ServerReport } from '../../src/service/reports.ts';
import type { MatchStreamOptions } from '../../src/service/matchStream.ts';
import type { ClientRun } from '../../src/service/startClient.ts';
import type { ServerRun } from '../../src/service/startServer.ts';
import type { StreamUsage } from '../../src/service/usageMeter.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { StreamSource } from '../../src/net/source.ts';
import type { NetworkChoice } from '../../src/net/realNetwork.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import type { ArrivalsPlace } from './arrivalsFile.ts';
import type { KeptArrivals } from './keptArrivals.ts';
import type { RoleLook } from './sessionWatch.ts';

/** A checked recording: loaded, if the task runs in the process that loaded it, else a reference to its file. */
export type GivenRecording = LoadedRecording | CheckedFlow;

/** What a server streams: a source that exists, for a server of the same process, or what one is made of in any process. */
export type SourceSpec =
  | StreamSource
  | ({ readonly kind: 'match' } & MatchStreamOptions)
  | { readonly kind: 'recording'; readonly recording: GivenRecording }
  /** An endless bank of pre-encoded messages: for rates that no simulation reaches. */
  | {
      readonly kind: 'bank';
      readonly messages: number;
      readonly intervalNs: number;
      readonly datagramSizeBytes: number;
    };

/** The options that a role is started with, without those that cannot be sent to another process. */
type Sendable<Run> = Omit<
  Run,
  | keyof NetworkChoice
  | 'log'
  | 'mediaTimeNs'
  | 'notice'
  | 'observeCorrupted'
  | 'observeDatagram'
  | 'observeRefusal'
  | 'protocol'
  | 'source'
>;

/** What each role is given: the options that it hands on unopened as `run`, and what it makes the others of. */
interface Roles {
  readonly server: { readonly run: Sendable<ServerRun>; readonly source: SourceSpec };
  readonly client: {
    readonly run: Sendable<ClientRun> & { readonly wishedId: number };
    /** A recording to compare every arrival with, byte for byte; null for none. */
    readonly verify: GivenRecording | null;
    /** The arrivals file of which this client writes a part; null for none. */
    readonly arrivals: ArrivalsPlace | null;
    /** How many arrivals it keeps at most, for the columns of a report; 0 for none. Default 0. */
    readonly keptArrivals?: number;
    /** The client's statistics file; null for none. */
    readonly statsPath: string | null;
  };
  /** Many clients in one process; see clients.ts. */
  readonly clients: {
    readonly run: Pick<ClientRun, 'check' | 'tmaxNs' | 'registerTimeoutNs' | 'windowCounts'> & {
      /** The server for each client. */
      readonly servers: readonly Peer[];
      /** The first client requests this id, the next one the id after it, and so on. */
      readonly firstId: number;
    };
  };
  readonly proxy: {
    readonly run: Sendable<ProxyRun>;
    /** As `readProtocol` reads it. */
    readonly protocol: string;
  };
}

/** The task of a role, as plain data; of any role without one. */
export type Task<Role extends keyof Roles = keyof Roles> = Extract<
  {
    readonly [Each in keyof Roles]: Roles[Each] & {
      readonly role: Each;
      /** Origin of all times of the run, CLOCK_MONOTONIC microseconds. */
      readonly epochUs: number;
      /** Null for no log. */
      readonly logPath: string | null;
      /** Whether to measure stalls of the process; see `TaskResult`. */
      readonly measureStalls: boolean;
      readonly transport: TransportChoice;
      /** Whether a child process warms up before it starts; see warmUp.ts. Default false. */
      readonly warmUp?: boolean;
      /** Whether it keeps what `look` shows of a match. Default false. */
      readonly watched?: boolean;
    };
  }[keyof Roles],
  { readonly role: Role }
>;

/** The result of comparing payloads; null if none were compared. */
export interface PayloadCheck {
  readonly compared: number;
  /** Arrivals that differ from the recorded bytes. */
  readonly different: number;
}

export interface TaskReports {
  readonly server: ServerReport;
  readonly client: ClientReport & {
    readonly payloads: PayloadCheck | null;
    /** Whether its part of the arrivals file is written; true if none was wanted. */
    readonly isListed: boolean;
    /** Null if none were wanted; `too many` if there were more than it may keep. */
    readonly kept: KeptArrivals | 'too many' | null;
  };
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
  /** What it could not write at its end. */
  readonly unwritten: readonly Unwritten[];
}

/** From parent to child. */
export type ToChild =
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'stop' }
  /** Asks how far it is. */
  | { readonly kind: 'so far' }
  /** Asks what it has to show. */
  | { readonly kind: 'look' };

/** From child to parent. */
export type FromChild =
  | { readonly kind: 'ready'; readonly local: readonly Peer[] }
  | { readonly kind: 'so far'; readonly reading: Reading | null }
  | { readonly kind: 'look'; readonly look: RoleLook | null }
  | {
      readonly kind: 'done';
      /** What it had to show at last; null if it is not watched. */
      readonly look: RoleLook | null;
      readonly report: TaskReports[Task['role']];
      readonly usage: Usage;
      readonly stallNs: number | null;
      readonly unwritten: readonly Unwritten[];
    }
  | ({ readonly kind: 'failed' } & Failure);

/** A running task. */
export interface Running<Role extends Task['role']> {
  /** Addresses it listens on. */
  readonly local: readonly Peer[];
  readonly done: Promise<TaskResult<Role>>;
  /** How far it is; of another process as it was when this was last called, and null at first. */
  soFar(): Reading | null;
  /** What it has to show, if it is watched; of another process in the same way. */
  look(): RoleLook | null;
  /** Asks it to end in good order. */
  stop(): void;
  /** Ends it at once; in-process the same as `stop`. */
  kill(): void;
  readonly processId: number | null;
}
