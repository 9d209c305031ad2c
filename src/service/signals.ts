/**
 * Ctrl+C, SIGTERM and a closed terminal: the first signal requests an orderly end, a second request ends at once.
 *
 * One request often gives several signals: Ctrl+C under npm comes from the terminal and again from npm; `timeout`
 * signals its child and then the whole group; a closing terminal causes SIGHUP from the shell and from the kernel. So
 * signals within a second of the first one of a request belong to it.
 *
 * Once installed, the handlers stay until the process ends. If they were removed after the work, the second signal of
 * one request would kill a program that is printing its results.
 */
import { EXIT, InterruptedError } from '../base/errors.ts';
import type { Interrupt } from '../base/errors.ts';
import { complain } from '../files/terminal.ts';
import { survivesHangup } from './hangup.ts';

const SIGNALS: readonly Interrupt[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

/** Signals within this time after the first one of a request belong to it. */
const SAME_WISH_MS = 1000;

/** Interprets signals by the time they arrive. */
export class Wishes {
  /** When the last request began. */
  #requestMs: number | null = null;

  /**
   * @param nowMs the time on any monotonic clock, milliseconds
   * @returns `end`: end in order; `same`: part of the same request; `end at once`: a further request
   */
  hear(nowMs: number): 'end' | 'same' | 'end at once' {
    const sinceMs = nowMs - (this.#requestMs ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < SAME_WISH_MS) return 'same';
    const isFirst = this.#requestMs === null;
    this.#requestMs = nowMs;
    return isFirst ? 'end' : 'end at once';
  }
}

/** Called at the first signal; null while no work is running. */
let ask: ((signal: Interrupt) => void) | null = null;
/** Called at a second request; says whether it ends the work, so that the process does not end at once. */
let askAgain: ((signal: Interrupt) => boolean) | null = null;
/** The first signal, if it arrived before `onInterrupt` was called. */
let pending: Interrupt | null = null;
let wishes = new Wishes();
let isListening = false;

function handle(signal: Interrupt): void {
  const meaning = wishes.hear(performance.now());
  if (meaning === 'end at once') {
    if (askAgain?.(signal) === true) return;
    complain(`${signal} again: ended at once; what was not written yet is lost`);
    return process.exit(EXIT[signal]);
  }
  if (meaning === 'same') return;
  if (ask === null) pending = signal;
  else ask(signal);
}

/**
 * Installs the handlers; the first signal is kept for `onInterrupt`. To be called before a program prints that it is
 * ready, because a signal may follow at once.
 */
export function heedSignals(): void {
  wishes = new Wishes();
  pending = null;
  if (isListening) return;
  isListening = true;
  for (const signal of SIGNALS) {
    if (signal === 'SIGHUP' && survivesHangup) continue;
    process.on(signal, handle);
  }
  // A process that ends by itself removes its signal handlers before its end, and a signal could kill it then;
  // `process.exit` avoids that.
  process.on('beforeExit', () => process.exit());
}

/**
 * Calls `act` on the first signal. Returns a function to call when the work is over: later signals are ignored. Only
 * one work may run at a time.
 * @param again called on a second request; if it returns false, the process ends at once, as without it
 */
export function onInterrupt(
  act: (signal: Interrupt) => void,
  again: ((signal: Interrupt) => boolean) | null = null,
): () => void {
  const early = pending;
  if (early === null) heedSignals();
  pending = null;
  ask = act;
  askAgain = again;
  if (early !== null) act(early);
  return () => {
    if (ask !== act) return;
    ask = () => undefined;
    askAgain = null;
  };
}

/**
 * Calls `act` each time that a running program is asked to read its settings again. Returns a function to call when the work is
 * over: later ones are ignored.
 */
export function onReload(act: (signal: 'SIGUSR2') => void): () => void {
  let isOver = false;
  process.on('SIGUSR2', () => {
    if (!isOver) act('SIGUSR2');
  });
  return () => {
    isOver = true;
  };
}

/** For a child process: signals of the terminal reach the whole process group, and the parent handles them. */
export function leaveSignalsToParent(): void {
  for (const signal of SIGNALS) process.on(signal, () => undefined);
}

/**
 * Calls `work` with an AbortSignal that an interrupt aborts, and waits for its end. Work that still succeeds returns
 * its result.
 * @throws InterruptedError for work that fails after an interrupt, with any error
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const over = onInterrupt((signal) => {
    complain(`${signal}: ending in good order; a second one ends it at once`);
    controller.abort(new InterruptedError(signal));
  });
  try {
    return await work(controller.signal);
  } catch (cause) {
    if (!(cause instanceof InterruptedError)) controller.signal.throwIfAborted();
    throw cause;
  } finally {
    over();
  }
}

/** The interrupt that aborted a signal of `interruptible`; null if not aborted. */
export function interruptOf(signal: AbortSignal): Interrupt | null {
  const reason: unknown = signal.aborted ? signal.reason : null;
  return reason instanceof InterruptedError ? reason.signal : null;
}
