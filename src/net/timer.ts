/**
 * Timers for any time that a user may give, also days.
 *
 * Node's timer fires at once when it is set for longer than about 25 days; this one is then set repeatedly.
 */

/** The longest that one timer can be set for. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `act` once, `afterMs` from now. Returns a function that cancels it.
 * @param afterMs any time; Infinity for never
 */
export function startTimer(act: () => void, afterMs: number): () => void {
  let leftMs = afterMs;
  let timer: NodeJS.Timeout | undefined;
  const set = (): void => {
    const stepMs = Math.min(leftMs, MAX_TIMER_MS);
    timer = setTimeout(() => {
      leftMs -= stepMs;
      if (leftMs > 0) set();
      else act();
    }, stepMs);
  };
  set();
  return () => clearTimeout(timer);
}
