/**
 * Ctrl+C and SIGTERM: the first asks to end in good order, the second ends at once.
 *
 * An edge module: it listens to the process.
 */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Calls `ask` on the first signal. Returns a function that stops listening. */
export function onInterrupt(ask: () => void): () => void {
  let asked = false;
  const handle = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
    asked = true;
    ask();
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
}
