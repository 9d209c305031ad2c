/**
 * What a client asks of a matchstream server, as far as a proxy must know.
 *
 * Pure.
 */
import { MAX_CONTROL_BYTES, decodeClientControl } from '../../src/protocol/control.ts';
import type { ClientControl } from '../../src/protocol/control.ts';
import { startsWith } from '../../src/protocol/head.ts';
import { ORIGINAL_REGISTER } from '../../src/protocol/original.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';

/** What may open a flow. */
export type Registration = Extract<ClientControl, { kind: 'register' | 'originalRegister' }>;

/** The request in a row of a batch; null when it is none of the protocol's. */
export function requestIn(batch: DatagramBatch, row: number): ClientControl | null {
  if ((batch.lengths[row] as number) > MAX_CONTROL_BYTES) return null;
  const control = decodeClientControl(batch.payload(row));
  return control.ok ? control.value : null;
}

/** Whether a row is the text with which an original program registers. Never allocates. */
export function isPlainRegister({ bytes, offsets, lengths }: DatagramBatch, row: number): boolean {
  const lengthBytes = lengths[row] as number;
  return (
    lengthBytes === ORIGINAL_REGISTER.length &&
    startsWith(bytes, offsets[row] as number, lengthBytes, ORIGINAL_REGISTER)
  );
}
