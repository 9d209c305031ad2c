/**
 * What is written of a conversation besides its datagrams: a header that knows nothing of a stream, and the addresses of a
 * flow, as members of its first frame.
 */
import { addressBytes, addressText } from '../../src/base/ipAddress.ts';
import { readMembers } from '../../src/base/jsonMembers.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import { FLOW_LIMIT, RECORDING_FORMAT, RECORDING_VERSION } from './format.ts';
import type { RecordingHeader } from './format.ts';

export const CONVERSATION_HEADER: RecordingHeader = {
  format: RECORDING_FORMAT,
  version: RECORDING_VERSION,
  seed: null,
  generator: null,
  intervalNs: null,
  squadsHash: null,
  datagramSizeBytes: null,
  flows: FLOW_LIMIT,
  extra: '"conversation":true',
};

/** The members of a flow's first frame, as JSON text without braces. @param protocol as after `--protocol` */
export const addressMembers = (client: string, server: string, protocol: string): string =>
  JSON.stringify({ client, server, protocol }).slice(1, -1);

/** `HOST:PORT` each; null if the recording does not say. */
export interface FlowAddresses {
  readonly client: string | null;
  readonly server: string | null;
}

/** The addresses in the unknown members of a flow's first frame: what `addressMembers` wrote. */
export function readFlowAddresses(extra: string): FlowAddresses {
  const members = extra === '' ? undefined : readMembers(`{${extra}}`);
  const textOf = (key: string): string | null => {
    const json = members?.find((member) => member.key === key)?.json;
    const value: unknown = json === undefined ? null : JSON.parse(json);
    return typeof value === 'string' ? plainAddress(value) : null;
  };
  return { client: textOf('client'), server: textOf('server') };
}

/** `HOST:PORT` with a numeric address as it is always written, so that equal addresses have equal text; anything else as it is. */
export function plainAddress(text: string): string {
  const [, host = '', port = ''] = /^\[?([^\]%]*)\]?:(\d{1,5})$/.exec(text) ?? [];
  const bytes = addressBytes(host);
  return bytes === null ? text : formatHostPort(addressText(Uint8Array.from(bytes)), Number(port));
}
