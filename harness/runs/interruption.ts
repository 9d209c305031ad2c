/**
 * A run that a signal ended before its time: what of it can be reported, and how that is said.
 *
 * It prints and writes nothing itself.
 */
import { InterruptedError } from '../../src/base/errors.ts';
import type { Interrupt } from '../../src/base/errors.ts';
import { interruptOf } from '../../src/service/signals.ts';
import type { JudgedSession } from './sessionReport.ts';

/** What a session came to, and the signal that cut it short; null for one that came to its own end. */
export type SessionEnd =
  | { readonly session: JudgedSession; readonly interrupted: Interrupt | null }
  /** Interrupted before there was anything to judge. */
  | { readonly session: null; readonly interrupted: Interrupt };

/** @param signal the one that may cut `running` short, of `interruptible` */
export async function endOf(running: Promise<JudgedSession>, signal: AbortSignal): Promise<SessionEnd> {
  try {
    const session = await running;
    return { session, interrupted: session.shortened === null ? null : interruptOf(signal) };
  } catch (cause) {
    if (cause instanceof InterruptedError) return { session: null, interrupted: cause.signal };
    throw cause;
  }
}

/**
 * Waits for work that keeps what it has as it goes, and so loses nothing by an interrupt but what is under way.
 * @returns the signal that cut it short; null for work that came to its own end
 */
export async function untilInterrupted(work: Promise<void>): Promise<Interrupt | null> {
  try {
    await work;
    return null;
  } catch (cause) {
    if (cause instanceof InterruptedError) return cause.signal;
    throw cause;
  }
}

/** The line that closes what an interrupted session printed; `what` was interrupted, such as `the replay`. */
export function interruptedLine(
  { session, interrupted }: SessionEnd & { readonly interrupted: Interrupt },
  what: string,
): string {
  const shortened = session?.shortened ?? null;
  return shortened === null
    ? `interrupted by ${interrupted} before ${what} had a datagram to judge`
    : `interrupted by ${interrupted} after ${shortened.lastCount} of ${shortened.of} datagrams: what is above is of the part that ran`;
}
