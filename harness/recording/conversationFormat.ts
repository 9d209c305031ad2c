/**
 * What is written of a conversation besides its datagrams: a header that knows nothing of a stream, and the addresses of a
 * flow, as members of its first frame.
 */
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

/** JSON text without braces. @param protocol as after `--protocol` */
export const addressMembers = (client: string, server: string, protocol: string): string =>
  JSON.stringify({ client, server, protocol }).slice(1, -1);
