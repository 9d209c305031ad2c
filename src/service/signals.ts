/**
 * Ctrl+C, SIGTERM and a closed terminal: the first signal asks to end in good order, a second wish ends at once.
 *
 * One wish often comes as several signals. Ctrl+C under npm reaches the program from the terminal and again from npm;
 * `timeout` signals its child and then the whole group; a terminal that closes sends its SIGHUP from the shell and from
 * the kernel. So what follows the first within a second is the same wish.
 *
 * An edge module: it listens to the process, from the first time it is asked to until the process ends. Were it to stop
 * with the work, the second signal of one wish would kill a program that is just printing what it measured.
 */
import { EXIT, InterruptedError } from '../base/errors.ts';
import type { Interrupt } from '../base/errors.ts';
import { complain } from '../files/terminal.ts';
import { survivesHangup } from './hangup.ts';

const SIGNALS: readonly Interrupt[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

/** So long after the first signal, others are the same wish. */
const SAME_WISH_MS = 1000;

/** What signals mean, by when they come. Pure: the time is given. */
export class Wishes {
  #firstMs: number | null = null;

  /**
   * @param nowMs on any clock that does not go back, milliseconds
   * @returns `end`: in good order; `same`: that was asked for already; `end at once`: it is asked for once more
   */
  hear(nowMs: number): 'end' | 'same' | 'end at once' {
    if (this.#firstMs === null) {
      this.#firstMs = nowMs;
      return 'end';
    }
    return nowMs - this.#firstMs < SAME_WISH_MS ? 'same' : 'end at once';
  }
}

/** What to do at the first signal; null while no work is under way. */
let ask: ((signal: Interrupt) => void) | null = null;
/** The first signal, where it came before there was anything to do. */
let pending: Interrupt | null = null;
let wishes = new Wishes();
let isListening = false;

function handle(signal: Interrupt): void {
  const meaning = wishes.hear(performance.now());
  if (meaning === 'end at once') {
    complain(`${signal} again: ended at once; what was not written yet is lost`);
    return process.exit(EXIT[signal]);
  }
  if (meaning === 'same') return;
  if (ask === null) pending = signal;
  else ask(signal);
}

/**
 * From now on signals are heard; the first one is kept for `onInterrupt`. For a program that is about to say it is ready:
 * whoever waits for that may signal it at once.
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
  // A process that ends by itself takes its handlers down first, and dies of what comes then; one that exits does not.
  process.on('beforeExit', () => process.exit());
}

/**
 * Calls `act` on the first signal. Returns a function that says the work is over: then no signal asks for anything any
 * more. One work at a time.
 */
export function onInterrupt(act: (signal: Interrupt) => void): () => void {
  const early = pending;
  if (early === null) heedSignals();
  pending = null;
  ask = act;
  if (early !== null) act(early);
  return () => {
    if (ask === act) ask = () => undefined;
  };
}

/** For a child process: a signal of the terminal reaches the whole group, and the parent decides what it means. */
export function leaveSignalsToParent(): void {
  for (const signal of SIGNALS) process.on(signal, () => undefined);
}

/**
 * Calls `work` with a signal that an interrupt aborts, and waits for it to end by itself. Work that has come to its end
 * all the same has its result.
 * @throws InterruptedError for work that fails after an interrupt, in whatever way: parts of it end in ways of their own
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

/** What aborted a signal of `interruptible`; null while nothing did. */
export function interruptOf(signal: AbortSignal): Interrupt | null {
  const reason: unknown = signal.aborted ? signal.reason : null;
  return reason instanceof InterruptedError ? reason.signal : null;
}
