/**
 * Timers for times that a user gives: hours and days, too.
 *
 * An edge module. The system's own timer fires at once when it is set for longer than about 25 days; this one is set
 * again until the time is there.
 */

/** The longest that one timer can be set for. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `act` once, `afterMs` from now. Returns a function that calls it off.
 * @param afterMs any time, even Infinity, which never comes
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
