/**
 * What carried the datagrams, and what the kernel dropped, as a person reads it at the end.
 *
 * Pure.
 */
import type { KernelDrops, NetworkReport } from '../../src/service/reports.ts';

/** How they moved; then a line for whatever a reader of the figures must know. */
export function networkLines({ transport, notes }: NetworkReport): string[] {
  const [how, ...more] = notes;
  return [
    `transport: ${transport}${how === undefined ? '' : ` (${how})`}`,
    ...more.map((note) => `note: ${note}`),
  ];
}

/** `none`, `3 datagrams`, or what else the kernel's counter means. */
export function describeDrops({ drops, coalesced }: KernelDrops): string {
  if (drops === null) return 'unknown';
  if (drops === 0) return 'none';
  if (coalesced) return `${drops} times 1 to 64 datagrams`;
  return drops === 1 ? '1 datagram' : `${drops} datagrams`;
}
