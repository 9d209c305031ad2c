/**
 * Why a proxy does not pass a matchstream client's datagrams on: for the closing table, and as a line at once.
 *
 * Bytes from the network appear in a line only as hexadecimal digits or printable ASCII.
 */
import type { ClientControl } from '../../../src/protocol/control.ts';
import type { Refusal } from '../protocol.ts';

export const REASONS = {
  notOurs: 'of another protocol (--protocol any forwards them)',
  noFlow: 'of clients that have no flow',
  unprovedOriginal: 'of original clients on other machines (--allow-unverified lets them in)',
  unknownToken: 'that showed a token they were not sent through here',
} as const;

type Reason = keyof typeof REASONS;

/** Requests that belong to a flow but do not open one. */
type StrayKind = Exclude<ClientControl['kind'], 'register' | 'originalRegister'>;

const MAX_HEAD_BYTES = 16;

/** The first bytes of a datagram: as text if all of them are printable ASCII, else in hexadecimal. */
export function readableHead(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing';
  const head = bytes.subarray(0, MAX_HEAD_BYTES);
  const more = bytes.length > head.length ? ' …' : '';
  const isText = head.every((byte) => byte >= 0x20 && byte <= 0x7e);
  if (isText) return `"${String.fromCharCode(...head)}"${more}`;
  return `${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}${more}`;
}

const refusal = (kind: Reason, describe: (client: string) => string): Refusal => ({ kind, describe });

/** Not of our protocol. @param bytes its payload, valid as long as the line may be requested */
export const notOurs = (bytes: Uint8Array): Refusal =>
  refusal(
    'notOurs',
    (client) =>
      `${bytes.length} byte${bytes.length === 1 ? '' : 's'} from ${client} that are no matchstream registration, first bytes ` +
      `${readableHead(bytes)}: nothing is forwarded; put another program behind the proxy with --protocol any`,
  );

/** Of our protocol, but without a flow that it belongs to. */
export const noFlow = (what: StrayKind): Refusal =>
  refusal('noFlow', (client) =>
    what === 'alive'
      ? `a sign of life from ${client}, which has no flow here, or none any more: not forwarded; start that client again`
      : `${client} unregisters and has no flow here, or none any more: not forwarded`,
  );

export const UNPROVED_ORIGINAL = refusal(
  'unprovedOriginal',
  (client) =>
    `refused ${client}: a plain "register" proves no address, so from another machine it needs --allow-unverified`,
);

export const UNKNOWN_TOKEN = refusal(
  'unknownToken',
  (client) =>
    `refused ${client}: it shows a token that it was not sent through here; a client of ours asks for another by itself`,
);
