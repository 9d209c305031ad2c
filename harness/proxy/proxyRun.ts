/**
 * What a proxy is started with: only the server must be named, everything else has a default. Pure: it starts nothing.
 */
import { NO_LOG } from '../../src/files/logFile.ts';
import type { Log } from '../../src/files/logFile.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { NetworkChoice } from '../../src/net/realNetwork.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import { DEFAULT_PROTOCOL } from '../protocols/defaultProtocol.ts';
import type { JournalRun } from './changes/openJournal.ts';
import { MAX_FLOWS } from './flows/flowTable.ts';
import type { ProxyOptions } from './proxyOptions.ts';
import type { UpstreamName } from './ports/upstreamName.ts';

export interface ProxyRun
  extends
    NetworkChoice,
    Pick<
      ProxyOptions,
      | 'mediaTimeNs'
      | 'answers'
      | 'onRefused'
      | 'newFlowAfterNs'
      | 'tap'
      | 'traffic'
      | 'waits'
      | 'maxFlows'
      | 'timeline'
      | 'observe'
    >,
    JournalRun {
  /** A wildcard address means this machine. */
  readonly server: Peer;
  /** What gives a datagram its index; default `any`, the order of arrival. */
  readonly protocol?: ProxyOptions['protocol'];
  /** Default: nothing is impaired. */
  readonly impairment?: ProxyOptions['impairment'];
  /** Looks the upstream's name up again and again; new flows go to its new address. */
  readonly follow?: UpstreamName;
  /** The interface of groups (multicast) that it listens in or sends to. */
  readonly multicastInterface?: string;
  /** Whether the upstream is a broadcast address. */
  readonly broadcast?: boolean;
  /** Where it listens; default the loopback address of the server's kind, `127.0.0.1` or `::1`. */
  readonly host?: string;
  /** One listening port each; 0 for any free port, which is the default. */
  readonly ports?: readonly number[];
  /** A flow without datagrams from either side for so long is closed, nanoseconds; default 60 s. */
  readonly idleNs?: number;
  /** Interval of the search for idle flows, nanoseconds; 1 s. */
  readonly sweepNs?: number;
  /** Let the original programs register from other machines too. */
  readonly allowUnverified?: boolean;
  /** Folder for the fate files, written at the end; null, the default, for none. */
  readonly fatesDir?: string | null;
  /** File of a capture of what comes and leaves, `.pcapng`; default none. */
  readonly capturePath?: string | null;
  /** Keep what fates need, for `look`; by default only for fate files. */
  readonly keepFates?: boolean;
  /** Whether the process lasts as long as the proxy; default true. */
  readonly keepsAlive?: boolean;
  /** Default: none. */
  readonly log?: Log;
  /** Called at once with what a user should know, a line each, each kind once; these lines are also in the log. */
  readonly notice?: (line: string) => void;
}

/** The same with its defaults. */
export type WholeProxyRun = ProxyRun & Required<Pick<ProxyRun, keyof typeof DEFAULTS | 'host'>>;

const DEFAULTS = {
  protocol: DEFAULT_PROTOCOL,
  impairment: UNIMPAIRED,
  ports: [0] as readonly number[],
  maxFlows: MAX_FLOWS,
  idleNs: 60e9,
  fatesDir: null as string | null,
  log: NO_LOG,
};

export function wholeRun(run: ProxyRun): WholeProxyRun {
  const host = run.server.address.includes(':') ? '::1' : '127.0.0.1';
  // An option that is undefined is one that was not given.
  const given = Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, host, ...given } as WholeProxyRun;
}
