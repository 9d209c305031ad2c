/**
 * Ctrl+C and SIGTERM: the first asks to end in good order, the second ends at once.
 *
 * An edge module: it listens to the process.
 */
import { InterruptedError } from '../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

type Interrupt = (typeof SIGNALS)[number];

/** Calls `ask` on the first signal. Returns a function that stops listening. */
export function onInterrupt(ask: (signal: Interrupt) => void): () => void {
  let asked = false;
  const handle = (signal: Interrupt): void => {
    if (asked) process.exit(new InterruptedError(signal).exitCode);
    asked = true;
    ask(signal);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
}

/**
 * Calls `work` with a signal that an interrupt aborts, and waits for it to end by itself. Work that has come to its end
 * all the same has its result.
 * @throws InterruptedError for work that fails after an interrupt, in whatever way: parts of it end in ways of their own
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const ignore = onInterrupt((signal) => controller.abort(new InterruptedError(signal)));
  try {
    return await work(controller.signal);
  } catch (cause) {
    if (!(cause instanceof InterruptedError)) controller.signal.throwIfAborted();
    throw cause;
  } finally {
    ignore();
  }
}
