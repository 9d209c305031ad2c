/**
 * Events of a proxy, as plain data and as a line for people, for both the log and the terminal.
 *
 * Bytes from the network appear in a line only as hexadecimal digits or printable ASCII.
 */
import { escaped } from '../../../src/base/escape.ts';
import { counted } from '../../../src/base/figures.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Conditions } from '../../impairment/conditions.ts';
import { formatKnobs, readKnobs } from '../../impairment/knobs.ts';
import type { Direction } from '../../impairment/schedule.ts';
import { describeStriking } from '../path/bounds.ts';
import type { Bound } from '../path/bounds.ts';
import type { FlowReport } from '../flows/closedFlows.ts';
import type { Awaited } from '../ending.ts';
import type { Flow } from '../flows/flow.ts';
import { MAX_REOPENINGS } from '../ports/listeningPorts.ts';
import { AWAY_SILENCE_NS } from '../ports/route.ts';
import { MAX_STREAMS } from '../../../src/metrics/unwrap.ts';
import type { Protocol, Unread } from '../../protocols/protocol.ts';
import { ANSWER_WAIT_NS, SAME_IN_A_ROW } from '../flows/flowWatch.ts';
import type { Finding } from '../flows/flowWatch.ts';

export type ProxyEvent =
  | { readonly kind: 'flow opened'; readonly flow: number; readonly client: Peer }
  | {
      readonly kind: 'flow expired';
      readonly flow: number;
      readonly client: Peer;
      readonly report: FlowReport;
    }
  /** The server sees it from another port of the proxy's from now on; null where the ports are not known. */
  | {
      readonly kind: 'flow rebound';
      readonly flow: number;
      readonly client: Peer;
      readonly from: Peer | null;
      readonly to: Peer | null;
    }
  /** It stays where it is. `reason`: why no port could be opened; null if none was requested. */
  | {
      readonly kind: 'flow not rebound';
      readonly flow: number;
      readonly client: Peer;
      readonly reason: string | null;
    }
  /** `reason`: why no upstream port could be opened; null if unknown. */
  | {
      readonly kind: 'flow failed';
      readonly flow: number;
      readonly client: Peer;
      readonly reason: string | null;
    }
  /** Another client has the port, and its number of flows is exhausted. */
  | { readonly kind: 'port taken'; readonly client: Peer; readonly flow: number }
  | { readonly kind: 'flows full'; readonly client: Peer; readonly maxFlows: number }
  /** The flow that was silent for the longest was closed for a new client. */
  | { readonly kind: 'gave way'; readonly flow: number; readonly client: Peer; readonly maxFlows: number }
  /** No upstream port is requested, because the last one could not be opened. */
  | { readonly kind: 'no port'; readonly client: Peer }
  /** The maximum number of registrations without proof is reached, so one is replaced. */
  | { readonly kind: 'crowded'; readonly max: number }
  /** Refused by the protocol's handshake. `reason`: a key of the protocol's reasons. `text`: the line for people. */
  | { readonly kind: 'refused'; readonly client: Peer; readonly reason: string; readonly text: string }
  | { readonly kind: 'withheld' | 'loop'; readonly client: Peer }
  /** What a flow sends comes back from a client, which is cut off. */
  | {
      readonly kind: 'own datagrams';
      readonly flow: number;
      readonly client: Peer;
      readonly to: Peer;
    }
  | { readonly kind: 'not upstream'; readonly from: Peer; readonly upstream: Peer }
  /** The datagrams of a flow go elsewhere: to who answered, or back to the upstream that was named. */
  | {
      readonly kind: 'upstream moved';
      readonly flow: number;
      readonly client: Peer;
      readonly from: Peer;
      readonly to: Peer;
      readonly why: 'answered' | 'refused' | 'silent';
    }
  | {
      readonly kind: 'upstream refused';
      readonly flow: number;
      readonly client: Peer;
      readonly upstream: Peer;
    }
  /** A listening port is closed because the upstream refuses, open again, or could not be opened again. */
  | { readonly kind: 'port closed' | 'port opened'; readonly listening: Peer }
  | {
      readonly kind: 'port not opened';
      readonly listening: Peer;
      readonly reason: string;
      readonly isTriedAgain: boolean;
    }
  /** The name of the upstream has another address, none, or one again. */
  | { readonly kind: 'upstream renamed'; readonly from: Peer; readonly to: Peer }
  | { readonly kind: 'upstream lost'; readonly upstream: Peer; readonly reason: string }
  | { readonly kind: 'upstream found'; readonly upstream: Peer }
  | { readonly kind: 'upstream silent'; readonly upstream: Peer; readonly mayBeOneWay: boolean }
  | {
      readonly kind: 'wrong direction';
      readonly spared: Direction;
      readonly datagrams: number;
      /** Number of datagrams in the other direction. */
      readonly others: number;
    }
  /** `what` is missing, and what helps. */
  | {
      readonly kind: 'nothing indexed';
      readonly flow: number;
      readonly direction: Direction;
      readonly datagrams: number;
      readonly what: string;
      readonly remedy: string;
    }
  | { readonly kind: 'many streams'; readonly flow: number; readonly direction: Direction }
  | {
      readonly kind: 'same index';
      readonly flow: number;
      readonly direction: Direction;
      readonly remedy: string;
    }
  | {
      readonly kind: 'bound struck';
      readonly flow: number;
      readonly direction: Direction;
      readonly bound: Bound;
    }
  /** A timeline is played, and this flow is not in it. */
  | { readonly kind: 'not in timeline'; readonly flow: number }
  /** Its ports were shut, or opened again, on request. */
  | { readonly kind: 'listening changed'; readonly isListening: boolean }
  /** The conditions have changed. */
  | { readonly kind: 'conditions changed'; readonly number: number; readonly conditions: Conditions }
  /** The end was asked for, and waits for what has not left yet. */
  | ({ readonly kind: 'end awaits' } & Awaited);

/** Whether it is printed on the terminal, besides the log. */
export const isNotice = ({ kind }: ProxyEvent): boolean => !LOGGED_ONLY.has(kind);

const LOGGED_ONLY: ReadonlySet<ProxyEvent['kind']> = new Set([
  'flow opened',
  'flow expired',
  'port opened',
  'listening changed',
  'conditions changed',
]);

/** Whether it is printed for the first flow or time only; the log has each. */
export const isPrintedOnce = ({ kind }: ProxyEvent): boolean =>
  kind === 'upstream moved' ||
  kind === 'flow rebound' ||
  kind === 'flow not rebound' ||
  kind === 'upstream refused' ||
  kind === 'port closed' ||
  kind === 'own datagrams' ||
  kind === 'not in timeline' ||
  kind === 'port not opened';

const at = ({ address, port }: Peer): string => formatHostPort(address, port);
const portOf = (peer: Peer | null): string => (peer === null ? 'another port' : `port ${peer.port}`);

/** A flow's finding as an event. */
export function eventOf(finding: Finding, flow: Flow, protocol: Protocol): ProxyEvent {
  const { up, down, number } = flow;
  switch (finding.kind) {
    case 'upstream silent':
      return { ...finding, upstream: flow.route.to, mayBeOneWay: protocol.admission === 'source' };
    case 'wrong direction':
      return up.arrived > down.arrived
        ? { ...finding, spared: 'up', datagrams: up.arrived, others: down.arrived }
        : { ...finding, spared: 'down', datagrams: down.arrived, others: up.arrived };
    case 'nothing indexed': {
      const { what, remedy } = protocol[finding.direction].unread as Unread;
      return { ...finding, flow: number, datagrams: flow[finding.direction].unread, what, remedy };
    }
    case 'many streams':
    case 'bound struck':
      return { ...finding, flow: number };
    case 'same index':
      return { ...finding, flow: number, remedy: (protocol[finding.direction].unread as Unread).remedy };
    default:
      return finding satisfies never;
  }
}

/** A time to wait, for people. */
const formatWait = (waitNs: number): string =>
  waitNs < 1e9 ? `${Math.ceil(waitNs / 1e6)} ms` : `${(Math.ceil(waitNs / 1e8) / 10).toFixed(1)} s`;

/** One line. */
export function describeEvent(event: ProxyEvent): string {
  switch (event.kind) {
    case 'flow opened':
      return `flow ${event.flow} opened for ${at(event.client)}`;
    case 'flow expired':
      return `flow ${event.flow} of ${at(event.client)} closed`;
    case 'flow rebound':
      return (
        `flow ${event.flow} of ${at(event.client)}: rebound: the server sees it from ${portOf(event.to)} now, no longer ` +
        `from ${portOf(event.from)}`
      );
    case 'flow not rebound':
      return (
        `flow ${event.flow} of ${at(event.client)}: not rebound, the server still sees it from the same port: ` +
        (event.reason ?? 'no port towards the upstream could be opened for the last one that needed it')
      );
    case 'flow failed':
      return (
        `flow ${event.flow} of ${at(event.client)} has no way to the server` +
        (event.reason === null ? '' : `: ${event.reason}`)
      );
    case 'port taken':
      return (
        `refused ${at(event.client)}: another client has this port (flow ${event.flow}); give each client one with ` +
        '--flows N, or wait until that one has left'
      );
    case 'flows full':
      return `refused ${at(event.client)}: ${counted(event.maxFlows, 'flow')} open, as many as --max-flows allows`;
    case 'gave way':
      return (
        `flow ${event.flow} of ${at(event.client)} gave way to a new client: ${counted(event.maxFlows, 'flow')} open, as ` +
        'many as --max-flows allows, and that one was silent for the longest; so will others'
      );
    case 'no port':
      return (
        `refused ${at(event.client)}: no port towards the upstream could be opened for the last client; the flows that ` +
        'are open go on, and a new one needs one of them to close'
      );
    case 'crowded':
      return (
        `${event.max} clients have asked to register and not answered the server's challenge, as if forged: ` +
        'the oldest give way to new ones'
      );
    case 'refused':
      return event.text;
    case 'withheld':
      return (
        `withheld from ${at(event.client)}: its address is not proved, so it is sent a challenge for each request and ` +
        'nothing else'
      );
    case 'loop':
      return (
        `refused ${at(event.client)}: that is the upstream's address or one of the proxy's own, so it would go in ` +
        'a circle'
      );
    case 'own datagrams':
      return (
        `what flow ${event.flow} sends to ${at(event.to)} comes back from ${at(event.client)}, in a circle: the upstream ` +
        'forwards to this proxy, itself or over others; refused from now on; give one of them another upstream'
      );
    case 'not upstream':
      return (
        `a datagram from ${at(event.from)} at a port where only ${at(event.upstream)} is heard: not forwarded; ` +
        'name the address that answers with --upstream, or take its answers with --answers any-port or any-address'
      );
    case 'upstream moved':
    case 'upstream refused':
    case 'upstream renamed':
    case 'upstream lost':
    case 'upstream found':
      return describeUpstream(event);
    case 'port closed':
      return `closed ${at(event.listening)} for 1 s, so that its clients are refused, too`;
    case 'port opened':
      return `listening on ${at(event.listening)} again`;
    case 'port not opened':
      return (
        `${at(event.listening)} could not be opened again: ${event.reason}; ` +
        (event.isTriedAgain
          ? 'that is tried every second'
          : `that was tried ${MAX_REOPENINGS} times, so it stays closed`)
      );
    case 'upstream silent':
      return (
        `nothing has come back from ${at(event.upstream)} in ${ANSWER_WAIT_NS / 1e9} s: does a server listen there?` +
        (event.mayBeOneWay ? ' (a one-way stream needs none)' : '')
      );
    case 'wrong direction': {
      const impaired = event.spared === 'up' ? 'down' : 'up';
      return (
        `all ${event.others === 0 ? '' : `but ${event.others} `}of ${event.datagrams + event.others} datagrams so far go ${event.spared}, and only \`${impaired}\` is impaired: add ` +
        `--direction ${event.spared} (or both)`
      );
    }
    case 'nothing indexed':
      return (
        `flow ${event.flow}${event.direction === 'up' ? ' up' : ''}: in ${counted(event.datagrams, 'datagram')} so far ` +
        `there is no ${event.what}, so nothing of it is impaired; ${event.remedy}`
      );
    case 'many streams':
      return (
        `flow ${event.flow} ${event.direction}: more than ${MAX_STREAMS} streams: datagrams of further streams pass ` +
        'unimpaired'
      );
    case 'same index':
      return (
        `flow ${event.flow} ${event.direction}: ${SAME_IN_A_ROW} datagrams in a row have one index, as no sequence ` +
        `number has it; ${event.remedy}`
      );
    case 'not in timeline':
      return `flow ${event.flow} is not in the timeline: it has the conditions of the beginning throughout`;
    case 'listening changed':
      return event.isListening ? 'its ports are opened again' : 'its ports are shut';
    case 'conditions changed':
      return `conditions ${event.number}: ${describeConditions(event.conditions)}`;
    case 'end awaits':
      return (
        `${counted(event.datagrams, 'datagram')} still to leave, the last in ${formatWait(event.waitNs)} at most; ` +
        'a second signal throws them away'
      );
    case 'bound struck':
      return `flow ${event.flow} ${event.direction}: ${describeStriking(event.bound)}`;
    default:
      return event satisfies never;
  }
}

const flagsOf = (config: Conditions['down']): string => formatKnobs(config) || 'none';

function describeConditions({ down, up, shares = [] }: Conditions): string {
  const parts = shares.map(
    ({ name, direction, toxicity, knobs }) =>
      `; ${direction}, ${toxicity * 100}% of the flows, ${escaped(name)}: ${flagsOf(readKnobs(knobs))}`,
  );
  return `down ${flagsOf(down)}; up ${flagsOf(up)}${parts.join('')}`;
}

type UpstreamEvent = Extract<
  ProxyEvent,
  { readonly kind: `upstream ${'moved' | 'refused' | 'renamed' | 'lost' | 'found'}` }
>;

const MOVED: Readonly<Record<'answered' | 'refused' | 'silent', (from: string, to: string) => string>> = {
  answered: (from, to) => `${to} answered in place of ${from}: what its client sends goes there now`,
  refused: (from, to) => `${from} refuses: what its client sends goes to ${to} again`,
  silent: (from, to) =>
    `${from} has not answered for ${AWAY_SILENCE_NS / 1e9} s: what its client sends goes to ${to} again`,
};

function describeUpstream(event: UpstreamEvent): string {
  switch (event.kind) {
    case 'upstream moved':
      return `flow ${event.flow} of ${at(event.client)}: ${MOVED[event.why](at(event.from), at(event.to))}`;
    case 'upstream refused':
      return (
        `flow ${event.flow} of ${at(event.client)}: ${at(event.upstream)} refuses datagrams (ICMP): no program has ` +
        'that port now; they are counted'
      );
    case 'upstream renamed':
      return `the upstream is ${at(event.to)} now, no longer ${at(event.from)}: new flows go there, those that stand stay`;
    case 'upstream lost':
      return `the upstream's name gives no new address: ${event.reason}; new flows still go to ${at(event.upstream)}`;
    case 'upstream found':
      return `the upstream's name gives an address again: ${at(event.upstream)}`;
    default:
      return event satisfies never;
  }
}
