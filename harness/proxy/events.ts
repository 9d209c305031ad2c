/**
 * What happens at a proxy, as plain data and as a line for people: the same in the log and on the terminal.
 *
 * Pure. No byte of the network's gets into a line but as hexadecimal digits or printable ASCII.
 */
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Peer } from '../../src/net/batch.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { Flow } from './flow.ts';
import type { ProxyProtocol } from './flowSettings.ts';
import { ANSWER_WAIT_NS } from './flowWatch.ts';
import type { Finding } from './flowWatch.ts';

/** Requests of our protocol that belong to a flow and open none. */
export type StrayKind = 'alive' | 'unregister' | 'originalUnregister';

export type ProxyEvent =
  | {
      readonly kind: 'flow opened' | 'flow expired';
      readonly flow: number;
      readonly client: Peer;
    }
  /** `reason`: why no port towards the upstream could be opened; null where that is not known. */
  | {
      readonly kind: 'flow failed';
      readonly flow: number;
      readonly client: Peer;
      readonly reason: string | null;
    }
  /** Another client has the port, and there are as many flows as there may be. */
  | { readonly kind: 'port taken'; readonly client: Peer; readonly flow: number }
  | { readonly kind: 'flows full'; readonly client: Peer; readonly maxFlows: number }
  /** So many registrations wait for their clients' proof that one must give way. */
  | { readonly kind: 'crowded'; readonly most: number }
  /** Not of our protocol. `head`: its first bytes, readable. */
  | { readonly kind: 'not ours'; readonly client: Peer; readonly sizeBytes: number; readonly head: string }
  /** Of our protocol, and there is no flow that it belongs to. */
  | { readonly kind: 'no flow'; readonly client: Peer; readonly what: StrayKind }
  | { readonly kind: 'unproved original' | 'unknown token' | 'withheld' | 'loop'; readonly client: Peer }
  | { readonly kind: 'not upstream'; readonly from: Peer; readonly upstream: Peer }
  | { readonly kind: 'upstream silent'; readonly upstream: Peer; readonly mayBeOneWay: boolean }
  | {
      readonly kind: 'wrong direction';
      readonly spared: Direction;
      readonly datagrams: number;
      /** How many went the other way. */
      readonly others: number;
    }
  | { readonly kind: 'nothing indexed'; readonly flow: number; readonly datagrams: number };

/** Whether it is news for whoever sits at the terminal, and not only for the log. */
export const isNotice = ({ kind }: ProxyEvent): boolean => kind !== 'flow opened' && kind !== 'flow expired';

const MAX_HEAD_BYTES = 16;

/** The first bytes of a datagram: as text where all of them are printable ASCII, else in hexadecimal. */
export function readableHead(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing';
  const head = bytes.subarray(0, MAX_HEAD_BYTES);
  const more = bytes.length > head.length ? ' …' : '';
  const isText = head.every((byte) => byte >= 0x20 && byte <= 0x7e);
  if (isText) return `"${String.fromCharCode(...head)}"${more}`;
  return `${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}${more}`;
}

const at = ({ address, port }: Peer): string => formatHostPort(address, port);
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What was found at a flow, as an event. */
export function eventOf(
  finding: Finding,
  { number, counters }: Flow,
  { server, protocol }: { readonly server: Peer; readonly protocol: ProxyProtocol },
): ProxyEvent {
  const { up, down } = counters;
  switch (finding) {
    case 'upstream silent':
      return { kind: finding, upstream: server, mayBeOneWay: protocol === 'any' };
    case 'wrong direction':
      return up.arrived > down.arrived
        ? { kind: finding, spared: 'up', datagrams: up.arrived, others: down.arrived }
        : { kind: finding, spared: 'down', datagrams: down.arrived, others: up.arrived };
    case 'nothing indexed':
      return { kind: finding, flow: number, datagrams: down.unindexed };
    default:
      return finding satisfies never;
  }
}

/** One line. */
export function describeEvent(event: ProxyEvent): string {
  switch (event.kind) {
    case 'flow opened':
      return `flow ${event.flow} opened for ${at(event.client)}`;
    case 'flow expired':
      return `flow ${event.flow} of ${at(event.client)} closed`;
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
    case 'crowded':
      return (
        `${event.most} clients have asked to register and not answered the server's challenge, as if forged: ` +
        'the oldest give way to new ones'
      );
    case 'not ours':
      return (
        `${counted(event.sizeBytes, 'byte')} from ${at(event.client)} that are no matchstream registration, first bytes ` +
        `${event.head}: nothing is forwarded; put another program behind the proxy with --protocol any`
      );
    case 'no flow':
      return event.what === 'alive'
        ? `a sign of life from ${at(event.client)}, which has no flow here, or none any more: not forwarded; start that client again`
        : `${at(event.client)} unregisters and has no flow here, or none any more: not forwarded`;
    case 'unproved original':
      return (
        `refused ${at(event.client)}: a plain "register" proves no address, so from another machine it needs ` +
        '--allow-unverified'
      );
    case 'unknown token':
      return (
        `refused ${at(event.client)}: it shows a token that it was not sent through here; a client of ours asks for ` +
        'another by itself'
      );
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
    case 'not upstream':
      return (
        `a datagram from ${at(event.from)} at a port where only ${at(event.upstream)} is heard: not forwarded; ` +
        'name the address that answers with --upstream'
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
        `flow ${event.flow}: in ${counted(event.datagrams, 'datagram')} so far there is no count that can be read, so ` +
        'nothing of it is impaired; put another program behind the proxy with --protocol any'
      );
    default:
      return event satisfies never;
  }
}
