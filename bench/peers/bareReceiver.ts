/**
 * A process that only receives and counts, for peers without a receiver.
 */
import { join } from 'node:path';
import { packageRoot } from '../../src/base/version.ts';
import { Child } from './peerProcess.ts';
import type { ChildPlan } from './peerProcess.ts';

/** Its counts. */
export interface BareCount {
  readonly received: number;
  /** From the first arrival to the last, seconds. */
  readonly receiveS: number;
}

const PROGRAM = join(packageRoot(), 'bench', 'peers', 'bareDgram.mjs');

export const bareDgram = (args: readonly string[], limitMs: number): ChildPlan => ({
  file: process.execPath,
  args: [PROGRAM, ...args],
  limitMs,
});

/** Runs `send` with the port of a receiver, and resolves to the results of both. */
export async function withBareReceiver<Sent>(
  limitMs: number,
  send: (port: number) => Promise<Sent>,
): Promise<BareCount & { readonly sent: Sent }> {
  const receiver = new Child(bareDgram(['receive'], limitMs));
  try {
    const { port } = JSON.parse(await receiver.line()) as { port: number };
    const sent = await send(port);
    receiver.closeInput();
    return { ...(JSON.parse(await receiver.line()) as BareCount), sent };
  } finally {
    await receiver.stop();
  }
}
