/**
 * Handles a closed terminal: whether the process survives it, as with `nohup`, and how it exits without it.
 *
 * `nohup` and `trap '' HUP` start a program with SIGHUP ignored, but Node restores the default handler at its start, so
 * that the program would die. Their effect is still visible in the signal mask of the parent, or in the variable `_` of
 * the shell.
 */
import { closeSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** SIGHUP is signal 1, and signals are counted from bit 0. */
const HANGUP_BIT = 1n;

/** Whether a process ignores SIGHUP. @param status text of its `/proc/PID/status` */
export function ignoresHangup(status: string): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]{1,32})$/m.exec(status)?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & HANGUP_BIT) !== 0n;
}

/** Whether a shell started this process through `nohup`. @param command the shell's variable `_` */
export const isNohup = (command: string | undefined): boolean => /(?:^|\/)nohup$/.test(command ?? '');

function isHangupIgnored(): boolean {
  if (isNohup(process.env['_'])) return true;
  try {
    return ignoresHangup(readFileSync(`/proc/${process.ppid}/status`, 'utf8'));
  } catch {
    // Not Linux, or the parent belongs to another user.
    return false;
  }
}

/** Whether this process was started to survive a closed terminal. */
export const survivesHangup = isHangupIgnored();

/**
 * Releases a closed terminal before the process ends. At exit Node resets its terminals and aborts when one is gone,
 * which would give the exit code of a crash.
 */
export function releaseTerminal(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.on('exit', () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}

/** Ignores SIGHUP again, as `nohup` had set before Node reset it. */
export function keepNohup(): void {
  if (survivesHangup) process.on('SIGHUP', () => undefined);
}
