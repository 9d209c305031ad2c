/**
 * The protocol of a proxy that is told none.
 */
import { anyProgram } from './any.ts';
import type { Protocol } from './protocol.ts';

export const DEFAULT_PROTOCOL: Protocol = anyProgram;
