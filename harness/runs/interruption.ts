/**
 * A run that was interrupted by a signal: what can be reported of it, and the message.
 */
import { InterruptedError } from '../../src/base/errors.ts';
import type { Interrupt } from '../../src/base/errors.ts';
import { interruptOf } from '../../src/service/signals.ts';
import { describeShortened } from '../judge/judge.ts';
import type { JudgedSession } from './sessionReport.ts';

/** The result of a session, and the signal that interrupted it; null if it ended by itself. */
export type SessionEnd =
  | { readonly session: JudgedSession; readonly interrupted: Interrupt | null }
  /** Interrupted before there was anything to judge. */
  | { readonly session: null; readonly interrupted: Interrupt };

/** @param signal the one that may interrupt `running`, from `interruptible` */
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
 * Waits for work that stores its results as it goes, so that an interrupt loses only the current step.
 * @returns the signal that interrupted it; null if it ended by itself
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

/** The last line of an interrupted session; `what` was interrupted, such as `the replay`. */
export function interruptedLine(
  { session, interrupted }: SessionEnd & { readonly interrupted: Interrupt },
  what: string,
): string {
  const shortened = session?.shortened ?? null;
  return shortened === null
    ? `interrupted by ${interrupted} before ${what} had a datagram to judge`
    : `interrupted by ${interrupted} after ${describeShortened(shortened)}: what is above is of the part that ran`;
}
