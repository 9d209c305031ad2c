/**
 * Runs a user's command with a time limit, and reports how it ended. None of its processes is left running.
 *
 * The command is a line for /bin/sh and leads its own process group, so that everything it starts can be ended with it.
 */
import { spawn } from 'node:child_process';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { shortageOf } from '../../src/files/descriptorLimit.ts';
import { endGroup, keepGroup, signalGroup } from './processGroup.ts';
import { startTimer } from '../../src/net/timer.ts';

export interface ExecPlan {
  readonly command: string;
  readonly timeoutMs: number;
  /** Whether its output goes to the terminal or is discarded. It never gets input. */
  readonly shown: boolean;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

export type ExecOutcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed out' };

/** Exit codes of a shell that cannot run a command. */
const NOT_RUN = [126, 127];

/**
 * @param env variables added to this process's own
 * @throws UsageError if the shell finds no such command, EnvironmentError if there is no shell, and if `signal` ended
 *   it
 */
export async function execCommand(
  plan: ExecPlan,
  env: Readonly<Record<string, string>> = {},
): Promise<ExecOutcome> {
  const output = plan.shown ? 'inherit' : 'ignore';
  const child = spawn('/bin/sh', ['-c', plan.command], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  const group = child.pid;
  if (group !== undefined) keepGroup(group);
  const end = (): void => {
    if (group !== undefined) signalGroup(group, 'SIGKILL');
  };
  let isLate = false;
  const callOff = startTimer(() => {
    isLate = true;
    end();
  }, plan.timeoutMs);
  plan.signal.addEventListener('abort', end);
  if (plan.signal.aborted) end();
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', (cause) =>
        reject(
          shortageOf(cause) ??
            new EnvironmentError('not-started', `--exec: /bin/sh could not be started (${cause.message})`, {
              cause,
            }),
        ),
      );
      child.on('exit', (...how) => resolve(how));
    });
    if (plan.signal.aborted) throw new EnvironmentError('interrupted', '--exec: interrupted');
    if (isLate) return { kind: 'timed out' };
    if (code === null) return { kind: 'killed', signal: String(signal) };
    if (NOT_RUN.includes(code)) {
      throw new UsageError(
        'program-not-found',
        '--exec',
        `expected a command that can be run, got "${plan.command}" (the shell says ${code}); check its path`,
      );
    }
    return { kind: 'exited', code };
  } finally {
    callOff();
    plan.signal.removeEventListener('abort', end);
    // Background processes of the command end with it.
    if (group !== undefined) endGroup(group);
  }
}
