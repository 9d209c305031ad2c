/**
 * What ends `matchstream proxy`: a signal, `--for`, or the end of the command behind `--`; and the exit code that follows.
 *
 * An edge module. A proxy has no end of its own, so that a signal is its normal one; with `--for` or a command it has, and
 * a signal cuts it short.
 */
import { EXIT } from '../../src/base/errors.ts';
import type { Interrupt } from '../../src/base/errors.ts';
import { formatDurationNs, formatHostPort } from '../../src/base/quantities.ts';
import { onInterrupt } from '../../src/service/signals.ts';
import { startTimer } from '../../src/net/timer.ts';
import { startBeside } from '../session/beside.ts';
import type { Beside } from '../session/beside.ts';
import type { ProxyReport, RunningProxy } from '../proxy/startProxy.ts';

export interface EndPlan {
  /** How long it runs, nanoseconds; null for as long as nobody ends it. */
  readonly forNs: number | null;
  /** The program to run behind it, with its arguments; null for none. */
  readonly command: readonly string[] | null;
  /** Hears what ends it, a line each. */
  readonly say: (line: string) => void;
}

/** A command that got the signal from the terminal itself may take so long to end before it is asked again. */
const GRACE_MS = 1000;

/** A command finds the addresses here: the first one, as `replay --exec` has it, and all of them, comma between. */
const addressesFor = ({ listening }: RunningProxy): Record<string, string> => {
  const all = listening.map(({ address, port }) => formatHostPort(address, port));
  return { MATCHSTREAM_SERVER: all[0] ?? '', MATCHSTREAM_LISTEN: all.join(',') };
};

/**
 * Waits for the end, and ends in good order.
 * @throws UsageError for a command that cannot be run; what `proxy.done` rejects with
 */
export async function untilEnd(
  proxy: RunningProxy,
  { forNs, command, say }: EndPlan,
): Promise<{ readonly report: ProxyReport; readonly exitCode: number }> {
  let interrupted: Interrupt | null = null;
  let isEnding = false;
  const beside = command === null ? null : startBeside(command, addressesFor(proxy));
  const end = (graceMs: number): void => {
    isEnding = true;
    if (beside === null) proxy.stop();
    else beside.end(graceMs);
  };
  const over = onInterrupt((signal) => {
    if (isEnding) return;
    interrupted = signal;
    if (beside !== null) say(`${signal}: waiting for the command to end; a second one ends it at once`);
    end(GRACE_MS);
  });
  const callOff = startTimer(
    () => {
      if (isEnding) return;
      if (beside !== null) say(`--for ${formatDurationNs(forNs as number)} is over: the command is ended`);
      end(0);
    },
    (forNs ?? Number.POSITIVE_INFINITY) / 1e6,
  );
  try {
    const exitCode =
      beside === null ? EXIT.match : await besideProxy(beside, proxy).finally(() => (isEnding = true));
    const report = await proxy.done;
    const isCutShort = forNs !== null || command !== null;
    const signal = interrupted as Interrupt | null;
    if (signal === null || !isCutShort) return { report, exitCode };
    say(`interrupted by ${signal} before its end`);
    return { report, exitCode: EXIT[signal] };
  } finally {
    callOff();
    over();
  }
}

/** Waits for the command, then ends the proxy; a proxy that fails ends the command. Returns the command's exit code. */
async function besideProxy(beside: Beside, proxy: RunningProxy): Promise<number> {
  try {
    return await Promise.race([beside.done, proxy.done.then(() => beside.done)]);
  } catch (cause) {
    beside.end(0);
    await beside.done.catch(() => undefined);
    throw cause;
  } finally {
    proxy.stop();
    await proxy.done.catch(() => undefined);
  }
}
