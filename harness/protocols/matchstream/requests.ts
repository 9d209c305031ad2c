/**
 * What a proxy needs of a client's request to a matchstream server.
 */
import { MAX_CONTROL_BYTES, decodeClientControl } from '../../../src/protocol/control.ts';
import type { ClientControl } from '../../../src/protocol/control.ts';
import { startsWith } from '../../../src/protocol/head.ts';
import { ORIGINAL_REGISTER } from '../../../src/protocol/original.ts';

/** The request in a datagram; null if it is not of the protocol. */
export function readRequest(bytes: Uint8Array, offset: number, lengthBytes: number): ClientControl | null {
  if (lengthBytes > MAX_CONTROL_BYTES) return null;
  const control = decodeClientControl(bytes.subarray(offset, offset + lengthBytes));
  return control.ok ? control.value : null;
}

/** Whether a datagram is the plain text registration of an original program. Never allocates. */
export const isPlainRegister = (bytes: Uint8Array, offset: number, lengthBytes: number): boolean =>
  lengthBytes === ORIGINAL_REGISTER.length && startsWith(bytes, offset, lengthBytes, ORIGINAL_REGISTER);
